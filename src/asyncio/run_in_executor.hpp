#pragma once

#include <asyncio/concurrent_future.hpp>
#include <asyncio/detail/arrival.hpp>
#include <asyncio/detail/context_state.hpp>
#include <asyncio/detail/safe_temporary.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

/// A loop's side of a job.
template <class T>
class wrapped_future final : public awaited_job {
public:
  wrapped_future(scheduler& of, job_ref job) : awaited_job(of, std::move(job)) { value_ = slot_.address(); }

private:
  void job_ended(job_base& job) override {
    if (fail_like(job)) {
      return;
    }
    try {
      take_value(job);
    } catch (...) {
      finish_with(std::current_exception());
      return;
    }
    finish(future_state::finished);
  }

  /// Copies it: the job may have other readers. Moves what can't be copied.
  void take_value(job_base& from) {
    if constexpr (std::is_void_v<T>) {
      static_cast<void>(from);
    } else if constexpr (copyable<T>) {
      slot_.emplace(*static_cast<const T*>(from.value()));
    } else {
      slot_.emplace(std::move(*static_cast<T*>(from.value())));
    }
  }

  value_slot<T> slot_;
};

template <class T>
inline constexpr bool is_coroutine = false;
template <class T, class Executor>
inline constexpr bool is_coroutine<boost::asio::awaitable<T, Executor>> = true;

/// Calls F on another thread with the values of the context in which this was made.
template <class F>
class with_context {
public:
  explicit with_context(F f) : function_(std::move(f)), values_(copy_of_current_context()) {}

  template <class... Args>
  decltype(auto) operator()(Args&&... args) {
    const enter_context in(values_);
    return std::invoke(std::move(function_), std::forward<Args>(args)...);
  }

private:
  F function_;
  context_ref values_;
};

/// Refuses what can't be a job. F and Args as deduced for forwarding references.
template <class F, class... Args>
constexpr void check_job() noexcept {
  ASYNCIO_ASSERT_SAFE_CALLABLE(F);
  static_assert(
      !is_coroutine<std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>>,
      "this function returns a coroutine, which would never run: co_await it, or give it to create_task()");
  ([] { ASYNCIO_ASSERT_SAFE_VALUE(Args); }(), ...);
}

/// A thread_pool_executor, a process_pool_executor, and what else submits jobs as they do.
template <class Pool>
concept job_executor = requires(Pool& pool) {
  {
    pool.submit(+[] {})
  } -> std::same_as<concurrent_future<>>;
  pool.shutdown(true, false);
};

/// The loop's default executor, made when it is first needed.
thread_pool_executor& default_executor_of(loop& of);

} // namespace detail

/// Makes a thread's result something that the running loop can await.
///
/// It is done in the pass after the job has ended and the loop has heard of it. Cancelling
/// it cancels the job if no thread has begun it; one that runs goes on, unheeded. Mirrors
/// asyncio.wrap_future(); misuse_error where no loop is running.
template <class T>
future<T> wrap_future(const concurrent_future<T>& job, loop& of = get_running_loop()) {
  auto* const wrapped =
      new detail::wrapped_future<T>(detail::scheduler_of(of), detail::concurrent_access::job(job));
  auto handle = detail::future_access::make<future<T>>(*wrapped);
  wrapped->begin();
  return handle;
}

/// Of what is a future of the loop already: the same.
template <std::derived_from<any_future> Future>
Future wrap_future(Future already) {
  return already;
}

/// Runs f(args...) on a thread of the pool, or in a process of it, so that the loop goes on
/// meanwhile; a future of its result, or of what it throws. It is queued here and now, awaited or not.
///
/// Cancelling: see wrap_future(). misuse_error after the pool's shutdown or where no loop is
/// running. Mirrors loop.run_in_executor(pool, f, *args).
///
///     std::string text = co_await asyncio::run_in_executor(pool, read_file, path);
template <detail::job_executor Pool, class F, class... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
auto run_in_executor(Pool& pool, F&& f, Args&&... args) {
  detail::check_job<F, Args...>();
  loop& running = get_running_loop();
  return wrap_future(pool.submit(std::forward<F>(f), std::forward<Args>(args)...), running);
}

/// The same on the loop's default executor: Python's run_in_executor(None, f, *args).
template <class F, class... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
auto run_in_executor(F&& f, Args&&... args) {
  return run_in_executor(detail::default_executor_of(get_running_loop()), std::forward<F>(f),
                         std::forward<Args>(args)...);
}

/// Runs a blocking function beside the loop, on its default executor, in a copy of the
/// caller's context. Mirrors asyncio.to_thread().
///
///     std::string text = co_await asyncio::to_thread(read_file, path);
template <class F, class... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
auto to_thread(F&& f, Args&&... args) {
  detail::check_job<F, Args...>();
  loop& running = get_running_loop();
  return wrap_future(
      detail::default_executor_of(running).submit(detail::with_context<std::decay_t<F>>(std::forward<F>(f)),
                                                  std::forward<Args>(args)...),
      running);
}

/// Waits until the loop's default executor has done its jobs and its threads have ended; the
/// loop goes on meanwhile. run() ends with it.
///
/// With a timeout it waits no longer than that: then it logs a warning, and returns; the jobs
/// go on, and the end of the process waits for them. If it is cancelled, it ends at once, and
/// the end of the loop waits for them. Mirrors loop.shutdown_default_executor(timeout).
awaitable<void> shutdown_default_executor(loop& of, std::optional<clock::duration> timeout = std::nullopt);

} // namespace asyncio
