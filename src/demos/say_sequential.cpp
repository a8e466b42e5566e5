// say_sequential: without coroutines or threads, two greetings take two seconds.
//
// blocking_sleep() holds up the thread that calls it, and there is only one. So say2() does
// not begin before say1() has returned, and the two seconds of waiting add up. Compare
// say_gather, where they overlap on one thread, and say_threads, where each has its own.
//
//   run    cmake --build --preset dev -t run-say_sequential
//   debug  cmake --build --preset dev -t debug-say_sequential
//   try    diff say_sequential.cpp say_threads.cpp

#include <asyncio/blocking.hpp>

#include <chrono>

#include <demos/support/print.hpp>
#include <demos/support/thread_main.hpp>

using demos::print;
using namespace std::chrono_literals;

void say1() {
  asyncio::blocking_sleep(1s);
  print("Hello 1!");
}

void say2() {
  asyncio::blocking_sleep(1s);
  print("Hello 2!");
}

void say_both() {
  print("start");
  say1(); // stop here: step over it, and a second is gone
  say2();
  print("exit");
}

int main() {
  return demos::thread_main(say_both);
}

// | start
// | Hello 1!
// | Hello 2!
// | exit
