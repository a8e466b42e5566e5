// timed_steps: three lines of one coroutine, a second apart, and a clock that says so.
//
// async_main() awaits fn(), and goes on when it has ended, two seconds later. To measure that
// it asks asyncio::clock before and after. Notice that only the difference means something:
// what the clock says is counted from a moment that nobody names. In virtual time it begins
// at 0, and the two seconds are exactly two.
//
//   run    cmake --build --preset dev -t run-timed_steps
//   debug  cmake --build --preset dev -t debug-timed_steps
//   try    timed_steps; then ASYNCIO_CLOCK=virtual timed_steps, and ASYNCIO_SPEED=20

#include <asyncio/clock.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <iostream>

#include <demos/support/print.hpp>

using asyncio::awaitable;
using demos::exact_seconds;
using namespace std::chrono_literals;

awaitable<void> fn() {
  std::cout << "This is \n";
  co_await asyncio::sleep(1s); // stop here, for as long as you like, in virtual time
  std::cout << "asynchronous programming\n";
  co_await asyncio::sleep(1s);
  std::cout << "and not multi-threading\n";
}

awaitable<void> async_main() {
  const auto start_time = asyncio::clock::now();
  co_await fn();
  const auto elapsed_time = asyncio::clock::now() - start_time;
  std::cout << "Executed in " << demos::seconds{elapsed_time, 2} << " seconds.\n";
  std::cout << "current time =  " << exact_seconds{asyncio::clock::now().time_since_epoch()} << " s\n";
  std::cout << "start time =  " << exact_seconds{start_time.time_since_epoch()} << " s\n";
}

int main() {
  return asyncio::run_main(async_main());
}

// | This is $
// | asynchronous programming
// | and not multi-threading
// | Executed in 2.00 seconds.
// | current time =  2.0 s
// | start time =  0.0 s
