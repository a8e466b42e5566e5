#pragma once

#include <asyncio/clock.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace asyncio::detail {

class participant;

/// A condition variable that virtual time knows of: whatever blocks a thread waits on one.
/// First come, first served. In virtual time a wait that can never end throws deadlock_error
/// on the main thread; the lock is held then, too.
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

  template <class Predicate>
  void wait(lock& held, Predicate done) {
    while (!done()) {
      wait(held);
    }
  }

  /// False once `deadline` has passed.
  bool wait_until(lock& held, clock::time_point deadline);

  template <class Predicate>
  bool wait_until(lock& held, clock::time_point deadline, Predicate done) {
    while (!done()) {
      if (deadline <= clock::now() || !wait_until(held, deadline)) {
        return done();
      }
    }
    return true;
  }

  // With the lock that waits take: so nobody misses it.
  void notify_one() noexcept;
  void notify_all() noexcept;

private:
  std::function<std::string()> what_;
  std::condition_variable real_;
  std::vector<participant*> waiting_; // in virtual time, and under its lock
};

} // namespace asyncio::detail
