#include <asyncio/semaphore.hpp>

#include <asyncio/errors.hpp>

namespace asyncio {

namespace detail {

// Its frame is destroyed where it stands: the slot that it was given goes back. Nobody has to be
// woken, since it is the loop that goes away.
semaphore_wait::~semaphore_wait() {
  if (woken() && in_line()) {
    ++semaphore_.value_;
  }
}

bool semaphore_wait::ready() {
  if (!semaphore_.locked()) {
    return true;
  }
  semaphore_.waiters_.bind_to_running_loop();
  return false;
}

void semaphore_wait::take() {
  leave();
  try {
    check_cancelled();
  } catch (...) {
    if (!abandoned()) {
      if (woken()) {
        ++semaphore_.value_;
      }
      semaphore_.give_all();
    }
    throw;
  }
  check_not_abandoned();
  if (woken()) {
    semaphore_.give_all(); // what was released meanwhile had to wait for its turn
  } else {
    --semaphore_.value_;
  }
}

std::string semaphore_wait::waits_for() const {
  if (abandoned()) {
    return "a semaphore that is gone";
  }
  return semaphore_.name_.empty() ? "a semaphore" : "semaphore \"" + semaphore_.name_ + '"';
}

} // namespace detail

semaphore::semaphore(std::ptrdiff_t value, std::string name)
    : semaphore(value, std::numeric_limits<std::ptrdiff_t>::max(), std::move(name)) {}

semaphore::semaphore(std::ptrdiff_t value, std::ptrdiff_t bound, std::string name)
    : value_(value), bound_(bound), name_(std::move(name)) {
  if (value < 0) {
    throw invalid_argument_error("a semaphore's initial value must not be negative");
  }
}

void semaphore::release() {
  if (value_ >= bound_) {
    throw invalid_argument_error("a bounded semaphore was released more often than it was acquired");
  }
  release_if_held();
}

void semaphore::release_if_held() noexcept {
  if (value_ < bound_) {
    ++value_;
    give_to_next();
  }
}

bool semaphore::give_to_next() {
  const bool given = waiters_.wake_next();
  if (given) {
    --value_;
  }
  return given;
}

void semaphore::give_all() {
  while (value_ > 0 && give_to_next()) {
  }
}

} // namespace asyncio
