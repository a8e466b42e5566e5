// fetch_data: two coroutines take turns on one thread.
//
// print_numbers() counts while fetch_data() waits. Nothing runs in parallel: a co_await that
// has to wait hands the thread back to the loop, and the loop resumes whoever is due next.
// Notice that async_main() queues both before either prints a line, and that the numbers
// go on while it waits for the data.
//
//   run    cmake --build --preset dev -t run-fetch_data
//   debug  cmake --build --preset dev -t debug-fetch_data
//   try    change 2s to 1s and predict where "done fetching" moves

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <iostream>
#include <string>

using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<std::string> fetch_data() {
  std::cout << "start fetching\n";
  co_await asyncio::sleep(2s); // stands in for a slow server
  std::cout << "done fetching\n";
  co_return "{'data': 1}";
}

awaitable<void> print_numbers() {
  for (int i = 0; i < 10; ++i) {
    std::cout << i << '\n'; // stop here in a debugger: who resumed us?
    co_await asyncio::sleep(250ms);
  }
}

awaitable<void> async_main() {
  // create_task() only queues: neither coroutine has printed anything yet.
  auto fetching = asyncio::create_task(fetch_data());
  auto counting = asyncio::create_task(print_numbers());

  std::string value = co_await fetching;
  std::cout << value << '\n';
  co_await counting;
}

int main() {
  return asyncio::run_main(async_main());
}

// | start fetching
// | 0
// | 1
// | 2
// | 3
// | 4
// | 5
// | 6
// | 7
// | done fetching
// | {'data': 1}
// | 8
// | 9
