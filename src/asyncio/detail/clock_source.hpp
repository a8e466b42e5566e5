#pragma once

#include <asyncio/clock.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace asyncio::detail {

/// How the process's clock goes.
struct clock_setting {
  bool is_virtual = false;
  double speed = 1.0;
  std::optional<std::uint64_t> seed;

  friend bool operator==(const clock_setting&, const clock_setting&) = default;
};

[[nodiscard]] constexpr bool is_speed(double factor) noexcept {
  return factor >= 0.001 && factor <= 1e6; // false for not-a-number
}

/// What the environment asks for. Of a variable that makes no sense `problem` tells, and it
/// counts as not set.
struct clock_environment {
  clock_environment();

  clock_setting setting;
  std::string problem;
};

/// What is in force: at the start, what ASYNCIO_CLOCK, ASYNCIO_SPEED and ASYNCIO_SEED say.
[[nodiscard]] clock_setting clock_in_force();

/// Only while nobody goes by it: see clock_scope. A virtual clock begins at zero.
void set_clock(const clock_setting& setting);

[[nodiscard]] bool clock_is_virtual() noexcept;

/// Virtual time only: moves the clock to `when`, unless it is there or later already.
void advance_clock(clock::time_point when) noexcept;

/// Real time: when the steady clock will show what the program's clock calls `when`.
[[nodiscard]] std::chrono::steady_clock::time_point due_on_steady_clock(clock::time_point when) noexcept;

/// `delay` from `now`, held at the ends of the clock's range.
[[nodiscard]] clock::time_point later(clock::time_point now, clock::duration delay) noexcept;

} // namespace asyncio::detail
