// CPython's TaskGroup: a done-callback on each child counts it out, and the first that failed
// cancels the others and the task that is in the group. That cancel is taken back at the end; a
// cancel from outside isn't.

#include <asyncio/task_group.hpp>

#include <asyncio/detail/scheduler.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/exception_group.hpp>

#include <memory>
#include <utility>

namespace asyncio::detail {

/// A child's place in its group. It waits for the child's end, and is gone then.
class group_state::child final : public node, public pooled {
public:
  child(group_state& group, future_ref task) noexcept
      : node(nullptr), group_(&group), task_(std::move(task)), end_(*this) {}

  static future_base& task_of(node& place) noexcept { return *static_cast<child&>(place).task_; }

  [[nodiscard]] node& end() noexcept { return end_; }

  static awaiter_kind as_awaiter() noexcept {
    return {&end_node::on_queue_turn, [](const node& n) -> const future_base* {
              return static_cast<const end_node&>(n).of.group_->owner_.get();
            }};
  }

private:
  // In the line of those who wait for the task; the base is in the group's list.
  struct end_node : node {
    explicit end_node(child& of_) noexcept : node(&on_queue_turn), of(of_) {}
    static void on_queue_turn(node& n, turn t);
    child& of;
  };

  group_ref group_;
  future_ref task_;
  end_node end_;
};

void group_state::child::end_node::on_queue_turn(node& n, turn t) {
  const std::unique_ptr<child> self(&static_cast<end_node&>(n).of);
  self->group_->children_.remove(*self);
  if (t == turn::run) {
    self->group_->child_ended(*self->task_);
  }
}

awaiter_kind group_state::as_awaiter() noexcept {
  return child::as_awaiter();
}

void group_state::destroy() noexcept {
  delete this;
}

void group_state::enter() {
  if (entered_) {
    throw misuse_error("this task group has been entered already: each is entered once");
  }
  owner_ = running_scheduler->running_task;
  entered_ = true;
}

loop& group_state::loop_for_child() const {
  if (!entered_) {
    throw misuse_error("this task group has not been entered yet: give it to with_task_group()");
  }
  if (!owner_ || (exiting_ && children_.empty())) {
    throw misuse_error("this task group has ended: it takes no more tasks");
  }
  if (aborting_) {
    throw misuse_error("this task group is shutting down: it takes no more tasks");
  }
  return loop_of(*owner_->owner());
}

void group_state::add(const future_ref& task) {
  if (task->done()) { // it was started eagerly
    child_ended(*task);
    return;
  }
  auto* const added = new child(*this, task);
  children_.push(*added);
  task->add_waiter(added->end());
}

void group_state::abort() {
  aborting_ = true;
  for (node* each = children_.first(); each != nullptr; each = each->next) {
    if (future_base& task = child::task_of(*each); !task.done()) {
      task.cancel({});
    }
  }
}

void group_state::child_ended(future_base& task) {
  if (children_.empty()) {
    wait_.wake_next();
  }
  if (task.cancelled()) {
    return;
  }
  const std::exception_ptr error = task.take_note_of_exception();
  if (!error) {
    return;
  }
  if (!owner_) {
    report(*task.owner(), exception_context("A task failed after its task group had given up", error));
    return;
  }
  errors_.push_back(error);
  if (!aborting_) {
    abort();
    cancelled_owner_ = true;
    owner_->cancel({});
  }
}

void group_state::begin_exit(std::exception_ptr error) {
  exiting_ = true;
  if (!error) {
    return;
  }
  (is_cancelled_error(error) ? cancelled_ : body_error_) = std::move(error);
  if (!aborting_) {
    abort();
  }
}

// The owner may be cancelled any number of times while it waits, by a failed child, too; only
// the first is news.
void group_state::interrupted(std::exception_ptr error) {
  const bool cancelled = is_cancelled_error(error);
  if (!cancelled) { // a deadlock: a cancel may help, but if it was tried already nothing will
    errors_.push_back(std::move(error));
    gave_up_ = aborting_;
  } else if (!aborting_) {
    cancelled_ = std::move(error);
  }
  if (!aborting_) {
    abort();
  }
}

void group_state::end() {
  if (cancelled_owner_) {
    owner_->uncancel();
  }
  if (cancelled_ && errors_.empty()) {
    std::rethrow_exception(cancelled_);
  }
  if (body_error_) {
    errors_.push_back(std::move(body_error_));
  }
  if (!errors_.empty()) {
    if (owner_->cancelling() > 0) { // from outside: thrown at the next await, and counted once
      owner_->uncancel();
      owner_->cancel({});
    }
    throw exception_group("unhandled errors in a task group", std::move(errors_));
  }
}

void group_wait::resume() {
  leave();
  try {
    check_cancelled();
  } catch (...) {
    of_->interrupted(std::current_exception());
  }
}

std::string group_wait::waits_for() const {
  std::string text = "a task group of";
  const char* separator = " ";
  for (node* each = of_->children_.first(); each != nullptr; each = each->next) {
    const future_base& task = group_state::child::task_of(*each);
    if (!task.done()) {
      text += separator + task.describe();
      separator = ", ";
    }
  }
  return text;
}

} // namespace asyncio::detail
