// When the virtual clock moves, and who runs meanwhile.

#include <asyncio/awaitable.hpp>
#include <asyncio/blocking.hpp>
#include <asyncio/blocking_queue.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/virtual_time.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread.hpp>
#include <asyncio/thread_pool_executor.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>
#include <support/virtual_threads.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;

namespace {

struct chore {
  chore(std::string name_, std::chrono::seconds time_) : name(std::move(name_)), time(time_) {}
  std::string name;
  std::chrono::seconds time;
};

std::vector<chore> all_chores() {
  return {chore("breakfast", 2s), chore("clothes", 5s), chore("house", 3s), chore("trash", 1s)};
}

double time_for_chores(int workers) {
  const virtual_threads scope;
  asyncio::blocking_queue<chore> chores;
  for (const chore& each : all_chores()) {
    chores.put(each);
  }
  const auto work = [&] {
    try {
      for (;;) {
        asyncio::blocking_sleep(chores.get_nowait().time);
      }
    } catch (const asyncio::queue_empty&) { // done
    }
  };
  std::vector<asyncio::thread> threads;
  for (int i = 0; i < workers; ++i) {
    threads.emplace_back("worker", work);
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  return seconds_now();
}

} // namespace

BOOST_AUTO_TEST_SUITE(virtual_time_test)

// ---------------------------------------------------------------- when the clock moves

BOOST_AUTO_TEST_CASE(eleven_seconds_of_chores_take_one_two_and_three_workers_11_6_and_5) {
  BOOST_TEST(time_for_chores(1) == 11.0);
  BOOST_TEST(time_for_chores(2) == 6.0);
  BOOST_TEST(time_for_chores(3) == 5.0);
  BOOST_TEST(time_for_chores(4) == 5.0);
}

BOOST_AUTO_TEST_CASE(time_stands_still_while_a_thread_runs) {
  const virtual_threads scope;
  story seen;
  asyncio::thread sleeper("sleeper", [&] { sleep_and_tell(1s, "sleeper", seen); });
  asyncio::thread worker("worker", [&] {
    for (int i = 0; i < 1000; ++i) {
      asyncio::blocking_sleep(0s); // gives the turn away, is never blocked for good
    }
    seen.tell(at_now("worker"));
  });
  worker.join();
  sleeper.join();
  BOOST_TEST(seen.lines() == (names{"0 worker", "1 sleeper"}), per_element());
}

ASYNC_TEST_CASE(time_stands_still_while_a_coroutine_has_something_to_do) {
  story seen;
  asyncio::thread sleeper("sleeper", [&] { sleep_and_tell(1s, "sleeper", seen); });
  for (int i = 0; i < 1000; ++i) {
    co_await asyncio::sleep(0s);
  }
  seen.tell(at_now("coroutine"));
  co_await asyncio::sleep(2s);
  BOOST_TEST(seen.lines() == (names{"0 coroutine", "1 sleeper"}), per_element());
}

ASYNC_TEST_CASE(threads_and_coroutines_sleep_side_by_side) {
  story seen;
  asyncio::thread one("one", [&] {
    sleep_and_tell(1s, "thread", seen);
    sleep_and_tell(2s, "thread", seen);
  });
  co_await asyncio::gather(sleep_and_tell_async(2s, "coroutine", seen),
                           sleep_and_tell_async(4s, "coroutine", seen));
  BOOST_TEST(seen.lines() == (names{"1 thread", "2 coroutine", "3 thread", "4 coroutine"}), per_element());
}

ASYNC_TEST_CASE(a_blocking_call_in_a_coroutine_holds_up_its_loop_and_nobody_else) {
  story seen;
  asyncio::thread other("other", [&] { sleep_and_tell(1s, "thread", seen); });
  auto held_up = asyncio::create_task(sleep_and_tell_async(1s, "held up", seen));
  co_await asyncio::sleep(0s); // it sleeps now
  asyncio::blocking_sleep(5s);
  seen.tell(at_now("blocked"));
  co_await held_up;
  BOOST_TEST(seen.lines() == (names{"1 thread", "5 blocked", "5 held up"}), per_element());
}

ASYNC_TEST_CASE(a_job_that_ends_does_not_shorten_a_blocking_sleep_of_the_loop) {
  asyncio::thread_pool_executor pool(1);
  auto job = asyncio::run_in_executor(pool, [] { asyncio::blocking_sleep(1s); });
  asyncio::blocking_sleep(5s); // meanwhile the job leaves word for the loop
  BOOST_TEST(seconds_now() == 5.0);
  co_await job;
  BOOST_TEST(seconds_now() == 5.0);
}

// ---------------------------------------------------------------- who runs

BOOST_AUTO_TEST_CASE(one_thread_runs_at_a_time) {
  const virtual_threads scope;
  int running = 0; // not atomic: the turn is handed over in order
  int most = 0;
  const auto work = [&] {
    for (int i = 0; i < 20; ++i) {
      ++running;
      most = std::max(most, running);
      std::this_thread::yield();
      --running;
      asyncio::blocking_sleep(1ms);
    }
  };
  std::vector<asyncio::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back("worker", work);
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_CASE(a_new_thread_waits_until_the_one_who_started_it_blocks) {
  const virtual_threads scope;
  story seen;
  asyncio::thread first("first", [&] { seen.tell("first"); });
  asyncio::thread second("second", [&] { seen.tell("second"); });
  seen.tell("main");
  second.join();
  seen.tell("joined");
  first.join();
  BOOST_TEST(seen.lines() == (names{"main", "first", "second", "joined"}), per_element());
}

BOOST_AUTO_TEST_CASE(threads_take_turns_first_come_first_served) {
  const virtual_threads scope;
  story seen;
  std::vector<asyncio::thread> threads;
  for (const std::string name : {"a", "b", "c"}) {
    threads.emplace_back(name, [&seen, name] {
      for (int i = 0; i < 2; ++i) {
        seen.tell(name);
        asyncio::blocking_sleep(0s);
      }
    });
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  BOOST_TEST(seen.lines() == (names{"a", "b", "c", "a", "b", "c"}), per_element());
}

// ---------------------------------------------------------------- equal deadlines

BOOST_AUTO_TEST_CASE(equal_deadlines_of_threads_come_in_the_order_in_which_they_were_set) {
  const virtual_threads scope;
  story seen;
  asyncio::thread late("set later", [&] {
    asyncio::blocking_sleep(1s);
    sleep_and_tell(1s, "set later", seen);
  });
  asyncio::thread early("set first", [&] { sleep_and_tell(2s, "set first", seen); });
  asyncio::thread third("set second", [&] { sleep_and_tell(2s, "set second", seen); });
  late.join();
  BOOST_TEST(seen.lines() == (names{"2 set first", "2 set second", "2 set later"}), per_element());
}

BOOST_AUTO_TEST_CASE(what_was_set_later_for_the_same_instant_comes_when_nothing_is_ready_again) {
  const virtual_threads scope;
  story seen;
  asyncio::thread later("later", [&] {
    asyncio::blocking_sleep(1s);
    sleep_and_tell(1s, "set later", seen);
  });
  asyncio::thread first("first", [&] {
    asyncio::blocking_sleep(2s);
    asyncio::blocking_sleep(0s); // whoever is ready goes first
    seen.tell("after whoever was ready");
  });
  later.join();
  first.join();
  BOOST_TEST(seen.lines() == (names{"after whoever was ready", "2 set later"}), per_element());
}

ASYNC_TEST_CASE(equal_deadlines_of_a_thread_and_a_coroutine_come_in_the_order_in_which_they_were_set) {
  story seen;
  asyncio::thread first("thread", [&] {
    sleep_and_tell(1s, "thread", seen);
    sleep_and_tell(2s, "thread", seen);
  });
  asyncio::blocking_sleep(0s); // now it sleeps
  co_await sleep_and_tell_async(1s, "coroutine", seen);
  co_await sleep_and_tell_async(2s, "coroutine", seen);
  BOOST_TEST(seen.lines() == (names{"1 thread", "1 coroutine", "3 thread", "3 coroutine"}), per_element());
}

ASYNC_TEST_CASE(eight_short_sleeps_meet_a_long_one_as_in_python) {
  story seen;
  const auto count = [](story& told) -> awaitable<void> {
    for (int i = 0; i < 8; ++i) {
      co_await asyncio::sleep(250ms);
    }
    told.tell("eight short ones");
  };
  co_await asyncio::gather(sleep_and_tell_async(2s, "long one", seen), count(seen));
  BOOST_TEST(seen.lines() == (names{"2 long one", "eight short ones"}), per_element());
}

// ---------------------------------------------------------------- pool jobs and the loop

ASYNC_TEST_CASE(jobs_on_two_workers_take_their_time_beside_a_sleeping_coroutine) {
  story seen;
  asyncio::thread_pool_executor pool(2, "pool");
  std::vector<asyncio::future<void>> jobs;
  for (int i = 0; i < 4; ++i) {
    const std::string name = "job " + std::to_string(i);
    jobs.push_back(asyncio::run_in_executor(pool, sleep_and_tell, 2s, name, std::ref(seen)));
  }
  co_await asyncio::gather(sleep_and_tell_async(1s, "coroutine", seen),
                           sleep_and_tell_async(3s, "coroutine", seen), asyncio::gather(jobs));
  BOOST_TEST(seen.lines() ==
                 (names{"1 coroutine", "2 job 0", "2 job 1", "3 coroutine", "4 job 2", "4 job 3"}),
             per_element());
}

ASYNC_TEST_CASE(a_job_that_throws_fails_its_future_at_the_exact_time) {
  asyncio::thread_pool_executor pool(1);
  const auto fail = [] {
    asyncio::blocking_sleep(3s);
    throw std::runtime_error("no luck");
  };
  auto failing = asyncio::run_in_executor(pool, fail);
  co_await end_of(failing);
  BOOST_TEST(ending_of(failing) == "std::runtime_error: no luck");
  BOOST_TEST(seconds_now() == 3.0);
}

ASYNC_TEST_CASE(a_cancelled_wait_for_a_job_ends_at_once_and_the_job_goes_on) {
  story seen;
  {
    asyncio::thread_pool_executor pool(1);
    auto job = asyncio::run_in_executor(pool, sleep_and_tell, 5s, std::string("job"), std::ref(seen));
    co_await asyncio::sleep(1s);
    job.cancel();
    bool cancelled = false;
    try {
      co_await job;
    } catch (const asyncio::cancelled_error&) {
      cancelled = true;
    }
    BOOST_TEST(cancelled);
    BOOST_TEST(seconds_now() == 1.0);
  } // the pool waits for it
  BOOST_TEST(seen.lines() == names{"5 job"}, per_element());
}

ASYNC_TEST_CASE(the_end_of_a_pool_in_a_coroutine_takes_as_long_as_its_jobs) {
  std::vector<asyncio::future<int>> results;
  {
    asyncio::thread_pool_executor pool(4);
    for (int i = 0; i < 20; ++i) {
      results.push_back(asyncio::run_in_executor(pool, [i] {
        asyncio::blocking_sleep(1s);
        return i;
      }));
    }
  }
  BOOST_TEST(seconds_now() == 5.0);
  const std::vector<int> all = co_await asyncio::gather(results);
  BOOST_TEST(all.size() == 20U);
  BOOST_TEST(all.back() == 19);
  BOOST_TEST(seconds_now() == 5.0);
}

BOOST_AUTO_TEST_CASE(a_pool_serves_one_run_after_the_other) {
  asyncio::thread_pool_executor pool(2);
  const auto use = [](asyncio::thread_pool_executor& of) -> awaitable<double> {
    co_await asyncio::run_in_executor(of, [] { asyncio::blocking_sleep(2s); });
    co_return seconds_now();
  };
  BOOST_TEST(asyncio::run(use(pool), in_virtual_time()) == 2.0);
  BOOST_TEST(asyncio::run(use(pool), in_virtual_time()) == 2.0);
}

BOOST_AUTO_TEST_CASE(a_pool_that_has_worked_in_real_time_works_in_virtual_time_too) {
  asyncio::thread_pool_executor pool(2);
  pool.submit([] {}).result();
  const auto use = [](asyncio::thread_pool_executor& of) -> awaitable<double> {
    co_await asyncio::run_in_executor(of, [] { asyncio::blocking_sleep(2s); });
    co_return seconds_now();
  };
  BOOST_TEST(asyncio::run(use(pool), in_virtual_time()) == 2.0);
  pool.submit([] {}).result();
}

// ---------------------------------------------------------------- blocking_region

ASYNC_TEST_CASE(time_passes_for_the_others_while_a_thread_is_in_a_blocking_region) {
  std::promise<void> go;
  asyncio::thread away("away", [&] { asyncio::blocking_region([&] { go.get_future().wait(); }); });
  co_await asyncio::sleep(1h);
  BOOST_TEST(seconds_now() == 3600.0);
  go.set_value();
  away.join();
}

BOOST_AUTO_TEST_CASE(a_blocking_region_gives_what_its_function_gives_and_throws_what_it_throws) {
  const virtual_threads scope;
  int number = 5;
  BOOST_TEST(asyncio::blocking_region([](int n) { return n + 1; }, number) == 6);
  int& same = asyncio::blocking_region([&]() -> int& { return number; });
  BOOST_TEST(&same == &number);
  BOOST_CHECK_THROW(asyncio::blocking_region([] { throw std::runtime_error("no"); }), std::runtime_error);
  asyncio::blocking_sleep(1s); // it takes part again
  BOOST_TEST(seconds_now() == 1.0);
}

// ---------------------------------------------------------------- beginning and end

BOOST_AUTO_TEST_CASE(each_run_begins_at_zero) {
  const auto nap = []() -> awaitable<double> {
    const double began = seconds_now();
    co_await asyncio::sleep(5s);
    co_return began;
  };
  BOOST_TEST(asyncio::run(nap(), in_virtual_time()) == 0.0);
  BOOST_TEST(asyncio::run(nap(), in_virtual_time()) == 0.0);
}

BOOST_AUTO_TEST_CASE(real_time_is_back_after_a_virtual_run) {
  if (asyncio::detail::clock_in_force().is_virtual) {
    return; // ASYNCIO_CLOCK says so
  }
  const auto real_before = asyncio::clock::now();
  asyncio::run(asyncio::awaitable<void>(asyncio::sleep(1h)), in_virtual_time());
  const auto took = asyncio::clock::now() - real_before;
  BOOST_TEST((took >= 0s));
  BOOST_TEST((took < 1h));
}

BOOST_AUTO_TEST_CASE(a_second_loop_with_another_setting_is_refused) {
  const virtual_threads scope;
  const auto nothing = []() -> awaitable<void> { co_return; };
  BOOST_CHECK_THROW(asyncio::run(nothing(), asyncio::run_options().virtual_time(false)),
                    asyncio::misuse_error);
  BOOST_CHECK_THROW(asyncio::run(nothing(), in_virtual_time().seed(5)), asyncio::misuse_error);
  asyncio::run(nothing(), in_virtual_time());
}

BOOST_AUTO_TEST_CASE(virtual_time_and_a_speed_exclude_each_other_and_the_last_word_counts) {
  BOOST_TEST(!in_virtual_time().speed(20).clock_wanted().is_virtual);
  BOOST_TEST(asyncio::run_options().speed(20).virtual_time().clock_wanted().speed == 1.0);
}

BOOST_AUTO_TEST_CASE(a_thread_that_outlives_virtual_time_goes_on_in_real_time) {
  asyncio::blocking_queue<int> queue;
  std::optional<asyncio::thread> outlives;
  std::atomic<int> got{0};
  {
    const virtual_threads scope;
    outlives.emplace("outlives", [&] {
      asyncio::blocking_sleep(1s);
      got = queue.get();
    });
    asyncio::blocking_sleep(2s); // it waits for the queue now
  }
  queue.put(7);
  outlives->join();
  BOOST_TEST(got == 7);
}

ASYNC_TEST_CASE(a_thread_that_could_not_be_started_leaves_nothing_behind) {
  auto& time = asyncio::detail::virtual_time::instance();
  asyncio::detail::participant never_started("never started");
  time.add(never_started);
  time.take_back(never_started);
  const auto start = asyncio::clock::now();
  co_await asyncio::sleep(1s);
  BOOST_TEST((asyncio::clock::now() - start == 1s));
}

ASYNC_TEST_CASE(a_thread_that_could_not_be_started_gives_its_turn_back) {
  auto& time = asyncio::detail::virtual_time::instance();
  asyncio::detail::participant never_started("never started");
  asyncio::blocking_region([&] { // so that nobody has the turn, and the newcomer gets it
    time.add(never_started);
    time.take_back(never_started);
  });
  const auto start = asyncio::clock::now();
  co_await asyncio::sleep(1s);
  BOOST_TEST((asyncio::clock::now() - start == 1s));
}

BOOST_AUTO_TEST_SUITE_END()
