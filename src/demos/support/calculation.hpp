#pragma once

#include <asyncio/interrupt.hpp>

namespace demos {

/// How many steps it takes from each of the numbers first, first + stride, ... to 1, if a step
/// halves an even number, and makes 3n + 1 of an odd one. Ctrl-C ends it with interrupt_error.
inline long count_steps(long first, long stride) {
  long steps = 0;
  for (long start = first; start <= 300'000; start += stride) {
    asyncio::check_interrupt();
    for (long n = start; n != 1; n = n % 2 == 0 ? n / 2 : 3 * n + 1) {
      ++steps;
    }
  }
  return steps; // stop here: `info threads` shows who else is at it
}

} // namespace demos
