// scheduling: a coroutine hands over where it says so, a thread is interrupted anywhere.
//
// Two take turns at one desk. In each step they put their mark on it, work for a while, and
// find the step interrupted if the mark is no longer theirs. The coroutines hand over after
// each step, and never in the middle of one: that's cooperative. The threads hand over
// nowhere: the system stops them where it likes, or runs both at once. That's pre-emptive.
//
// Run it in real time. In virtual time the library takes the system's place, and threads,
// too, hand over only where they wait: here nowhere, so the first is done before the second
// begins, and nobody is interrupted.
//
//   run    cmake --build --preset dev -t run-scheduling
//   debug  cmake --build --preset dev -t debug-scheduling
//   try    the coroutines without their co_await sleep: how many turns do they take now?

#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include <demos/support/print.hpp>

using asyncio::awaitable;
using namespace std::chrono_literals;

constexpr int steps_of_each = 2000;

/// Each use of it is safe on any thread. A step is more than one use.
using desk = std::atomic<char>;

struct tally {
  int turns = 0; // steps that followed one of the other's
  int interrupted = 0;
};

void do_step(desk& shared, char mark, tally& seen) {
  if (shared.exchange(mark) != mark) {
    ++seen.turns;
  }
  for (int i = 0; i < 2000; ++i) { // stands in for work on what is shared
    if (shared.load(std::memory_order_relaxed) != mark) {
      ++seen.interrupted; // stop here: on which thread are we, and where is the other one?
      return;
    }
  }
}

awaitable<tally> work_cooperatively(desk& shared, char mark) {
  tally seen;
  for (int i = 0; i < steps_of_each; ++i) {
    do_step(shared, mark, seen);
    co_await asyncio::sleep(0s); // the other one's turn
  }
  co_return seen;
}

tally work_preemptively(desk& shared, char mark) {
  tally seen;
  for (int i = 0; i < steps_of_each; ++i) {
    do_step(shared, mark, seen);
  }
  return seen;
}

void print_sum(const std::string& whose, const tally& a, const tally& b) {
  demos::print(whose, ": ", 2 * steps_of_each, " steps in ", a.turns + b.turns, " turns, ",
               a.interrupted + b.interrupted, " steps interrupted");
}

awaitable<void> async_main() {
  desk shared{' '};
  auto [a, b] = co_await asyncio::gather(work_cooperatively(shared, 'a'), work_cooperatively(shared, 'b'));
  print_sum("two coroutines", a, b);

  asyncio::thread_pool_executor pool(2);
  auto [c, d] =
      co_await asyncio::gather(asyncio::run_in_executor(pool, work_preemptively, std::ref(shared), 'c'),
                               asyncio::run_in_executor(pool, work_preemptively, std::ref(shared), 'd'));
  print_sum("two threads", c, d);
}

int main() {
  return asyncio::run_main(async_main());
}

// | two coroutines: 4000 steps in 4000 turns, 0 steps interrupted
// | two threads: 4000 steps in 2 turns, 0 steps interrupted
