#pragma once

#include <asyncio/detail/node.hpp>
#include <asyncio/detail/operation.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace asyncio::detail {

class waiter;

/// The tasks that wait for one thing, in the order in which they came: the deque of futures
/// in CPython's locks and queues. Who was woken or cancelled stands in it until it has resumed.
class waiters {
public:
  waiters() = default;
  /// Those who still wait, if their tasks outlive it, can only be cancelled then.
  ~waiters();
  waiters(const waiters&) = delete;
  waiters& operator=(const waiters&) = delete;

  [[nodiscard]] bool empty() const noexcept { return line_.empty(); }

  /// Where somebody has to wait: binds it to the running loop, for good. misuse_error if it
  /// is another's.
  void bind_to_running_loop();

  /// Whether anybody in it was not cancelled: then a newcomer has to queue.
  [[nodiscard]] bool any_left() const noexcept;

  [[nodiscard]] waiter* first() const noexcept;

  /// The first whom nobody has woken or cancelled yet, or null.
  [[nodiscard]] waiter* first_asleep() noexcept;

  /// Wakes that one; false if there is none.
  bool wake_next();

  /// Wakes the first `count` whom nobody has woken or cancelled yet.
  void wake(std::size_t count);
  void wake_all() { wake(std::numeric_limits<std::size_t>::max()); }

private:
  friend class waiter;

  void push(node& place) noexcept;
  void remove(node& place) noexcept;

  wait_list line_;
  node* first_asleep_ = nullptr; // or one before it; so waking many doesn't pass them again and again
  std::uint64_t loop_ = 0;       // 0: nobody has waited yet
};

/// A task's place in such a line, in the awaiting frame. Derived classes add resume(), which
/// begins with leave().
class waiter : public operation_base {
public:
  explicit waiter(waiters& line) noexcept : line_(&line) {}
  waiter(waiter&& other) noexcept
      : operation_base(static_cast<operation_base&&>(other)), line_(other.line_) {}
  ~waiter() override { leave(); }

  /// It resumes in the next pass.
  void wake_up();
  bool cancel(const std::string& message) override;

  [[nodiscard]] bool asleep() const noexcept { return state_ == state::asleep; }
  /// By wake_up(); a cancelled one is not. It stays so when it has left the line.
  [[nodiscard]] bool woken() const noexcept { return state_ == state::woken; }

protected:
  waiter(waiters& line, maybe_in_vain) noexcept : operation_base(maybe_in_vain()), line_(&line) {}

  void start() override;
  void leave() noexcept;

  /// Whether it has begun and not left. Not once what it waits for is gone.
  [[nodiscard]] bool in_line() const noexcept { return in_line_ && line_ != nullptr; }

  /// Whether what it waits for is gone, and must not be touched.
  [[nodiscard]] bool abandoned() const noexcept { return line_ == nullptr; }

  /// misuse_error if it is: the task was woken, but there is nothing to be had any more.
  void check_not_abandoned() const;

private:
  friend class waiters;

  enum class state : unsigned char { not_begun, asleep, woken, cancelled };

  // Its place in the line; the operation itself is at the same time in the loop's queue.
  struct entry : node {
    explicit entry(waiter& of_) noexcept : node(nullptr), of(of_) {}
    waiter& of;
  };
  static waiter& owner_of(node& place) noexcept { return static_cast<entry&>(place).of; }

  waiters* line_;
  entry entry_{*this};
  state state_ = state::not_begun;
  bool in_line_ = false;
};

} // namespace asyncio::detail
