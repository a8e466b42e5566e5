// What stepping_test.py steps through: `stepping SCENARIO`.

#include <asyncio/asyncio.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::sleep;
using namespace std::chrono_literals;

namespace {

awaitable<int> doubled(int n) {
  co_await sleep(1s);       // @doubled
  const int result = 2 * n; // @doubled.result
  co_return result;         // @doubled.return
}

awaitable<int> at_once(int n) {
  co_return n; // @at_once
}

// clang-format off: of one line only
awaitable<int> passed_on(int n) { co_return co_await doubled(n); }
// clang-format on

awaitable<std::string> refused() {
  const std::string reason = "no server"; // @refused
  co_await sleep(1s);
  throw std::runtime_error(reason); // @refused.throw
}

// Coroutines within coroutines, those that are ready at once, and one in a line of its own.
awaitable<void> nested() {
  int sum = co_await doubled(20);        // @nested
  sum += co_await at_once(2);            // @nested.at_once
  sum += co_await passed_on(1);          // @nested.passed_on
  sum += co_await asyncio::sleep(0s, 1); // @nested.sleep
  std::cout << sum << '\n';              // @nested.print
}

// What is awaited throws; so does what is called.
awaitable<void> refused_twice() {
  std::string said = "nothing"; // @refused_twice
  try {
    said = co_await refused(); // @refused_twice.await
    said = "never";            // @refused_twice.never
  } catch (const std::runtime_error& error) {
    said = error.what(); // @refused_twice.caught
  }
  try {
    said = std::vector<std::string>().at(1); // @refused_twice.call
  } catch (const std::out_of_range&) {
    said = "out of range"; // @refused_twice.caught_again
  }
  said = co_await refused(); // @refused_twice.uncaught
}

awaitable<void> refusing() {
  try {
    co_await refused_twice(); // @refusing
  } catch (const std::runtime_error&) {
    std::cout << "refused\n"; // @refusing.caught
  }
}

// A task that is cancelled while it waits.
awaitable<void> cancelled() {
  int steps = 0; // @cancelled
  try {
    co_await sleep(1h); // @cancelled.await
  } catch (const asyncio::cancelled_error&) {
    ++steps; // @cancelled.caught
  }
  steps += 2;         // @cancelled.after
  co_await sleep(1h); // @cancelled.again
  steps += 4;         // @cancelled.never
}

awaitable<void> cancelling() {
  auto task = asyncio::create_task(cancelled(), "patient");
  co_await sleep(1s);
  task.cancel();
  co_await sleep(1s);
  task.cancel();
  co_await sleep(1s); // @cancelling.end
}

// Many run these lines at the same time; `name` tells them apart.
awaitable<void> counted(std::string name, int rounds, int& count) {
  for (int i = 0; i < rounds; ++i) {
    const int before = count; // @counted
    co_await sleep(0s);       // @counted.await
    count = before + 1;       // @counted.after
  }
  std::cout << name; // @counted.end
}

awaitable<void> three_tasks(std::string name, int rounds) {
  std::map<std::string, int> counts;
  auto first = asyncio::create_task(counted(name + ".1", rounds, counts["1"]), name + ".1");
  auto second = asyncio::create_task(counted(name + ".2", rounds, counts["2"]), name + ".2");
  co_await counted(name + ".3", rounds, counts["3"]);
  co_await first;
  co_await second;
}

void three_threads() {
  std::vector<std::thread> threads;
  for (const char* name : {"a", "b", "c"}) {
    threads.emplace_back([name] { asyncio::run(three_tasks(name, 1'000'000)); });
  }
  for (auto& each : threads) {
    each.join();
  }
}

// Ten thousand are resumed before the last one is.
awaitable<void> sleeper(int n) {
  co_await sleep(std::chrono::milliseconds(n)); // @sleeper
  co_await sleep(0s);                           // @sleeper.after
}

awaitable<void> ten_thousand() {
  std::vector<awaitable<void>> sleepers;
  for (int n = 1; n <= 10'000; ++n) {
    sleepers.push_back(sleeper(n));
  }
  auto last = asyncio::create_task(sleeper(10'001), "last");
  co_await asyncio::gather(std::move(sleepers));
  co_await last;
}

// Coroutines of the library lie between a coroutine and the one that it gives.
awaitable<void> grouped() {
  int sum = 0;                                                                           // @grouped
  co_await asyncio::with_task_group([&](asyncio::task_group& group) -> awaitable<void> { // @grouped.await
    group.create_task(doubled(1), "child");                                              // @grouped.body
    sum += co_await at_once(1);                                                          // @grouped.at_once
  });
  sum += co_await asyncio::wait_for(doubled(2), 10s);                           // @grouped.wait_for
  auto eager = asyncio::create_task(doubled(3), "eager", asyncio::eager_start); // @grouped.eager
  sum += co_await eager;                                                        // @grouped.join
  const auto [a, b] = co_await asyncio::gather(doubled(4), doubled(5));         // @grouped.gather
  sum += a + b;                                                                 // @grouped.sum
}

int recursive(int depth) {
  return depth == 0 ? 0 : 1 + recursive(depth - 1); // @recursive
}

// A coroutine that awaits itself, and a function that it calls.
awaitable<int> countdown(int from) {
  const int deep = recursive(from); // @countdown
  if (deep == 0) {
    co_return 0; // @countdown.bottom
  }
  const int rest = co_await countdown(from - 1); // @countdown.await
  co_return rest + 1;                            // @countdown.return
}

// Runs within a step of itself, in another task.
awaitable<void> eager(int depth) {
  if (depth > 0) {
    auto inner = asyncio::create_task(eager(depth - 1), "inner", asyncio::eager_start); // @eager
    co_await inner;                                                                     // @eager.join
  }
  co_await sleep(1s); // @eager.sleep
}

awaitable<void> outer() {
  co_await eager(2);
}

awaitable<void> deadlocked() {
  asyncio::future<int> never; // @deadlocked
  int got = 0;
  try {
    got = co_await never; // @deadlocked.await
  } catch (const asyncio::deadlock_error&) {
    got = -1; // @deadlocked.caught
  }
  std::cout << got << '\n';
}

// Its main task ends before it does.
awaitable<void> abandoned() {
  for (;;) {
    co_await sleep(1s); // @abandoned
  }
}

awaitable<void> abandoning() {
  auto task = asyncio::create_task(abandoned(), "abandoned");
  co_await sleep(3500ms);
}

awaitable<void> signalled() {
  co_await sleep(1s); // @signalled
  std::raise(SIGUSR2);
  co_await sleep(1s); // @signalled.after
}

awaitable<void> left_at_once() {
  std::cout << "leaving\n" << std::flush; // @left_at_once
  co_await sleep(1s);
  std::_Exit(3);
}

int run(const std::string& scenario) {
  const std::map<std::string, awaitable<void> (*)()> scenarios{
      {"nested", nested},         {"eager", outer},
      {"refusing", refusing},     {"cancelling", cancelling},
      {"grouped", grouped},       {"ten_thousand", ten_thousand},
      {"deadlocked", deadlocked}, {"abandoned", abandoning},
      {"signalled", signalled},   {"left_at_once", left_at_once}};
  if (scenario == "three_threads") {
    three_threads();
    return 0;
  }
  if (scenario == "countdown") {
    return asyncio::run(countdown(3));
  }
  return asyncio::run_main(scenarios.at(scenario)());
}

} // namespace

int main(int argc, char** argv) {
  return argc == 2 ? run(argv[1]) : 2;
}
