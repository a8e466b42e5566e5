#include <asyncio/explore.hpp>

#include <asyncio/errors.hpp>

#include <stdexcept>

namespace asyncio {

std::string failing_seed::message() const {
  const std::string number = std::to_string(seed);
  return "seed " + number + ": " + describe(error) + " (ASYNCIO_SEED=" + number + " replays it)";
}

namespace detail {

void throw_returned_false() {
  throw std::runtime_error("it gave false");
}

} // namespace detail
} // namespace asyncio
