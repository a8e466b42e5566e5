// fetch_data_loop: fetch_data on a loop of its own, without run_main().
//
// An asyncio::loop is an object like any other, and run_until_complete() runs it until that
// coroutine is done. It does that and no more. What run_main() adds: Ctrl-C, cancelling what
// is left when main ends, and an exit status. Notice that only main() differs from
// fetch_data.cpp, and no line of what it prints.
//
//   run    cmake --build --preset dev -t run-fetch_data_loop
//   debug  cmake --build --preset dev -t debug-fetch_data_loop
//   try    Ctrl-C here and in fetch_data.cpp: whose tasks are cut off where they stand? Leave out `co_await
//   counting;` here and in fetch_data.cpp: what becomes of the
//          numbers 8 and 9, and who says so on stderr?

#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <iostream>
#include <string>

#include <demos/support/thread_main.hpp>

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

void run_on_a_loop() {
  asyncio::loop loop;
  loop.run_until_complete(async_main());
}

int main() {
  return demos::thread_main(run_on_a_loop);
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
