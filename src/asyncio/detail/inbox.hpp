#pragma once

#include <asyncio/detail/node.hpp>

#include <atomic>
#include <memory>
#include <mutex>

namespace boost::asio {
class io_context;
}

namespace asyncio::detail {

class participant;

/// Where other threads leave work for a loop. Shared by both sides, so that a job that
/// outlives the loop finds the inbox closed instead of the loop gone.
///
/// Leaving a node is lock-free; only who finds the inbox empty wakes the loop, under a lock
/// that close() takes as well, so that nobody posts to an io_context that is gone.
class inbox {
public:
  explicit inbox(boost::asio::io_context& context) noexcept : context_(&context) {}

  /// In virtual time the loop sleeps where it can be woken so; null when it doesn't run.
  void set_reader(participant* reader) noexcept;

  /// Whether there is something to collect.
  [[nodiscard]] bool has_mail() const noexcept {
    const node* const newest = newest_.load(std::memory_order_acquire);
    return newest != nullptr && newest != &closed_mark;
  }

  /// From any thread. False when the loop has closed: the node stays the caller's.
  bool leave(node& n);

  /// The loop's thread: all that was left, in the order in which it was left.
  void collect(ready_queue& into) noexcept;

  /// The loop's thread: collects the last, and refuses what comes later.
  void close(ready_queue& last) noexcept;

private:
  static void move(node* newest_first, ready_queue& into) noexcept;

  static node closed_mark; // what newest_ points to when nothing may be left any more

  std::atomic<node*> newest_{nullptr};
  std::mutex wake_mutex_;
  boost::asio::io_context* context_; // null once closed
  participant* reader_ = nullptr;
};

} // namespace asyncio::detail
