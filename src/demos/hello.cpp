// hello: a coroutine awaits another one, as a function calls a function.
//
// awaitable<void> makes a function a coroutine: one that can wait without holding up its
// thread. co_await runs foo() and goes on when it has ended, so the lines come in the order
// in which they are written. Notice that the program takes a second: async_main() awaits
// foo(), and foo() awaits a sleep. Until run_main() has made a loop, nothing runs at all:
// async_main() in the last line is only made, and the loop runs it.
//
//   run    cmake --build --preset dev -t run-hello
//   debug  cmake --build --preset dev -t debug-hello
//   try    leave out the co_await before foo("text"): what does the compiler say?

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <iostream>
#include <string>

using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<void> foo(std::string text) {
  std::cout << text << '\n'; // stop here: async_main() waits for us
  co_await asyncio::sleep(1s);
}

awaitable<void> async_main() {
  std::cout << "abc\n";
  co_await foo("text");
}

int main() {
  return asyncio::run_main(async_main());
}

// | abc
// | text
