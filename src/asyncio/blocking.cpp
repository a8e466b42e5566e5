#include <asyncio/blocking.hpp>

#include <asyncio/detail/clock_condition.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/virtual_time.hpp>
#include <asyncio/interrupt.hpp>

#include <mutex>
#include <string>

namespace asyncio {

void blocking_sleep(clock::duration duration) {
  check_interrupt();
  const clock::time_point until = detail::later(clock::now(), duration);
  if (duration <= clock::duration::zero()) {
    if (detail::clock_is_virtual()) {
      detail::visit here;
      detail::virtual_time::instance().yield(here.self());
    }
    return;
  }
  std::mutex mutex;
  std::unique_lock lock(mutex);
  detail::clock_condition nobody_notifies([] { return std::string("a sleep"); });
  nobody_notifies.wait_until(lock, until, [] { return false; });
}

namespace detail {

away_from_virtual_time::away_from_virtual_time() {
  if (clock_is_virtual() && virtual_time::here() != nullptr) {
    away_ = true;
    virtual_time::instance().go_outside(*virtual_time::here());
  }
}

away_from_virtual_time::~away_from_virtual_time() {
  if (participant* const self = away_ ? virtual_time::here() : nullptr) {
    virtual_time::instance().come_back(*self);
  }
}

} // namespace detail

outside_guard::outside_guard() {
  detail::virtual_time::instance().hold_time();
}

outside_guard::~outside_guard() {
  detail::virtual_time::instance().release_time();
}

} // namespace asyncio
