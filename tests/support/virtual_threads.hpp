#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/blocking.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/detail/clock_scope.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/sleep.hpp>

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

/// The second at which something happened, and what.
inline std::string at_now(const std::string& what) {
  return std::to_string(static_cast<long>(seconds_now())) + ' ' + what;
}

inline void sleep_and_tell(std::chrono::seconds delay, const std::string& name, story& seen) {
  asyncio::blocking_sleep(delay);
  seen.tell(at_now(name));
}

inline asyncio::awaitable<void> sleep_and_tell_async(std::chrono::seconds delay, std::string name,
                                                     story& seen) {
  co_await asyncio::sleep(delay);
  seen.tell(at_now(name));
}
