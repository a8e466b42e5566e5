#include <asyncio/run.hpp>

#include <asyncio/detail/clock_scope.hpp>
#include <asyncio/detail/interrupt_watch.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/log.hpp>
#include <asyncio/observe/dump_on_signal.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/serve_if_worker.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <vector>

namespace asyncio {

struct runner::open_state {
  explicit open_state(const run_options& options)
      : clock(options.clock_wanted()), began(asyncio::clock::now()), runs(new_loop(options)) {
    if (options.debug_wanted()) {
      runs->set_debug(*options.debug_wanted());
    }
    detail::scheduler_of(*runs).time_passes_during_io = options.time_passes_during_io_wanted();
    if (options.dump_on_signal_wanted()) {
      dumps.emplace(*runs);
    }
  }

  static std::shared_ptr<loop> new_loop(const run_options& options) {
    if (!options.loop_factory_wanted()) {
      return std::make_shared<loop>();
    }
    std::shared_ptr<loop> made = options.loop_factory_wanted()();
    if (made == nullptr) {
      throw invalid_argument_error("the loop factory gave no loop");
    }
    return made;
  }

  detail::clock_scope clock; // first: everything below goes by it
  asyncio::clock::time_point began;
  std::shared_ptr<loop> runs;
  context values = copy_context();
  std::optional<detail::dump_on_signal> dumps; // last: it tells of the loop
};

runner::runner(run_options options) : options_(std::move(options)) {
  serve_if_worker();
}

runner::~runner() {
  try {
    close();
  } catch (const interrupt_error&) { // what ends the program comes from elsewhere
    static_cast<void>(std::current_exception());
  } catch (...) {
    log(severity::error, "closing a runner failed: " + describe(std::current_exception()));
  }
}

loop& runner::get_loop() {
  if (closed_) {
    throw misuse_error("the runner is closed");
  }
  if (!open_) {
    options_.check();
    set_up_logging();
    if (options_.log_wanted()) {
      set_log_level(*options_.log_wanted());
    }
    open_ = std::make_unique<open_state>(options_);
  }
  return *open_->runs;
}

const context& runner::get_context() {
  static_cast<void>(get_loop());
  return open_->values;
}

loop& runner::loop_to_run() {
  if (detail::running_scheduler != nullptr) {
    throw misuse_error(
        "asyncio::run() cannot be called from a running event loop: co_await the coroutine instead");
  }
  return get_loop();
}

void runner::run_to_its_end(any_task main) {
  if (open_->dumps) {
    open_->dumps->runs_here();
  }
  // Not in its callback: a job that Ctrl-C has ended may have ended main before.
  const detail::interrupt_watch watch(open_->runs->context(), [&] {
    interrupted_ = true;
    main.cancel();
  });
  open_->runs->run_until_complete(main);
  interrupted_ = interrupted_ || watch.interrupted();
  if (watch.interrupted() && main.cancelled() && main.uncancel() == 0) {
    detail::take_interrupt(); // or the next run would be thrown it, too
    throw interrupt_error();
  }
}

void runner::cancel_what_is_left() {
  loop& runs = *open_->runs;
  const std::vector<any_task> left = all_tasks(runs);
  if (left.empty()) {
    return;
  }
  const future<> all_ended(runs);
  std::size_t count = left.size();
  for (const any_task& task : left) {
    task.cancel();
    task.add_done_callback([&] {
      if (--count == 0) {
        all_ended.set_result();
      }
    });
  }
  runs.run_until_complete(all_ended);
  for (const any_task& task : left) {
    if (task.cancelled()) {
      continue;
    }
    if (std::exception_ptr error = task.exception()) {
      const exception_context report("Exception in a task that was cancelled at the end of the run",
                                     std::move(error), task.name(), task.created_at());
      task.get_context().run([&] { runs.call_exception_handler(report); });
    }
  }
}

void runner::close() {
  if (closed_ || !open_) {
    closed_ = true;
    return;
  }
  if (open_->runs->is_running()) {
    throw misuse_error("a runner cannot be closed while it runs");
  }
  closed_ = true;
  struct at_the_end {
    ~at_the_end() { open.reset(); }
    std::unique_ptr<open_state>& open;
  };
  const at_the_end destroy_the_loop{open_};
  wind_up();
  open_->runs->close();
  if (!options_.elapsed_file_wanted().empty()) {
    const std::chrono::duration<double> elapsed = clock::now() - open_->began;
    std::ofstream(options_.elapsed_file_wanted(), std::ios::app) << elapsed.count() << '\n';
  }
}

void runner::wind_up() {
  std::optional<detail::interrupt_watch> watch;
  if (!interrupted_ || detail::interrupt_pending()) { // else the next one ends the program
    watch.emplace(open_->runs->context(), [] {});
  }
  cancel_what_is_left();
  open_->runs->run_until_complete(shutdown_default_executor(*open_->runs));
  if (watch && watch->interrupted()) {
    throw interrupt_error();
  }
}

namespace detail {

awaitable<int> succeed_after(awaitable<void> main) {
  co_await std::move(main);
  co_return 0;
}

namespace {

/// A program that printed into a full disk did not succeed.
int after_printing(int status) {
  if (std::cout.flush() && std::ferror(stdout) == 0) { // an osyncstream fails behind the back of cout
    return status;
  }
  std::cerr << "error: what the program printed could not be written to stdout\n";
  return status == 0 ? 1 : status;
}

} // namespace

int run_main(awaitable<int> main, const run_options& options, std::source_location where) {
  serve_if_worker();
  try {
    options.check();
  } catch (const invalid_argument_error& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 2;
  }
  try {
    return after_printing(run(std::move(main), options, where));
  } catch (const interrupt_error&) {
    return 130;
  } catch (...) {
    std::cout.flush(); // what the program said comes before what ended it
    std::cerr << "error: " << describe(std::current_exception())
              << "\n  escaped from the main task, created at " << where.file_name() << ':' << where.line()
              << '\n';
    return 1;
  }
}

} // namespace detail
} // namespace asyncio
