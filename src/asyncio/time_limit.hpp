#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <optional>

namespace asyncio {

/// How long something may take: any duration, or std::nullopt, for as long as it likes
/// (Python: seconds, or None). Functions that have a timeout take one; a duration or an
/// optional one converts to it.
///
/// invalid_argument_error for a duration that is not a number.
class time_limit {
public:
  template <class Rep, class Period>
  time_limit(std::chrono::duration<Rep, Period> limit) : duration_(detail::to_clock_duration(limit)) {}

  template <class Rep, class Period>
  time_limit(const std::optional<std::chrono::duration<Rep, Period>>& limit) {
    if (limit) {
      duration_ = detail::to_clock_duration(*limit);
    }
  }

  time_limit(std::nullopt_t) noexcept {}

  /// None where there is no limit.
  [[nodiscard]] const std::optional<clock::duration>& duration() const noexcept { return duration_; }

private:
  std::optional<clock::duration> duration_;
};

} // namespace asyncio
