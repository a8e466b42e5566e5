#include <asyncio/blocking_lock.hpp>

#include <asyncio/detail/clock_condition.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/thread_name.hpp>

#include <utility>

namespace asyncio {

/// A thread's wait, on a condition of its own: so the first who came is the first served, in
/// real time too.
struct blocking_lock::waiter {
  explicit waiter(blocking_lock& of_) : of(of_), condition([this] { return of.describe(); }) {
    of.waiting_.push_back(this);
  }
  ~waiter() {
    if (!served) {
      std::erase(of.waiting_, this);
    } else if (!took_it) { // Ctrl-C came first
      of.pass_on();
    }
  }
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  blocking_lock& of;
  detail::clock_condition condition;
  bool served = false;
  bool took_it = false;
};

blocking_lock::blocking_lock(std::string name) : name_(std::move(name)) {}

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
  waiter self(*this);
  const clock::time_point deadline = detail::later(clock::now(), timeout);
  if (!self.condition.wait_until(held, deadline, [&] { return self.served; })) {
    return false;
  }
  self.took_it = true;
  holder_ = current_thread_name();
  return true;
}

void blocking_lock::unlock() {
  const std::lock_guard held(mutex_);
  if (!locked_) {
    throw misuse_error("a blocking_lock that nobody holds was unlocked");
  }
  pass_on();
}

void blocking_lock::pass_on() {
  holder_.clear();
  if (waiting_.empty()) {
    locked_ = false;
    return;
  }
  waiter& first = *waiting_.front();
  waiting_.pop_front();
  first.served = true;
  first.condition.notify_one();
}

bool blocking_lock::locked() const {
  const std::lock_guard held(mutex_);
  return locked_;
}

} // namespace asyncio
