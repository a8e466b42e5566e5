// chores_async: three workers share the chores, and all of them are on one thread.
//
// Each worker is a coroutine. Where a worker of chores_threads blocks its thread, this one
// awaits, and meanwhile the thread runs the others: eleven seconds of chores take five, as
// with three threads. Notice that the queue needs no lock: a coroutine is never interrupted
// between two awaits, so nobody comes between looking at the queue and taking from it.
//
//   run    cmake --build --preset dev -t run-chores_async
//   debug  cmake --build --preset dev -t debug-chores_async
//   try    chores_async 1; chores_async 4: why is it still five seconds?

#include <asyncio/clock.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <queue>
#include <string>
#include <utility>
#include <vector>

#include <demos/support/arguments.hpp>
#include <demos/support/chores.hpp>
#include <demos/support/print.hpp>
#include <demos/support/story.hpp>

using asyncio::awaitable;
using demos::chore;
using demos::story;
using chore_queue = std::queue<chore>;

awaitable<void> do_chore(chore next) {
  story("Start task " + next.name);
  co_await asyncio::sleep(next.time); // this coroutine waits; the others work
  story("End task " + next.name);
}

awaitable<void> handle_tasks(std::string worker, chore_queue& chores) {
  while (!chores.empty()) {
    const chore next = chores.front(); // stop here: which worker are we, and which thread?
    chores.pop();
    const auto start = asyncio::clock::now();
    co_await do_chore(next);
    demos::print("Task ", worker, " elapsed time: ", demos::seconds{asyncio::clock::now() - start});
  }
}

awaitable<void> do_all_chores(int workers) {
  chore_queue chores; // outlives the workers: gather() waits for them
  for (const chore& each : demos::all_chores()) {
    chores.push(each);
  }

  const auto start = asyncio::clock::now();
  std::vector<awaitable<void>> working;
  for (int i = 1; i <= workers; ++i) {
    working.push_back(handle_tasks("a" + std::to_string(i), chores));
  }
  co_await asyncio::gather(std::move(working));
  demos::print("\nTotal elapsed time: ", demos::seconds{asyncio::clock::now() - start});
}

int main(int argc, char** argv) {
  demos::arguments arguments("chores_async", "Workers on one thread take chores from a queue.");
  const int& workers = arguments.number("workers", 3, 1, 1000, "how many coroutines share the work");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return asyncio::run_main(do_all_chores(workers));
}

// | 00:00:00: Start task Cook breakfast
// | 00:00:00: Start task Wash clothes
// | 00:00:00: Start task Do house chores
// | 00:00:02: End task Cook breakfast
// | Task a1 elapsed time: 2.0
// | 00:00:02: Start task Take out the trash
// | 00:00:03: End task Do house chores
// | Task a3 elapsed time: 3.0
// | 00:00:03: End task Take out the trash
// | Task a1 elapsed time: 1.0
// | 00:00:05: End task Wash clothes
// | Task a2 elapsed time: 5.0
// |
// | Total elapsed time: 5.0
