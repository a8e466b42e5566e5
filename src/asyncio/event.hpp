#pragma once

#include <asyncio/detail/waiter.hpp>

#include <string>
#include <utility>

namespace asyncio {

/// A flag that tasks of one loop wait for (Python: asyncio.Event).
///
/// wait() suspends only while it is unset; set() wakes all who wait, in the order in which
/// they came, in the next pass. A cancelled wait throws cancelled_error and nobody else
/// notices. misuse_error where a task would have to wait and tasks of another loop have. Of
/// one loop's thread; the name stands in the report of a deadlock. It allocates nothing.
///
///     asyncio::event ready("ready");
///     co_await ready.wait(); // until somebody calls ready.set()
class event {
public:
  explicit event(std::string name = {}) : name_(std::move(name)) {}
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  class [[nodiscard]] wait_operation final : public detail::waiter {
  public:
    explicit wait_operation(event& of) noexcept : waiter(of.waiters_), event_(of) {}

    [[nodiscard]] bool ready();
    bool resume();
    [[nodiscard]] std::string waits_for() const override;

  private:
    event& event_;
  };

  /// Waits until it is set, and gives true. Who was woken has seen it set, even if it is
  /// cleared again before they resume.
  wait_operation wait() noexcept { return wait_operation(*this); }

  void set();
  void clear() noexcept { set_ = false; }
  [[nodiscard]] bool is_set() const noexcept { return set_; }

private:
  const std::string name_;
  detail::waiters waiters_;
  bool set_ = false;
};

} // namespace asyncio
