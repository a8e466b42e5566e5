#pragma once

#include <asyncio/clock.hpp>

#include <deque>
#include <mutex>
#include <string>

namespace asyncio {

/// A lock between threads that virtual time knows (Python: threading.Lock). It serves those
/// who wait in the order in which they came.
///
/// It fits std::lock_guard and std::scoped_lock. Not for coroutines: there it would block the
/// whole loop, and asyncio::lock is the one to use. The name stands in the report of a
/// deadlock.
///
///     asyncio::blocking_lock counting("counter");
///     const std::lock_guard held(counting);
class blocking_lock {
public:
  explicit blocking_lock(std::string name = {});
  blocking_lock(const blocking_lock&) = delete;
  blocking_lock& operator=(const blocking_lock&) = delete;

  /// Blocks until it is the caller's. In virtual time deadlock_error, on the main thread, if
  /// that can never be; interrupt_error after Ctrl-C.
  void lock();
  [[nodiscard]] bool try_lock();

  /// Blocks no longer than `timeout`; false if it could not be had.
  [[nodiscard]] bool try_lock_for(clock::duration timeout);

  /// misuse_error if nobody holds it.
  void unlock();

  [[nodiscard]] bool locked() const;

private:
  struct waiter;

  [[nodiscard]] bool take_at_once();
  void pass_on();
  [[nodiscard]] std::string describe() const;

  const std::string name_;
  mutable std::mutex mutex_;
  std::deque<waiter*> waiting_; // the first is handed it: a newcomer can't overtake
  bool locked_ = false;
  std::string holder_;
};

} // namespace asyncio
