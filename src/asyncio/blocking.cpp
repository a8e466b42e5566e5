#include <asyncio/blocking.hpp>

#include <asyncio/detail/clock_source.hpp>

#include <thread>

namespace asyncio {

void blocking_sleep(clock::duration duration) {
  if (detail::clock_is_virtual()) {
    std::this_thread::sleep_for(duration); // the virtual clock doesn't move for a thread
    return;
  }
  std::this_thread::sleep_until(detail::due_on_steady_clock(detail::later(clock::now(), duration)));
}

} // namespace asyncio
