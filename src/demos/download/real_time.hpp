#pragma once

#include <asyncio/run_options.hpp>

namespace demos {

/// For what talks to a network: time passes there as it does, whatever ASYNCIO_CLOCK and
/// ASYNCIO_SPEED say.
inline asyncio::run_options in_real_time() {
  return asyncio::run_options().virtual_time(false);
}

} // namespace demos
