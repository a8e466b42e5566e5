#include <asyncio/detail/clock_condition.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/deadlock.hpp>
#include <asyncio/detail/virtual_time.hpp>

#include <utility>

namespace asyncio::detail {

clock_condition::clock_condition(std::function<std::string()> what) : what_(std::move(what)) {}

clock_condition::~clock_condition() = default;

void clock_condition::wait(lock& held) {
  wait_until(held, clock::time_point::max());
}

bool clock_condition::wait_until(lock& held, clock::time_point deadline) {
  if (!clock_is_virtual()) {
    if (deadline == clock::time_point::max()) {
      real_.wait(held);
      return true;
    }
    return real_.wait_until(held, due_on_steady_clock(deadline)) == std::cv_status::no_timeout;
  }
  visit here{visit::without_turn()}; // to wait for the turn here would keep the lock from who has it
  participant& self = here.self();
  blocked_on on;
  on.deadline = deadline;
  on.set_at = clock::now();
  on.what = &what_;
  virtual_time& time = virtual_time::instance();
  woken how{};
  {
    virtual_time::lock turn = time.take_lock();
    waiting_.push_back(&self);
    held.unlock();
    how = time.block(self, turn, on);
    std::erase(waiting_, &self);
  }
  held.lock();
  if (how == woken::by_deadlock) {
    throw_deadlock("thread \"" + self.name() + "\" waits for " + what_());
  }
  return how != woken::by_time;
}

void clock_condition::notify_one() noexcept {
  real_.notify_one();
  if (clock_is_virtual()) {
    virtual_time& time = virtual_time::instance();
    virtual_time::lock turn = time.take_lock();
    if (!waiting_.empty()) {
      participant& first = *waiting_.front();
      waiting_.erase(waiting_.begin());
      time.make_ready(first, turn);
    }
  }
}

void clock_condition::notify_all() noexcept {
  real_.notify_all();
  if (clock_is_virtual()) {
    virtual_time& time = virtual_time::instance();
    virtual_time::lock turn = time.take_lock();
    for (participant* each : waiting_) {
      time.make_ready(*each, turn);
    }
    waiting_.clear();
  }
}

} // namespace asyncio::detail
