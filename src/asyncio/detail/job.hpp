#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/clock_condition.hpp>
#include <asyncio/detail/interrupt.hpp>
#include <asyncio/detail/intrusive_ref.hpp>
#include <asyncio/detail/node.hpp>
#include <asyncio/detail/value_slot.hpp>
#include <asyncio/errors.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

enum class job_state { pending, running, finished, cancelled };

/// Told on the thread that ends a job, once; then it belongs to itself.
class job_hook {
public:
  virtual void job_done() noexcept = 0;

  job_hook* next_hook = nullptr;

protected:
  ~job_hook() = default;
};

/// A call that another thread will make, and what came of it. Any thread may ask.
class job_base : public node {
public:
  /// `what` is for the report of a deadlock.
  explicit job_base(const char* what = "a job of a thread pool");
  virtual ~job_base() = default;

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete this;
    }
  }

  [[nodiscard]] job_state state() const noexcept { return state_.load(std::memory_order_acquire); }
  [[nodiscard]] bool done() const noexcept { return state() >= job_state::finished; }

  /// False if it runs already, or is over.
  bool cancel() noexcept;

  /// Ctrl-C doesn't cancel it.
  void run_whatever_comes() noexcept { cancelled_by_ctrl_c_ = false; }

  /// Blocks the thread until it is done; after Ctrl-C interrupt_error, done or not.
  void wait();

  /// The same until a deadline; whether it is done.
  [[nodiscard]] bool wait_until(clock::time_point deadline);

  /// The exception it ended with, or null; cancelled_error if it never ran. Only when done.
  [[nodiscard]] const std::exception_ptr& exception() const noexcept { return exception_; }

  [[nodiscard]] virtual void* value() noexcept = 0;

  /// If the job is done already, the hook is told here and now.
  void add_hook(job_hook& hook);

  /// For who does it: makes the call, unless it was cancelled, or Ctrl-C came first, which
  /// cancels it.
  void run() noexcept {
    if (begin()) {
      finish();
    }
  }

protected:
  /// Whether the job is the caller's alone now, who has to call finish(). Until then another thread
  /// may be cancelling it.
  [[nodiscard]] bool begin() noexcept;

  /// Makes the call.
  void finish() noexcept;

private:
  virtual void call() = 0;
  virtual void let_go() noexcept = 0;
  void ended(job_state how) noexcept;
  static void on_queue_turn(node&, turn) {} // a pool calls run() itself

  std::atomic<int> references_{0};
  std::atomic<job_state> state_{job_state::pending};
  const std::uint64_t interrupts_before_ = interrupts_taken();
  bool cancelled_by_ctrl_c_ = true;
  std::exception_ptr exception_;
  std::mutex mutex_;
  clock_condition done_;
  job_hook* first_hook_ = nullptr;
  job_hook** last_hook_ = &first_hook_;
  bool hooks_told_ = false;
};

/// A function that has to be called all the same.
template <class F>
concept runs_whatever_comes = requires { typename F::runs_whatever_comes; };

using job_ref = intrusive_ref<job_base>;

template <class F, class... Args>
class job final : public job_base {
public:
  /// By value, even of a function that returns a reference: it is used on another thread.
  using result = std::decay_t<std::invoke_result_t<F, Args...>>;

  template <class G, class... Given>
  explicit job(G&& f, Given&&... args)
      : call_(std::in_place, std::forward<G>(f), std::forward<Given>(args)...) {
    if constexpr (runs_whatever_comes<F>) {
      run_whatever_comes();
    }
  }

  [[nodiscard]] void* value() noexcept override { return slot_.address(); }

private:
  void call() override {
    const auto invoke = [](F& f, Args&... args) -> decltype(auto) {
      return std::invoke(std::move(f), std::move(args)...);
    };
    if constexpr (std::is_void_v<result>) {
      std::apply(invoke, *call_);
    } else {
      slot_.emplace(std::apply(invoke, *call_));
    }
  }
  void let_go() noexcept override { call_.reset(); }

  std::optional<std::tuple<F, Args...>> call_;
  value_slot<result> slot_;
};

} // namespace asyncio::detail
