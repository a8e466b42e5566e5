// task_cut_off: when main ends, what it left behind is cut off where it stands.
//
// foo() wants to sleep for ten seconds, and async_main() ends after half a second. run_main()
// then cancels what is left: at its await, foo() is thrown an asyncio::cancelled_error, so
// its last line is never printed. Notice the half second, and that this is no error: the
// exit status is 0. (In a notebook the loop outlives main, and the fourth line does come.)
//
//   run    cmake --build --preset dev -t run-task_cut_off
//   debug  cmake --build --preset dev -t debug-task_cut_off
//   try    in foo(), put the sleep into a try block, and print a line and `throw;` in
//          catch (const asyncio::cancelled_error&): a task is told, and may clean up

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
  std::cout << "finished\n"; // stop here: task.done() is false, and nobody will wait for it
}

int main() {
  return asyncio::run_main(async_main());
}

// | hello
// | text
// | finished
