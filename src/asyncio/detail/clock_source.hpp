#pragma once

#include <asyncio/clock.hpp>

#include <chrono>

namespace asyncio::detail {

/// How the process's clock goes.
struct clock_setting {
  bool is_virtual = false;
  double speed = 1.0;

  friend bool operator==(const clock_setting&, const clock_setting&) = default;
};

/// Puts a setting in force for as long as it lives. The clock is one for the whole
/// process: a second scope that overlaps the first has to ask for the same setting,
/// otherwise misuse_error. The first scope starts a virtual clock at zero.
class clock_scope {
public:
  explicit clock_scope(const clock_setting& setting);
  ~clock_scope();
  clock_scope(const clock_scope&) = delete;
  clock_scope& operator=(const clock_scope&) = delete;
};

[[nodiscard]] bool clock_is_virtual() noexcept;

/// Virtual time only: moves the clock to `when`, unless it is there or later already.
void advance_clock(clock::time_point when) noexcept;

/// Real time: when the steady clock will show what the program's clock calls `when`.
[[nodiscard]] std::chrono::steady_clock::time_point due_on_steady_clock(clock::time_point when) noexcept;

/// `delay` from `now`, held at the ends of the clock's range.
[[nodiscard]] clock::time_point later(clock::time_point now, clock::duration delay) noexcept;

} // namespace asyncio::detail
