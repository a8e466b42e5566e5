// task_not_awaited: a task is queued, and runs only when its maker lets go of the thread.
//
// create_task() makes a task of foo(), which then runs beside async_main(). It only queues
// it, so "finished" comes before "text". And as nobody awaits the task, the program does not
// wait for it: async_main() ends at once, foo() gets as far as its first await, and there
// run_main() cancels it. Notice that the program takes no time at all.
//
//   run    cmake --build --preset dev -t run-task_not_awaited
//   debug  cmake --build --preset dev -t debug-task_not_awaited
//   try    print something after foo()'s sleep: nobody will ever see it

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
  co_await asyncio::sleep(1s); // it does not come back from here
}

awaitable<void> async_main() {
  std::cout << "hello\n";
  auto task = asyncio::create_task(foo("text"));
  std::cout << "finished\n"; // stop here: task.done() is false, and foo() has not begun
  co_return;                 // where there is no co_await, this makes it a coroutine
}

int main() {
  return asyncio::run_main(async_main());
}

// | hello
// | finished
// | text
