// counter_race: ten workers add to one counter, and updates get lost.
//
// Each worker reads the counter, waits a moment, and writes back what it read plus one. Who
// reads meanwhile reads the old value, and one of the two additions is lost: twenty additions
// should make 20, and don't. There is no undefined behaviour in it: each read and write is
// safe, only the pair of them isn't one step. With --fixed a lock makes it one.
//
// In virtual time the race can be replayed. Without a seed all wait equally long, run in
// lockstep, and the counter ends at 2. With one, the seed says how long each waits, and how
// long it is busy with something else before it reads: each seed loses its own number of
// updates, always the same.
//
//   run    cmake --build --preset dev -t run-counter_race
//   debug  cmake --build --preset dev -t debug-counter_race
//   try    ASYNCIO_CLOCK=virtual ASYNCIO_SEED=7 counter_race, and other seeds; then --fixed

#include <asyncio/blocking.hpp>
#include <asyncio/blocking_lock.hpp>
#include <asyncio/concurrent_future.hpp>
#include <asyncio/seed.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <random>
#include <vector>

#include <demos/support/arguments.hpp>
#include <demos/support/print.hpp>
#include <demos/support/thread_main.hpp>

using namespace std::chrono_literals;

constexpr int workers = 10;
constexpr int additions = 2; // of each worker

struct shared_counter {
  std::atomic<int> value{0};
  asyncio::blocking_lock lock{"counter"}; // used with --fixed only
  bool fixed = false;
};

struct pauses {
  std::chrono::microseconds before_read{0}; // busy with something else
  std::chrono::microseconds before_write{100};
};

void increment_counter(shared_counter& counter, const std::vector<pauses>& each_addition) {
  for (const pauses& pause : each_addition) {
    if (pause.before_read > 0us) {
      asyncio::blocking_sleep(pause.before_read);
    }
    std::unique_lock<asyncio::blocking_lock> held;
    if (counter.fixed) {
      held = std::unique_lock(counter.lock);
    }
    const int current = counter.value;
    asyncio::blocking_sleep(pause.before_write); // whoever reads now, reads the same
    counter.value = current + 1;                 // stop here: is it still what we read?
  }
}

/// What the seed says: 50 to 150 us between read and write, unless `delay` fixes it, and up
/// to 150 us before. Without a seed all are alike.
std::vector<pauses> draw_pauses(std::mt19937_64& random, int delay) {
  std::vector<pauses> drawn(additions);
  for (pauses& each : drawn) {
    if (asyncio::current_seed()) {
      each.before_read = std::chrono::microseconds(random() % 151);
      each.before_write = std::chrono::microseconds(50 + random() % 101);
    }
    if (delay > 0) {
      each.before_write = std::chrono::microseconds(delay);
    }
  }
  return drawn;
}

void race(bool fixed, int delay) {
  shared_counter counter;
  counter.fixed = fixed;
  std::mt19937_64 random(asyncio::current_seed().value_or(0));
  {
    asyncio::thread_pool_executor pool(workers);
    std::vector<asyncio::concurrent_future<void>> tasks;
    for (int i = 0; i < workers; ++i) {
      tasks.push_back(pool.submit(increment_counter, std::ref(counter), draw_pauses(random, delay)));
    }
    for (const auto& task : tasks) {
      task.result();
    }
  }
  demos::print(counter.value.load());
}

int main(int argc, char** argv) {
  demos::arguments arguments("counter_race", "Ten workers lose updates between read and write.");
  const bool& fixed = arguments.flag("fixed", "with a lock: always 20");
  const int& delay = arguments.option("delay", 0, 0, 1'000'000,
                                      "microseconds between read and write; 0: 100, or drawn from the seed");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return demos::thread_main([&] { race(fixed, delay); });
}

// | 2
