// chores_thread_pool: the same workers, on the threads of an executor.
//
// thread_pool_executor starts the threads, gives them work, and its end waits for them: what
// chores_threads.cpp does by hand. Three workers need five seconds. Notice how alike the two
// files are, and what is missing here.
//
//   run    cmake --build --preset dev -t run-chores_thread_pool
//   debug  cmake --build --preset dev -t debug-chores_thread_pool
//   try    chores_thread_pool 1

#include <asyncio/blocking.hpp>
#include <asyncio/blocking_queue.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <cstddef>
#include <functional>
#include <string>

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
  asyncio::blocking_sleep(next.time);
  story("End task " + next.name);
}

void handle_tasks(const std::string& worker, chore_queue& chores) {
  story(worker + " start working");
  try {
    for (;;) {
      do_chore(chores.get_nowait());
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
  {
    asyncio::thread_pool_executor pool(static_cast<std::size_t>(workers));
    for (int i = 0; i < workers; ++i) {
      pool.submit(handle_tasks, "worker-" + std::to_string(i), std::ref(chores));
    }
  } // stop here: the pool's end waits until all the chores are done
  demos::print("\nTotal elapsed time: ", demos::seconds{asyncio::clock::now() - start}, "s");
}

int main(int argc, char** argv) {
  demos::arguments arguments("chores_thread_pool",
                             "Workers on the threads of a pool take chores from a queue.");
  const int& workers = arguments.number("workers", 3, 1, 1000, "how many threads share the work");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return demos::thread_main([&] { do_all_chores(workers); });
}

// | 00:00:00: worker-0 start working
// | 00:00:00: Start task Cook breakfast
// | 00:00:00: worker-1 start working
// | 00:00:00: Start task Wash clothes
// | 00:00:00: worker-2 start working
// | 00:00:00: Start task Do house chores
// | 00:00:02: End task Cook breakfast
// | 00:00:02: Start task Take out the trash
// | 00:00:03: End task Do house chores
// | 00:00:03: worker-2 stop working
// | 00:00:03: End task Take out the trash
// | 00:00:03: worker-0 stop working
// | 00:00:05: End task Wash clothes
// | 00:00:05: worker-1 stop working
// |
// | Total elapsed time: 5.0s
