#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/safe_temporary.hpp>
#include <asyncio/detail/waiter.hpp>
#include <asyncio/detail/weak_ref.hpp>
#include <asyncio/lock.hpp>

#include <concepts>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace asyncio {

/// A lock, and a line of tasks that wait to be told that what it guards has changed (Python:
/// asyncio.Condition).
///
/// The lock is its own, or one that is given and then shared; acquire(), release(), locked()
/// and hold() are the lock's. Of one loop's thread, as a lock is. The name stands in the
/// report of a deadlock.
///
///     asyncio::condition changed("orders");
///     {
///       auto held = co_await changed.hold();
///       co_await changed.wait_for([&] { return !orders.empty(); });
///       take_first(orders);
///     }
///     ...
///     auto held = co_await changed.hold();
///     orders.push_back("tea");
///     changed.notify();
class condition : private detail::referent {
public:
  explicit condition(std::string name = {});
  explicit condition(lock& shared, std::string name = {});
  condition(const condition&) = delete;
  condition& operator=(const condition&) = delete;

  [[nodiscard]] lock::acquire_operation acquire() noexcept { return lock_.acquire(); }
  [[nodiscard]] lock::hold_operation hold() noexcept { return lock_.hold(); }
  void release() { lock_.release(); }
  [[nodiscard]] bool locked() const noexcept { return lock_.locked(); }

  /// Releases the lock, suspends until it is notified, takes the lock again, and gives true.
  /// That may be without a reason: look whether what was waited for has come.
  ///
  /// A cancel throws cancelled_error, but only when the lock has been taken again; if several
  /// come meanwhile, the last. Then another who waits is notified, so that no notify is lost.
  /// misuse_error if nobody holds the lock, or where tasks of another loop have waited. Of a
  /// condition that goes away, who waits can only be cancelled, and who was notified gets a
  /// misuse_error.
  awaitable<bool> wait(std::source_location where = std::source_location::current());

  /// Waits until `predicate()` is true, and gives what it gave. It is called with the lock
  /// held, first at once: if it is true then, that is all, even without the lock. Else as
  /// wait(), which it repeats; what the predicate throws is thrown.
  template <std::invocable Predicate>
    requires std::constructible_from<bool, std::invoke_result_t<Predicate&>>
  awaitable<std::decay_t<std::invoke_result_t<Predicate&>>>
  wait_for(Predicate&& predicate, std::source_location where = std::source_location::current()) {
    ASYNCIO_ASSERT_SAFE_CALLABLE(Predicate);
    return wait_until<std::decay_t<Predicate>>(std::forward<Predicate>(predicate), where);
  }

  /// Wakes the first `n` who wait, or all if they are fewer; none if n is less than 1. They
  /// go on one after the other, as they get the lock: so release it. misuse_error if nobody
  /// holds it.
  void notify(int n = 1);
  void notify_all();

private:
  friend class barrier; // is one inside
  friend class detail::weak_ref<condition>;
  class notified;

  condition(const char* kind, std::string name);

  void check_locked(const char* call) const;

  template <class Predicate>
  awaitable<std::decay_t<std::invoke_result_t<Predicate&>>> wait_until(Predicate predicate,
                                                                       std::source_location where) {
    for (;;) {
      auto found = predicate();
      if (static_cast<bool>(found)) {
        co_return found;
      }
      co_await wait(where);
    }
  }

  const char* const kind_ = "condition"; // for the report of a deadlock
  const std::string name_;
  lock own_;
  lock& lock_;
  detail::waiters waiters_;
};

} // namespace asyncio
