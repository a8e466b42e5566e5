#pragma once

#include <asyncio/log.hpp>

#include <optional>
#include <string>

namespace asyncio {

/// How run() goes about it. A default-constructed one says what the environment says
/// (ASYNCIO_CLOCK, ASYNCIO_SPEED, ASYNCIO_DEBUG, ASYNCIO_LOG, ASYNCIO_ELAPSED); the setters
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

  /// The loop's debug mode.
  run_options& debug(bool on = true) noexcept;

  /// What the log leaves out.
  run_options& log(severity threshold) noexcept;

  /// A file to which the run appends how long it took by its own clock, in seconds.
  run_options& elapsed_file(std::string path) noexcept;

  /// Throws invalid_argument_error if something makes no sense.
  void check() const;

  [[nodiscard]] bool virtual_time_wanted() const noexcept { return virtual_time_; }
  [[nodiscard]] double speed_wanted() const noexcept { return speed_; }
  [[nodiscard]] bool debug_wanted() const noexcept { return debug_; }
  [[nodiscard]] std::optional<severity> log_wanted() const noexcept { return log_; }
  [[nodiscard]] const std::string& elapsed_file_wanted() const noexcept { return elapsed_file_; }

private:
  bool virtual_time_ = false;
  double speed_ = 1.0;
  bool debug_ = false;
  std::optional<severity> log_;
  std::string elapsed_file_;
  std::string problem_;
};

} // namespace asyncio
