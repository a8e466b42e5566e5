// chores_sequential: four chores one after the other, eleven seconds of them.
//
// Nobody helps, and nothing overlaps: while the clothes are in the wash, the only one there
// stands beside the machine and waits. The lessons after this one share out the same chores:
// chores_threads among threads, chores_async among coroutines on a single thread.
//
//   run    cmake --build --preset dev -t run-chores_sequential
//   debug  cmake --build --preset dev -t debug-chores_sequential
//   try    ASYNCIO_CLOCK=virtual chores_sequential: the same eleven seconds, in no time

#include <asyncio/blocking.hpp>
#include <asyncio/clock.hpp>

#include <demos/support/chores.hpp>
#include <demos/support/print.hpp>
#include <demos/support/story.hpp>
#include <demos/support/thread_main.hpp>

using demos::chore;
using demos::story;

void do_chore(const chore& next) {
  story("Start task " + next.name);
  asyncio::blocking_sleep(next.time); // stop here: there is one thread, and it waits
  story("End task " + next.name);
}

void do_all_chores() {
  const auto start = asyncio::clock::now();
  for (const chore& each : demos::all_chores()) {
    do_chore(each);
  }
  demos::print(demos::seconds{asyncio::clock::now() - start}, "s");
}

int main() {
  return demos::thread_main(do_all_chores);
}

// | 00:00:00: Start task Cook breakfast
// | 00:00:02: End task Cook breakfast
// | 00:00:02: Start task Wash clothes
// | 00:00:07: End task Wash clothes
// | 00:00:07: Start task Do house chores
// | 00:00:10: End task Do house chores
// | 00:00:10: Start task Take out the trash
// | 00:00:11: End task Take out the trash
// | 11.0s
