// nested_steps: a coroutine inside a coroutine counts from one to five.
//
// fn() awaits fn2() in the middle, and goes on when that has returned: "four" comes after
// "three" because awaiting a coroutine is like calling a function. Nothing runs beside it,
// so all five sleeps add up to five seconds. Notice that the innermost sleep suspends the
// whole chain, fn2() and the fn() that awaits it, and wakes it there.
//
//   run    cmake --build --preset dev -t run-nested_steps
//   debug  cmake --build --preset dev -t debug-nested_steps
//   try    make a task of fn2() and await it after "four": what is the order, and how long?

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <iostream>

using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<void> fn2() {
  std::cout << "two\n";
  co_await asyncio::sleep(1s);
  std::cout << "three\n"; // stop here: what does bt say of fn(), which is suspended?
  co_await asyncio::sleep(1s);
}

awaitable<void> fn() {
  std::cout << "one\n";
  co_await asyncio::sleep(1s);
  co_await fn2();
  std::cout << "four\n";
  co_await asyncio::sleep(1s);
  std::cout << "five\n";
  co_await asyncio::sleep(1s);
}

int main() {
  return asyncio::run_main(fn());
}

// | one
// | two
// | three
// | four
// | five
