#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/wait_for.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::cancelled_error;
using asyncio::create_task;
using asyncio::future;
using asyncio::task;
using asyncio::timeout_error;
using asyncio::wait_for;
using namespace std::chrono_literals;
using names = std::vector<std::string>;
using boost::test_tools::per_element;

namespace {

const std::string timed_out = "asyncio::timeout_error: the deadline passed";

awaitable<std::string> give_after(std::chrono::milliseconds time, std::string value) {
  co_return co_await asyncio::sleep(time, value);
}

awaitable<void> sleep_noting(std::chrono::milliseconds time, names& seen) {
  seen.push_back("began");
  try {
    co_await asyncio::sleep(time);
    seen.push_back("slept");
  } catch (...) {
    seen.push_back(ending_by_exception());
    throw;
  }
}

// Sleeps on, however often it is cancelled.
awaitable<int> ignore_cancels(std::chrono::milliseconds time, int value) {
  const auto end = asyncio::clock::now() + time;
  while (asyncio::clock::now() < end) {
    try {
      co_await asyncio::sleep(end - asyncio::clock::now());
    } catch (const cancelled_error&) {
    }
  }
  co_return value;
}

awaitable<void> clean_up(std::chrono::milliseconds time, names& seen) {
  std::exception_ptr cancelled;
  try {
    co_await asyncio::sleep(1h);
  } catch (const cancelled_error&) {
    cancelled = std::current_exception();
  }
  co_await asyncio::sleep(time);
  seen.push_back("cleaned up");
  std::rethrow_exception(cancelled);
}

awaitable<void> fail_when_cancelled() {
  try {
    co_await asyncio::sleep(1h);
  } catch (const cancelled_error&) {
    throw std::runtime_error("Boom!");
  }
}

awaitable<void> wait_for_signal(future<> of) {
  co_await of;
}

std::chrono::nanoseconds since(asyncio::clock::time_point start) {
  return asyncio::clock::now() - start;
}

bool holds_a_cancel(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const timeout_error& thrown) {
    try {
      std::rethrow_if_nested(thrown);
    } catch (const cancelled_error&) {
      return true;
    }
  }
  return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(wait_for_test)

// --------------------------------------------------------------- in time

ASYNC_TEST_CASE(without_a_limit_it_gives_the_result, *row("wait-for-02")) {
  const std::string value = co_await wait_for(give_after(24h, "value"), std::nullopt);
  BOOST_TEST(value == "value");
  const std::optional<std::chrono::seconds> none;
  const std::string again = co_await wait_for(give_after(24h, "again"), none);
  BOOST_TEST(again == "again");
}

ASYNC_TEST_CASE(a_future_that_is_set_in_time_gives_its_value, *row("wait-for-03")) {
  const future<std::string> awaited;
  asyncio::get_running_loop().call_soon([awaited] { awaited.set_result("ok"); });
  const std::string value = co_await wait_for(awaited, 200ms);
  BOOST_TEST(value == "ok");
  co_await asyncio::sleep(1s);
  BOOST_TEST(asyncio::current_task().cancelling() == 0U);
}

ASYNC_TEST_CASE(an_error_in_time_comes_out_as_it_is) {
  const future<> awaited;
  awaited.set_exception(std::runtime_error("Boom!"));
  for (const std::chrono::seconds limit : {10s, 0s}) {
    const std::string how = co_await how_it_ends(wait_for(awaited, limit));
    BOOST_TEST(how == "std::runtime_error: Boom!");
  }
}

ASYNC_TEST_CASE(a_coroutine_runs_within_the_caller) {
  const auto name = []() -> awaitable<std::string> {
    co_await asyncio::sleep(1s);
    co_return asyncio::current_task().name();
  };
  const std::string inside = co_await wait_for(name(), 2s);
  BOOST_TEST(inside == asyncio::current_task().name());
}

// --------------------------------------------------------------- too late

ASYNC_TEST_CASE(a_task_that_takes_too_long_is_cancelled_and_has_ended, *row("wait-for-01")) {
  const auto start = asyncio::clock::now();
  names seen;
  const auto slow = create_task(sleep_noting(1h, seen));
  const std::string how = co_await how_it_ends(wait_for(slow, 100ms));
  BOOST_TEST(how == timed_out);
  BOOST_TEST(slow.cancelled());
  BOOST_TEST(seen == (names{"began", "cancelled"}), per_element());
  BOOST_TEST((since(start) == 100ms));
  BOOST_TEST(asyncio::current_task().cancelling() == 0U);
}

ASYNC_TEST_CASE(a_coroutine_and_a_future_that_take_too_long_are_cancelled_too) {
  names seen;
  const std::string coroutine = co_await how_it_ends(wait_for(sleep_noting(1h, seen), 100ms));
  BOOST_TEST(coroutine == timed_out);
  BOOST_TEST(seen == (names{"began", "cancelled"}), per_element());

  const future<int> never;
  const std::string awaited = co_await how_it_ends(wait_for(never, 100ms));
  BOOST_TEST(awaited == timed_out);
  BOOST_TEST(never.cancelled());
}

ASYNC_TEST_CASE(it_returns_only_when_what_ignores_the_deadline_has_ended, *row("wait-for-08")) {
  const auto start = asyncio::clock::now();
  const auto stubborn = create_task(ignore_cancels(200ms, 1));
  co_await how_it_ends(wait_for(stubborn, 100ms));
  BOOST_TEST(stubborn.done());
  BOOST_TEST((since(start) == 200ms));
}

ASYNC_TEST_CASE(who_swallows_the_deadlines_cancel_gives_the_value, *row("wait-for-09")) {
  const int from_coroutine = co_await wait_for(ignore_cancels(200ms, 42), 100ms);
  BOOST_TEST(from_coroutine == 42);
  const int from_task = co_await wait_for(create_task(ignore_cancels(200ms, 43)), 100ms);
  BOOST_TEST(from_task == 43);
  BOOST_TEST(asyncio::current_task().cancelling() == 0U);
}

ASYNC_TEST_CASE(the_clean_up_comes_first, *row("wait-for-10")) {
  const auto start = asyncio::clock::now();
  names seen;
  const auto cleaning = create_task(clean_up(300ms, seen));
  const std::string how = co_await how_it_ends(wait_for(cleaning, 100ms));
  BOOST_TEST(how == timed_out);
  BOOST_TEST(seen == names{"cleaned up"}, per_element());
  BOOST_TEST((since(start) == 400ms));
}

ASYNC_TEST_CASE(the_error_holds_the_cancel_that_it_stands_for, *row("wait-for-12")) {
  for (const std::chrono::milliseconds limit : {100ms, 0ms}) {
    names seen;
    std::exception_ptr caught;
    const auto cleaning = create_task(clean_up(100ms, seen));
    co_await asyncio::sleep(10ms);
    try {
      co_await wait_for(cleaning, limit);
    } catch (const timeout_error&) {
      caught = std::current_exception();
    }
    BOOST_TEST(holds_a_cancel(caught));
    BOOST_TEST(asyncio::describe(caught) == timed_out);
  }
}

ASYNC_TEST_CASE(an_error_of_the_clean_up_beats_the_timeout, *row("wait-for-13")) {
  const auto failing = create_task(fail_when_cancelled());
  const std::string how = co_await how_it_ends(wait_for(failing, 100ms));
  BOOST_TEST(how == "std::runtime_error: Boom!");
  const auto again = create_task(fail_when_cancelled());
  co_await passes(1);
  const std::string at_once = co_await how_it_ends(wait_for(again, 0s));
  BOOST_TEST(at_once == "std::runtime_error: Boom!");
}

// --------------------------------------------------------------- no time at all

ASYNC_TEST_CASE(a_future_that_is_done_needs_no_time, *row("wait-for-04")) {
  const future<std::string> done;
  done.set_result("done");
  for (const std::chrono::seconds limit : {0s, -1s}) {
    const std::string value = co_await wait_for(done, limit);
    BOOST_TEST(value == "done");
  }
  const future<> cancelled;
  cancelled.cancel("before");
  const std::string how = co_await how_it_ends(wait_for(cancelled, 0s));
  BOOST_TEST(how == "cancelled: before"); // that was no timeout
}

ASYNC_TEST_CASE(with_no_time_a_coroutine_never_begins, *row("wait-for-05")) {
  names seen;
  const std::string how = co_await how_it_ends(wait_for(sleep_noting(0ms, seen), 0s));
  BOOST_TEST(how == timed_out);
  BOOST_TEST(seen.empty());
  BOOST_TEST(asyncio::all_tasks().size() == 1U);
}

ASYNC_TEST_CASE(with_no_time_a_running_task_is_cancelled_and_has_ended, *row("wait-for-06")) {
  for (const std::chrono::seconds limit : {0s, -1s}) {
    names seen;
    const auto running = create_task(sleep_noting(10s, seen));
    co_await passes(1);
    const std::string how = co_await how_it_ends(wait_for(running, limit));
    BOOST_TEST(how == timed_out);
    BOOST_TEST(running.cancelled());
    BOOST_TEST(seen == (names{"began", "cancelled"}), per_element());
  }
}

ASYNC_TEST_CASE(with_no_time_the_clean_up_comes_first, *row("wait-for-11")) {
  const auto start = asyncio::clock::now();
  names seen;
  const auto cleaning = create_task(clean_up(300ms, seen));
  co_await asyncio::sleep(1ms);
  const std::string how = co_await how_it_ends(wait_for(cleaning, 0s));
  BOOST_TEST(how == timed_out);
  BOOST_TEST(seen == names{"cleaned up"}, per_element());
  BOOST_TEST((since(start) == 301ms));
}

ASYNC_TEST_CASE(with_no_time_who_swallows_the_cancel_gives_the_value) {
  const auto stubborn = create_task(ignore_cancels(100ms, 42));
  co_await passes(1);
  const int value = co_await wait_for(stubborn, 0s);
  BOOST_TEST(value == 42);
}

// As in CPython: with no time left it waits for the end of the other one, and that wait
// can be cancelled.
ASYNC_TEST_CASE(with_no_time_a_cancel_does_not_wait_for_the_clean_up) {
  const auto start = asyncio::clock::now();
  names seen;
  const auto cleaning = create_task(clean_up(300ms, seen));
  co_await asyncio::sleep(1ms);
  const auto waiting = create_task(wait_for(cleaning, 0s));
  co_await asyncio::sleep(100ms);
  waiting.cancel("enough");
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled: enough");
  BOOST_TEST((since(start) == 101ms));
  BOOST_TEST(!cleaning.done());
  co_await end_of(cleaning);
  BOOST_TEST(seen == names{"cleaned up"}, per_element());
}

// --------------------------------------------------------------- cancels from elsewhere

ASYNC_TEST_CASE(a_cancelled_one_ends_when_what_ignores_it_has_ended, *row("wait-for-07")) {
  const auto start = asyncio::clock::now();
  const auto stubborn = create_task(ignore_cancels(200ms, 42));
  const auto waiting = create_task(wait_for(stubborn, 400ms));
  co_await passes(2);
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(stubborn.done());
  BOOST_TEST(ending_of(stubborn) == "done");
  BOOST_TEST((since(start) == 200ms));
}

// The row is CPython 3.11's; from 3.12 on wait_for gives what the task gives: 3.13 counts here.
ASYNC_TEST_CASE(cancelled_while_the_inner_one_resists_the_deadline_it_gives_the_value, *row("wait-for-14")) {
  const auto start = asyncio::clock::now();
  const auto stubborn = create_task(ignore_cancels(1000ms, 42));
  const auto waiting = create_task(wait_for(stubborn, 100ms));
  co_await asyncio::sleep(200ms);
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST((since(start) == 1s));
  BOOST_TEST(ending_of(waiting) == "done");
  BOOST_TEST(waiting.result() == 42);
  BOOST_TEST(stubborn.result() == 42);
  BOOST_TEST(waiting.cancelling() == 1U); // the deadline's cancel is taken back, the other is not
}

ASYNC_TEST_CASE(cancelling_it_cancels_what_it_waits_for, *row("wait-for-15")) {
  for (const std::optional<std::chrono::seconds> limit :
       {std::optional(60s), std::optional<std::chrono::seconds>()}) {
    const auto inner = create_task(wait_for_signal(future<>()));
    const auto waiting = create_task(wait_for(inner, limit));
    asyncio::get_running_loop().call_soon([waiting] { waiting.cancel("enough"); });
    co_await end_of(waiting);
    BOOST_TEST(ending_of(waiting) == "cancelled: enough");
    BOOST_TEST(inner.cancelled());
  }
}

awaitable<void> wait_for_and_sleep(task<std::string> inner, bool& reached_the_end) {
  co_await wait_for(inner, 100s);
  co_await asyncio::sleep(1s);
  reached_the_end = true;
}

awaitable<std::string> give_at_once() {
  co_return "done";
}

ASYNC_TEST_CASE(a_cancel_in_the_pass_in_which_the_inner_one_ends_is_not_lost, *row("wait-for-16")) {
  for (int after = 0; after <= 2; ++after) {
    bool reached_the_end = false;
    const auto inner = create_task(give_at_once());
    const auto waiting = create_task(wait_for_and_sleep(inner, reached_the_end));
    co_await passes(after);
    waiting.cancel("enough");
    co_await end_of(waiting);
    BOOST_TEST(ending_of(waiting) == "cancelled: enough");
    BOOST_TEST(inner.result() == "done");
    BOOST_TEST(!reached_the_end);
  }
}

ASYNC_TEST_CASE(a_cancel_in_the_pass_of_the_deadline_is_not_taken_for_it) {
  const auto start = asyncio::clock::now();
  const auto inner = create_task(give_after(1h, "late"));
  const auto waiting = create_task(wait_for(inner, 1s));
  co_await passes(1);
  // Set later than the deadline, so it comes right after it.
  asyncio::get_running_loop().call_at(start + 1s, [waiting] { waiting.cancel("enough"); });
  co_await end_of(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(inner.cancelled());
  BOOST_TEST((since(start) == 1s));
}

// --------------------------------------------------------------- over a shield

ASYNC_TEST_CASE(with_no_time_it_cancels_the_shield_and_not_what_is_inside, *row("wait-for-17")) {
  const auto inside = create_task(give_after(10ms, "done"));
  const auto outside = asyncio::shield(inside);
  const std::string how = co_await how_it_ends(wait_for(outside, 0s));
  BOOST_TEST(how == timed_out);
  BOOST_TEST(outside.cancelled());
  BOOST_TEST(!inside.done());
  const std::string value = co_await inside;
  BOOST_TEST(value == "done");
}

ASYNC_TEST_CASE(without_a_limit_it_waits_for_what_is_inside, *row("wait-for-18")) {
  const auto inside = create_task(give_after(24h, "done"));
  const std::string value = co_await wait_for(asyncio::shield(inside), std::nullopt);
  BOOST_TEST(value == "done");
  BOOST_TEST(inside.done());
}

ASYNC_TEST_CASE(at_the_deadline_what_is_inside_goes_on, *row("wait-for-19")) {
  const auto start = asyncio::clock::now();
  const auto inside = create_task(give_after(100ms, "done"));
  const std::string how = co_await how_it_ends(wait_for(asyncio::shield(inside), 10ms));
  BOOST_TEST(how == timed_out);
  BOOST_TEST((since(start) == 10ms));
  BOOST_TEST(!inside.done());
  const std::string value = co_await inside;
  BOOST_TEST(value == "done");
}

// --------------------------------------------------------------- what it takes

ASYNC_TEST_CASE(it_takes_whatever_can_become_a_task) {
  co_await wait_for(asyncio::sleep(1s), 2s);
  const std::string how = co_await how_it_ends(wait_for(asyncio::sleep(2s), 1s));
  BOOST_TEST(how == timed_out);

  asyncio::lock lock;
  {
    auto held = co_await wait_for(lock.hold(), 1s);
    const std::string second = co_await how_it_ends(wait_for(lock.acquire(), 1s));
    BOOST_TEST(second == timed_out);
    BOOST_TEST(lock.locked());
  }
  BOOST_TEST(!lock.locked());

  const auto plain = []() -> boost::asio::awaitable<int> { co_return 42; };
  const int from_plain_asio = co_await wait_for(plain(), 1s);
  BOOST_TEST(from_plain_asio == 42);
}

ASYNC_TEST_CASE(a_value_that_can_only_move_moves_out) {
  const auto give = []() -> awaitable<std::unique_ptr<int>> {
    co_await asyncio::sleep(1s);
    co_return std::make_unique<int>(42);
  };
  const std::unique_ptr<int> from_coroutine = co_await wait_for(give(), 2s);
  BOOST_TEST(*from_coroutine == 42);
  const std::unique_ptr<int> from_task = co_await wait_for(create_task(give()), 2s);
  BOOST_TEST(*from_task == 42);
}

ASYNC_TEST_CASE(a_task_that_others_hold_keeps_its_value) {
  const auto inner = create_task(give_after(1s, "long enough to live outside the string"));
  const std::string value = co_await wait_for(inner, 2s);
  BOOST_TEST(value == inner.result());
  const std::string again = co_await wait_for(inner, 0s);
  BOOST_TEST(again == inner.result());
}

ASYNC_TEST_CASE(an_empty_handle_is_refused) {
  const task<int> empty;
  for (const std::chrono::seconds limit : {1s, 0s}) {
    const std::string how = co_await how_it_ends(wait_for(empty, limit));
    BOOST_TEST(how.starts_with("asyncio::misuse_error"), how);
  }
}

// --------------------------------------------------------------- for whoever looks at it

awaitable<void> wait_for_a_future() {
  const future<int> never;
  co_await wait_for(never, std::nullopt);
}
constexpr int line_of_future = __LINE__ - 2;

awaitable<void> wait_for_a_lock() {
  asyncio::lock forks("forks");
  co_await forks.acquire();
  co_await wait_for(forks.acquire(), std::nullopt);
}
constexpr int line_of_lock = __LINE__ - 2;

awaitable<void> await_never_when_cancelled() {
  try {
    co_await asyncio::sleep(1h);
  } catch (const cancelled_error&) {
  }
  co_await future<>();
}

awaitable<void> wait_for_a_clean_up() {
  const auto stuck = create_task(await_never_when_cancelled(), "stuck");
  co_await passes(1);
  co_await wait_for(stuck, 0s);
}
constexpr int line_of_clean_up = __LINE__ - 2;

std::string report_of_deadlock(awaitable<void> main) {
  try {
    asyncio::run(std::move(main), asyncio::run_options().virtual_time());
  } catch (const asyncio::deadlock_error& error) {
    return error.what();
  }
  return "none";
}

BOOST_AUTO_TEST_CASE(a_deadlock_tells_what_it_waits_for_and_who_called_it) {
  const auto check = [](awaitable<void> main, const std::string& what, int line) {
    const std::string report = report_of_deadlock(std::move(main));
    const std::string wanted = "main waits for " + what + " (wait_for_test.cpp:" + std::to_string(line) + ")";
    BOOST_TEST(report.find(wanted) != std::string::npos, report);
  };
  check(wait_for_a_future(), "a future", line_of_future);
  check(wait_for_a_lock(), "lock \"forks\"", line_of_lock);
  check(wait_for_a_clean_up(), "all of task \"stuck\"", line_of_clean_up);
}

BOOST_AUTO_TEST_CASE(a_loop_that_ends_takes_one_along) {
  virtual_loop loop;
  loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
  loop.create_task(wait_for(loop.create_future<int>(), 1h));
  loop.create_task(wait_for(give_after(2h, "late"), 1h));
  loop.run_until_complete(passes(3));
}

BOOST_AUTO_TEST_SUITE_END()
