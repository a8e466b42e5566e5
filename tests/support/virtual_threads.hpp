#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/clock_scope.hpp>
#include <asyncio/detail/clock_source.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Virtual time for a test case that has threads and no loop, from its beginning at zero:
///
///     BOOST_AUTO_TEST_CASE(a_blocking_sleep_takes_its_time) {
///       const virtual_threads scope;
///       asyncio::blocking_sleep(20s);
///       BOOST_TEST((asyncio::clock::now() == asyncio::clock::time_point(20s)));
///     }
class virtual_threads {
public:
  explicit virtual_threads(std::optional<std::uint64_t> seed = std::nullopt) : scope_(setting(seed)) {}

private:
  static asyncio::detail::clock_setting setting(std::optional<std::uint64_t> seed) {
    asyncio::detail::clock_setting wanted;
    wanted.is_virtual = true;
    wanted.seed = seed;
    return wanted;
  }

  asyncio::detail::clock_scope scope_;
};

/// What happened, in order, told by any thread.
class story {
public:
  void tell(std::string line) {
    const std::lock_guard held(mutex_);
    lines_.push_back(std::move(line));
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard held(mutex_);
    return lines_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// The time of the clock in force, in seconds: the virtual day begins at 0.
inline double seconds_now() {
  return std::chrono::duration<double>(asyncio::clock::now().time_since_epoch()).count();
}
