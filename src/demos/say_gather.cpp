// say_gather: two greetings wait at the same time, so both come after one second.
//
// gather() makes one future out of several coroutines: awaiting it waits for all of them.
// Notice that the second "Hello" does not take a second of its own: while say1() sleeps,
// say2() starts, and then both sleep side by side on one thread.
//
//   run    cmake --build --preset dev -t run-say_gather
//   debug  cmake --build --preset dev -t debug-say_gather
//   try    await say1() and say2() one after the other, and time it

#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <iostream>

using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<void> say1() {
  co_await asyncio::sleep(1s);
  std::cout << "Hello 1!\n";
}

awaitable<void> say2() {
  co_await asyncio::sleep(1s);
  std::cout << "Hello 2!\n";
}

awaitable<void> async_main() {
  std::cout << "start\n";
  co_await asyncio::gather(say1(), say2()); // stop here: neither has started yet
  std::cout << "exit\n";
}

int main() {
  return asyncio::run_main(async_main());
}

// | start
// | Hello 1!
// | Hello 2!
// | exit
