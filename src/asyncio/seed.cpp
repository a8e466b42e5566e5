#include <asyncio/seed.hpp>

#include <asyncio/detail/clock_source.hpp>

namespace asyncio {

std::optional<std::uint64_t> current_seed() {
  return detail::clock_in_force().seed;
}

} // namespace asyncio
