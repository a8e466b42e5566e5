// In real time each waiter sleeps on a condition variable of its own: so they are woken in
// order, and Ctrl-C can wake one without the lock that the waiter's condition goes by.

#include <asyncio/detail/clock_condition.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/deadlock.hpp>
#include <asyncio/detail/virtual_time.hpp>
#include <asyncio/log.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <utility>

namespace asyncio::detail {
namespace {

/// Listens on a thread that is interrupted at all, for as long as it lives.
template <class Listener>
class listening {
public:
  explicit listening(Listener& listener) : listener_(is_interruptible() ? &listener : nullptr) {
    if (listener_ != nullptr) {
      listener_->begin();
    }
  }
  ~listening() {
    if (listener_ != nullptr) {
      listener_->end();
    }
  }
  listening(const listening&) = delete;
  listening& operator=(const listening&) = delete;

private:
  Listener* listener_;
};

} // namespace

struct clock_condition::real_waiter : interrupt_listener {
  void begin() { listen(); }
  void end() noexcept { listen_no_more(); }
  void interrupted() noexcept override { wake(); }

  void wake() noexcept {
    const std::lock_guard lock(mutex);
    woken = true;
    condition.notify_one();
  }

  /// Whether it was woken before the deadline.
  bool sleep_until(clock::time_point deadline) {
    std::unique_lock lock(mutex);
    if (deadline == clock::time_point::max()) {
      condition.wait(lock, [this] { return woken; });
      return true;
    }
    return condition.wait_until(lock, due_on_steady_clock(deadline), [this] { return woken; });
  }

  std::mutex mutex;
  std::condition_variable condition;
  bool woken = false;
};

struct clock_condition::virtual_waiter : interrupt_listener {
  explicit virtual_waiter(participant& self_) noexcept : self(self_) {}

  void begin() { listen(); }
  void end() noexcept { listen_no_more(); }
  void interrupted() noexcept override {
    virtual_time& time = virtual_time::instance();
    virtual_time::lock turn = time.take_lock();
    was_interrupted = true;
    time.make_ready(self, turn);
  }

  participant& self;
  bool was_interrupted = false; // under virtual time's lock
};

clock_condition::clock_condition(std::function<std::string()> what) : what_(std::move(what)) {}

clock_condition::~clock_condition() = default;

void clock_condition::wait(lock& held) {
  wait_until(held, clock::time_point::max());
}

bool clock_condition::wait_until(lock& held, clock::time_point deadline) {
  check_interrupt();
  return clock_is_virtual() ? wait_in_virtual_time(held, deadline) : wait_in_real_time(held, deadline);
}

void clock_condition::check_interrupt_after_wait() {
  if (interrupt_pending()) {
    notify_one(); // what came is for another now
    check_interrupt();
  }
}

bool clock_condition::wait_in_real_time(lock& held, clock::time_point deadline) {
  const std::uint64_t interrupts_before = interrupts();
  real_waiter self;
  waiting_.push_back(&self);
  held.unlock();
  bool in_time = true;
  {
    const listening<real_waiter> ctrl_c(self);
    if (interrupts() == interrupts_before) { // else nobody may tell
      in_time = self.sleep_until(deadline);
    }
  }
  held.lock();
  std::erase(waiting_, &self);
  return in_time;
}

bool clock_condition::wait_in_virtual_time(lock& held, clock::time_point deadline) {
  const std::uint64_t interrupts_before = interrupts();
  visit here{visit::without_turn()}; // to wait for the turn here would keep the lock from who has it
  participant& self = here.self();
  blocked_on on;
  on.deadline = deadline;
  on.set_at = clock::now();
  on.what = &what_;
  virtual_time& time = virtual_time::instance();
  woken how = woken::by_another;
  {
    virtual_waiter waiter(self);
    const listening<virtual_waiter> ctrl_c(waiter);
    virtual_time::lock turn = time.take_lock();
    if (!waiter.was_interrupted && interrupts() == interrupts_before) {
      waiting_in_virtual_time_.push_back(&self);
      held.unlock();
      how = time.block(self, turn, on);
      std::erase(waiting_in_virtual_time_, &self);
    } else {
      held.unlock();
    }
    turn.unlock();
  }
  held.lock();
  if (how == woken::by_deadlock) {
    throw_deadlock("thread \"" + self.name() + "\" waits for " + what_());
  }
  return how != woken::by_time;
}

std::optional<clock::duration> clock_condition::patience_after_interrupt() {
  const clock_setting setting = clock_in_force();
  if (setting.is_virtual) { // which would be at its end at once
    return std::nullopt;
  }
  return std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(setting.speed));
}

void clock_condition::tell_what_is_waited_for() const {
  log(severity::warning,
      "after Ctrl-C this still waits for " + what_() + "; another Ctrl-C ends the program at once");
}

void clock_condition::notify_one() noexcept {
  if (!waiting_.empty()) {
    waiting_.front()->wake();
    waiting_.erase(waiting_.begin());
  }
  if (clock_is_virtual()) {
    virtual_time& time = virtual_time::instance();
    virtual_time::lock turn = time.take_lock();
    if (!waiting_in_virtual_time_.empty()) {
      participant& first = *waiting_in_virtual_time_.front();
      waiting_in_virtual_time_.erase(waiting_in_virtual_time_.begin());
      time.make_ready(first, turn);
    }
  }
}

void clock_condition::notify_all() noexcept {
  for (real_waiter* each : waiting_) {
    each->wake();
  }
  waiting_.clear();
  if (clock_is_virtual()) {
    virtual_time& time = virtual_time::instance();
    virtual_time::lock turn = time.take_lock();
    for (participant* each : waiting_in_virtual_time_) {
      time.make_ready(*each, turn);
    }
    waiting_in_virtual_time_.clear();
  }
}

} // namespace asyncio::detail
