#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/condition.hpp>
#include <asyncio/detail/node.hpp>

#include <iosfwd>
#include <source_location>
#include <string>

namespace asyncio {

/// What a barrier does.
enum class barrier_state : unsigned char {
  filling,   ///< it waits until all its parties are there
  draining,  ///< they were, and now leave
  resetting, ///< it was reset, and who was there leaves
  broken,    ///< it was aborted
};

/// In a word: `filling`.
std::ostream& operator<<(std::ostream& out, barrier_state state);

/// Lets tasks of one loop go on when so many of them have come (Python: asyncio.Barrier). It
/// can be used again and again.
///
/// Who comes while those of the last round are still leaving waits until they have left, and
/// counts for the next. Of one loop's thread; the name stands in the report of a deadlock.
///
///     asyncio::barrier ready(3);
///     int index = co_await ready.wait(); // 0, 1 or 2
class barrier {
public:
  /// invalid_argument_error if `parties` is less than 1.
  explicit barrier(int parties, std::string name = {});
  ~barrier();
  barrier(const barrier&) = delete;
  barrier& operator=(const barrier&) = delete;

  /// Suspends until all parties have come; the last one goes on at once. Gives each of them
  /// another number from 0 to parties() - 1, in the order in which they came.
  ///
  /// A cancel throws cancelled_error; before the barrier is full another can come in its
  /// place. broken_barrier_error if it is aborted, or reset before the task has left.
  /// misuse_error where tasks of another loop have waited, and in who has not left when the
  /// barrier goes away; who waits then can only be cancelled. Python's `async with barrier`
  /// is the same.
  awaitable<int> wait(std::source_location where = std::source_location::current());

  /// Throws broken_barrier_error in those who are in it, and is filling again when they have
  /// left. Who waits for others to leave is not affected, but waits for these as well.
  awaitable<void> reset(std::source_location where = std::source_location::current());

  /// Breaks it: who is in it or comes later gets a broken_barrier_error, until a reset().
  awaitable<void> abort(std::source_location where = std::source_location::current());

  [[nodiscard]] int parties() const noexcept { return parties_; }

  /// How many of them are there, while it is filling; else 0.
  [[nodiscard]] int n_waiting() const noexcept { return state_ == barrier_state::filling ? count_ : 0; }

  [[nodiscard]] barrier_state state() const noexcept { return state_; }
  [[nodiscard]] bool broken() const noexcept { return state_ == barrier_state::broken; }

private:
  class party;

  void begin_draining();
  void left();

  condition changed_;
  detail::wait_list present_; // in the order in which they came
  const int parties_;
  int count_ = 0; // of those present
  barrier_state state_ = barrier_state::filling;
};

} // namespace asyncio
