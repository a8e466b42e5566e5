#include <asyncio/blocking.hpp>
#include <asyncio/blocking_lock.hpp>
#include <asyncio/blocking_queue.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/virtual_time.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/seed.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread.hpp>
#include <asyncio/thread_pool_executor.hpp>
#include <support/async_test.hpp>
#include <support/virtual_threads.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>

using asyncio::awaitable;
using namespace std::chrono_literals;
using names = std::vector<std::string>;
using local_socket = boost::asio::local::stream_protocol::socket;
using boost::test_tools::per_element;

namespace {

asyncio::run_options in_virtual_time() {
  return asyncio::run_options().virtual_time();
}

std::string at_now(const std::string& what) {
  return std::to_string(static_cast<long>(seconds_now())) + ' ' + what;
}

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void sleep_and_tell(std::chrono::seconds delay, const std::string& name, story& seen) {
  asyncio::blocking_sleep(delay);
  seen.tell(at_now(name));
}

awaitable<void> sleep_and_tell_async(std::chrono::seconds delay, std::string name, story& seen) {
  co_await asyncio::sleep(delay);
  seen.tell(at_now(name));
}

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
  BOOST_CHECK_THROW(co_await failing, std::runtime_error);
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

// ---------------------------------------------------------------- calls from other threads

ASYNC_TEST_CASE(a_thread_calls_into_the_loop_at_its_own_time) {
  story seen;
  asyncio::loop& here = asyncio::get_running_loop();
  asyncio::future<int> answer;
  asyncio::thread caller("caller", [&] {
    asyncio::blocking_sleep(3s);
    here.call_soon_threadsafe([answer] { answer.set_result(42); });
    sleep_and_tell(1s, "caller", seen);
  });
  const int got = co_await answer;
  seen.tell(at_now("answer"));
  BOOST_TEST(got == 42);
  co_await asyncio::sleep(2s);
  BOOST_TEST(seen.lines() == (names{"3 answer", "4 caller"}), per_element());
}

ASYNC_TEST_CASE(a_thread_posts_to_the_loop_as_asio_does) {
  asyncio::future<> posted;
  const asyncio::executor to = asyncio::get_running_loop().get_executor();
  asyncio::thread caller("caller", [&] {
    asyncio::blocking_sleep(3s);
    boost::asio::post(to, [posted] { posted.set_result(); });
    asyncio::blocking_sleep(1s);
  });
  co_await posted;
  BOOST_TEST(seconds_now() == 3.0);
}

ASYNC_TEST_CASE(no_deadline_passes_while_a_guard_announces_a_foreign_thread) {
  asyncio::loop& here = asyncio::get_running_loop();
  asyncio::future<> called;
  auto guard = std::make_unique<asyncio::outside_guard>();
  std::promise<void> go;
  std::thread foreign([&] {
    go.get_future().wait();
    here.call_soon_threadsafe([&called] { called.set_result(); });
    guard.reset();
  });
  auto sleeping = asyncio::create_task(asyncio::sleep(1h));
  here.call_soon([&] { go.set_value(); });
  co_await called;
  BOOST_TEST(seconds_now() == 0.0);
  sleeping.cancel();
  foreign.join();
}

// The call and the end of the guard come at any moment of the loop's falling asleep.
BOOST_AUTO_TEST_CASE(a_guarded_call_is_never_overtaken_by_a_deadline) {
  const auto once = []() -> awaitable<double> {
    asyncio::loop& here = asyncio::get_running_loop();
    asyncio::future<> called;
    auto guard = std::make_unique<asyncio::outside_guard>();
    std::thread foreign([&] {
      here.call_soon_threadsafe([&called] { called.set_result(); });
      guard.reset();
    });
    auto sleeping = asyncio::create_task(asyncio::sleep(1h));
    co_await called;
    const double when = seconds_now();
    sleeping.cancel();
    foreign.join();
    co_return when;
  };
  for (int i = 0; i < 500; ++i) {
    BOOST_REQUIRE(asyncio::run(once(), in_virtual_time()) == 0.0);
  }
}

ASYNC_TEST_CASE(a_foreign_thread_may_sleep_in_virtual_time) {
  asyncio::blocking_region([] {
    std::thread foreign([] { asyncio::blocking_sleep(10s); });
    foreign.join();
  });
  BOOST_TEST(seconds_now() == 10.0);
  co_return;
}

BOOST_AUTO_TEST_CASE(a_foreign_thread_waits_for_what_a_known_one_gives) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> queue;
  std::vector<int> got;
  std::thread foreign([&] {
    for (int i = 0; i < 100; ++i) {
      got.push_back(queue.get());
    }
  });
  for (int i = 0; i < 100; ++i) {
    queue.put(i);
    asyncio::blocking_sleep(1ms);
  }
  asyncio::blocking_region([&] { foreign.join(); });
  BOOST_TEST(got.size() == 100U);
  BOOST_TEST(got.back() == 99);
}

BOOST_AUTO_TEST_CASE(a_foreign_thread_gives_jobs_to_a_pool) {
  const virtual_threads scope;
  std::atomic<int> done{0};
  {
    asyncio::thread_pool_executor pool(4);
    std::thread foreign([&] {
      for (int i = 0; i < 100; ++i) {
        pool.submit([&] {
          asyncio::blocking_sleep(1s);
          ++done;
        });
      }
    });
    for (int i = 0; i < 100; ++i) {
      pool.submit([&] { ++done; });
      asyncio::blocking_sleep(1ms);
    }
    asyncio::blocking_region([&] { foreign.join(); });
  }
  BOOST_TEST(done == 200);
}

// ---------------------------------------------------------------- several loops

BOOST_AUTO_TEST_CASE(several_loops_on_several_threads_share_the_clock) {
  const virtual_threads scope;
  story seen;
  std::vector<asyncio::thread> threads;
  for (int i = 1; i <= 3; ++i) {
    const std::string name = "loop " + std::to_string(i);
    threads.emplace_back(name, [&seen, name, i] {
      const auto twice = [](story& told, std::string who, int delay) -> awaitable<void> {
        co_await asyncio::sleep(std::chrono::seconds(delay));
        told.tell(at_now(who));
        co_await asyncio::sleep(std::chrono::seconds(10));
        told.tell(at_now(who));
      };
      asyncio::loop own;
      own.run_until_complete(twice(seen, name, i));
    });
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  BOOST_TEST(seen.lines() ==
                 (names{"1 loop 1", "2 loop 2", "3 loop 3", "11 loop 1", "12 loop 2", "13 loop 3"}),
             per_element());
}

BOOST_AUTO_TEST_CASE(run_works_on_a_thread_while_main_joins_it) {
  const virtual_threads scope;
  double ended = 0;
  asyncio::thread runs("runs", [&] {
    const auto nap = []() -> awaitable<double> {
      co_await asyncio::sleep(7s);
      co_return seconds_now();
    };
    ended = asyncio::run(nap(), in_virtual_time());
  });
  runs.join();
  BOOST_TEST(ended == 7.0);
}

BOOST_AUTO_TEST_CASE(two_loops_answer_each_other) {
  const virtual_threads scope;
  std::vector<int> got;
  asyncio::loop one;
  asyncio::loop other;
  std::function<void(int)> to_one;
  std::function<void(int)> to_other;
  to_one = [&](int n) {
    got.push_back(n);
    one.call_later(1s, [&, n] { other.call_soon_threadsafe([&, n] { to_other(n + 1); }); });
    if (n >= 10) {
      one.stop();
    }
  };
  to_other = [&](int n) {
    other.call_later(1s, [&, n] { one.call_soon_threadsafe([&, n] { to_one(n + 1); }); });
    if (n >= 11) {
      other.stop();
    }
  };
  asyncio::thread runs_other("other", [&] { other.run_forever(); });
  one.call_soon([&] { to_one(0); });
  one.run_forever();
  other.call_soon_threadsafe([&] { other.stop(); });
  runs_other.join();
  BOOST_TEST(got == (std::vector<int>{0, 2, 4, 6, 8, 10}), per_element());
  BOOST_TEST(seconds_now() == 10.0);
}

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

// ---------------------------------------------------------------- real input and output

namespace {

awaitable<std::string> read_some(local_socket& from) {
  char buffer[16];
  const std::size_t n = co_await from.async_read_some(boost::asio::buffer(buffer), asyncio::use_awaitable);
  co_return std::string(buffer, n);
}

/// Reads what a foreign thread writes once the loop sleeps; the clock when it came.
awaitable<double> read_beside_a_sleep(std::chrono::milliseconds writer_waits) {
  local_socket ours(asyncio::get_running_loop().context());
  boost::asio::io_context others;
  local_socket theirs(others);
  boost::asio::local::connect_pair(ours, theirs);
  auto sleeping = asyncio::create_task(asyncio::sleep(1h));
  std::promise<void> reading;
  std::thread foreign([&] {
    reading.get_future().wait();
    std::this_thread::sleep_for(writer_waits);
    boost::asio::write(theirs, boost::asio::buffer("x", 1));
  });
  asyncio::get_running_loop().call_soon([&] { reading.set_value(); });
  co_await read_some(ours);
  const double when = seconds_now();
  foreign.join();
  sleeping.cancel();
  co_return when;
}

} // namespace

BOOST_AUTO_TEST_CASE(time_does_not_jump_while_awaited_io_is_pending) {
  for (int i = 0; i < 100; ++i) {
    BOOST_REQUIRE(asyncio::run(read_beside_a_sleep(0ms), in_virtual_time()) == 0.0);
  }
}

BOOST_AUTO_TEST_CASE(a_loop_that_waits_for_io_does_not_spin) {
  const double before = processor_seconds();
  BOOST_TEST(asyncio::run(read_beside_a_sleep(300ms), in_virtual_time()) == 0.0);
  BOOST_TEST(processor_seconds() - before < 0.15);
}

BOOST_AUTO_TEST_CASE(time_passes_during_io_if_the_program_lets_it) {
  const auto wait_in_vain = []() -> awaitable<double> {
    local_socket ours(asyncio::get_running_loop().context());
    local_socket theirs(asyncio::get_running_loop().context());
    boost::asio::local::connect_pair(ours, theirs);
    auto reading = asyncio::create_task(read_some(ours));
    co_await asyncio::sleep(1h);
    const double when = seconds_now();
    reading.cancel();
    bool cancelled = false;
    try {
      co_await reading;
    } catch (const asyncio::cancelled_error&) {
      cancelled = true;
    }
    BOOST_TEST(cancelled);
    co_return when;
  };
  BOOST_TEST(asyncio::run(wait_in_vain(), in_virtual_time().time_passes_during_io()) == 3600.0);
}

ASYNC_TEST_CASE(a_thread_in_a_blocking_region_can_end_the_wait_for_io) {
  local_socket ours(asyncio::get_running_loop().context());
  boost::asio::io_context others;
  local_socket theirs(others);
  boost::asio::local::connect_pair(ours, theirs);
  auto sleeping = asyncio::create_task(asyncio::sleep(1h));
  asyncio::thread writer("writer", [&] {
    asyncio::blocking_region([&] { boost::asio::write(theirs, boost::asio::buffer("x", 1)); });
  });
  const std::string got = co_await read_some(ours);
  BOOST_TEST(got == "x");
  BOOST_TEST(seconds_now() == 0.0);
  sleeping.cancel();
}

ASYNC_TEST_CASE(a_deadline_that_has_passed_already_does_not_wait_for_io) {
  local_socket ours(asyncio::get_running_loop().context());
  local_socket theirs(asyncio::get_running_loop().context());
  boost::asio::local::connect_pair(ours, theirs);
  auto sleeping = asyncio::create_task(asyncio::sleep(1s));
  auto reading = asyncio::create_task(read_some(ours));
  co_await asyncio::sleep(0s);
  co_await asyncio::sleep(0s); // with a seed main may come first in a pass; now both wait
  asyncio::blocking_sleep(2s); // the sleep's deadline passes, and nobody was there to see it
  co_await sleeping;
  BOOST_TEST(seconds_now() == 2.0);
  boost::asio::write(theirs, boost::asio::buffer("x", 1));
  const std::string got = co_await reading;
  BOOST_TEST(got == "x");
}

BOOST_AUTO_TEST_CASE(an_exception_out_of_a_posted_handler_leaves_the_loop_in_order) {
  const virtual_threads scope;
  asyncio::loop runs;
  asyncio::thread beside("beside", [&] {
    asyncio::blocking_sleep(1s);
    boost::asio::post(runs.context(), [] { throw std::runtime_error("out of a handler"); });
    asyncio::blocking_region([] { std::this_thread::yield(); });
  });
  runs.call_later(1h, [] {});
  {
    const asyncio::outside_guard holds_time; // a post to the bare io_context is unknown to the clock
    runs.call_later(1s, [] {});
    BOOST_TEST(seconds_now() == 0.0);
  }
  BOOST_CHECK_THROW(runs.run_forever(), std::runtime_error);
  runs.call_soon([&] { runs.stop(); });
  runs.run_forever();
  beside.join();
  BOOST_TEST(seconds_now() >= 1.0);
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
