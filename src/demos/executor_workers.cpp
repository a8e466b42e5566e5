// executor_workers: blocking jobs under async code, on a pool of four threads.
//
// execute_hello() blocks its thread for a second, as a call into an old library would. In a
// coroutine that would stop everything; run_in_executor() puts it on a thread of the pool
// and gives a future to await. Twenty jobs on four threads take five seconds. Notice that
// the results come in the order of the jobs, whoever finished first.
//
//   run    cmake --build --preset dev -t run-executor_workers
//   debug  cmake --build --preset dev -t debug-executor_workers
//   try    --boom: job 2 throws. The others still end, and then the error comes out of gather()

#include <asyncio/blocking.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/thread_name.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <vector>

#include <demos/support/arguments.hpp>
#include <demos/support/print.hpp>

using asyncio::awaitable;
using asyncio::current_thread_name;
using demos::print;
using namespace std::chrono_literals;

constexpr int max_workers = 4;
constexpr int jobs = 20;

int execute_hello(int job, bool boom) {
  print("Thread ", current_thread_name(), ": Starting task: ", job, "...");
  asyncio::blocking_sleep(1s);
  if (boom && job == 2) {
    print("BOOM!");
    throw std::runtime_error("Boom!");
  }
  print("Thread ", current_thread_name(), ": Finished task ", job, "!");
  return job;
}

awaitable<void> async_main(bool boom) {
  std::vector<asyncio::future<int>> futures;
  {
    asyncio::thread_pool_executor pool(max_workers);
    for (int job = 0; job < jobs; ++job) {
      futures.push_back(asyncio::run_in_executor(pool, execute_hello, job, boom));
    }
  } // like Python's `with`: the pool's end waits for its threads, and so does the loop. Where others are
    // to run meanwhile, the await stands inside the block.

  try {
    std::vector<int> results = co_await asyncio::gather(futures); // stop here: all are done
    print("Finished processing, got results: ", demos::listed{results});
  } catch (const std::exception& error) {
    print("Caught error executing task ", error.what());
    throw; // run_main() prints it, and returns 1
  }
}

int main(int argc, char** argv) {
  demos::arguments arguments("executor_workers", "Twenty blocking jobs on four threads.");
  const bool& boom = arguments.flag("boom", "job 2 throws");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return asyncio::run_main(async_main(boom));
}

// | Thread ThreadPoolExecutor-0_0: Starting task: 0...
// | Thread ThreadPoolExecutor-0_1: Starting task: 1...
// | Thread ThreadPoolExecutor-0_2: Starting task: 2...
// | Thread ThreadPoolExecutor-0_3: Starting task: 3...
// | Thread ThreadPoolExecutor-0_0: Finished task 0!
// | Thread ThreadPoolExecutor-0_0: Starting task: 4...
// | Thread ThreadPoolExecutor-0_1: Finished task 1!
// | Thread ThreadPoolExecutor-0_1: Starting task: 5...
// | Thread ThreadPoolExecutor-0_2: Finished task 2!
// | Thread ThreadPoolExecutor-0_2: Starting task: 6...
// | Thread ThreadPoolExecutor-0_3: Finished task 3!
// | Thread ThreadPoolExecutor-0_3: Starting task: 7...
// | Thread ThreadPoolExecutor-0_0: Finished task 4!
// | Thread ThreadPoolExecutor-0_0: Starting task: 8...
// | Thread ThreadPoolExecutor-0_1: Finished task 5!
// | Thread ThreadPoolExecutor-0_1: Starting task: 9...
// | Thread ThreadPoolExecutor-0_2: Finished task 6!
// | Thread ThreadPoolExecutor-0_2: Starting task: 10...
// | Thread ThreadPoolExecutor-0_3: Finished task 7!
// | Thread ThreadPoolExecutor-0_3: Starting task: 11...
// | Thread ThreadPoolExecutor-0_0: Finished task 8!
// | Thread ThreadPoolExecutor-0_0: Starting task: 12...
// | Thread ThreadPoolExecutor-0_1: Finished task 9!
// | Thread ThreadPoolExecutor-0_1: Starting task: 13...
// | Thread ThreadPoolExecutor-0_2: Finished task 10!
// | Thread ThreadPoolExecutor-0_2: Starting task: 14...
// | Thread ThreadPoolExecutor-0_3: Finished task 11!
// | Thread ThreadPoolExecutor-0_3: Starting task: 15...
// | Thread ThreadPoolExecutor-0_0: Finished task 12!
// | Thread ThreadPoolExecutor-0_0: Starting task: 16...
// | Thread ThreadPoolExecutor-0_1: Finished task 13!
// | Thread ThreadPoolExecutor-0_1: Starting task: 17...
// | Thread ThreadPoolExecutor-0_2: Finished task 14!
// | Thread ThreadPoolExecutor-0_2: Starting task: 18...
// | Thread ThreadPoolExecutor-0_3: Finished task 15!
// | Thread ThreadPoolExecutor-0_3: Starting task: 19...
// | Thread ThreadPoolExecutor-0_0: Finished task 16!
// | Thread ThreadPoolExecutor-0_1: Finished task 17!
// | Thread ThreadPoolExecutor-0_2: Finished task 18!
// | Thread ThreadPoolExecutor-0_3: Finished task 19!
// | Finished processing, got results: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
