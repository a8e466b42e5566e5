#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/interrupt.hpp>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace asyncio::detail {

class participant;

/// A condition variable that virtual time knows of, and Ctrl-C: whatever blocks a thread waits on one.
/// First come, first served. In virtual time a wait that can never end throws deadlock_error
/// on the main thread, and after Ctrl-C a wait that begins, or goes on, throws
/// interrupt_error: see interrupt_scope. The lock is held then, too.
class clock_condition {
public:
  using lock = std::unique_lock<std::mutex>;

  /// `what` says what is waited for, in the report of a deadlock: "lock x, held by ...".
  explicit clock_condition(std::function<std::string()> what);
  ~clock_condition();
  clock_condition(const clock_condition&) = delete;
  clock_condition& operator=(const clock_condition&) = delete;

  /// May return for no reason.
  void wait(lock& held);

  /// If Ctrl-C came meanwhile it throws interrupt_error even though it is done.
  template <class Predicate>
  void wait(lock& held, Predicate done) {
    static_cast<void>(wait_until(held, clock::time_point::max(), done));
  }

  /// False once `deadline` has passed.
  bool wait_until(lock& held, clock::time_point deadline);

  /// For destructors: waits on after Ctrl-C. If that takes a second, the log says for what.
  template <class Predicate>
  void wait_whatever_comes(lock& held, Predicate done) {
    const block_interrupts here;
    while (!done() && !interrupt_came()) {
      wait(held);
    }
    if (const auto patience = patience_after_interrupt();
        patience && !wait_until(held, clock::now() + *patience, done)) {
      tell_what_is_waited_for();
    }
    wait(held, done);
  }

  template <class Predicate>
  bool wait_until(lock& held, clock::time_point deadline, Predicate done) {
    bool blocked = false;
    while (!done() && deadline > clock::now()) {
      blocked = true;
      if (!wait_until(held, deadline)) {
        break;
      }
    }
    if (blocked) {
      check_interrupt_after_wait();
    }
    return done();
  }

  // With the lock that waits take: so nobody misses it.
  void notify_one() noexcept;
  void notify_all() noexcept;

private:
  struct real_waiter;
  struct virtual_waiter;

  void check_interrupt_after_wait();
  bool wait_in_real_time(lock& held, clock::time_point deadline);
  bool wait_in_virtual_time(lock& held, clock::time_point deadline);
  static std::optional<clock::duration> patience_after_interrupt();
  void tell_what_is_waited_for() const;

  std::function<std::string()> what_;
  std::vector<real_waiter*> waiting_;
  std::vector<participant*> waiting_in_virtual_time_; // under its lock
};

} // namespace asyncio::detail
