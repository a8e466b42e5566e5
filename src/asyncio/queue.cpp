#include <asyncio/queue.hpp>

#include <asyncio/errors.hpp>

namespace asyncio::detail {

// ---------------------------------------------------------------- the waits

queue_wait::queue_wait(queue_base& of, goal wanted) noexcept
    : waiter(of.line_for(wanted), maybe_in_vain()), queue_(of), goal_(wanted) {}

bool queue_wait::ready() {
  if (can_go_on()) {
    return true;
  }
  queue_.bind_to_running_loop();
  return false;
}

bool queue_wait::can_go_on() const noexcept {
  return queue_.shut_down_ || (goal_ == goal::item ? !queue_.empty() : !queue_.full());
}

// Somebody took the item, or the room, before the task that was woken for it had its turn: it
// stays suspended and waits again.
bool queue_wait::waits_again() {
  if (will_throw() || abandoned() || can_go_on()) {
    return false;
  }
  leave();
  start();
  return true;
}

void queue_wait::check_turn() {
  check_cancelled();
  check_not_abandoned();
}

void queue_wait::pass_on() {
  if (woken() && !abandoned() && can_go_on()) {
    queue_.line_for(goal_).wake_next();
  }
}

std::string queue_wait::waits_for() const {
  if (abandoned()) {
    return "a queue that is gone";
  }
  return queue_.describe(goal_ == goal::item ? "something in" : "room in");
}

join_operation::join_operation(queue_base& of) noexcept : waiter(of.joiners_), queue_(of) {}

bool join_operation::ready() {
  if (queue_.unfinished_ == 0) {
    return true;
  }
  queue_.bind_to_running_loop();
  return false;
}

void join_operation::resume() {
  leave();
  check_cancelled();
}

std::string join_operation::waits_for() const {
  return abandoned() ? "a queue that is gone" : queue_.describe("the join of");
}

// ---------------------------------------------------------------- the queue

void queue_base::check_put() const {
  if (shut_down_) {
    throw queue_shut_down("the queue was shut down: it takes nothing more");
  }
  if (full()) {
    throw queue_full("the queue is full");
  }
}

void queue_base::was_put() {
  ++size_;
  ++unfinished_;
  getters_.wake_next();
}

void queue_base::check_get() const {
  if (!empty()) {
    return;
  }
  if (shut_down_) {
    throw queue_shut_down("the queue was shut down and is empty");
  }
  throw queue_empty("the queue is empty");
}

void queue_base::was_got() {
  --size_;
  putters_.wake_next();
}

void queue_base::task_done() {
  if (unfinished_ == 0) {
    throw invalid_argument_error("task_done() was called more often than there were items");
  }
  if (--unfinished_ == 0) {
    joiners_.wake_all();
  }
}

void queue_base::close(bool drop_all) {
  shut_down_ = true;
  if (drop_all) {
    unfinished_ -= std::min(unfinished_, std::exchange(size_, 0)); // fewer if task_done() came early
    if (unfinished_ == 0) {
      joiners_.wake_all();
    }
  }
  getters_.wake_all();
  putters_.wake_all();
}

std::string queue_base::describe(const char* what) const {
  return std::string(what) + (name_.empty() ? " a queue" : " queue \"" + name_ + '"');
}

} // namespace asyncio::detail
