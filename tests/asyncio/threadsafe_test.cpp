#include <asyncio/blocking.hpp>
#include <asyncio/concurrent_future.hpp>
#include <asyncio/context_var.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run_coroutine_threadsafe.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::run_coroutine_threadsafe;
using namespace std::chrono_literals;

namespace {

awaitable<int> add(int a, int b) {
  co_await asyncio::sleep(50ms);
  co_return a + b;
}

awaitable<int> fail() {
  co_await asyncio::sleep(50ms);
  throw std::runtime_error("Fail!");
}

awaitable<int> cancel_itself() {
  co_await asyncio::sleep(50ms);
  asyncio::current_task().cancel();
  co_await asyncio::sleep(0s);
  co_return 0;
}

awaitable<std::unique_ptr<int>> make_unique_answer() {
  co_return std::make_unique<int>(42);
}

/// What became of a blocking wait, in words.
template <class Wait>
std::string ending(Wait wait) {
  try {
    wait();
    return "done";
  } catch (const asyncio::cancelled_error&) {
    return "cancelled";
  } catch (...) {
    return asyncio::describe(std::current_exception());
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(threadsafe_test)

ASYNC_TEST_CASE(a_coroutine_from_another_thread_gives_its_result_there, *row("threadsafe-01")) {
  asyncio::loop& loop = asyncio::get_running_loop();
  const auto start = asyncio::clock::now();
  const int sum =
      co_await asyncio::to_thread([&] { return run_coroutine_threadsafe(add(1, 2), loop).result(); });
  BOOST_TEST(sum == 3);
  BOOST_TEST((asyncio::clock::now() - start == 50ms));
}

ASYNC_TEST_CASE(results_of_any_type_come_over) {
  asyncio::loop& loop = asyncio::get_running_loop();
  co_await asyncio::to_thread([&] {
    run_coroutine_threadsafe(asyncio::sleep(1s), loop).result();
    BOOST_TEST(run_coroutine_threadsafe(asyncio::sleep(1s, 42), loop).result() == 42);
    BOOST_TEST(*run_coroutine_threadsafe(make_unique_answer(), loop).result() == 42);
  });
}

ASYNC_TEST_CASE(an_exception_is_thrown_in_the_submitting_thread, *row("threadsafe-02")) {
  asyncio::loop& loop = asyncio::get_running_loop();
  reports reported(loop);
  std::string seen;
  co_await asyncio::to_thread(
      [&] { seen = ending([&] { static_cast<void>(run_coroutine_threadsafe(fail(), loop).result()); }); });
  BOOST_TEST(seen == "std::runtime_error: Fail!");
  co_await passes(3);
  BOOST_TEST(reported.contexts.empty());
}

ASYNC_TEST_CASE(a_wait_that_times_out_and_a_cancel_leave_no_task, *row("threadsafe-03")) {
  asyncio::loop& loop = asyncio::get_running_loop();
  std::string seen;
  co_await asyncio::to_thread([&] {
    const auto sum = run_coroutine_threadsafe(add(1, 2), loop);
    seen = ending([&] { static_cast<void>(sum.result(0s)); });
    BOOST_TEST(!sum.done());
    BOOST_TEST(sum.cancel());
    BOOST_TEST(sum.cancelled());
  });
  BOOST_TEST(seen.starts_with("asyncio::timeout_error: "));
  co_await passes(3);
  BOOST_TEST(asyncio::all_tasks().size() == 1);
}

ASYNC_TEST_CASE(a_wait_with_a_timeout_takes_no_longer_than_that) {
  asyncio::loop& loop = asyncio::get_running_loop();
  co_await asyncio::to_thread([&] {
    const auto start = asyncio::clock::now();
    const auto sum = run_coroutine_threadsafe(add(1, 2), loop);
    BOOST_CHECK_THROW(static_cast<void>(sum.result(20ms)), asyncio::timeout_error);
    BOOST_CHECK_THROW(static_cast<void>(sum.exception(20ms)), asyncio::timeout_error);
    BOOST_TEST((asyncio::clock::now() - start == 40ms));
    BOOST_TEST(sum.result(1h) == 3);
    BOOST_TEST((asyncio::clock::now() - start == 50ms));
    BOOST_TEST((sum.exception(0s) == nullptr));
  });
}

ASYNC_TEST_CASE(a_task_that_is_cancelled_throws_cancelled_error_in_the_submitting_thread,
                *row("threadsafe-04")) {
  asyncio::loop& loop = asyncio::get_running_loop();
  std::string seen;
  co_await asyncio::to_thread([&] {
    const auto cancelled = run_coroutine_threadsafe(cancel_itself(), loop);
    seen = ending([&] { static_cast<void>(cancelled.result()); });
    BOOST_TEST(cancelled.cancelled());
    BOOST_TEST(!cancelled.cancel());
  });
  BOOST_TEST(seen == "cancelled");
}

ASYNC_TEST_CASE(a_cancel_from_the_submitting_thread_is_thrown_in_the_task) {
  asyncio::loop& loop = asyncio::get_running_loop();
  bool cancelled = false;
  const auto stay = [&]() -> awaitable<void> {
    try {
      co_await asyncio::sleep(1h);
    } catch (const asyncio::cancelled_error&) {
      cancelled = true;
      throw;
    }
  };
  const auto start = asyncio::clock::now();
  co_await asyncio::to_thread([&] {
    const auto staying = run_coroutine_threadsafe(stay(), loop);
    asyncio::blocking_sleep(1s);
    BOOST_TEST(staying.cancel());
  });
  co_await passes(3);
  BOOST_TEST(cancelled);
  BOOST_TEST((asyncio::clock::now() - start == 1s));
}

ASYNC_TEST_CASE(a_cancel_at_once_comes_after_the_tasks_first_step) { // as in CPython
  asyncio::loop& loop = asyncio::get_running_loop();
  bool began = false;
  bool cancelled = false;
  const auto stay = [&]() -> awaitable<void> {
    began = true;
    try {
      co_await asyncio::sleep(1h);
    } catch (const asyncio::cancelled_error&) {
      cancelled = true;
    }
  };
  const auto submitted = run_coroutine_threadsafe(stay(), loop);
  BOOST_TEST(submitted.cancel());
  BOOST_TEST(!began);
  co_await passes(4);
  BOOST_TEST(began);
  BOOST_TEST(cancelled);
  BOOST_TEST(asyncio::all_tasks().size() == 1);
}

ASYNC_TEST_CASE(what_the_task_factory_throws_is_thrown_and_reported_once, *row("threadsafe-05")) {
  asyncio::loop& loop = asyncio::get_running_loop();
  reports reported(loop);
  loop.set_task_factory([](asyncio::loop&, asyncio::task_request&) -> asyncio::any_task {
    throw std::out_of_range("no more tasks");
  });
  std::exception_ptr seen;
  co_await asyncio::to_thread([&] { seen = run_coroutine_threadsafe(add(1, 2), loop).exception(); });
  loop.set_task_factory({});
  BOOST_TEST(asyncio::describe(seen) == "std::out_of_range: no more tasks");
  BOOST_REQUIRE(reported.contexts.size() == 1);
  BOOST_TEST((reported.contexts[0].exception == seen));
}

ASYNC_TEST_CASE(the_task_has_a_copy_of_the_submitting_threads_context) {
  static const asyncio::context_var<int> value("value", 0);
  asyncio::loop& loop = asyncio::get_running_loop();
  const auto get_value = []() -> awaitable<int> { co_return value.get(); };
  value.set(1);
  const int seen = co_await asyncio::to_thread([&] {
    value.set(2);
    return run_coroutine_threadsafe(get_value(), loop).result();
  });
  BOOST_TEST(seen == 2);
  BOOST_TEST(value.get() == 1);
}

BOOST_AUTO_TEST_CASE(a_closed_loop_takes_no_coroutine) {
  asyncio::loop loop;
  loop.close();
  BOOST_CHECK_THROW(static_cast<void>(run_coroutine_threadsafe(add(1, 2), loop)), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_was_awaited_is_refused) {
  asyncio::loop loop;
  auto coroutine = add(1, 2);
  auto moved = std::move(coroutine);
  BOOST_CHECK_THROW(
      // NOLINTNEXTLINE(bugprone-use-after-move): that is what is refused
      static_cast<void>(run_coroutine_threadsafe(std::move(coroutine), loop)), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(when_the_loop_goes_away_nobody_waits_in_vain) {
  std::optional<asyncio::concurrent_future<int>> never_begun;
  std::optional<asyncio::concurrent_future<int>> suspended;
  {
    asyncio::loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    suspended = run_coroutine_threadsafe(add(1, 2), loop);
    loop.stop();
    loop.run_forever(); // it is a task now
    never_begun = run_coroutine_threadsafe(add(1, 2), loop);
    BOOST_TEST(!suspended->done());
  }
  BOOST_TEST(never_begun->cancelled());
  BOOST_TEST(suspended->cancelled());
  BOOST_TEST(ending([&] { static_cast<void>(suspended->result()); }) == "cancelled");
  BOOST_TEST(!suspended->cancel());
}

BOOST_AUTO_TEST_CASE(a_cancel_after_the_loop_was_closed_does_no_harm) {
  std::optional<asyncio::concurrent_future<int>> suspended;
  {
    asyncio::loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    suspended = run_coroutine_threadsafe(add(1, 2), loop);
    loop.stop();
    loop.run_forever();
    loop.close();
    BOOST_TEST(suspended->cancel()); // between the end of the loop and its destruction
  }
  BOOST_TEST(!suspended->cancel());
  BOOST_TEST(suspended->cancelled());
}

BOOST_AUTO_TEST_CASE(many_threads_submit_wait_and_cancel) {
  const auto main = []() -> awaitable<int> {
    asyncio::loop& loop = asyncio::get_running_loop();
    const auto submit = [&loop](int from) {
      int sum = 0;
      for (int i = 0; i < 50; ++i) {
        const auto added = run_coroutine_threadsafe(asyncio::sleep(0s, from + i), loop);
        if (i % 5 == 4) {
          if (added.cancel()) {
            continue;
          }
        }
        sum += static_cast<int>(added.result() == from + i);
      }
      return sum;
    };
    int right = 0;
    std::vector<asyncio::future<int>> all;
    for (int thread = 0; thread < 4; ++thread) {
      all.push_back(asyncio::to_thread(submit, thread * 1000));
    }
    for (const auto& each : all) {
      right += co_await each;
    }
    co_return right;
  };
  const int right = asyncio::run(main());
  BOOST_TEST(right >= 160);
  BOOST_TEST(right <= 200);
}

BOOST_AUTO_TEST_SUITE_END()
