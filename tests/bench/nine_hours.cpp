// Nine hours of a program that sleeps a second at a time, 32,400 sleeps, in virtual time: what
// the clock's jumps cost. Prints milliseconds: a coroutine alone, one beside a thread that does
// the same (the turn goes to and fro), and the coroutine with a seed.
//
//   nine_hours [rounds]      the best of 5 rounds by default

#include <asyncio/blocking.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/thread.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <iostream>

using namespace std::chrono_literals;

namespace {

constexpr int sleeps = 9 * 60 * 60;

asyncio::awaitable<void> sleep_for_nine_hours() {
  for (int i = 0; i < sleeps; ++i) {
    co_await asyncio::sleep(1s);
  }
}

asyncio::awaitable<void> sleep_beside_a_thread() {
  asyncio::thread beside("beside", [] {
    for (int i = 0; i < sleeps; ++i) {
      asyncio::blocking_sleep(1s);
    }
  });
  co_await sleep_for_nine_hours();
}

template <class F>
double best_milliseconds(int rounds, F&& program) {
  double best = 1e300;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    program();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

int measure(int rounds) {
  const auto options = asyncio::run_options().virtual_time();
  std::cout << std::fixed << std::setprecision(1);
  const auto tell = [&](const char* what, auto program) {
    std::cout << what << best_milliseconds(rounds, program) << " ms\n";
  };
  tell("a coroutine               ", [&] { asyncio::run(sleep_for_nine_hours(), options); });
  tell("a coroutine, with a seed  ",
       [&] { asyncio::run(sleep_for_nine_hours(), asyncio::run_options(options).seed(7)); });
  tell("beside a thread           ", [&] { asyncio::run(sleep_beside_a_thread(), options); });
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return measure(argc > 1 ? std::max(1, std::atoi(argv[1])) : 5);
  } catch (const asyncio::interrupt_error&) {
    return 130;
  }
}
