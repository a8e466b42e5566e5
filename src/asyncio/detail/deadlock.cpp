#include <asyncio/detail/deadlock.hpp>

#include <asyncio/detail/virtual_time.hpp>
#include <asyncio/errors.hpp>

namespace asyncio::detail {

std::string describe_deadlock(const std::string& first) {
  return "nothing can ever happen again: nobody is ready, no deadline is left, and nothing outside can wake "
         "anyone (if a thread of your own will: asyncio::thread, or an asyncio::outside_guard)\n  " +
         first + virtual_time::instance().who_waits();
}

void throw_deadlock(const std::string& first) {
  throw deadlock_error(describe_deadlock(first));
}

} // namespace asyncio::detail
