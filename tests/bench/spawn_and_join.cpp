// Spawn and join: a million tasks in batches of a thousand, here and in idiomatic Boost.Asio,
// turn by turn in one run, so that the ratio holds on a noisy machine. Prints nanoseconds a
// task, the ratio, and how the memory grew from the tenth batch to the last.
//
//   spawn_and_join [rounds]      1,000 batches each round; 5 rounds by default

#include <asyncio/errors.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/task.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace {

constexpr int batches = 1000;
constexpr int batch_size = 1000;

long sum = 0; // so that no work can be left out

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) {
      return std::strtol(line.c_str() + 6, nullptr, 10);
    }
  }
  return 0;
}

asyncio::awaitable<int> our_child(int i) {
  co_return i;
}

asyncio::awaitable<void> our_batches(long& growth_kib) {
  long after_ten = 0;
  std::vector<asyncio::task<int>> children;
  children.reserve(batch_size);
  for (int batch = 0; batch < batches; ++batch) {
    for (int i = 0; i < batch_size; ++i) {
      children.push_back(asyncio::create_task(our_child(i)));
    }
    for (asyncio::task<int>& child : children) {
      sum += co_await child;
    }
    children.clear();
    if (batch == 9) {
      after_ten = resident_kib();
    }
  }
  growth_kib = resident_kib() - after_ten;
}

asio::awaitable<int> asio_child(int i) {
  co_return i;
}

// The usual way to wait for several: count them down, with a timer as the event.
asio::awaitable<void> asio_batches() {
  const auto executor = co_await asio::this_coro::executor;
  for (int batch = 0; batch < batches; ++batch) {
    int left = batch_size;
    asio::steady_timer all_done(executor, asio::steady_timer::time_point::max());
    for (int i = 0; i < batch_size; ++i) {
      asio::co_spawn(executor, asio_child(i), [&](const std::exception_ptr&, int value) {
        sum += value;
        if (--left == 0) {
          all_done.cancel();
        }
      });
    }
    try {
      co_await all_done.async_wait(asio::use_awaitable);
    } catch (const boost::system::system_error&) { // cancelled: that's the event
    }
  }
}

template <class F>
double nanoseconds_a_task(F&& round) {
  const auto start = std::chrono::steady_clock::now();
  round();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  return took.count() / (double{batches} * batch_size);
}

double median(std::vector<double> figures) {
  std::sort(figures.begin(), figures.end());
  return figures[figures.size() / 2];
}

int measure(int rounds) {
  std::vector<double> ours;
  std::vector<double> plain;
  std::vector<double> ratios;
  long growth_kib = 0;
  for (int round = 0; round < rounds; ++round) {
    ours.push_back(nanoseconds_a_task([&] { asyncio::run(our_batches(growth_kib)); }));
    plain.push_back(nanoseconds_a_task([] {
      asio::io_context context;
      asio::co_spawn(context, asio_batches(), asio::detached);
      context.run();
    }));
    ratios.push_back(ours.back() / plain.back());
  }
  std::cout << std::fixed << std::setprecision(1) << "asyncio        " << median(ours) << " ns a task\n"
            << "Boost.Asio     " << median(plain) << " ns a task\n"
            << std::setprecision(2) << "ratio          " << median(ratios) << '\n'
            << "memory growth  " << growth_kib << " KiB from batch 10 to batch " << batches << '\n';
  return sum == 0 ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return measure(argc > 1 ? std::max(1, std::atoi(argv[1])) : 5);
  } catch (const asyncio::interrupt_error&) {
    return 130;
  }
}
