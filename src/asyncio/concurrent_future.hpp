#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/job.hpp>
#include <asyncio/errors.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {
struct concurrent_access;
}

/// The result of what another thread does: a job of a pool, a coroutine on a loop (Python:
/// concurrent.futures.Future).
///
/// A copyable handle; any thread may use it. result() blocks the calling thread, so in a
/// coroutine await wrap_future() of it instead.
///
///     asyncio::concurrent_future<int> answer = pool.submit(compute, 6, 7);
///     int n = answer.result();
template <class T = void>
class concurrent_future {
public:
  using value_type = T;

  [[nodiscard]] bool done() const noexcept { return job_->done(); }
  [[nodiscard]] bool cancelled() const noexcept { return job_->state() == detail::job_state::cancelled; }
  [[nodiscard]] bool running() const noexcept { return job_->state() == detail::job_state::running; }

  /// Takes it off the pool's queue. False if it runs already or is done: a thread can't be
  /// stopped from outside. The task of a coroutine is cancelled.
  bool cancel() const noexcept { return job_->cancel(); }

  /// Blocks until it is done; gives its value or throws its exception, cancelled_error if
  /// it was cancelled; interrupt_error after Ctrl-C. The value stays where it is.
  decltype(auto) result() const {
    job_->wait();
    if (job_->exception()) {
      std::rethrow_exception(job_->exception());
    }
    if constexpr (!std::is_void_v<T>) {
      return static_cast<const T&>(*static_cast<T*>(job_->value()));
    }
  }

  /// The same, but blocks for `timeout` at most, and throws timeout_error then.
  decltype(auto) result(clock::duration timeout) const {
    wait(timeout);
    return result();
  }

  /// Blocks until it is done; its exception or null.
  [[nodiscard]] std::exception_ptr exception() const {
    job_->wait();
    return job_->exception();
  }
  [[nodiscard]] std::exception_ptr exception(clock::duration timeout) const {
    wait(timeout);
    return job_->exception();
  }

  /// Calls f(future), or f(), when it is done: on the thread that ended it, or here and now
  /// if it is done. It must not throw.
  template <class F>
    requires std::invocable<F&, concurrent_future> || std::invocable<F&>
  void add_done_callback(F f) const {
    class calling final : public detail::job_hook {
    public:
      calling(detail::job_ref job, F&& f_) : job_(std::move(job)), function_(std::move(f_)) {}
      void job_done() noexcept override {
        const std::unique_ptr<calling> self(this);
        if constexpr (std::invocable<F&, concurrent_future>) {
          function_(concurrent_future(std::move(job_)));
        } else {
          function_();
        }
      }

    private:
      detail::job_ref job_;
      F function_;
    };
    job_->add_hook(*new calling(job_, std::move(f)));
  }

  friend bool operator==(const concurrent_future&, const concurrent_future&) noexcept = default;

private:
  friend struct detail::concurrent_access;
  explicit concurrent_future(detail::job_ref job) noexcept : job_(std::move(job)) {}

  void wait(clock::duration timeout) const {
    if (!job_->wait_until(detail::later(clock::now(), timeout))) {
      throw timeout_error("the result was not there in time");
    }
  }

  detail::job_ref job_;
};

namespace detail {

struct concurrent_access {
  template <class T>
  static concurrent_future<T> make(job_ref job) noexcept {
    return concurrent_future<T>(std::move(job));
  }
  template <class T>
  static const job_ref& job(const concurrent_future<T>& of) noexcept {
    return of.job_;
  }
};

} // namespace detail
} // namespace asyncio
