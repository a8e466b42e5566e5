#include <asyncio/lock.hpp>

#include <asyncio/detail/scheduler.hpp>
#include <asyncio/errors.hpp>

namespace asyncio {

namespace detail {

bool lock_wait::ready() {
  if (!lock_.locked_ && !lock_.waiters_.any_left()) {
    return true;
  }
  lock_.waiters_.bind_to_running_loop();
  return false;
}

void lock_wait::take() {
  leave();
  try {
    check_cancelled();
  } catch (...) {
    if (!abandoned() && !lock_.locked_) {
      lock_.wake_first();
    }
    throw;
  }
  check_not_abandoned();
  lock_.locked_ = true;
  lock_.holder_ = task_ref(running_scheduler->running_task);
}

std::string lock_wait::waits_for() const {
  if (abandoned()) {
    return "a lock that is gone";
  }
  return lock_.name_.empty() ? "a lock" : "lock \"" + lock_.name_ + '"';
}

const task_base* lock_wait::waits_for_task() const noexcept {
  return abandoned() ? nullptr : lock_.holder_.get();
}

} // namespace detail

void lock::release() {
  if (!locked_) {
    throw misuse_error("a lock that nobody holds was released");
  }
  release_if_held();
}

void lock::release_if_held() noexcept {
  if (locked_) {
    locked_ = false;
    holder_ = nullptr;
    wake_first();
  }
}

// Only the very first: if it was cancelled or woken already, it passes the turn on itself.
void lock::wake_first() {
  if (detail::waiter* const first = waiters_.first(); first != nullptr && first->asleep()) {
    first->wake_up();
  }
}

} // namespace asyncio
