// process_pool: the same calculation by processes, which share nothing, and by threads.
//
// A process pool starts this program again, as often as it has workers, and tells each what to
// calculate: as Python has to, whose threads take turns. Here threads are as fast, and start
// sooner. What processes are good for is that they share nothing: the arguments and the result
// are copied, and what a worker does to its own variables nobody else sees. Notice the
// counter: threads add to it, processes have one each. If a worker crashes, its own part is lost, and the
// others go on.
//
//   run    cmake --build --preset dev -t run-process_pool
//   debug  cmake --build --preset dev -t debug-process_pool
//   try    --crash: in each pool of processes one crashes. What would that do to a thread's?

#include <asyncio/concurrent_future.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/process_pool_executor.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <demos/support/arguments.hpp>
#include <demos/support/calculation.hpp>
#include <demos/support/print.hpp>
#include <demos/support/thread_main.hpp>
#include <unistd.h>

std::atomic<int> calls{0};

/// Whose process, and what it found. It travels by Boost.Serialization, which asks it what to pack.
struct part {
  int process = 0;
  long steps = 0;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive & process & steps;
  }
};

part count_part(long first, long stride, bool crash) {
  ++calls; // stop here: gdb does for the threads; the processes are others than the one it looks at
  if (crash) {
    std::abort();
  }
  return {::getpid(), demos::count_steps(first, stride)};
}

template <class Pool>
void count_on(const std::string& workers, int count, bool crash) {
  const auto start = std::chrono::steady_clock::now();
  Pool pool(static_cast<std::size_t>(count));
  std::vector<asyncio::concurrent_future<part>> parts;
  for (int i = 1; i <= count; ++i) {
    parts.push_back(pool.submit(count_part, i, count, crash && i == 1)); // the same call, whatever the pool
  }
  long steps = 0;
  std::set<int> processes;
  for (const auto& each : parts) {
    try {
      steps += each.result().steps;
      processes.insert(each.result().process);
    } catch (const asyncio::broken_process_pool& error) {
      demos::print("A part is lost: ", error.what());
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  demos::print(workers, ": ", count, ", steps: ", steps, ", seconds: ", demos::decimal{took.count(), 3},
               ", in processes ", demos::listed{std::vector(processes.begin(), processes.end())},
               ", calls counted here: ", calls);
}

void compare(int most, bool crash) {
  demos::print("This is process ", ::getpid(), '.');
  for (int count = 1;; count = std::min(2 * count, most)) {
    count_on<asyncio::thread_pool_executor>("threads", count, false);
    count_on<asyncio::process_pool_executor>("processes", count, crash);
    if (count == most) {
      return;
    }
  }
}

int main(int argc, char** argv) {
  demos::arguments arguments("process_pool", "A calculation by threads and by processes.");
  const bool& crash = arguments.flag("crash", "the first process of each pool crashes");
  const int& workers = arguments.number("workers", 2, 1, 100, "as many threads, and processes, at the most");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return demos::thread_main([&] { compare(workers, crash); }); // of a worker it makes one: see its comment
}

// | This is process 4711.
// | threads: 1, steps: 35669725, seconds: 0.100, in processes [4711], calls counted here: 1
// | processes: 1, steps: 35669725, seconds: 0.110, in processes [4712], calls counted here: 1
// | threads: 2, steps: 35669725, seconds: 0.050, in processes [4711], calls counted here: 3
// | processes: 2, steps: 35669725, seconds: 0.060, in processes [4713, 4714], calls counted here: 3
