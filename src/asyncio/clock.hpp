#pragma once

#include <chrono>

namespace asyncio {

/// The program's clock: what every sleep, deadline and stamp of the library goes by.
///
/// Normally the steady clock. With `ASYNCIO_SPEED=20` it runs twenty times as fast. In
/// virtual time (`ASYNCIO_CLOCK=virtual`) it is a number that stands still while anything
/// runs, and jumps to the next deadline when nothing is left to run: eleven seconds of
/// sleeping pass at once, and measure exactly 11. The virtual day begins at 00:00:00.
///
/// A standard C++ clock; mirrors loop.time() and time.monotonic(). Any thread may read it.
///
///     auto start = asyncio::clock::now();
///     co_await asyncio::sleep(2s);
///     auto took = asyncio::clock::now() - start;
class clock {
public:
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<clock>;
  static constexpr bool is_steady = true;

  [[nodiscard]] static time_point now() noexcept;
};

/// The time of day by the program's clock, local time, counted from midnight: what the
/// log's `HH:MM:SS` stamps show.
[[nodiscard]] std::chrono::nanoseconds time_of_day();

} // namespace asyncio
