#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/context.hpp>
#include <asyncio/detail/callback.hpp>
#include <asyncio/detail/scheduler.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/task_factory.hpp>
#include <asyncio/task_options.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {
struct loop_access;
}

class any_future;
template <class T = void>
class future;
template <class T = void>
class task;

/// A callback that was handed to a loop (Python: asyncio.Handle, TimerHandle). A copyable
/// handle; dropping it leaves the callback in its place.
class handle {
public:
  /// The callback will not run, and is let go of at once. Once it ran: nothing happens.
  void cancel() { state_->cancel(); }
  [[nodiscard]] bool cancelled() const noexcept { return state_->cancelled(); }

  /// When it is due; for call_soon, when it was queued.
  [[nodiscard]] clock::time_point when() const noexcept { return state_->when(); }

  friend bool operator==(const handle&, const handle&) noexcept = default;

private:
  friend class loop;
  friend struct detail::loop_access;
  explicit handle(detail::callback_ref state) noexcept : state_(std::move(state)) {}

  detail::callback_ref state_;
};

/// An event loop: it runs tasks and callbacks, one at a time, on the thread that runs it
/// (Python: asyncio's event loop).
///
/// Most programs never name one: run() makes it, and get_running_loop() finds it. Inside is
/// one boost::asio::io_context, so that anything of Asio's can share the thread.
///
/// Thread safety: call_soon_threadsafe() may be called from any thread, and work may be
/// posted through get_executor() from any; all else belongs to the thread that runs it.
///
///     asyncio::loop loop;
///     int n = loop.run_until_complete(count());
class loop : private detail::scheduler {
public:
  loop();
  /// Destroys what is unfinished: suspended coroutines are unwound where they stand.
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// Runs until `main` is done; its result, or throws what it threw. misuse_error from
  /// inside a running loop, and when stop() ended the loop first.
  template <class T>
  T run_until_complete(awaitable<T> main);

  /// The same of anything else that create_task() takes.
  template <detail::other_awaitable Awaitable>
  auto run_until_complete(Awaitable main) {
    return run_until_complete(detail::as_coroutine(std::move(main)));
  }

  /// The same for a future or task of this loop; invalid_argument_error for another's.
  template <class T>
  T run_until_complete(const future<T>& awaited);

  /// The same, whatever its type; what came of it the handle knows.
  void run_until_complete(const any_future& given);

  /// Runs until stop().
  void run_forever();

  /// Ends the run after the pass it is in. Before a run: that run does a single pass.
  void stop() noexcept { stopping_ = true; }

  [[nodiscard]] bool is_running() const noexcept { return running_; }
  [[nodiscard]] bool is_closed() const noexcept { return closed_; }

  /// Drops what is queued; every later use throws misuse_error. Twice is harmless;
  /// misuse_error while it runs.
  void close();

  /// This loop's idea of time.
  [[nodiscard]] clock::time_point time() const noexcept { return clock::now(); }

  /// Runs f(args...) in the next pass, in a copy of the current context. What it throws goes
  /// to the exception handler. With a context first, it runs in that very one.
  template <class F, class... Args>
    requires std::invocable<F&, Args&...>
  handle call_soon(F f, Args... args) {
    return call_soon(make<F>(bound(std::move(f), std::move(args)...)));
  }
  template <class F, class... Args>
    requires std::invocable<F&, Args&...>
  handle call_soon(const asyncio::context& in, F f, Args... args) {
    return call_soon(make<F>(bound(std::move(f), std::move(args)...), &in));
  }

  /// The same, from any thread; wakes the loop if it sleeps.
  template <class F, class... Args>
    requires std::invocable<F&, Args&...>
  handle call_soon_threadsafe(F f, Args... args) {
    return call_soon_threadsafe(make<F>(bound(std::move(f), std::move(args)...)));
  }
  template <class F, class... Args>
    requires std::invocable<F&, Args&...>
  handle call_soon_threadsafe(const asyncio::context& in, F f, Args... args) {
    return call_soon_threadsafe(make<F>(bound(std::move(f), std::move(args)...), &in));
  }

  /// Runs f(args...) once `delay` has passed: never earlier, and in the order of deadlines.
  template <class F, class... Args>
    requires std::invocable<F&, Args&...>
  handle call_later(clock::duration delay, F f, Args... args) {
    return call_later(delay, make<F>(bound(std::move(f), std::move(args)...)));
  }
  template <class F, class... Args>
    requires std::invocable<F&, Args&...>
  handle call_later(clock::duration delay, const asyncio::context& in, F f, Args... args) {
    return call_later(delay, make<F>(bound(std::move(f), std::move(args)...), &in));
  }

  /// Runs f(args...) at `when`, by time().
  template <class F, class... Args>
    requires std::invocable<F&, Args&...>
  handle call_at(clock::time_point when, F f, Args... args) {
    return call_at(when, make<F>(bound(std::move(f), std::move(args)...)));
  }
  template <class F, class... Args>
    requires std::invocable<F&, Args&...>
  handle call_at(clock::time_point when, const asyncio::context& in, F f, Args... args) {
    return call_at(when, make<F>(bound(std::move(f), std::move(args)...), &in));
  }

  /// A future of this loop that somebody will set.
  template <class T = void>
  [[nodiscard]] future<T> create_future();

  /// Runs a coroutine as a task of this loop: create_task() for a loop that is not running yet.
  template <class T>
  task<T> create_task(awaitable<T> coroutine, const task_options& options = {},
                      std::source_location where = std::source_location::current());

  template <detail::other_awaitable Awaitable>
  auto create_task(Awaitable what, const task_options& options = {},
                   std::source_location where = std::source_location::current()) {
    return create_task(detail::as_coroutine(std::move(what), where), options, where);
  }

  /// Who makes this loop's tasks from now on; an empty one brings the built-in way back.
  void set_task_factory(task_factory factory) { task_factory_ = std::move(factory); }
  [[nodiscard]] const task_factory& get_task_factory() const noexcept { return task_factory_; }

  using exception_handler = std::function<void(loop&, const exception_context&)>;

  /// Called for exceptions that nobody else receives; an empty one brings the default
  /// back, which logs them as errors.
  void set_exception_handler(exception_handler handler) { exception_handler_ = std::move(handler); }
  [[nodiscard]] const exception_handler& get_exception_handler() const noexcept { return exception_handler_; }
  void call_exception_handler(const exception_context& context) noexcept;
  void default_exception_handler(const exception_context& context);

  /// Debug mode. Calls of this loop, and of its futures, from a foreign thread throw
  /// misuse_error where they are not threadsafe. Logged as warnings are callbacks and steps of
  /// tasks that hold up the loop, and coroutines that are dropped without having been awaited.
  void set_debug(bool on) noexcept { scheduler::set_debug(on); }
  [[nodiscard]] bool get_debug() const noexcept { return is_debugged(); }

  /// How long a step takes, by the program's clock, to be logged as slow in debug mode; at first
  /// 100 ms. In virtual time only what blocks the thread takes any: blocking_sleep() and its kin.
  void set_slow_callback_duration(clock::duration slow) noexcept { slow_callback_duration = slow; }
  [[nodiscard]] clock::duration get_slow_callback_duration() const noexcept { return slow_callback_duration; }

  /// The pool for to_thread() and run_in_executor() without one. It is used until the end of
  /// run(), which shuts it down.
  void set_default_executor(std::shared_ptr<thread_pool_executor> pool) noexcept {
    default_executor = std::move(pool);
  }

  /// Who is told of this loop's tasks: of what they do from now on; null for nobody.
  void set_observer(std::shared_ptr<loop_observer> told) noexcept { observer = std::move(told); }

  /// Boost.Asio's side of it.
  [[nodiscard]] boost::asio::io_context& context() noexcept { return scheduler::context(); }
  using executor_type = executor;
  [[nodiscard]] executor get_executor() noexcept { return executor(static_cast<scheduler&>(*this)); }

private:
  friend struct detail::loop_access;
  friend class any_future;

  template <class F, class... Args>
  static auto bound(F f, Args... args) {
    return [f = std::move(f), ... args = std::move(args)]() mutable { std::invoke(f, args...); };
  }

  template <class Function, class Call>
  detail::callback_ref make(Call call, const asyncio::context* in = nullptr) {
    detail::callback_ref made(new detail::callback_of<Function, Call>(*this, std::move(call)));
    if (in != nullptr) {
      made->set_context(detail::context_access::state(*in));
    }
    return made;
  }

  handle call_soon(detail::callback_ref callback);
  handle call_soon_threadsafe(detail::callback_ref callback);
  handle call_later(clock::duration delay, detail::callback_ref callback);
  handle call_at(clock::time_point when, detail::callback_ref callback);

  void check_not_closed() const;
  void check_not_running() const;
  void check_thread() const;

  task_factory task_factory_;
  exception_handler exception_handler_;
  bool running_ = false;
  bool stopping_ = false;
  bool closed_ = false;
};

/// The loop that runs the calling coroutine or callback; misuse_error outside one.
[[nodiscard]] loop& get_running_loop();

namespace detail {

struct loop_access {
  static scheduler& inside(loop& of) noexcept { return of; }
  static loop& outside(scheduler& of) noexcept { return static_cast<loop&>(of); }
  static handle handle_to(callback& of) noexcept { return handle(callback_ref(&of)); }
};

/// The inside of a loop, for the layers above.
inline scheduler& scheduler_of(loop& of) noexcept {
  return loop_access::inside(of);
}

} // namespace detail
} // namespace asyncio
