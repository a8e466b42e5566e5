#pragma once

#include <asyncio/detail/node.hpp>
#include <asyncio/detail/promise.hpp>
#include <asyncio/detail/task_base.hpp>

#include <source_location>
#include <string>

namespace asyncio::detail {

/// Something that a task can be suspended on, kept in the awaiting coroutine's frame.
///
/// An operation has `bool ready()` (true: go on at once), `void start()` (it is suspended
/// now: arrange that wake() is called), `bool cancel(message)` and `auto resume()`, which
/// begins with check_cancelled(). A task waits for one operation at a time.
class operation_base : public node, public operation_tag {
public:
  operation_base() noexcept : operation_base(&on_queue_turn) {}
  /// Only of one that hasn't begun: so that functions can return and take operations.
  operation_base(operation_base&& other) noexcept : operation_base(other.on_turn) {}
  virtual ~operation_base() = default;

  /// Ends the wait with a cancel. True if that wakes the task, now or when the operation
  /// has given back what it holds; false if what it waited for is there already.
  virtual bool cancel(const std::string& message) = 0;

  /// The task whose end alone it waits for, or null: a cancel goes on to that one.
  [[nodiscard]] virtual task_base* awaited_task() const noexcept { return nullptr; }

  /// Ends the wait without touching what is waited for, which may go on. The task will be
  /// thrown something when it resumes.
  virtual void give_up() { static_cast<void>(cancel({})); }

  /// In the list of a future: the task awaits it.
  static awaiter_kind as_awaiter() noexcept {
    return {&on_queue_turn,
            [](const node& n) -> const future_base* { return static_cast<const operation_base&>(n).task_; }};
  }

  /// Whether it will throw a cancel when it resumes.
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }

  /// In words, for whoever looks at a suspended task: `a sleep`, `task "fetching"`.
  [[nodiscard]] virtual std::string waits_for() const = 0;

  /// The task that can end the wait, or null.
  [[nodiscard]] virtual const task_base* waits_for_task() const noexcept { return awaited_task(); }

  /// Whether that task holds what is waited for, a lock.
  [[nodiscard]] virtual bool is_held() const noexcept { return false; }

  /// The task that waits by that node; null if it is a node of another kind.
  [[nodiscard]] static task_base* waiting_task(const node& n) noexcept {
    return n.on_turn == &on_queue_turn || n.on_turn == &on_turn_maybe_in_vain
               ? static_cast<const operation_base&>(n).task_
               : nullptr;
  }

  template <class Stack>
  void begin(task_base& task, Stack& running, std::source_location where) {
    task_ = &task;
    task.suspend(running, *this, where);
    start();
    task.suspended();
  }

protected:
  /// Of one whose turn may come in vain: it is asked waits_again() then, and the others pay nothing for that.
  struct maybe_in_vain {};
  explicit operation_base(maybe_in_vain) noexcept : operation_base(&on_turn_maybe_in_vain) {}
  virtual bool waits_again() { return false; }

  [[nodiscard]] task_base& task() const noexcept { return *task_; }
  [[nodiscard]] scheduler& get_scheduler() const noexcept { return *task_->owner(); }

  /// Resumes the task in the next pass of the loop.
  void wake() { task_->wake(*this); }

  /// Wakes it with a cancel.
  void wake_cancelled() {
    mark_cancelled();
    wake();
  }
  void mark_cancelled() noexcept { cancelled_ = true; }

  /// Whether check_cancelled() will throw.
  [[nodiscard]] bool will_throw() const noexcept { return cancelled_ || task_->will_throw(); }

  /// Instead of check_cancelled(), where resume() throws a cancelled_error of its own.
  void forget_cancel() noexcept {
    if (task_ != nullptr) {
      task_->forget_cancel();
    }
  }

  /// First in resume(): throws if it was cancelled, or the task meanwhile.
  void check_cancelled() {
    if (task_ != nullptr) {
      task_->check_cancelled(cancelled_);
    }
  }

private:
  explicit operation_base(function turn_) noexcept : node(turn_) {}

  static void on_queue_turn(node& n, turn t) {
    if (t == turn::run) {
      static_cast<operation_base&>(n).task_->resume();
    }
  }
  static void on_turn_maybe_in_vain(node& n, turn t) {
    if (t == turn::run && !static_cast<operation_base&>(n).waits_again()) {
      on_queue_turn(n, t);
    }
  }

  virtual void start() = 0;

  task_base* task_ = nullptr;
  bool cancelled_ = false;
};

} // namespace asyncio::detail
