#include <asyncio/explore.hpp>

#include <asyncio/detail/scheduler.hpp>
#include <asyncio/errors.hpp>

#include <stdexcept>

namespace asyncio {

std::string failing_seed::message() const {
  const std::string number = std::to_string(seed);
  return "seed " + number + ": " + describe(error) + " (run_options().virtual_time().seed(" + number +
         ") replays it)";
}

namespace detail {

void check_no_loop_runs() {
  if (running_scheduler != nullptr) {
    throw misuse_error("explore() runs loops of its own: it cannot be called from a running event loop");
  }
}

void throw_returned_false() {
  throw std::runtime_error("it gave false");
}

} // namespace detail
} // namespace asyncio
