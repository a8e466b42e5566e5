// three_workers: three work a day of three seconds, and it's over after three.
//
// While the first sleeps, the second starts; while that sleeps, the third; and then each goes
// on when its own sleep is over. They are one function, and each call of it is a coroutine
// of its own, with its own place to go on from.
//
//   run    cmake --build --preset dev -t run-three_workers
//   debug  cmake --build --preset dev -t debug-three_workers
//   try    leave out the co_await and put `co_return;` below it: gather() without an await
//          begins the work and does not wait for it, so the three are cut off

#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <iostream>

using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<void> worker() {
  std::cout << "I am working\n";
  co_await asyncio::sleep(1s);
  std::cout << "I am working some more...\n"; // stop here: we come three times
  co_await asyncio::sleep(2s);
  std::cout << "5:30 pm! Time to go home!\n";
}

awaitable<void> async_main() {
  co_await asyncio::gather(worker(), worker(), worker());
}

int main() {
  return asyncio::run_main(async_main());
}

// | I am working
// | I am working
// | I am working
// | I am working some more...
// | I am working some more...
// | I am working some more...
// | 5:30 pm! Time to go home!
// | 5:30 pm! Time to go home!
// | 5:30 pm! Time to go home!
