#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/context_state.hpp>
#include <asyncio/detail/future_base.hpp>
#include <asyncio/detail/node.hpp>
#include <asyncio/detail/promise.hpp>
#include <asyncio/detail/recorded.hpp>
#include <asyncio/detail/scheduler.hpp>

#include <cstdint>
#include <exception>
#include <source_location>
#include <string>

namespace asyncio {

class task_options;

namespace detail {

class operation_base;

/// A task without the type of its result: a stack of coroutines that the loop resumes.
///
/// It follows CPython's Task: it waits for one thing at a time; cancel() cancels what it
/// waits for, or else is thrown when it next resumes; it is thrown once, and counted.
class task_base : public future_base {
public:
  task_base(scheduler& of, const task_options& options, std::source_location created_at);
  ~task_base() override;

  /// Queues its first step, or runs it here and now if it is to start eagerly. `bottom` is
  /// the coroutine at the bottom of its stack.
  void start(awaitable_of<bottom_of_stack>&& bottom, const task_options& options);

  bool cancel(const std::string& message) override;
  [[nodiscard]] std::uint32_t cancelling() const noexcept { return cancel_requests_; }
  std::uint32_t uncancel() noexcept;

  [[nodiscard]] const std::string& name();
  [[nodiscard]] std::string shown_name() const;
  [[nodiscard]] std::string describe() const override;
  void set_name(std::string name) { name_ = std::move(name); }
  [[nodiscard]] std::source_location created_at() const noexcept { return created_at_.get(); }

  /// Its steps run in it.
  [[nodiscard]] context_ref& context() noexcept { return context_; }

  /// What it waits for, or null: for whoever looks at it from outside.
  [[nodiscard]] const operation_base* waits_for() const noexcept { return waits_for_; }

  /// Where in its code.
  [[nodiscard]] std::source_location waits_at() const noexcept { return waits_at_.get(); }

  /// False until its first step.
  [[nodiscard]] bool has_begun() const noexcept { return waits_for_ != nullptr || stack_.empty(); }

  /// Its coroutines, from where it waits down to its body; null unless it waits.
  [[nodiscard]] const await_site* call_stack() const noexcept;

  /// The task whose first step that node is; null if it is a node of another kind.
  [[nodiscard]] static task_base* waits_for_first_step(const node& n) noexcept {
    return first_step::task_of(n);
  }

  /// Throws at its await, in place of what that would have given. Only while it waits.
  void throw_in(std::exception_ptr error);

  // For operations.

  void stands_at(const await_site& top) noexcept { stands_at_ = &top; }

  template <class Thread>
  void suspend(Thread& running, operation_base& on, std::source_location where) noexcept {
    stack_.take(running);
    waits_for_ = &on;
    waits_at_ = where;
    waits_since_ = owner()->last_look_at_clock();
  }

  /// The operation has begun: a cancel that came while the task ran takes effect now.
  void suspended() {
    if (must_cancel_) {
      cancel_at_suspension();
    }
  }

  void wake(node& operation);
  void resume();

  /// Whether something is thrown when it resumes, whatever it waits for.
  [[nodiscard]] bool will_throw() const noexcept { return must_cancel_ || thrown_in_; }

  void check_cancelled(bool operation_cancelled) {
    if (will_throw() || operation_cancelled) {
      throw_cancelled();
    }
  }

  void forget_cancel() noexcept { must_cancel_ = false; }

  /// To the loop's observer.
  void tell_it_was_woken() noexcept;

  /// The loop goes away before the task is done: its frames are destroyed where they stand.
  void abandon() noexcept;

protected:
  /// Of a stack that others began.
  void take(stack& begun) noexcept { stack_.take(begun); }

  /// The body is over. A cancel that was never thrown wins over a value.
  void returned() noexcept;
  void failed(std::exception_ptr error) noexcept;

private:
  class first_step : public node {
  public:
    explicit first_step(task_base& of) noexcept : node(&on_queue_turn), of_(of) {}

    static task_base* task_of(const node& n) noexcept {
      return n.on_turn == &on_queue_turn ? &static_cast<const first_step&>(n).of_ : nullptr;
    }

  private:
    static void on_queue_turn(node& n, turn t);
    task_base& of_;
  };

  static bool may_start_eagerly(const scheduler& s) noexcept;
  void start_eagerly();
  bool request_cancel(const std::string& message);
  void cancel_at_suspension();
  [[noreturn]] void throw_cancelled();
  void report_failure() noexcept;
  void ended() noexcept;
  void tell_how_the_step_ended() noexcept;

  stack stack_;
  operation_base* waits_for_ = nullptr;
  [[no_unique_address]] recorded<const await_site*> stands_at_; // in a frame: valid while it waits
  first_step first_step_;
  context_ref context_;
  std::string name_;
  std::string cancel_message_;
  [[no_unique_address]] recorded<std::source_location> created_at_;
  [[no_unique_address]] recorded<std::source_location> waits_at_;
  [[no_unique_address]] recorded<clock::time_point> waits_since_; // for debuggers
  std::exception_ptr thrown_in_;
  std::uint32_t number_ = 0;
  std::uint32_t cancel_requests_ = 0;
  bool must_cancel_ = false;
  bool being_cancelled_ = false;
  bool woken_in_its_step_ = false;
};

using task_ref = intrusive_ref<task_base>;

/// A task whose body returns T.
template <class T>
class typed_task final : public task_base {
public:
  typed_task(scheduler& of, const task_options& options, std::source_location created_at)
      : task_base(of, options, created_at) {
    value_ = slot_.address();
  }

  void start(awaitable_of<T>&& body, const task_options& options);

  template <class... Args>
  void returned(Args&&... value) {
    slot_.emplace(std::forward<Args>(value)...);
    task_base::returned();
  }
  using task_base::failed;

private:
  value_slot<T> slot_;
};

/// The coroutine at the bottom of a task's stack.
template <class T>
awaitable_of<bottom_of_stack> run_body(typed_task<T>& self, awaitable_of<T> body) {
  try {
    co_await await_body<T, typed_task<T>>(std::move(body), self);
  } catch (...) { // the value could not be moved to its place
    self.failed(std::current_exception());
  }
}

template <class T>
void typed_task<T>::start(awaitable_of<T>&& body, const task_options& options) {
  task_base::start(run_body<T>(*this, std::move(body)), options);
}

} // namespace detail
} // namespace asyncio
