// What it costs to record where tasks wait: this program is built twice, with the recording
// (recording_on) and without (recording_off), and recording_cost.sh runs the two in turn. Prints
// nanoseconds, the best of its rounds: to spawn and join a task, to await a coroutine that
// returns at once, and to await one ten deep, for each of the ten.

#include <asyncio/run.hpp>
#include <asyncio/task.hpp>

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <vector>

namespace {

constexpr int rounds = 10;
constexpr int batches = 100;
constexpr int batch_size = 1000;
constexpr int depth = 10;

long sum = 0; // so that no work can be left out

asyncio::awaitable<int> at_once(int i) {
  co_return i;
}

asyncio::awaitable<void> spawn_and_join() {
  std::vector<asyncio::task<int>> children;
  children.reserve(batch_size);
  for (int batch = 0; batch < batches; ++batch) {
    for (int i = 0; i < batch_size; ++i) {
      children.push_back(asyncio::create_task(at_once(i)));
    }
    for (asyncio::task<int>& child : children) {
      sum += co_await child;
    }
    children.clear();
  }
}

asyncio::awaitable<void> await_one() {
  for (int i = 0; i < batches * batch_size; ++i) {
    sum += co_await at_once(i);
  }
}

asyncio::awaitable<int> nested(int levels) {
  if (levels == 1) {
    co_return 1;
  }
  co_return 1 + co_await nested(levels - 1);
}

asyncio::awaitable<void> await_nested() {
  for (int i = 0; i < batches * batch_size / depth; ++i) {
    sum += co_await nested(depth);
  }
}

// Each kind makes as many: 100,000.
template <class F>
double best_nanoseconds(F program) {
  double best = 1e300;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    asyncio::run(program());
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count() / (double{batches} * batch_size));
  }
  return best;
}

} // namespace

int main() {
  const double spawned = best_nanoseconds(&spawn_and_join);
  const double one = best_nanoseconds(&await_one);
  const double deep = best_nanoseconds(&await_nested);
  std::cout << std::fixed << std::setprecision(2) << spawned << ' ' << one << ' ' << deep << '\n';
  return sum == 0 ? 1 : 0;
}
