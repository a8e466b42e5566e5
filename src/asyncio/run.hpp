#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/context.hpp>
#include <asyncio/interrupt.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run_options.hpp>
#include <asyncio/task.hpp>

#include <concepts>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace asyncio {

/// Runs coroutines one after the other on one loop (Python: asyncio.Runner), where run()
/// makes a new loop each time.
///
///     asyncio::runner runner;
///     runner.run(connect());
///     runner.run(serve());
class runner {
public:
  explicit runner(run_options options = {});
  ~runner();
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;

  /// Runs `main` as a task until it is done; its result, or throws what it threw. What it
  /// left running goes on in the next run. Ctrl-C cancels it, and then interrupt_error is
  /// thrown: on the main thread, and within an interrupt_scope, such as run_main()'s, on the threads of
  /// this library. misuse_error inside a running loop, and after close().
  ///
  /// Main is a coroutine, or anything else that can be awaited: an operation such as sleep(1s), a
  /// coroutine of plain Asio, a future or task of the runner's own loop.
  ///
  /// All runs share one context, a copy of the one in which get_loop() or run() was first
  /// called: the values that one run sets, the next one sees.
  template <class Awaitable>
  auto run(Awaitable main, std::source_location where = std::source_location::current())
      -> detail::result_of<Awaitable> {
    static_cast<void>(loop_to_run()); // nothing is begun where it would throw
    return run(std::move(main), get_context(), where);
  }

  /// The same in a context of the caller's.
  template <class Awaitable>
  auto run(Awaitable main, const context& in, std::source_location where = std::source_location::current())
      -> detail::result_of<Awaitable> {
    loop& runs = loop_to_run();
    const task<detail::result_of<Awaitable>> running =
        runs.create_task(detail::coroutine_of(std::move(main)), in, where);
    run_to_its_end(running);
    return static_cast<future<detail::result_of<Awaitable>>>(running).result();
  }

  /// The loop, made on the first use; misuse_error after close().
  [[nodiscard]] loop& get_loop();

  /// Cancels the tasks that are left, in order of creation, and waits until they have ended;
  /// what one of them throws goes to the exception handler. Then it waits for the default
  /// executor's jobs and closes the loop. Twice is harmless. If the first Ctrl-C comes meanwhile, the
  /// jobs are interrupted, and at its end it throws interrupt_error.
  void close();

private:
  loop& loop_to_run();
  const context& get_context();
  void run_to_its_end(any_task main);
  void cancel_what_is_left();

  void wind_up();

  struct open_state;
  run_options options_;
  std::unique_ptr<open_state> open_;
  bool closed_ = false;
  bool interrupted_ = false;
};

/// Runs `main` on a new loop and returns its result or throws what it threw (Python:
/// asyncio.run()).
///
/// It ends clean: tasks that main left are cancelled and have ended when it returns, and
/// what they threw has been reported. They end after main, so what they refer to must not be
/// a local of main: await them, or keep it outside. Ctrl-C cancels main; once that has cleaned up,
/// interrupt_error is thrown. misuse_error inside a running loop, invalid_argument_error for
/// an option or environment variable that makes no sense.
///
/// Main is a coroutine, or anything else that create_task() takes. What escapes it is thrown on; a
/// cancelled_error, if main was cancelled, and an interrupt_error are no std::exception, and want a catch of
/// their own: without one Ctrl-C ends the program by std::terminate(). run_main() has it.
///
///     int n = asyncio::run(count_words(path));
template <class Awaitable>
auto run(Awaitable main, run_options options = {},
         std::source_location where = std::source_location::current()) -> detail::result_of<Awaitable> {
  const interrupt_scope until_it_is_closed;
  runner once(std::move(options));
  if constexpr (std::is_void_v<detail::result_of<Awaitable>>) {
    once.run(std::move(main), where);
    once.close();
  } else {
    auto result = once.run(std::move(main), where);
    once.close();
    return result;
  }
}

namespace detail {

int run_main(awaitable<int> main, const run_options& options, std::source_location where);
awaitable<int> succeed_after(awaitable<void> main);

} // namespace detail

/// run() for `int main()`: returns the exit status. That is main's own int, or 0; 1 after an
/// exception, which is printed on stderr, or where stdout could not be written to; 2 with one line on
/// stderr for an option or environment variable that makes no sense, and then nothing has run; 130
/// after Ctrl-C.
///
///     int main() { return asyncio::run_main(async_main()); }
template <class T>
  requires std::is_void_v<T> || std::same_as<T, int>
int run_main(awaitable<T> main, run_options options = {},
             std::source_location where = std::source_location::current()) {
  if constexpr (std::is_void_v<T>) {
    return detail::run_main(detail::succeed_after(std::move(main)), options, where);
  } else {
    return detail::run_main(std::move(main), options, where);
  }
}

} // namespace asyncio
