#include <asyncio/blocking.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread_name.hpp>
#include <asyncio/thread_pool_executor.hpp>
#include <support/async_test.hpp>
#include <support/captured.hpp>
#include <support/endings.hpp>
#include <support/gate.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::thread_pool_executor;
using namespace std::chrono_literals;
using names = std::vector<std::string>;

namespace {

int add(int a, int b) {
  return a + b;
}

std::unique_ptr<int> make_unique_answer() {
  return std::make_unique<int>(42);
}

int fail() {
  throw std::out_of_range("far out");
}

template <class T>
awaitable<T> awaited(asyncio::future<T> future) {
  co_return co_await future;
}

awaitable<std::string> caught_from(asyncio::future<int> future) {
  std::string caught = "nothing";
  try {
    static_cast<void>(co_await future);
  } catch (const std::out_of_range& e) {
    caught = e.what();
  } catch (const asyncio::cancelled_error&) {
    caught = "cancelled";
  }
  co_return caught;
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_in_executor_test)

// ---------------------------------------------------------------- to_thread

ASYNC_TEST_CASE(to_thread_runs_off_the_loops_thread_and_gives_the_value, *row("to-thread-01")) {
  const auto there = co_await asyncio::to_thread([] { return std::this_thread::get_id(); });
  BOOST_TEST((there != std::this_thread::get_id()));
}

ASYNC_TEST_CASE(to_thread_throws_what_the_function_throws, *row("to-thread-02")) {
  const std::string caught = co_await caught_from(asyncio::to_thread(fail));
  BOOST_TEST(caught == "far out");
}

ASYNC_TEST_CASE(to_thread_calls_the_function_once, *row("to-thread-03")) {
  std::atomic<int> calls{0};
  co_await asyncio::to_thread([&] { ++calls; });
  BOOST_TEST(calls.load() == 1);
}

ASYNC_TEST_CASE(to_thread_is_gathered, *row("to-thread-04")) {
  std::atomic<int> calls{0};
  std::vector<asyncio::future<>> all;
  for (int i = 0; i < 10; ++i) {
    all.push_back(asyncio::to_thread([&] { ++calls; }));
  }
  static_cast<void>(co_await asyncio::gather(all));
  BOOST_TEST(calls.load() == 10);
}

ASYNC_TEST_CASE(to_thread_passes_the_arguments_on, *row("to-thread-05")) {
  const int sum = co_await asyncio::to_thread(add, 40, 2);
  BOOST_TEST(sum == 42);
  const auto size_of = [](std::unique_ptr<std::string> text, const std::string& more) {
    return text->size() + more.size();
  };
  const std::string more = "four";
  const std::size_t size = co_await asyncio::to_thread(size_of, std::make_unique<std::string>("three"), more);
  BOOST_TEST(size == 9U);
}

ASYNC_TEST_CASE(to_thread_is_begun_awaited_or_not) {
  gate ran;
  ran.open();
  auto job = asyncio::to_thread([&] { ran.pass(); });
  ran.wait_for_worker();
  co_await job; // only so that the gate outlives it
}

// ---------------------------------------------------------------- run_in_executor

ASYNC_TEST_CASE(run_in_executor_runs_on_a_thread_of_the_pool, *row("executor-01")) {
  thread_pool_executor pool(1, "crew");
  const std::string name = co_await asyncio::run_in_executor(pool, asyncio::current_thread_name);
  BOOST_TEST(name == "crew_0");
}

ASYNC_TEST_CASE(run_in_executor_throws_what_the_function_throws) {
  thread_pool_executor pool(1);
  const std::string caught = co_await caught_from(asyncio::run_in_executor(pool, fail));
  BOOST_TEST(caught == "far out");
}

ASYNC_TEST_CASE(without_a_pool_it_runs_on_the_default_executor) {
  const std::string name = co_await asyncio::run_in_executor(asyncio::current_thread_name);
  BOOST_TEST(name == "asyncio_0");
}

ASYNC_TEST_CASE(a_result_that_cannot_be_copied_moves_out) {
  const std::unique_ptr<int> answer = co_await asyncio::to_thread(make_unique_answer);
  BOOST_TEST(*answer == 42);
  auto named = asyncio::to_thread(make_unique_answer);
  const std::unique_ptr<int>& seen = co_await named;
  BOOST_TEST(*seen == 42);
}

ASYNC_TEST_CASE(others_run_meanwhile) {
  gate held;
  auto job = asyncio::to_thread([&] { held.pass(); });
  co_await passes(5);
  BOOST_TEST(!job.done());
  held.open();
  co_await job;
  BOOST_TEST(job.done());
}

ASYNC_TEST_CASE(a_pool_that_was_shut_down_is_refused) {
  thread_pool_executor pool(1);
  pool.shutdown();
  BOOST_CHECK_THROW(static_cast<void>(asyncio::run_in_executor(pool, add, 1, 2)), asyncio::misuse_error);
  co_return;
}

BOOST_AUTO_TEST_CASE(where_no_loop_runs_it_is_refused_and_nothing_is_queued) {
  bool ran = false;
  {
    thread_pool_executor pool(1);
    BOOST_CHECK_THROW(static_cast<void>(asyncio::run_in_executor(pool, [&] { ran = true; })),
                      asyncio::misuse_error);
    BOOST_CHECK_THROW(static_cast<void>(asyncio::to_thread([&] { ran = true; })), asyncio::misuse_error);
  }
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(a_pool_can_be_set_as_the_default_executor, *row("executor-03")) {
  asyncio::loop loop;
  loop.set_default_executor(std::make_shared<thread_pool_executor>(1, "own"));
  const auto ask = []() -> awaitable<std::string> {
    co_return co_await asyncio::to_thread(asyncio::current_thread_name);
  };
  BOOST_TEST(loop.run_until_complete(ask()) == "own_0");
}

// ---------------------------------------------------------------- wrap_future

ASYNC_TEST_CASE(a_wrapped_future_gives_the_value, *row("executor-06")) {
  thread_pool_executor pool(1);
  const auto here = std::this_thread::get_id();
  const auto job =
      pool.submit([](int a, int b) { return std::pair(a + b, std::this_thread::get_id()); }, 1, 2);
  const auto [sum, there] = co_await asyncio::wrap_future(job);
  BOOST_TEST(sum == 3);
  BOOST_TEST((there != here));
}

ASYNC_TEST_CASE(what_is_over_already_hands_its_outcome_over_unchanged, *row("future-17")) {
  gate held;
  thread_pool_executor pool(1);
  pool.submit([&] { held.pass(); });
  const auto finished = pool.submit(add, 1, 2);
  const auto failed = pool.submit(fail);
  const auto cancelled = pool.submit(add, 3, 4);
  cancelled.cancel();
  held.open();
  pool.shutdown();
  const auto of_finished = asyncio::wrap_future(finished);
  const auto of_failed = asyncio::wrap_future(failed);
  const auto of_cancelled = asyncio::wrap_future(cancelled);
  co_await end_of(asyncio::gather(asyncio::return_exceptions, of_finished, of_failed, of_cancelled));
  BOOST_TEST(of_finished.result() == 3);
  BOOST_TEST((of_failed.exception() == failed.exception()));
  BOOST_TEST(ending_of(of_failed) == "std::out_of_range: far out");
  BOOST_TEST(ending_of(of_cancelled) == "cancelled");
  BOOST_TEST(of_cancelled.cancelled());
}

ASYNC_TEST_CASE(what_is_done_already_can_be_wrapped) {
  thread_pool_executor pool(1);
  const auto job = pool.submit(add, 1, 2);
  pool.shutdown();
  auto wrapped = asyncio::wrap_future(job);
  BOOST_TEST(!wrapped.done()); // the loop has not heard of it
  const int sum = co_await wrapped;
  BOOST_TEST(sum == 3);
}

ASYNC_TEST_CASE(one_job_can_be_wrapped_often) {
  thread_pool_executor pool(1);
  const auto job = pool.submit([] { return std::string("a value"); });
  const auto [first, second] = co_await asyncio::gather(asyncio::wrap_future(job), asyncio::wrap_future(job));
  BOOST_TEST(first == "a value");
  BOOST_TEST(second == "a value");
  BOOST_TEST(job.result() == "a value");
}

ASYNC_TEST_CASE(a_wrapped_future_throws_what_the_job_threw) {
  thread_pool_executor pool(1);
  const std::string caught = co_await caught_from(asyncio::wrap_future(pool.submit(fail)));
  BOOST_TEST(caught == "far out");
}

ASYNC_TEST_CASE(a_job_that_is_cancelled_cancels_its_wrapper) {
  gate held;
  thread_pool_executor pool(1);
  pool.submit([&] { held.pass(); });
  const auto job = pool.submit(add, 1, 2);
  auto wrapped = asyncio::wrap_future(job);
  job.cancel();
  const std::string caught = co_await caught_from(wrapped);
  BOOST_TEST(caught == "cancelled");
  BOOST_TEST(wrapped.cancelled());
  held.open();
}

BOOST_AUTO_TEST_CASE(where_no_loop_runs_wrapping_is_refused, *row("executor-07")) {
  thread_pool_executor pool(1);
  const auto job = pool.submit(add, 1, 2);
  BOOST_CHECK_THROW(static_cast<void>(asyncio::wrap_future(job)), asyncio::misuse_error);
}

ASYNC_TEST_CASE(a_future_of_the_loop_is_wrapped_by_itself, *row("executor-08")) {
  const asyncio::future<int> future;
  BOOST_TEST((asyncio::wrap_future(future) == future));
  co_return;
}

ASYNC_TEST_CASE(cancelling_the_wrapper_cancels_a_job_that_waits, *row("executor-09")) {
  gate held;
  thread_pool_executor pool(1);
  pool.submit([&] { held.pass(); });
  const auto job = pool.submit(add, 1, 2);
  auto wrapped = asyncio::wrap_future(job);
  BOOST_TEST(wrapped.cancel());
  BOOST_TEST(wrapped.cancelled());
  BOOST_TEST(job.cancelled());
  held.open();
  co_return;
}

ASYNC_TEST_CASE(cancelling_the_wrapper_of_a_job_that_is_done_leaves_the_job_alone, *row("executor-10")) {
  thread_pool_executor pool(1);
  const auto job = pool.submit(add, 1, 2);
  pool.shutdown();
  auto wrapped = asyncio::wrap_future(job);
  BOOST_TEST(wrapped.cancel());
  BOOST_TEST(wrapped.cancelled());
  BOOST_TEST(!job.cancelled());
  BOOST_TEST(job.result() == 3);
  co_return;
}

// ---------------------------------------------------------------- cancellation

ASYNC_TEST_CASE(a_task_cancelled_while_its_job_waits_takes_it_off_the_queue) {
  gate held;
  std::atomic<bool> ran{false};
  thread_pool_executor pool(1);
  pool.submit([&] { held.pass(); });
  auto waiting = asyncio::create_task(awaited(asyncio::run_in_executor(pool, [&] { ran = true; })));
  co_await passes(5);
  waiting.cancel();
  static_cast<void>(co_await asyncio::gather(asyncio::return_exceptions, waiting));
  BOOST_TEST(waiting.cancelled());
  held.open();
  pool.shutdown();
  BOOST_TEST(!ran.load());
}

ASYNC_TEST_CASE(a_task_cancelled_while_its_job_runs_goes_on_at_once_and_the_job_too) {
  gate held;
  std::atomic<bool> ended{false};
  thread_pool_executor pool(1);
  auto waiting = asyncio::create_task(awaited(asyncio::run_in_executor(pool, [&] {
    held.pass();
    ended = true;
  })));
  co_await passes(5);
  held.wait_for_worker();
  waiting.cancel();
  static_cast<void>(co_await asyncio::gather(asyncio::return_exceptions, waiting));
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(!ended.load());
  held.open();
  pool.shutdown();
  BOOST_TEST(ended.load());
}

ASYNC_TEST_CASE(clean_up_after_a_cancelled_job_may_use_the_pool) {
  gate held;
  names seen;
  thread_pool_executor pool(1);
  auto job = asyncio::run_in_executor(pool, [&] { held.pass(); });
  const auto careful = [&]() -> awaitable<void> {
    try {
      co_await job;
    } catch (const asyncio::cancelled_error&) {
      seen.push_back("cancelled");
    }
    const int sum = co_await asyncio::run_in_executor(pool, add, 1, 2);
    seen.push_back(std::to_string(sum));
  };
  auto waiting = asyncio::create_task(careful());
  co_await passes(5);
  waiting.cancel();
  co_await passes(5);
  held.open();
  co_await waiting;
  BOOST_TEST(seen == (names{"cancelled", "3"}), boost::test_tools::per_element());
}

// ---------------------------------------------------------------- the end of a loop

BOOST_AUTO_TEST_CASE(a_closed_loop_is_left_alone_by_a_job_that_ends_later, *row("executor-02")) {
  captured_log log;
  gate held;
  thread_pool_executor pool(1);
  asyncio::loop loop;
  const auto main = [&]() -> awaitable<void> {
    auto job = asyncio::run_in_executor(pool, [&] { held.pass(); });
    held.wait_for_worker();
    job.cancel();
    co_return;
  };
  loop.run_until_complete(main());
  pool.shutdown(false, true);
  loop.close();
  held.open();
  pool.shutdown();
  BOOST_TEST(loop.is_closed());
  BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(on_a_closed_loop_nothing_is_run, *row("executor-05")) {
  bool ran = false;
  {
    const auto note = [&ran] { ran = true; };
    thread_pool_executor pool(1);
    asyncio::loop loop;
    loop.close();
    const auto main = [&]() -> awaitable<void> { co_await asyncio::run_in_executor(pool, note); };
    BOOST_CHECK_THROW(loop.run_until_complete(main()), asyncio::misuse_error);
    BOOST_CHECK_THROW(static_cast<void>(asyncio::run_in_executor(pool, note)), asyncio::misuse_error);
  }
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(a_loop_can_be_destroyed_while_jobs_run_and_wait) {
  gate held;
  std::atomic<int> ran{0};
  thread_pool_executor pool(1);
  {
    asyncio::loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    const auto wait_for = [&](gate* gate_of_job) -> awaitable<void> {
      co_await asyncio::run_in_executor(pool, [&ran, gate_of_job] {
        if (gate_of_job != nullptr) {
          gate_of_job->pass();
        }
        ++ran;
      });
    };
    loop.create_task(wait_for(&held));
    loop.create_task(wait_for(nullptr));
    loop.run_until_complete(passes(5));
    held.wait_for_worker();
  }
  held.open();
  pool.shutdown();
  BOOST_TEST(ran.load() == 2);
}

BOOST_AUTO_TEST_CASE(a_loop_can_be_destroyed_with_an_arrival_in_its_inbox) {
  thread_pool_executor pool(1);
  {
    asyncio::loop loop;
    gate held; // or the job might be done in the loop's last turn
    const auto begin = [&]() -> awaitable<asyncio::future<void>> {
      co_return asyncio::run_in_executor(pool, [&] { held.pass(); });
    };
    const asyncio::future<void> passing = loop.run_until_complete(begin());
    held.wait_for_worker();
    held.open();
    pool.shutdown();
    BOOST_TEST(!passing.done());
  }
}

BOOST_AUTO_TEST_CASE(a_handle_outlives_the_loop) {
  thread_pool_executor pool(1);
  std::optional<asyncio::future<int>> sum;
  gate held;
  {
    asyncio::loop loop;
    const auto begin = [&]() -> awaitable<void> {
      sum = asyncio::run_in_executor(pool, [&] {
        held.pass();
        return 3;
      });
      co_return;
    };
    loop.run_until_complete(begin());
  }
  held.open();
  pool.shutdown();
  BOOST_TEST(!sum->done());
}

BOOST_AUTO_TEST_CASE(run_waits_for_the_jobs_of_the_default_executor) {
  gate held;
  std::atomic<bool> ended{false};
  std::jthread opener;
  const auto main = [&]() -> awaitable<void> {
    static_cast<void>(asyncio::to_thread([&] {
      held.pass();
      ended = true;
    }));
    held.wait_for_worker();
    opener = std::jthread([&] { held.open(); });
    co_return;
  };
  asyncio::run(main(), asyncio::run_options().virtual_time());
  BOOST_TEST(ended.load());
}

BOOST_AUTO_TEST_CASE(run_waits_for_the_jobs_even_if_main_fails) {
  std::atomic<bool> ended{false};
  const auto main = [&]() -> awaitable<void> {
    static_cast<void>(asyncio::to_thread([&] { ended = true; }));
    throw std::out_of_range("main");
    co_return;
  };
  BOOST_CHECK_THROW(asyncio::run(main()), std::out_of_range);
  BOOST_TEST(ended.load());
}

ASYNC_TEST_CASE(what_has_ended_is_handed_over_unchanged, *row("future-17")) {
  thread_pool_executor pool(1);
  gate held;
  const auto blocked = pool.submit([&] { held.pass(); });
  held.wait_for_worker();
  const auto value = pool.submit(add, 1, 2);
  const auto failure = pool.submit(fail);
  const auto cancelled = pool.submit(add, 1, 2);
  cancelled.cancel();
  held.open();
  pool.shutdown();

  auto with_value = asyncio::wrap_future(value);
  auto with_failure = asyncio::wrap_future(failure);
  auto with_cancel = asyncio::wrap_future(cancelled);
  BOOST_TEST(!with_value.done());
  static_cast<void>(
      co_await asyncio::gather(asyncio::return_exceptions, with_value, with_failure, with_cancel));
  BOOST_TEST(with_value.result() == 3);
  BOOST_TEST((with_failure.exception() == failure.exception()));
  BOOST_TEST(with_cancel.cancelled());
  static_cast<void>(blocked);
}

// ---------------------------------------------------------------- shutdown_default_executor

ASYNC_TEST_CASE(the_default_executor_can_be_shut_down_by_hand) {
  std::atomic<bool> ended{false};
  auto job = asyncio::to_thread([&] { ended = true; });
  co_await asyncio::shutdown_default_executor(asyncio::get_running_loop());
  BOOST_TEST(ended.load());
  co_await job;
}

ASYNC_TEST_CASE(without_a_default_executor_there_is_nothing_to_shut_down) {
  co_await asyncio::shutdown_default_executor(asyncio::get_running_loop());
}

ASYNC_TEST_CASE(a_shutdown_with_too_short_a_timeout_returns_with_a_warning, *row("executor-04")) {
  const captured_log log;
  const auto start = asyncio::clock::now();
  auto job = asyncio::to_thread([] {
    asyncio::blocking_sleep(10s);
    return 42;
  });
  co_await asyncio::shutdown_default_executor(asyncio::get_running_loop(), 1s);
  BOOST_TEST((asyncio::clock::now() - start == 1s));
  BOOST_TEST(log.has(" warning "));
  BOOST_TEST(log.has("the default executor did not end its jobs within 1 seconds"));
  BOOST_TEST(!job.done());
  const int got = co_await job; // it goes on
  BOOST_TEST(got == 42);
  BOOST_TEST((asyncio::clock::now() - start == 10s));
  const std::string next = co_await asyncio::to_thread(asyncio::current_thread_name); // on a new executor
  BOOST_TEST(next == "asyncio_0");
}

ASYNC_TEST_CASE(a_shutdown_with_a_timeout_returns_as_soon_as_the_jobs_are_done) {
  const captured_log log;
  const auto start = asyncio::clock::now();
  auto job = asyncio::to_thread(asyncio::blocking_sleep, 10s);
  co_await asyncio::shutdown_default_executor(asyncio::get_running_loop(), 1h);
  BOOST_TEST((asyncio::clock::now() - start == 10s));
  BOOST_TEST(job.done());
  co_await asyncio::sleep(2h); // nothing comes of the timeout
  BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(a_cancelled_shutdown_ends_at_once_and_the_run_waits_for_the_jobs) {
  std::chrono::seconds job_ended_at{0};
  const auto main = [&](std::optional<asyncio::clock::duration> timeout) -> awaitable<void> {
    const auto start = asyncio::clock::now();
    static_cast<void>(asyncio::to_thread([&, start] {
      asyncio::blocking_sleep(10s);
      job_ended_at = std::chrono::duration_cast<std::chrono::seconds>(asyncio::clock::now() - start);
    }));
    asyncio::loop& loop = asyncio::get_running_loop();
    auto ending = asyncio::create_task(asyncio::shutdown_default_executor(loop, timeout));
    co_await asyncio::sleep(1s);
    ending.cancel();
    static_cast<void>(co_await asyncio::gather(asyncio::return_exceptions, ending));
    BOOST_TEST(ending.cancelled());
    BOOST_TEST((asyncio::clock::now() - start == 1s));
    BOOST_CHECK_THROW(asyncio::to_thread([] {}), asyncio::misuse_error); // it was shut down
  };
  asyncio::run(main(std::nullopt), asyncio::run_options().virtual_time());
  BOOST_TEST((job_ended_at == 10s));
  job_ended_at = 0s;
  asyncio::run(main(1h), asyncio::run_options().virtual_time());
  BOOST_TEST((job_ended_at == 10s));
}

ASYNC_TEST_CASE(a_cancelled_shutdown_leaves_nothing_behind) {
  gate held;
  auto job = asyncio::to_thread([&] { held.pass(); });
  held.wait_for_worker();
  auto ending = asyncio::create_task(asyncio::shutdown_default_executor(asyncio::get_running_loop()));
  co_await passes(5);
  std::jthread opener([&] { held.open(); });
  ending.cancel();
  static_cast<void>(co_await asyncio::gather(asyncio::return_exceptions, ending));
  BOOST_TEST(ending.cancelled());
  co_await job;
  co_await passes(5); // what its thread left in the inbox finds nobody, and does no harm
  co_await asyncio::sleep(1h);
}

BOOST_AUTO_TEST_CASE(a_loop_can_be_destroyed_during_a_shutdown) {
  gate held;
  std::jthread opener;
  {
    asyncio::loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    const auto main = [&]() -> awaitable<void> {
      static_cast<void>(asyncio::to_thread([&] { held.pass(); }));
      held.wait_for_worker();
      asyncio::create_task(asyncio::shutdown_default_executor(asyncio::get_running_loop()));
      co_await passes(5);
    };
    loop.run_until_complete(main());
    opener = std::jthread([&] { held.open(); });
  }
  BOOST_TEST(true); // it was unwound, and nothing called std::terminate
}

// ---------------------------------------------------------------- time, and many

ASYNC_TEST_CASE(virtual_time_stands_while_a_job_runs) {
  const auto start = asyncio::clock::now();
  auto sleeping = asyncio::create_task(asyncio::sleep(1h));
  co_await asyncio::sleep(0s); // it sleeps now
  const bool stood = co_await asyncio::to_thread([&] {
    for (int i = 0; i < 100'000; ++i) {
      if (asyncio::clock::now() != start) {
        return false;
      }
    }
    return true;
  });
  BOOST_TEST(stood);
  BOOST_TEST(!sleeping.done());
  co_await sleeping;
  BOOST_TEST((asyncio::clock::now() - start == 1h));
}

ASYNC_TEST_CASE(virtual_time_passes_while_a_job_sleeps) {
  const auto start = asyncio::clock::now();
  auto job = asyncio::to_thread(asyncio::blocking_sleep, 2h);
  co_await asyncio::sleep(1h);
  BOOST_TEST(!job.done());
  BOOST_TEST((asyncio::clock::now() - start == 1h));
  co_await job;
  BOOST_TEST((asyncio::clock::now() - start == 2h));
}

ASYNC_TEST_CASE(virtual_time_goes_on_after_a_job_whose_await_was_cancelled) {
  gate held;
  thread_pool_executor pool(1);
  pool.submit([&] { held.pass(); });
  auto job = asyncio::run_in_executor(pool, add, 1, 2);
  co_await passes(5);
  job.cancel();
  held.open();
  co_await asyncio::sleep(1h);
  BOOST_TEST(job.cancelled());
}

ASYNC_TEST_CASE(no_arrival_is_lost_one_after_the_other) {
  int sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    sum += co_await asyncio::to_thread(add, 0, 1);
  }
  BOOST_TEST(sum == 10'000);
}

BOOST_AUTO_TEST_CASE(no_arrival_is_lost_one_after_the_other_in_real_time) {
  const auto main = []() -> awaitable<int> {
    int sum = 0;
    for (int i = 0; i < 10'000; ++i) {
      sum += co_await asyncio::to_thread(add, 0, 1);
    }
    co_return sum;
  };
  BOOST_TEST(asyncio::run(main()) == 10'000);
}

ASYNC_TEST_CASE(ten_thousand_jobs_of_a_thousand_tasks) {
  const auto ten_jobs = []() -> awaitable<int> {
    int sum = 0;
    for (int i = 0; i < 10; ++i) {
      sum += co_await asyncio::to_thread(add, i, 1);
    }
    co_return sum;
  };
  std::vector<awaitable<int>> tasks;
  for (int i = 0; i < 1000; ++i) {
    tasks.push_back(ten_jobs());
  }
  int total = 0;
  const std::vector<int> sums = co_await asyncio::gather(std::move(tasks));
  for (const int sum : sums) {
    total += sum;
  }
  BOOST_TEST(total == 55'000);
}

BOOST_AUTO_TEST_SUITE_END()
