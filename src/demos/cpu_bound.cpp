// cpu_bound: where there is nothing to wait for, only more processors make it faster.
//
// The same calculation is divided among one, two, four ... threads of a pool, which work side
// by side. In Python they would take turns: its global interpreter lock (GIL) lets one thread
// run at a time, and two are no faster than one. Coroutines wouldn't help in either language:
// they share one thread.
//
// The seconds are real, whatever the program's clock. In virtual time the library, too, lets
// one thread run at a time, so that is how a GIL feels.
//
//   run    cmake --build --preset dev -t run-cpu_bound
//   debug  cmake --build --preset dev -t debug-cpu_bound
//   try    cpu_bound 8: from where on does it not help? And ASYNCIO_CLOCK=virtual cpu_bound

#include <asyncio/concurrent_future.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include <demos/support/arguments.hpp>
#include <demos/support/calculation.hpp>
#include <demos/support/print.hpp>
#include <demos/support/thread_main.hpp>

using real_seconds = std::chrono::duration<double>;

long count_on_threads(int threads) {
  asyncio::thread_pool_executor pool(static_cast<std::size_t>(threads));
  std::vector<asyncio::concurrent_future<long>> parts;
  for (int i = 1; i <= threads; ++i) {
    parts.push_back(pool.submit(demos::count_steps, i, threads));
  }
  long steps = 0;
  for (const auto& part : parts) {
    steps += part.result();
  }
  return steps;
}

void compare(int most_threads) {
  demos::print("This machine runs ", std::thread::hardware_concurrency(), " threads at a time.");
  real_seconds alone{};
  for (int threads = 1;; threads = std::min(2 * threads, most_threads)) {
    const auto start = std::chrono::steady_clock::now();
    const long steps = count_on_threads(threads);
    const real_seconds took = std::chrono::steady_clock::now() - start;
    if (threads == 1) {
      alone = took;
    }
    demos::print("threads: ", threads, ", steps: ", steps, ", seconds: ", demos::decimal{took.count(), 3},
                 ", speed-up: ", demos::decimal{alone / took});
    if (threads == most_threads) {
      return;
    }
  }
}

int main(int argc, char** argv) {
  demos::arguments arguments("cpu_bound", "A calculation on one, two, four ... threads.");
  const int& threads = arguments.number("threads", 2, 1, 1000, "on how many threads it ends");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return demos::thread_main([&] { compare(threads); });
}

// | This machine runs 2 threads at a time.
// | threads: 1, steps: 35669725, seconds: 0.100, speed-up: 1.0
// | threads: 2, steps: 35669725, seconds: 0.050, speed-up: 2.0
