#pragma once

#include <asyncio/clock.hpp>

namespace asyncio {

/// Blocks the calling thread for at least `duration` of the program's clock: a stand-in for
/// blocking work. Mirrors time.sleep().
///
/// On a thread of a pool. In a coroutine it would stop every other one: use sleep() there.
///
///     asyncio::blocking_sleep(1s);
void blocking_sleep(clock::duration duration);

} // namespace asyncio
