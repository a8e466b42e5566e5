// run_in_running_loop: a coroutine can't call asyncio::run(), and need not: it awaits.
//
// A thread runs one loop at a time. run() would start a second loop inside the first, and
// hold that up until it had ended; so it throws, and says what to write instead. A coroutine
// is in a loop already, and just awaits. (A notebook runs a loop of its own, and each of its
// cells is such a coroutine.)
//
//   run    cmake --build --preset dev -t run-run_in_running_loop
//   debug  cmake --build --preset dev -t debug-run_in_running_loop
//   try    take the try block away: what does run_main() make of the error?

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <iostream>

using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<void> worker() {
  std::cout << "I am working\n";
  co_await asyncio::sleep(1s);
  std::cout << "I am working some more...\n";
  co_await asyncio::sleep(2s);
  std::cout << "5:30 pm! Time to go home!\n";
}

awaitable<void> async_main() {
  co_await worker();
}

awaitable<void> notebook() {
  try {
    asyncio::run(async_main());
  } catch (const asyncio::misuse_error& error) {
    std::cout << error.what() << '\n'; // stop here: nothing of async_main() has run
  }
  co_await async_main();
}

int main() {
  return asyncio::run_main(notebook());
}

// | asyncio::run() cannot be called from a running event loop: co_await the coroutine instead
// | I am working
// | I am working some more...
// | 5:30 pm! Time to go home!
