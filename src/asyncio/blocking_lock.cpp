#include <asyncio/blocking_lock.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/thread_name.hpp>

#include <utility>

namespace asyncio {

blocking_lock::blocking_lock(std::string name)
    : name_(std::move(name)), free_([this] { return describe(); }) {}

std::string blocking_lock::describe() const {
  const std::string lock = name_.empty() ? "a lock" : "lock \"" + name_ + '"';
  return lock + ", held by thread \"" + holder_ + '"';
}

bool blocking_lock::take_at_once() {
  if (locked_) {
    return false;
  }
  locked_ = true;
  holder_ = current_thread_name();
  return true;
}

void blocking_lock::lock() {
  static_cast<void>(try_lock_for(clock::duration::max()));
}

bool blocking_lock::try_lock() {
  const std::lock_guard held(mutex_);
  return take_at_once();
}

bool blocking_lock::try_lock_for(clock::duration timeout) {
  std::unique_lock held(mutex_);
  if (take_at_once()) {
    return true;
  }
  struct one_more {
    explicit one_more(std::size_t& of_) noexcept : of(of_) { ++of; }
    ~one_more() { --of; }
    std::size_t& of;
  };
  const one_more waits(waiting_);
  if (!free_.wait_until(held, detail::later(clock::now(), timeout), [&] { return handed_over_; })) {
    return false;
  }
  handed_over_ = false;
  holder_ = current_thread_name();
  return true;
}

void blocking_lock::unlock() {
  const std::lock_guard held(mutex_);
  if (!locked_) {
    throw misuse_error("a blocking_lock that nobody holds was unlocked");
  }
  holder_.clear();
  if (waiting_ > 0) {
    handed_over_ = true;
    free_.notify_one();
  } else {
    locked_ = false;
  }
}

bool blocking_lock::locked() const {
  const std::lock_guard held(mutex_);
  return locked_;
}

} // namespace asyncio
