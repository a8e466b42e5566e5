// One clock for the process, because blocking code on other threads has to see the same
// time as the loop. Its setting changes only while nothing runs, so that readers need
// no lock: the setting is published by an atomic flag, a virtual time is one atomic number.

#include <asyncio/clock.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/environment.hpp>

#include <atomic>
#include <ctime>
#include <mutex>

namespace asyncio {
namespace {

using steady = std::chrono::steady_clock;

steady::rep steady_now() noexcept {
  return std::chrono::duration_cast<clock::duration>(steady::now().time_since_epoch()).count();
}

struct source {
  source() { set(detail::clock_environment().setting); }

  void set(const detail::clock_setting& wanted) {
    setting = wanted;
    virtual_now.store(0);
    origin.store(steady_now());
    speed.store(wanted.speed);
    is_virtual.store(wanted.is_virtual);
  }

  std::atomic<bool> is_virtual{false};
  std::atomic<clock::rep> virtual_now{0};
  std::atomic<double> speed{1.0};
  // At another speed than 1, program time is counted from here.
  std::atomic<steady::rep> origin{0};

  std::mutex mutex;
  detail::clock_setting setting;
};

source& the_source() {
  static source instance;
  return instance;
}

} // namespace

clock::time_point clock::now() noexcept {
  const source& from = the_source();
  if (from.is_virtual.load(std::memory_order_relaxed)) {
    return time_point(duration(from.virtual_now.load(std::memory_order_acquire)));
  }
  const steady::rep real = steady_now();
  const double speed = from.speed.load(std::memory_order_relaxed);
  if (speed == 1.0) {
    return time_point(duration(real));
  }
  const steady::rep origin = from.origin.load(std::memory_order_relaxed);
  return time_point(duration(origin + static_cast<rep>(static_cast<double>(real - origin) * speed)));
}

std::chrono::nanoseconds time_of_day() {
  using namespace std::chrono;
  if (detail::clock_is_virtual()) {
    return clock::now().time_since_epoch() % hours(24);
  }
  // The wall clock, moved by what the program's clock is ahead of the steady one.
  const auto ahead = clock::now().time_since_epoch() - nanoseconds(steady_now());
  const auto wall = system_clock::now() + duration_cast<system_clock::duration>(ahead);
  const std::time_t seconds_since_epoch = system_clock::to_time_t(wall);
  std::tm local{};
  ::localtime_r(&seconds_since_epoch, &local);
  return hours(local.tm_hour) + minutes(local.tm_min) + seconds(local.tm_sec);
}

namespace detail {

clock_environment::clock_environment() {
  if (const auto value = environment("ASYNCIO_CLOCK"); value == "virtual") {
    setting.is_virtual = true;
  } else if (!value.empty() && value != "real") {
    problem = problem_with("ASYNCIO_CLOCK", value, "it is virtual or real");
  }
  if (const auto value = environment("ASYNCIO_SPEED"); !value.empty()) {
    double speed = 0;
    if (!read_number(value, speed) || !is_speed(speed)) {
      problem = problem_with("ASYNCIO_SPEED", value,
                             "it is a number from 0.001 to 1000000, 20 for twenty times faster");
    } else if (setting.is_virtual && speed != 1.0) {
      problem =
          problem_with("ASYNCIO_SPEED", value, "virtual time, which ASYNCIO_CLOCK asks for, has no speed");
    } else {
      setting.speed = speed;
    }
  }
  if (const auto value = environment("ASYNCIO_SEED"); !value.empty()) {
    unsigned long long seed = 0;
    if (read_number(value, seed)) {
      setting.seed = seed;
    } else {
      problem = problem_with("ASYNCIO_SEED", value, "it is a whole number from 0 to 18446744073709551615");
    }
  }
}

clock_setting clock_in_force() {
  source& clock = the_source();
  const std::lock_guard lock(clock.mutex);
  return clock.setting;
}

void set_clock(const clock_setting& setting) {
  source& clock = the_source();
  const std::lock_guard lock(clock.mutex);
  clock.set(setting);
}

bool clock_is_virtual() noexcept {
  return the_source().is_virtual.load(std::memory_order_relaxed);
}

void advance_clock(clock::time_point when) noexcept {
  std::atomic<clock::rep>& now = the_source().virtual_now;
  const clock::rep target = when.time_since_epoch().count();
  clock::rep seen = now.load(std::memory_order_relaxed);
  while (seen < target && !now.compare_exchange_weak(seen, target, std::memory_order_release)) {
  }
}

std::chrono::steady_clock::time_point due_on_steady_clock(clock::time_point when) noexcept {
  const source& from = the_source();
  const double speed = from.speed.load(std::memory_order_relaxed);
  clock::rep due = when.time_since_epoch().count();
  if (speed != 1.0 && when != clock::time_point::max()) {
    const steady::rep origin = from.origin.load(std::memory_order_relaxed);
    due = origin + static_cast<clock::rep>(static_cast<double>(due - origin) / speed) + 1; // never early
  }
  return steady::time_point(std::chrono::duration_cast<steady::duration>(clock::duration(due)));
}

clock::time_point later(clock::time_point now, clock::duration delay) noexcept {
  if (delay > clock::time_point::max() - now) {
    return clock::time_point::max();
  }
  const bool below =
      delay < clock::duration::zero() && now.time_since_epoch() < clock::duration::min() - delay;
  return below ? clock::time_point::min() : now + delay;
}

} // namespace detail
} // namespace asyncio
