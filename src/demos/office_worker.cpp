// office_worker: a day at work, three seconds long, for one coroutine alone.
//
// The worker works, waits, works some more, waits, and goes home. With nobody else there
// this is no different from an ordinary program that sleeps; what an await is good for shows
// when a second worker comes: see three_workers.
//
//   run    cmake --build --preset dev -t run-office_worker
//   debug  cmake --build --preset dev -t debug-office_worker
//   try    await worker() twice: how long are two days?

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <iostream>

using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<void> worker() {
  std::cout << "I am working\n";
  co_await asyncio::sleep(1s);
  std::cout << "I am working some more...\n"; // stop here: who resumed us?
  co_await asyncio::sleep(2s);
  std::cout << "5:30 pm! Time to go home!\n";
}

awaitable<void> async_main() {
  co_await worker();
}

int main() {
  return asyncio::run_main(async_main());
}

// | I am working
// | I am working some more...
// | 5:30 pm! Time to go home!
