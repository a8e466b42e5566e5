#include <asyncio/lock.hpp>

#include <asyncio/detail/scheduler.hpp>
#include <asyncio/errors.hpp>

namespace asyncio {

namespace detail {

bool lock_wait::ready() {
  return !lock_.locked_ && lock_.waiting_.empty();
}

void lock_wait::start() {
  waiting_ = true;
  lock_.waiting_.push(entry_);
}

void lock_wait::leave() {
  if (waiting_) {
    waiting_ = false;
    lock_.waiting_.remove(entry_);
  }
}

lock_wait::~lock_wait() {
  leave();
}

bool lock_wait::cancel(const std::string&) {
  if (woken_) {
    return false; // the cancel is thrown when it resumes; then the next one is woken
  }
  woken_ = true;
  leave();
  wake_cancelled();
  return true;
}

void lock_wait::take() {
  leave();
  try {
    check_cancelled();
  } catch (...) {
    if (!lock_.locked_) {
      lock_.wake_first();
    }
    throw;
  }
  lock_.locked_ = true;
  lock_.holder_ = task_ref(running_scheduler->running_task);
}

std::string lock_wait::waits_for() const {
  return lock_.name_.empty() ? "a lock" : "lock \"" + lock_.name_ + '"';
}

const task_base* lock_wait::waits_for_task() const noexcept {
  return lock_.holder_.get();
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

void lock::wake_first() {
  if (waiting_.empty()) {
    return;
  }
  detail::lock_wait& first = static_cast<detail::lock_wait::entry&>(*waiting_.first()).of;
  if (!first.woken_) {
    first.woken_ = true;
    first.wake();
  }
}

} // namespace asyncio
