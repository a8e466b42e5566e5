#include <asyncio/errors.hpp>
#include <asyncio/thread_name.hpp>
#include <asyncio/thread_pool_executor.hpp>
#include <support/gate.hpp>
#include <support/virtual_threads.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

using asyncio::thread_pool_executor;
using numbers = std::vector<int>;
using names = std::vector<std::string>;

namespace {

int add(int a, int b) {
  return a + b;
}

struct no_default {
  explicit no_default(int n) : value(n) {}
  int value;
};

/// While one lives no thread can be started: each would need more memory than there can be.
class no_more_threads {
public:
  no_more_threads() {
    ::pthread_getattr_default_np(&before_);
    pthread_attr_t too_large = before_;
    ::pthread_attr_setstacksize(&too_large, std::size_t{1} << 47);
    ::pthread_setattr_default_np(&too_large);
  }
  ~no_more_threads() { ::pthread_setattr_default_np(&before_); }
  no_more_threads(const no_more_threads&) = delete;
  no_more_threads& operator=(const no_more_threads&) = delete;

private:
  pthread_attr_t before_{};
};

bool is_cancelled(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const asyncio::cancelled_error&) {
    return true;
  } catch (...) {
    return false;
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(thread_pool_executor_test)

// ---------------------------------------------------------------- submit

BOOST_AUTO_TEST_CASE(submit_gives_the_value_of_the_function) {
  thread_pool_executor pool(1);
  const asyncio::concurrent_future<int> sum = pool.submit(add, 40, 2);
  BOOST_TEST(sum.result() == 42);
  BOOST_TEST(sum.done());
  BOOST_TEST(!sum.cancelled());
  BOOST_TEST(!sum.running());
  BOOST_TEST(!sum.exception());
}

BOOST_AUTO_TEST_CASE(submit_runs_on_another_thread) {
  thread_pool_executor pool(1);
  const auto there = pool.submit([] { return std::this_thread::get_id(); });
  BOOST_TEST((there.result() != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(submit_passes_on_what_the_function_throws) {
  thread_pool_executor pool(1);
  const auto failing = pool.submit([] { throw std::out_of_range("far out"); });
  BOOST_CHECK_EXCEPTION(failing.result(), std::out_of_range,
                        [](const std::out_of_range& e) { return e.what() == std::string("far out"); });
  BOOST_TEST(static_cast<bool>(failing.exception()));
  BOOST_CHECK_THROW(failing.result(), std::out_of_range); // and again
}

BOOST_AUTO_TEST_CASE(a_worker_survives_what_a_job_throws) {
  thread_pool_executor pool(1);
  pool.submit([] { throw 42; });
  BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
}

BOOST_AUTO_TEST_CASE(arguments_are_moved_in_and_references_are_asked_for) {
  thread_pool_executor pool(1);
  int counted = 0;
  const auto count = [](std::unique_ptr<int> by, int& counter) { counter += *by; };
  pool.submit(count, std::make_unique<int>(5), std::ref(counted)).result();
  BOOST_TEST(counted == 5);
}

BOOST_AUTO_TEST_CASE(a_function_that_can_only_be_moved_is_moved_in) {
  thread_pool_executor pool(1);
  const auto value = pool.submit([held = std::make_unique<int>(7)] { return *held; });
  BOOST_TEST(value.result() == 7);
}

BOOST_AUTO_TEST_CASE(a_result_needs_neither_a_default_nor_a_copy) {
  thread_pool_executor pool(1);
  BOOST_TEST(pool.submit([] { return no_default(7); }).result().value == 7);
  const auto unique = pool.submit([] { return std::make_unique<int>(8); });
  BOOST_TEST(*unique.result() == 8);
}

BOOST_AUTO_TEST_CASE(what_a_job_holds_is_let_go_when_it_is_done) {
  thread_pool_executor pool(1);
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = held;
  const auto job = pool.submit([held = std::move(held)] { return *held; });
  static_cast<void>(job.result());
  BOOST_TEST(watched.expired());
}

// ---------------------------------------------------------------- order and workers

BOOST_AUTO_TEST_CASE(jobs_start_first_come_first_served) {
  numbers seen;
  numbers expected;
  {
    thread_pool_executor pool(1);
    for (int i = 0; i < 100; ++i) {
      pool.submit([&seen, i] { seen.push_back(i); });
      expected.push_back(i);
    }
  }
  BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(as_many_run_at_once_as_there_are_workers) {
  constexpr int workers = 4;
  thread_pool_executor pool(workers);
  std::latch all_there(workers); // each waits for all the others
  const auto meet = [&](int) { all_there.arrive_and_wait(); };
  for (int i = 0; i < workers; ++i) {
    pool.submit(meet, i);
  }
  pool.shutdown();
  BOOST_TEST(all_there.try_wait());
}

BOOST_AUTO_TEST_CASE(no_more_run_at_once_than_there_are_workers) {
  constexpr int workers = 3;
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  {
    thread_pool_executor pool(workers);
    for (int i = 0; i < 300; ++i) {
      pool.submit([&] {
        const int now = ++running;
        int seen = most.load();
        while (seen < now && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::yield();
        --running;
      });
    }
  }
  BOOST_TEST(most.load() <= workers);
}

BOOST_AUTO_TEST_CASE(workers_are_named_by_the_prefix_and_a_number) {
  thread_pool_executor pool(2, "crew");
  gate first;
  gate second;
  const auto tell = [](gate& held) {
    held.pass();
    return asyncio::current_thread_name();
  };
  const auto one = pool.submit(tell, std::ref(first));
  first.wait_for_worker();
  const auto other = pool.submit(tell, std::ref(second));
  second.wait_for_worker();
  first.open();
  second.open();
  BOOST_TEST(one.result() == "crew_0");
  BOOST_TEST(other.result() == "crew_1");
}

BOOST_AUTO_TEST_CASE(without_a_prefix_pools_are_counted) {
  const auto name_in = [](thread_pool_executor& pool) {
    return pool.submit(asyncio::current_thread_name).result();
  };
  thread_pool_executor first(1);
  thread_pool_executor second(1);
  const std::string one = name_in(first);
  const std::string other = name_in(second);
  const std::string start = "ThreadPoolExecutor-";
  BOOST_TEST(one.starts_with(start));
  BOOST_TEST(one.ends_with("_0"));
  BOOST_TEST(std::stoi(other.substr(start.size())) == std::stoi(one.substr(start.size())) + 1);
}

BOOST_AUTO_TEST_CASE(a_worker_is_put_to_work_only_when_nobody_is_idle) {
  thread_pool_executor pool(8, "lazy");
  names seen;
  for (int i = 0; i < 20; ++i) {
    const auto job = pool.submit(asyncio::current_thread_name);
    seen.push_back(job.result());
  }
  BOOST_TEST(seen.front() == "lazy_0");
  // A worker that was not back yet may have cost a second one; eight would mean none is reused.
  std::sort(seen.begin(), seen.end());
  const auto used = std::unique(seen.begin(), seen.end()) - seen.begin();
  BOOST_TEST(used < 8);
}

BOOST_AUTO_TEST_CASE(pythons_default_is_four_more_than_processors_and_32_at_most) {
  const std::size_t workers = thread_pool_executor::default_workers();
  BOOST_TEST(workers >= 4U);
  BOOST_TEST(workers <= 32U);
  const thread_pool_executor pool;
  BOOST_TEST(pool.max_workers() == workers);
}

BOOST_AUTO_TEST_CASE(no_workers_are_refused) {
  BOOST_CHECK_THROW(thread_pool_executor pool(0), asyncio::invalid_argument_error);
}

BOOST_AUTO_TEST_CASE(more_workers_than_any_system_has_are_refused) {
  BOOST_CHECK_EXCEPTION(thread_pool_executor pool(static_cast<std::size_t>(-1)),
                        asyncio::invalid_argument_error, [](const std::exception& e) {
                          return std::string(e.what()) ==
                                 "a thread_pool_executor cannot have "
                                 "18446744073709551615 workers: no system has so many "
                                 "threads";
                        });
  BOOST_CHECK_THROW(thread_pool_executor pool(std::size_t{1} << 40), asyncio::invalid_argument_error);
}

BOOST_AUTO_TEST_CASE(a_pool_that_may_have_many_workers_starts_those_it_needs) {
  thread_pool_executor pool(1'000'000'000);
  BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
}

BOOST_AUTO_TEST_CASE(without_a_thread_for_its_first_worker_submit_fails) {
  for (const bool is_virtual : {false, true}) {
    std::optional<virtual_threads> time;
    if (is_virtual) {
      time.emplace();
    }
    thread_pool_executor pool(2);
    {
      const no_more_threads none;
      BOOST_CHECK_THROW(pool.submit(add, 1, 2), std::system_error);
    }
    BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
  }
}

BOOST_AUTO_TEST_CASE(without_a_thread_for_another_worker_a_job_waits_for_the_first) {
  for (const bool is_virtual : {false, true}) {
    std::optional<virtual_threads> time;
    if (is_virtual) {
      time.emplace();
    }
    thread_pool_executor pool(2);
    gate held;
    const auto first = pool.submit([&] { held.pass(); });
    held.wait_for_worker();
    const no_more_threads none;
    const auto second = pool.submit(asyncio::current_thread_name);
    BOOST_TEST(!second.done());
    held.open();
    BOOST_TEST(second.result().ends_with("_0"));
  }
}

BOOST_AUTO_TEST_CASE(a_job_may_submit_another) {
  thread_pool_executor pool(1);
  const auto outer = pool.submit([&] { return pool.submit(add, 1, 2); });
  BOOST_TEST(outer.result().result() == 3);
}

BOOST_AUTO_TEST_CASE(any_thread_may_submit) {
  std::atomic<int> ran{0};
  {
    thread_pool_executor pool(2);
    const auto submit_many = [&] {
      for (int i = 0; i < 1000; ++i) {
        pool.submit([&] { ++ran; });
      }
    };
    const std::jthread one(submit_many);
    const std::jthread other(submit_many);
    submit_many();
  }
  BOOST_TEST(ran.load() == 3000);
}

// ---------------------------------------------------------------- map

BOOST_AUTO_TEST_CASE(map_gives_the_results_in_the_order_of_the_range) {
  thread_pool_executor pool(3);
  numbers squares;
  for (const int square : pool.map([](int n) { return n * n; }, numbers{1, 2, 3, 4})) {
    squares.push_back(square);
  }
  BOOST_TEST(squares == (numbers{1, 4, 9, 16}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(map_of_nothing_is_empty) {
  thread_pool_executor pool(1);
  const auto results = pool.map([](int n) { return n; }, numbers{});
  BOOST_TEST((results.begin() == results.end()));
}

BOOST_AUTO_TEST_CASE(map_throws_when_the_failed_one_is_reached) {
  thread_pool_executor pool(1);
  const auto halve = [](int n) {
    if (n % 2 != 0) {
      throw std::domain_error("odd");
    }
    return n / 2;
  };
  const auto halves = pool.map(halve, numbers{2, 4, 5, 6});
  auto at = halves.begin();
  BOOST_TEST(*at == 1);
  BOOST_TEST(*++at == 2);
  ++at;
  BOOST_CHECK_THROW(static_cast<void>(*at), std::domain_error);
  BOOST_TEST(*++at == 3); // beyond Python: the others are still there
}

BOOST_AUTO_TEST_CASE(map_submits_everything_before_anything_is_asked_for) {
  std::atomic<int> ran{0};
  {
    thread_pool_executor pool(1);
    const auto results = pool.map([&](int) { return ++ran; }, numbers{1, 2, 3});
  }
  BOOST_TEST(ran.load() == 3);
}

BOOST_AUTO_TEST_CASE(map_takes_functions_that_give_nothing) {
  std::atomic<int> sum{0};
  thread_pool_executor pool(1);
  const auto results = pool.map([&](int n) { sum += n; }, numbers{1, 2, 3});
  for (auto at = results.begin(); at != results.end(); ++at) {
    *at;
  }
  BOOST_TEST(sum.load() == 6);
}

// ---------------------------------------------------------------- cancelling

BOOST_AUTO_TEST_CASE(a_job_that_waits_in_the_queue_can_be_cancelled) {
  gate held;
  bool ran = false;
  thread_pool_executor pool(1);
  pool.submit([&] { held.pass(); });
  held.wait_for_worker();
  const auto waiting = pool.submit([&] { ran = true; });
  BOOST_TEST(!waiting.done());
  BOOST_TEST(waiting.cancel());
  BOOST_TEST(waiting.done());
  BOOST_TEST(waiting.cancelled());
  BOOST_CHECK_THROW(waiting.result(), asyncio::cancelled_error);
  BOOST_TEST(is_cancelled(waiting.exception()));
  held.open();
  pool.shutdown();
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(cancelling_twice_is_refused_the_second_time) {
  gate held;
  thread_pool_executor pool(1);
  pool.submit([&] { held.pass(); });
  const auto waiting = pool.submit(add, 1, 2);
  BOOST_TEST(waiting.cancel());
  BOOST_TEST(!waiting.cancel());
  held.open();
}

BOOST_AUTO_TEST_CASE(a_job_that_runs_cannot_be_cancelled) {
  gate held;
  thread_pool_executor pool(1);
  const auto running = pool.submit([&] { held.pass(); });
  held.wait_for_worker();
  BOOST_TEST(running.running());
  BOOST_TEST(!running.cancel());
  held.open();
  running.result();
  BOOST_TEST(!running.cancelled());
}

BOOST_AUTO_TEST_CASE(a_job_that_is_done_cannot_be_cancelled) {
  thread_pool_executor pool(1);
  const auto sum = pool.submit(add, 1, 2);
  static_cast<void>(sum.result());
  BOOST_TEST(!sum.cancel());
  BOOST_TEST(sum.result() == 3);
}

BOOST_AUTO_TEST_CASE(what_a_cancelled_job_holds_is_let_go_at_once) {
  gate held;
  thread_pool_executor pool(1);
  pool.submit([&] { held.pass(); });
  auto kept = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = kept;
  const auto waiting = pool.submit([kept = std::move(kept)] { return *kept; });
  waiting.cancel();
  BOOST_TEST(watched.expired());
  held.open();
}

// ---------------------------------------------------------------- done-callbacks

BOOST_AUTO_TEST_CASE(a_done_callback_runs_on_the_thread_that_ended_the_job) {
  gate held;
  std::promise<std::string> called_on;
  thread_pool_executor pool(1, "caller");
  const auto job = pool.submit([&] { held.pass(); });
  job.add_done_callback([&](const asyncio::concurrent_future<>& ended) {
    called_on.set_value(asyncio::current_thread_name() + (ended.done() ? ", done" : ", not done"));
  });
  held.open();
  BOOST_TEST(called_on.get_future().get() == "caller_0, done");
}

BOOST_AUTO_TEST_CASE(a_done_callback_of_what_is_done_runs_here_and_now) {
  thread_pool_executor pool(1);
  const auto sum = pool.submit(add, 1, 2);
  pool.shutdown();
  std::thread::id called_on;
  sum.add_done_callback([&] { called_on = std::this_thread::get_id(); });
  BOOST_TEST((called_on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(done_callbacks_run_in_the_order_they_were_added_in) {
  gate held;
  numbers seen;
  thread_pool_executor pool(1);
  pool.submit([&] { held.pass(); });
  const auto waiting = pool.submit(add, 1, 2);
  for (int i = 0; i < 3; ++i) {
    waiting.add_done_callback([&seen, i] { seen.push_back(i); });
  }
  waiting.cancel(); // so this thread ends it
  BOOST_TEST(seen == (numbers{0, 1, 2}), boost::test_tools::per_element());
  held.open();
}

// ---------------------------------------------------------------- the end

BOOST_AUTO_TEST_CASE(the_destructor_waits_for_all_jobs) {
  std::atomic<int> ran{0};
  {
    gate held;
    thread_pool_executor pool(1);
    pool.submit([&] { held.pass(); });
    for (int i = 0; i < 10; ++i) {
      pool.submit([&] { ++ran; });
    }
    held.open();
  }
  BOOST_TEST(ran.load() == 10);
}

BOOST_AUTO_TEST_CASE(shutdown_waits_for_all_jobs) {
  std::atomic<int> ran{0};
  thread_pool_executor pool(2);
  for (int i = 0; i < 10; ++i) {
    pool.submit([&] { ++ran; });
  }
  pool.shutdown();
  BOOST_TEST(ran.load() == 10);
}

BOOST_AUTO_TEST_CASE(shutdown_without_waiting_lets_the_jobs_go_on) {
  gate held;
  thread_pool_executor pool(1);
  const auto running = pool.submit([&] { held.pass(); });
  const auto waiting = pool.submit(add, 1, 2);
  pool.shutdown(false);
  BOOST_TEST(!waiting.done());
  held.open();
  BOOST_TEST(waiting.result() == 3);
  running.result();
}

BOOST_AUTO_TEST_CASE(shutdown_can_cancel_what_no_worker_has_begun) {
  gate held;
  thread_pool_executor pool(1);
  const auto running = pool.submit([&] { held.pass(); });
  held.wait_for_worker();
  const auto waiting = pool.submit(add, 1, 2);
  pool.shutdown(false, true);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(running.running());
  held.open();
  pool.shutdown();
  BOOST_TEST(running.done());
  BOOST_TEST(!running.cancelled());
}

BOOST_AUTO_TEST_CASE(shutdown_of_idle_workers_returns) {
  thread_pool_executor pool(4);
  pool.submit(add, 1, 2).result();
  pool.shutdown();
  pool.shutdown(); // and again
}

BOOST_AUTO_TEST_CASE(shutdown_of_a_pool_that_never_worked_returns) {
  thread_pool_executor pool(4);
  pool.shutdown();
}

BOOST_AUTO_TEST_CASE(submit_after_shutdown_is_refused) {
  thread_pool_executor pool(1);
  pool.shutdown();
  BOOST_CHECK_THROW(pool.submit(add, 1, 2), asyncio::misuse_error);
  BOOST_CHECK_THROW(static_cast<void>(pool.map([](int n) { return n; }, numbers{1})), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(a_future_outlives_its_pool) {
  std::optional<thread_pool_executor> pool(std::in_place, 1);
  const auto sum = pool->submit(add, 1, 2);
  pool.reset();
  BOOST_TEST(sum.result() == 3);
}

BOOST_AUTO_TEST_CASE(many_threads_may_wait_for_one_result) {
  gate held;
  thread_pool_executor pool(1);
  const auto answer = pool.submit([&] {
    held.pass();
    return 42;
  });
  std::atomic<int> sum{0};
  {
    const auto wait = [&] { sum += answer.result(); };
    const std::jthread first(wait);
    const std::jthread second(wait);
    held.wait_for_worker();
    held.open();
  }
  BOOST_TEST(sum.load() == 84);
}

BOOST_AUTO_TEST_SUITE_END()
