// Virtual time gives the same run each time, or the one that a seed draws, however much there is.

#include <asyncio/awaitable.hpp>
#include <asyncio/blocking.hpp>
#include <asyncio/blocking_lock.hpp>
#include <asyncio/blocking_queue.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/seed.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread.hpp>
#include <asyncio/thread_pool_executor.hpp>
#include <support/async_test.hpp>
#include <support/virtual_loop.hpp>
#include <support/virtual_threads.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(virtual_time_repeat_test)

// ---------------------------------------------------------------- seeds

namespace {

names order_of_threads(std::optional<std::uint64_t> seed) {
  const virtual_threads scope(seed);
  story seen;
  std::vector<asyncio::thread> threads;
  for (const std::string name : {"a", "b", "c", "d", "e", "f"}) {
    threads.emplace_back(name, [&seen, name] {
      asyncio::blocking_sleep(1s);
      seen.tell(name);
    });
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  return seen.lines();
}

awaitable<names> order_of_coroutines() {
  story seen;
  std::vector<awaitable<void>> all;
  for (const std::string name : {"a", "b", "c", "d", "e", "f"}) {
    all.push_back(sleep_and_tell_async(1s, name, seen));
  }
  co_await asyncio::gather(std::move(all));
  co_return seen.lines();
}

} // namespace

BOOST_AUTO_TEST_CASE(the_same_seed_gives_threads_the_same_order_and_different_seeds_different_ones) {
  std::set<names> orders;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const names first = order_of_threads(seed);
    BOOST_TEST(first == order_of_threads(seed), per_element());
    orders.insert(first);
  }
  BOOST_TEST(orders.size() > 5U);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_coroutines_the_same_order_and_different_seeds_different_ones) {
  std::set<names> orders;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const names first = asyncio::run(order_of_coroutines(), in_virtual_time().seed(seed));
    const names second = asyncio::run(order_of_coroutines(), in_virtual_time().seed(seed));
    BOOST_TEST(first == second, per_element());
    orders.insert(first);
  }
  BOOST_TEST(orders.size() > 5U);
}

BOOST_AUTO_TEST_CASE(without_a_seed_the_order_is_first_come_first_served) {
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(order_of_threads(std::nullopt) == (names{"a", "b", "c", "d", "e", "f"}), per_element());
  }
}

BOOST_AUTO_TEST_CASE(programs_can_ask_which_seed_is_in_force) {
  const virtual_threads scope(7);
  BOOST_TEST(asyncio::current_seed().value() == 7U);
}

// ---------------------------------------------------------------- many

BOOST_AUTO_TEST_CASE(two_hundred_threads_sleep_and_lock_and_lose_nothing) {
  const virtual_threads scope;
  constexpr int threads_count = 200;
  constexpr int rounds = 50;
  asyncio::blocking_lock counting("counter");
  int counter = 0;
  const auto work = [&](int number) {
    for (int i = 0; i < rounds; ++i) {
      asyncio::blocking_sleep(std::chrono::milliseconds(1 + (number + i) % 7));
      const std::lock_guard held(counting);
      const int read = counter;
      if (i % 10 == 0) {
        asyncio::blocking_sleep(1us);
      }
      counter = read + 1;
    }
  };
  std::vector<asyncio::thread> threads;
  for (int i = 0; i < threads_count; ++i) {
    threads.emplace_back("worker", work, i);
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  BOOST_TEST(counter == threads_count * rounds);
}

ASYNC_TEST_CASE(ten_thousand_short_jobs_take_exactly_their_time) {
  constexpr int jobs = 10'000;
  constexpr int workers = 10;
  int sum = 0; // one worker at a time
  {
    asyncio::thread_pool_executor pool(workers);
    for (int i = 0; i < jobs; ++i) {
      pool.submit([&sum] {
        asyncio::blocking_sleep(1ms);
        ++sum;
      });
    }
  }
  BOOST_TEST(sum == jobs);
  BOOST_TEST(seconds_now() == 1.0);
  co_return;
}

BOOST_AUTO_TEST_CASE(a_pool_inside_a_job_and_a_thread_started_by_a_job_take_part) {
  const virtual_threads scope;
  story seen;
  {
    asyncio::thread_pool_executor outer(2, "outer");
    outer.submit([&] {
      asyncio::thread_pool_executor inner(2, "inner");
      inner.submit(sleep_and_tell, 2s, std::string("inner job"), std::ref(seen));
    });
    outer.submit([&] { asyncio::thread started("started", [&] { sleep_and_tell(1s, "thread", seen); }); });
  }
  BOOST_TEST(seen.lines() == (names{"1 thread", "2 inner job"}), per_element());
  BOOST_TEST(seconds_now() == 2.0);
}

namespace {

// Everything at once: coroutines, jobs, threads with loops of their own, a queue, two locks.
class medley {
public:
  explicit medley(std::uint64_t shape) : random_(shape) {}

  awaitable<void> run() {
    asyncio::thread_pool_executor pool(3, "pool");
    std::vector<asyncio::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back("thread", [this, i] { on_thread(i); });
    }
    std::vector<asyncio::task<void>> tasks;
    for (int i = 0; i < 6; ++i) {
      tasks.push_back(asyncio::create_task(in_coroutine(i, pool)));
    }
    for (const auto& each : tasks) {
      co_await each;
    }
    queue_.shutdown();
  }

  [[nodiscard]] names lines() const { return seen_.lines(); }

private:
  std::chrono::milliseconds some_time() { return std::chrono::milliseconds(random_() % 4); }

  void tell(const char* what, int who) {
    seen_.tell(std::string(what) + ' ' + std::to_string(who) + " at " + std::to_string(seconds_now()));
  }

  void on_thread(int who) {
    for (int i = 0; i < 5; ++i) {
      asyncio::blocking_sleep(some_time());
      {
        const std::lock_guard held(lock_);
        asyncio::blocking_sleep(some_time());
        tell("thread", who);
      }
      if (random_() % 3 == 0) {
        asyncio::loop own;
        own.run_until_complete(nap(who));
      }
      if (random_() % 4 == 0) {
        asyncio::thread child("child", [this, who] { job(who + 100); });
      }
    }
    try {
      for (;;) {
        tell("thread got", queue_.get());
      }
    } catch (const asyncio::queue_shut_down&) {
      tell("thread ends", who);
    }
  }

  awaitable<void> nap(int who) {
    co_await asyncio::sleep(some_time());
    tell("nap", who);
  }

  void job(int who) {
    asyncio::blocking_sleep(some_time());
    const bool had = lock_.try_lock_for(some_time());
    asyncio::blocking_sleep(some_time());
    if (had) {
      lock_.unlock();
    }
    queue_.put(who);
    tell(had ? "job had the lock" : "job", who);
  }

  awaitable<void> in_coroutine(int who, asyncio::thread_pool_executor& pool) {
    for (int i = 0; i < 5; ++i) {
      co_await asyncio::sleep(some_time());
      auto working = asyncio::run_in_executor(pool, [this, who] { job(who); });
      if (random_() % 4 == 0) {
        working.cancel();
      }
      try {
        co_await working;
        tell("coroutine", who);
      } catch (const asyncio::cancelled_error&) {
        tell("cancelled", who);
      }
      auto held = co_await async_lock_.hold();
      co_await asyncio::sleep(some_time());
    }
  }

  std::mt19937_64 random_; // in the order of the turns
  asyncio::blocking_queue<int> queue_;
  asyncio::blocking_lock lock_;
  asyncio::lock async_lock_;
  story seen_;
};

names lines_of_medley(std::uint64_t shape, const asyncio::run_options& options) {
  medley program(shape);
  asyncio::run(program.run(), options);
  return program.lines();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_program_of_everything_runs_the_same_way_each_time) {
  for (std::uint64_t shape = 1; shape <= 20; ++shape) {
    const names first = lines_of_medley(shape, in_virtual_time());
    BOOST_TEST(first == lines_of_medley(shape, in_virtual_time()), per_element());
    const names seeded = lines_of_medley(shape, in_virtual_time().seed(shape));
    BOOST_TEST(seeded == lines_of_medley(shape, in_virtual_time().seed(shape)), per_element());
    BOOST_TEST(first != seeded);
  }
}

BOOST_AUTO_TEST_CASE(runs_on_foreign_threads_share_the_clock_and_end) {
  for (int round = 0; round < 20; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([] {
        const auto nap = []() -> awaitable<void> {
          for (int n = 0; n < 10; ++n) {
            co_await asyncio::sleep(1s);
            co_await asyncio::to_thread([] { asyncio::blocking_sleep(1s); });
          }
        };
        asyncio::run(nap(), in_virtual_time());
      });
    }
    for (std::thread& each : threads) {
      each.join();
    }
  }
  BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(a_run_ends_with_jobs_that_nobody_waited_for) {
  const auto leave_jobs = []() -> awaitable<void> {
    for (int i = 0; i < 20; ++i) {
      asyncio::to_thread([] { asyncio::blocking_sleep(1s); });
    }
    co_return;
  };
  for (int i = 0; i < 20; ++i) {
    asyncio::run(leave_jobs(), in_virtual_time());
  }
  BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()
