// hello: a coroutine awaits another one, as a function calls a function.
//
// A coroutine is a function that can wait without holding up its thread: it returns an
// awaitable and has a co_await in it. `co_await foo("text")` runs foo() and goes on when it
// has ended, so the lines come in the order in which they are written. Notice that calling
// async_main() does not run it yet: run_main() makes a loop, and that does. It takes a
// second, because async_main() awaits foo(), and foo() awaits a sleep.
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
