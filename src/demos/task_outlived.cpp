// task_outlived: a task needs nobody to await it, only somebody who stays long enough.
//
// async_main() awaits a sleep of its own. Any await that has to wait lets the others run:
// foo() prints, sleeps for one second, and has ended by the time async_main() wakes. Notice
// that the two sleeps run side by side: the program takes two seconds, not three.
//
//   run    cmake --build --preset dev -t run-task_outlived
//   debug  cmake --build --preset dev -t debug-task_outlived
//   try    let foo() sleep longer than async_main() does; then go on with task_cut_off

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
  co_await asyncio::sleep(1s);
}

awaitable<void> async_main() {
  std::cout << "hello\n";
  auto task = asyncio::create_task(foo("text"));
  co_await asyncio::sleep(2s);
  std::cout << "finished\n"; // stop here: task.done() is true, though nobody awaited it
}

int main() {
  return asyncio::run_main(async_main());
}

// | hello
// | text
// | finished
