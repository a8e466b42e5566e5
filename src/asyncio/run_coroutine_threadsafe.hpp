#pragma once

#include <asyncio/concurrent_future.hpp>
#include <asyncio/detail/job.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/detail/value_slot.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/task.hpp>

#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

/// The result of a task, for other threads: a job that the loop does when the task is done.
template <class T>
class task_job final : public job_base {
public:
  task_job() : job_base("a coroutine that a loop runs") {}

  /// As it ended, so does this. The loop's thread.
  void deliver(future_base& done) noexcept {
    if (done.cancelled()) {
      cancel();
    } else if (begin()) {
      source_ = &done;
      finish();
    }
  }

  void fail(std::exception_ptr error) noexcept {
    if (begin()) {
      error_ = std::move(error);
      finish();
    }
  }

  [[nodiscard]] void* value() noexcept override { return slot_.address(); }

private:
  void call() override {
    if (error_) {
      std::rethrow_exception(error_);
    }
    source_->check_result();
    if constexpr (!std::is_void_v<T>) {
      slot_.emplace(value_from_temporary<T>(*source_));
    }
  }
  void let_go() noexcept override {
    source_ = nullptr;
    error_ = nullptr;
  }

  future_base* source_ = nullptr;
  std::exception_ptr error_;
  value_slot<T> slot_;
};

/// Who owes the job its end. If the loop goes away first, the job is cancelled, so that nobody
/// waits for it in vain.
template <class T>
class delivery {
public:
  delivery() : job_(new task_job<T>) {}
  delivery(delivery&&) noexcept = default;
  delivery& operator=(delivery&&) = delete;
  delivery(const delivery&) = delete;
  delivery& operator=(const delivery&) = delete;
  ~delivery() {
    if (job_) {
      job_->cancel();
    }
  }

  [[nodiscard]] task_job<T>& job() const noexcept { return *job_; }

private:
  intrusive_ref<task_job<T>> job_;
};

/// When the job is cancelled, so is the task. The loop's thread.
void cancel_with(job_base& job, task_base& task);

/// A coroutine becomes a task, and the task's end the job's. The loop's thread.
template <class T>
void begin_delivery(loop& of, delivery<T>& owed, awaitable<T>& coroutine, std::source_location where) {
  try {
    const task<T> begun = of.create_task(std::move(coroutine), {}, where);
    cancel_with(owed.job(), static_cast<task_base&>(*future_access::state(begun)));
    begun.add_done_callback(
        [owed = std::move(owed)](const task<T>& done) { owed.job().deliver(*future_access::state(done)); });
  } catch (...) {
    owed.job().fail(std::current_exception());
    throw; // the loop's exception handler hears of it, too
  }
}

} // namespace detail

/// Runs a coroutine as a task of a loop that runs on another thread. Any thread may call it.
///
/// result() of what it gives blocks the calling thread until the task has ended: so it isn't
/// for the loop's own thread, which would wait for itself. cancel() of it cancels the task; a
/// task that is cancelled throws cancelled_error there, and so does one whose loop goes away.
/// misuse_error if the loop is closed. Mirrors asyncio.run_coroutine_threadsafe().
///
///     asyncio::concurrent_future<int> sum = asyncio::run_coroutine_threadsafe(add(1, 2), loop);
///     int n = sum.result();
template <class T>
concurrent_future<T> run_coroutine_threadsafe(awaitable<T> coroutine, loop& of,
                                              std::source_location where = std::source_location::current()) {
  detail::check_not_spent(coroutine);
  detail::delivery<T> owed;
  auto promised = detail::concurrent_access::make<T>(detail::job_ref(&owed.job()));
  of.call_soon_threadsafe([&of, where, owed = std::move(owed), coroutine = std::move(coroutine)]() mutable {
    detail::begin_delivery(of, owed, coroutine, where);
  });
  return promised;
}

/// The same of anything else that create_task() takes.
template <detail::other_awaitable Awaitable>
auto run_coroutine_threadsafe(Awaitable what, loop& of,
                              std::source_location where = std::source_location::current()) {
  return run_coroutine_threadsafe(detail::as_coroutine(std::move(what), where), of, where);
}

} // namespace asyncio
