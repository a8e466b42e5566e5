// three_functions: they start in the order they are given, and end in the order of their sleeps.
//
// gather() makes a task of each, and the three sleep side by side: 1, 2 and 3 seconds take 3
// together. Whoever is due first wakes first, so function 3 ends before function 1. Main goes
// on when the last has ended.
//
//   run    cmake --build --preset dev -t run-three_functions
//   debug  cmake --build --preset dev -t debug-three_functions
//   try    let all three sleep for a second: who ends first?

#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <iostream>

using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<void> func1() {
  std::cout << "Function 1 started..\n";
  co_await asyncio::sleep(2s);
  std::cout << "Function 1 Ended\n";
}

awaitable<void> func2() {
  std::cout << "Function 2 started..\n";
  co_await asyncio::sleep(3s);
  std::cout << "Function 2 Ended\n";
}

awaitable<void> func3() {
  std::cout << "Function 3 started..\n";
  co_await asyncio::sleep(1s);
  std::cout << "Function 3 Ended\n"; // stop here: the other two are still asleep
}

awaitable<void> async_main() {
  co_await asyncio::gather(func1(), func2(), func3());
  std::cout << "Main Ended..\n";
}

int main() {
  return asyncio::run_main(async_main());
}

// | Function 1 started..
// | Function 2 started..
// | Function 3 started..
// | Function 3 Ended
// | Function 1 Ended
// | Function 2 Ended
// | Main Ended..
