// One clock for the process, because blocking code on other threads has to see the same
// time as the loop. Its setting changes only while nothing runs, so that readers need
// no lock: the setting is published by an atomic flag, a virtual time is one atomic number.

#include <asyncio/clock.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/errors.hpp>

#include <atomic>
#include <ctime>
#include <limits>
#include <mutex>

namespace asyncio {
namespace {

using steady = std::chrono::steady_clock;

struct source {
  std::atomic<bool> is_virtual{false};
  std::atomic<clock::rep> virtual_now{0};
  std::atomic<double> speed{1.0};
  // At another speed than 1, program time is counted from here.
  std::atomic<steady::rep> origin{0};

  std::mutex scopes_mutex;
  int scopes = 0;
  detail::clock_setting setting;
};

source& the_source() {
  static source instance;
  return instance;
}

steady::rep steady_now() noexcept {
  return std::chrono::duration_cast<clock::duration>(steady::now().time_since_epoch()).count();
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

clock_scope::clock_scope(const clock_setting& setting) {
  source& clock = the_source();
  const std::lock_guard lock(clock.scopes_mutex);
  if (clock.scopes > 0 && clock.setting != setting) {
    throw misuse_error("the process has one clock: a loop that runs beside another one has to use the same "
                       "setting (real time, its speed, or virtual time)");
  }
  if (clock.scopes++ > 0) {
    return;
  }
  clock.setting = setting;
  clock.virtual_now.store(0);
  clock.origin.store(steady_now());
  clock.speed.store(setting.speed);
  clock.is_virtual.store(setting.is_virtual);
}

clock_scope::~clock_scope() {
  source& clock = the_source();
  const std::lock_guard lock(clock.scopes_mutex);
  if (--clock.scopes == 0) {
    clock.speed.store(1.0);
    clock.is_virtual.store(false);
  }
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
