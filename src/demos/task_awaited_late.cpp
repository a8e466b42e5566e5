// task_awaited_late: a task that is awaited late was not kept waiting.
//
// One line more than in task_cut_off: async_main() awaits the task after its own sleep, so
// foo() may finish, and prints its second line. Notice that the program takes ten seconds,
// not ten and a half: foo() began its sleep when async_main() began its own.
//
//   run    cmake --build --preset dev -t run-task_awaited_late
//   debug  cmake --build --preset dev -t debug-task_awaited_late
//   try    co_await foo("text") in place of the task: what is the order then, and how long?

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <iostream>
#include <string>

using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<void> foo(std::string text) {
  std::cout << text << '\n';
  co_await asyncio::sleep(10s);
  std::cout << text << '\n';
}

awaitable<void> async_main() {
  std::cout << "hello\n";
  auto task = asyncio::create_task(foo("text"));
  co_await asyncio::sleep(500ms);
  co_await task; // stop here: foo() has nine and a half seconds left
  std::cout << "finished\n";
}

int main() {
  return asyncio::run_main(async_main());
}

// | hello
// | text
// | text
// | finished
