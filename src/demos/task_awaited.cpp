// task_awaited: who awaits a task goes on when it has ended.
//
// One line more than in task_not_awaited: co_await gives the thread to the loop, which runs
// foo(), and when that has ended, the loop resumes async_main(). So "finished" comes last
// now, and the program takes the second that foo() takes.
//
//   run    cmake --build --preset dev -t run-task_awaited
//   debug  cmake --build --preset dev -t debug-task_awaited
//   try    make two tasks before you await them: do two sleeps take two seconds?

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
  co_await task;
  std::cout << "finished\n"; // stop here: task.done() is true
}

int main() {
  return asyncio::run_main(async_main());
}

// | hello
// | text
// | finished
