// chores_threads: workers on threads take chores from a queue until none is left.
//
// Two workers need six seconds for eleven seconds of chores. Each takes the next chore when
// it has done one, so nobody is idle while there is work. Try three: it's five seconds then,
// and more workers don't help, because washing clothes alone takes five.
//
//   run    cmake --build --preset dev -t run-chores_threads
//   debug  cmake --build --preset dev -t debug-chores_threads
//   try    chores_threads 3; and ASYNCIO_CLOCK=virtual, where the lines never change places

#include <asyncio/blocking.hpp>
#include <asyncio/blocking_queue.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/thread.hpp>

#include <functional>
#include <string>
#include <vector>

#include <demos/support/arguments.hpp>
#include <demos/support/chores.hpp>
#include <demos/support/print.hpp>
#include <demos/support/story.hpp>
#include <demos/support/thread_main.hpp>

using demos::chore;
using demos::story;
using chore_queue = asyncio::blocking_queue<chore>;

void do_chore(const chore& next) {
  story("Start task " + next.name);
  asyncio::blocking_sleep(next.time); // this thread waits; the others work
  story("End task " + next.name);
}

void handle_tasks(const std::string& worker, chore_queue& chores) {
  story(worker + " start working");
  try {
    for (;;) {
      do_chore(chores.get_nowait()); // stop here: which thread are we on?
    }
  } catch (const asyncio::queue_empty&) {
    story(worker + " stop working");
  }
}

void do_all_chores(int workers) {
  chore_queue chores;
  for (const chore& each : demos::all_chores()) {
    chores.put(each);
  }

  const auto start = asyncio::clock::now();
  std::vector<asyncio::thread> threads;
  for (int i = 1; i <= workers; ++i) {
    const std::string name = "worker-" + std::to_string(i);
    threads.emplace_back(name, handle_tasks, name, std::ref(chores));
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  demos::print("\nTotal elapsed time: ", demos::seconds{asyncio::clock::now() - start}, "s");
}

int main(int argc, char** argv) {
  demos::arguments arguments("chores_threads", "Workers on threads take chores from a queue.");
  const int& workers = arguments.number("workers", 2, 1, 1000, "how many threads share the work");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return demos::thread_main([&] { do_all_chores(workers); });
}

// | 00:00:00: worker-1 start working
// | 00:00:00: Start task Cook breakfast
// | 00:00:00: worker-2 start working
// | 00:00:00: Start task Wash clothes
// | 00:00:02: End task Cook breakfast
// | 00:00:02: Start task Do house chores
// | 00:00:05: End task Wash clothes
// | 00:00:05: Start task Take out the trash
// | 00:00:05: End task Do house chores
// | 00:00:05: worker-1 stop working
// | 00:00:06: End task Take out the trash
// | 00:00:06: worker-2 stop working
// |
// | Total elapsed time: 6.0s
