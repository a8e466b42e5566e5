// Waiting has two parts, as in CPython: for a notify, and for the lock. A cancel ends the
// first, but not the second: it is kept until the lock has been had.

#include <asyncio/condition.hpp>

#include <asyncio/detail/awaited_at.hpp>
#include <asyncio/errors.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>

namespace asyncio {

/// A task's wait for a notify.
class condition::notified : public detail::waiter {
public:
  explicit notified(condition& of) noexcept : waiter(of.waiters_), condition_(of), kind_(of.kind_) {}

  [[nodiscard]] bool ready() const noexcept { return false; }
  void resume() {
    leave();
    check_cancelled();
  }
  [[nodiscard]] std::string waits_for() const override {
    if (abandoned()) {
      return std::string("a ") + kind_ + " that is gone";
    }
    const std::string& name = condition_.name_;
    return name.empty() ? std::string("a ") + kind_ : std::string(kind_) + " \"" + name + '"';
  }

private:
  condition& condition_;
  const char* kind_;
};

condition::condition(std::string name) : condition("condition", std::move(name)) {}
condition::condition(const char* kind, std::string name)
    : kind_(kind), name_(std::move(name)), own_(name_), lock_(own_) {}
condition::condition(lock& shared, std::string name) : name_(std::move(name)), lock_(shared) {}

awaitable<bool> condition::wait(std::source_location where) {
  check_locked("wait()");
  waiters_.bind_to_running_loop();
  const detail::weak_ref<condition> self(*this);
  const detail::weak_ref<lock> released(lock_);
  release();
  try {
    std::exception_ptr thrown;
    try {
      co_await detail::awaited_at(where, notified(*this));
    } catch (...) {
      thrown = std::current_exception();
    }
    for (bool retaken = false; released && !retaken;) {
      try {
        co_await detail::awaited_at(where, released->acquire());
        retaken = true;
      } catch (const cancelled_error&) {
        thrown = std::current_exception();
      }
    }
    if (thrown) {
      std::rethrow_exception(thrown);
    }
    if (!self) {
      throw misuse_error("the condition that this task waits for is gone: it has to outlive those who wait");
    }
    co_return true;
  } catch (...) {
    if (self) {
      waiters_.wake_next(); // it may have been this one's notify
    }
    throw;
  }
}

void condition::notify(int n) {
  check_locked("notify()");
  waiters_.wake(static_cast<std::size_t>(std::max(n, 0)));
}

void condition::notify_all() {
  check_locked("notify_all()");
  waiters_.wake_all();
}

void condition::check_locked(const char* call) const {
  if (!locked()) {
    throw misuse_error(std::string(call) +
                       " of a condition whose lock nobody holds: first `auto held = co_await c.hold();`");
  }
}

} // namespace asyncio
