#pragma once

#include <asyncio/clock.hpp>

#include <functional>
#include <utility>

namespace asyncio {

/// Blocks the calling thread for at least `duration` of the program's clock: a stand-in for
/// blocking work. Mirrors time.sleep().
///
/// On a thread of a pool, or an asyncio::thread. In a coroutine it would stop every other
/// one: use sleep() there. In virtual time it takes no time, and another thread runs
/// meanwhile, also for a duration of zero. Ctrl-C ends it with interrupt_error: see interrupt_scope.
///
///     asyncio::blocking_sleep(1s);
void blocking_sleep(clock::duration duration);

namespace detail {

/// The calling thread blocks somewhere that virtual time doesn't know.
class away_from_virtual_time {
public:
  away_from_virtual_time();
  ~away_from_virtual_time();
  away_from_virtual_time(const away_from_virtual_time&) = delete;
  away_from_virtual_time& operator=(const away_from_virtual_time&) = delete;

private:
  bool away_ = false;
};

} // namespace detail

/// Calls f(args...), which blocks the thread on something that virtual time can't see (a read
/// from a terminal, a std::mutex that another thread holds), and gives its result. Meanwhile
/// other threads run, and deadlines pass. In real time it's just the call. Ctrl-C doesn't end it;
/// what polls can ask for interrupt_descriptor().
///
///     asyncio::blocking_region([&] { std::getline(std::cin, name); });
template <class F, class... Args>
decltype(auto) blocking_region(F&& f, Args&&... args) {
  const detail::away_from_virtual_time away;
  return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
}

/// While one lives, something outside will call in: a thread that this library doesn't know,
/// which will use call_soon_threadsafe(), say. In virtual time no deadline passes meanwhile,
/// and waiting for it is no deadlock. Any thread may make and destroy one.
class outside_guard {
public:
  outside_guard();
  ~outside_guard();
  outside_guard(const outside_guard&) = delete;
  outside_guard& operator=(const outside_guard&) = delete;
};

} // namespace asyncio
