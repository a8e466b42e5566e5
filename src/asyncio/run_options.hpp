#pragma once

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/log.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace asyncio {

class loop;

/// How run() goes about it. A default-constructed one says what the environment says
/// (ASYNCIO_CLOCK, ASYNCIO_SPEED, ASYNCIO_SEED, ASYNCIO_DEBUG, ASYNCIO_LOG, ASYNCIO_ELAPSED); the setters
/// have the last word. A value that makes no sense shows when it is used: run() throws
/// invalid_argument_error, run_main() prints it and returns 2.
///
///     asyncio::run(main(), asyncio::run_options().virtual_time());
class run_options {
public:
  run_options();

  /// Virtual time: a clock that jumps from deadline to deadline. Excludes a speed.
  run_options& virtual_time(bool on = true) noexcept;

  /// Real time, so many times faster.
  run_options& speed(double factor) noexcept;

  /// Virtual time: among what is ready at the same moment, coroutines and threads alike, the
  /// seed draws who goes first. The same seed gives the same run, on any machine.
  run_options& seed(std::uint64_t number) noexcept;

  /// Virtual time: deadlines pass while an awaited I/O operation is pending. Else the clock
  /// stands still until it has ended.
  run_options& time_passes_during_io(bool on = true) noexcept;

  /// The loop's debug mode; without it the loop's own setting stands, which is off.
  run_options& debug(bool on = true) noexcept;

  /// While the run lasts, SIGUSR1 (`kill -USR1 PID`) makes the program print on stderr what each of
  /// its loops that asked for it does: all tasks and who awaits whom, as print_call_graph() does,
  /// and if a loop is blocked, since when and by which task. ASYNCIO_DEBUG=1 asks for it, too.
  ///
  /// The handler is the process's. It comes with the first run that asks, and does nothing after the last,
  /// nor in the workers of process pools: asking late ends no program.
  /// Where SIGUSR1 already has a handler, or is ignored, that stays and a warning is logged. As with
  /// any handler, a call of the system may end early (EINTR) that SA_RESTART doesn't begin again.
  /// It costs a thread that sleeps, and a look at the clock for each step. A loop that doesn't answer
  /// within 100 ms is looked at in a short-lived copy of the process: a child, as by fork().
  run_options& dump_on_signal(bool on = true) noexcept;

  /// Makes the loop to run on: called once. `loop_factory<my_loop>()` makes one of that type.
  /// invalid_argument_error from run() if it gives none.
  run_options& loop_factory(std::function<std::shared_ptr<loop>()> factory) noexcept;
  template <std::derived_from<loop> Loop>
  run_options& loop_factory() {
    return loop_factory([] { return std::make_shared<Loop>(); });
  }

  /// What the log leaves out.
  run_options& log(severity threshold) noexcept;

  /// A file to which the run appends how long it took by its own clock, in seconds.
  run_options& elapsed_file(std::string path) noexcept;

  /// Throws invalid_argument_error if something makes no sense.
  void check() const;

  [[nodiscard]] const detail::clock_setting& clock_wanted() const noexcept { return clock_; }
  [[nodiscard]] bool time_passes_during_io_wanted() const noexcept { return time_passes_during_io_; }
  [[nodiscard]] std::optional<bool> debug_wanted() const noexcept { return debug_; }
  [[nodiscard]] bool dump_on_signal_wanted() const noexcept { return dump_on_signal_; }
  [[nodiscard]] const std::function<std::shared_ptr<loop>()>& loop_factory_wanted() const noexcept {
    return loop_factory_;
  }
  [[nodiscard]] std::optional<severity> log_wanted() const noexcept { return log_; }
  [[nodiscard]] const std::string& elapsed_file_wanted() const noexcept { return elapsed_file_; }

private:
  detail::clock_setting clock_;
  bool time_passes_during_io_ = false;
  std::optional<bool> debug_;
  bool dump_on_signal_ = false;
  std::function<std::shared_ptr<loop>()> loop_factory_;
  std::optional<severity> log_;
  std::string elapsed_file_;
  std::string problem_;
};

} // namespace asyncio
