// say_threads: each greeting waits on a thread of its own, so both come after one second.
//
// The functions are those of say_sequential; what differs is who calls them. The operating
// system runs the two threads as it likes: in real time "Hello 2!" may come first. In
// say_gather it never does, and all of it happens on one thread.
//
//   run    cmake --build --preset dev -t run-say_threads
//   debug  cmake --build --preset dev -t debug-say_threads
//   try    remove both join(): at the end of say_both() the threads are waited for all the
//          same, but "exit" comes too early

#include <asyncio/blocking.hpp>
#include <asyncio/thread.hpp>

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
  asyncio::thread first("say1", say1);
  asyncio::thread second("say2", say2);
  first.join(); // stop here: `info threads` shows both
  second.join();
  print("exit");
}

int main() {
  return demos::thread_main(say_both);
}

// | start
// | Hello 1!
// | Hello 2!
// | exit
