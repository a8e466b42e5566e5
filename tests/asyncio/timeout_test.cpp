#include <asyncio/blocking.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/timeout.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::cancelled_error;
using asyncio::create_task;
using asyncio::misuse_error;
using asyncio::timeout;
using asyncio::timeout_error;
using asyncio::timeout_state;
using asyncio::with_timeout;
using asyncio::with_timeout_at;
using namespace std::chrono_literals;
using names = std::vector<std::string>;
using boost::test_tools::per_element;

namespace {

const std::string timed_out = "asyncio::timeout_error: the deadline passed";

awaitable<void> sleep_for(std::chrono::milliseconds time) {
  co_await asyncio::sleep(time);
}

awaitable<int> give_after(std::chrono::milliseconds time, int value) {
  co_return co_await asyncio::sleep(time, value);
}

awaitable<void> fail_after(std::chrono::milliseconds time) {
  co_await asyncio::sleep(time);
  throw std::runtime_error("Boom!");
}

awaitable<void> sleep_noting(std::chrono::milliseconds time, std::string who, names& seen) {
  try {
    co_await asyncio::sleep(time);
    seen.push_back(who + " slept");
  } catch (...) {
    seen.push_back(who + ": " + ending_by_exception());
    throw;
  }
}

awaitable<void> end_noting(awaitable<void> what, std::string who, names& seen) {
  const std::string how = co_await how_it_ends(std::move(what));
  seen.push_back(who + ": " + how);
}

// Its clean-up takes its time, and may fail.
awaitable<void> clean_up(std::chrono::milliseconds time, bool fails) {
  std::exception_ptr cancelled;
  try {
    co_await asyncio::sleep(1h);
  } catch (const cancelled_error&) {
    cancelled = std::current_exception();
  }
  co_await asyncio::sleep(time);
  if (fails) {
    throw std::runtime_error("Boom!");
  }
  std::rethrow_exception(cancelled);
}

awaitable<void> fail_when_cancelled() {
  try {
    co_await asyncio::sleep(1h);
  } catch (const cancelled_error&) {
    throw std::runtime_error("Boom!");
  }
}

awaitable<int> swallow(std::chrono::milliseconds time, int value) {
  try {
    co_await asyncio::sleep(time);
  } catch (const cancelled_error&) {
  }
  co_return value;
}

awaitable<void> cancel_self_and_sleep() {
  asyncio::current_task().cancel("by itself");
  co_await asyncio::sleep(10s);
}

// Swallows the cancel that it gets, and then cleans up in a block of that length.
awaitable<void> swallow_and_clean_up(std::chrono::milliseconds limit, awaitable<void> (*work)(),
                                     names& seen) {
  co_await swallow(10s, 0);
  seen.push_back("open cancels: " + std::to_string(asyncio::current_task().cancelling()));
  co_await end_noting(with_timeout(limit, work), "clean-up", seen);
}

awaitable<void> sleep_a_second() {
  co_await asyncio::sleep(1s);
}

using timeouts = asyncio::future<timeout*>;

awaitable<void> show_and_sleep(timeout& limit, timeouts shown, std::chrono::seconds time) {
  shown.set_result(&limit);
  co_await asyncio::sleep(time);
}

std::string refusal_to_reschedule(timeout& limit) {
  try {
    limit.reschedule(asyncio::clock::now() + 1h);
  } catch (const misuse_error& error) {
    return error.what();
  }
  return "none";
}

} // namespace

BOOST_AUTO_TEST_SUITE(timeout_test)

// --------------------------------------------------------------- what comes of it

ASYNC_TEST_CASE(a_body_that_takes_too_long_is_cancelled_and_times_out, *row("timeout-01")) {
  const auto start = asyncio::clock::now();
  timeout limit(10ms);
  const std::string how = co_await how_it_ends(with_timeout(limit, sleep_for, 10s));
  BOOST_TEST(how == timed_out);
  BOOST_TEST(limit.expired());
  BOOST_TEST((asyncio::clock::now() - start == 10ms));
}

ASYNC_TEST_CASE(the_deadline_may_be_a_time, *row("timeout-02")) {
  const auto deadline = asyncio::clock::now() + 10ms;
  std::optional<asyncio::clock::time_point> when;
  bool expired_inside = true;
  const std::string how = co_await how_it_ends(with_timeout_at(deadline, [&](timeout& t) -> awaitable<void> {
    when = t.when();
    expired_inside = t.expired();
    co_await asyncio::sleep(10s);
  }));
  BOOST_TEST(how == timed_out);
  BOOST_TEST((when == deadline));
  BOOST_TEST(!expired_inside);
  BOOST_TEST((asyncio::clock::now() == deadline));

  timeout limit(deadline + 1s);
  const std::string again = co_await how_it_ends(with_timeout(limit, sleep_for, 10s));
  BOOST_TEST(again == timed_out);
  BOOST_TEST(limit.expired());
  BOOST_TEST((limit.when() == deadline + 1s));
  BOOST_TEST((asyncio::clock::now() == deadline + 1s));
}

ASYNC_TEST_CASE(a_body_in_time_gives_its_value, *row("timeout-05")) {
  timeout limit(10s);
  const int value = co_await with_timeout(limit, give_after, 10ms, 42);
  BOOST_TEST(value == 42);
  BOOST_TEST(!limit.expired());
  BOOST_TEST((limit.when() > asyncio::clock::now()));
  co_await asyncio::sleep(20s); // nothing is left of it
  BOOST_TEST(asyncio::current_task().cancelling() == 0U);
}

ASYNC_TEST_CASE(without_a_limit_it_never_expires, *row("timeout-06") * row("timeout-07")) {
  const std::optional<std::chrono::seconds> none;
  timeout relative(none);
  co_await with_timeout(relative, sleep_for, 24h);
  BOOST_TEST(!relative.expired());
  BOOST_TEST(!relative.when().has_value());

  timeout absolute(std::optional<asyncio::clock::time_point>{});
  co_await with_timeout(absolute, sleep_for, 24h);
  BOOST_TEST(!absolute.expired());
  BOOST_TEST(!absolute.when().has_value());

  co_await with_timeout(std::nullopt, sleep_for, 24h);
  co_await with_timeout_at(std::nullopt, sleep_for, 24h);
  co_await with_timeout(none, sleep_for, 24h);
}

ASYNC_TEST_CASE(zero_cancels_the_body_where_it_first_suspends, *row("timeout-08") * row("timeout-09")) {
  const auto start = asyncio::clock::now();
  for (const std::chrono::seconds first : {10s, 0s}) {
    timeout limit(0s);
    const std::string how = co_await how_it_ends(with_timeout(limit, sleep_for, first));
    BOOST_TEST(how == timed_out);
    BOOST_TEST(limit.expired());
    BOOST_TEST((limit.when() == start));
  }
  BOOST_TEST((asyncio::clock::now() == start));
}

ASYNC_TEST_CASE(a_deadline_in_the_past_is_like_zero, *row("timeout-10")) {
  const auto start = asyncio::clock::now();
  timeout limit(-11s);
  const std::string how = co_await how_it_ends(with_timeout(limit, sleep_for, 0s));
  BOOST_TEST(how == timed_out);
  BOOST_TEST(limit.expired());
  BOOST_TEST((limit.when() == start - 11s));
}

ASYNC_TEST_CASE(a_body_that_does_not_suspend_is_never_too_late) {
  timeout limit(0s);
  const int value = co_await with_timeout(limit, [&]() -> awaitable<int> { co_return 42; });
  BOOST_TEST(value == 42);
  BOOST_TEST(!limit.expired());
  co_await passes(3); // what was queued at once is gone with it
  BOOST_TEST(asyncio::current_task().cancelling() == 0U);
}

ASYNC_TEST_CASE(an_error_of_the_body_comes_out_as_it_is, *row("timeout-11")) {
  timeout limit(1s);
  const std::string how = co_await how_it_ends(with_timeout(limit, fail_after, 10ms));
  BOOST_TEST(how == "std::runtime_error: Boom!");
  BOOST_TEST(!limit.expired());
}

ASYNC_TEST_CASE(an_error_of_the_clean_up_beats_the_timeout, *row("timeout-12")) {
  timeout limit(1s);
  const std::string how = co_await how_it_ends(with_timeout(limit, clean_up, 1s, true));
  BOOST_TEST(how == "std::runtime_error: Boom!");
  BOOST_TEST(limit.expired());
  BOOST_TEST(asyncio::current_task().cancelling() == 0U);
}

ASYNC_TEST_CASE(of_several_errors_of_the_clean_up_the_last_comes_out, *row("timeout-13")) {
  const std::string how = co_await how_it_ends(with_timeout(10ms, [&]() -> awaitable<void> {
    std::exception_ptr first;
    try {
      throw std::logic_error("the body's");
    } catch (...) {
      first = std::current_exception();
    }
    try {
      co_await asyncio::sleep(1s);
      std::rethrow_exception(first);
    } catch (const cancelled_error&) {
      try {
        throw std::runtime_error("of the clean-up");
      } catch (const std::runtime_error&) {
        throw std::domain_error("the last");
      }
    }
  }));
  BOOST_TEST(how == "std::domain_error: the last");
}

ASYNC_TEST_CASE(a_clean_up_after_an_error_that_takes_too_long_times_out, *row("timeout-14")) {
  const std::string how = co_await how_it_ends(with_timeout(10ms, [&]() -> awaitable<void> {
    std::exception_ptr failed;
    try {
      throw std::runtime_error("Boom!");
    } catch (...) {
      failed = std::current_exception();
    }
    co_await asyncio::sleep(1s);
    std::rethrow_exception(failed);
  }));
  BOOST_TEST(how == timed_out);
}

ASYNC_TEST_CASE(a_body_that_goes_on_after_its_deadline_gives_its_value) {
  timeout limit(1s);
  const int value = co_await with_timeout(limit, swallow, 10s, 42);
  BOOST_TEST(value == 42);
  BOOST_TEST(limit.expired());
  BOOST_TEST(asyncio::current_task().cancelling() == 0U);
}

ASYNC_TEST_CASE(the_body_is_told_where_it_is_suspended_and_cleans_up_first, *row("timeout-04")) {
  names seen;
  const auto start = asyncio::clock::now();
  co_await end_noting(with_timeout(10ms, sleep_noting, 10s, "body", std::ref(seen)), "block", seen);
  BOOST_TEST(seen == (names{"body: cancelled", "block: " + timed_out}), per_element());

  co_await end_noting(with_timeout(10ms, clean_up, 5s, false), "block", seen);
  BOOST_TEST(seen.back() == "block: " + timed_out);
  BOOST_TEST((asyncio::clock::now() - start == 5020ms));
}

ASYNC_TEST_CASE(the_error_holds_the_cancel_that_it_stands_for, *row("timeout-24")) {
  std::exception_ptr caught;
  try {
    co_await with_timeout(1s, sleep_for, 2s);
  } catch (const timeout_error&) {
    caught = std::current_exception();
  }
  BOOST_TEST_REQUIRE((caught != nullptr));
  bool holds_a_cancel = false;
  try {
    std::rethrow_exception(caught);
  } catch (const timeout_error& error) {
    try {
      std::rethrow_if_nested(error);
    } catch (const cancelled_error&) {
      holds_a_cancel = true;
    }
  }
  BOOST_TEST(holds_a_cancel);
}

// --------------------------------------------------------------- cancels from elsewhere

ASYNC_TEST_CASE(a_cancel_from_elsewhere_is_no_timeout, *row("timeout-15")) {
  timeout limit(10s);
  const auto waiting = create_task(with_timeout(limit, sleep_for, 10s));
  co_await asyncio::sleep(1s);
  waiting.cancel("enough");
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled: enough");
  BOOST_TEST(!limit.expired());

  timeout other(10s);
  const auto cancels_itself = create_task(with_timeout(other, cancel_self_and_sleep));
  co_await end_of(cancels_itself);
  BOOST_TEST(ending_of(cancels_itself) == "cancelled: by itself");
  BOOST_TEST(!other.expired());
}

ASYNC_TEST_CASE(a_cancel_in_the_pass_of_the_deadline_comes_out_either_way) {
  for (const bool first : {true, false}) {
    timeout limit(std::nullopt);
    const auto waiting = create_task(with_timeout(limit, sleep_for, 10s));
    co_await asyncio::sleep(0s);
    if (first) {
      waiting.cancel("enough");
    }
    limit.reschedule(asyncio::clock::now());
    auto& loop = asyncio::get_running_loop();
    if (!first) {
      loop.call_soon([&] { waiting.cancel("enough"); }); // right behind the deadline
    }
    co_await end_of(waiting);
    BOOST_TEST(waiting.cancelled());
    BOOST_TEST(limit.expired() == !first); // after a cancel the block has ended before its deadline
  }
}

ASYNC_TEST_CASE(a_cancel_while_an_expired_body_cleans_up_comes_out) {
  timeout limit(1s);
  const auto waiting = create_task(with_timeout(limit, clean_up, 10s, false));
  co_await asyncio::sleep(5s);
  BOOST_TEST((limit.state() == timeout_state::expiring));
  waiting.cancel("enough");
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled: enough");
  BOOST_TEST(limit.expired());
  BOOST_TEST(waiting.cancelling() == 1U);
}

ASYNC_TEST_CASE(a_task_that_handles_its_timeout_is_not_cancelled, *row("timeout-16")) {
  names seen;
  const auto outer = create_task(end_noting(with_timeout(1ms, sleep_for, 10s), "block", seen));
  co_await outer;
  BOOST_TEST(seen == names{"block: " + timed_out}, per_element());
  BOOST_TEST(!outer.cancelled());
  BOOST_TEST(outer.cancelling() == 0U);
}

ASYNC_TEST_CASE(after_a_cancel_that_was_swallowed_a_timeout_still_is_one, *row("timeout-22")) {
  names seen;
  const auto stubborn = create_task(swallow_and_clean_up(0ms, sleep_a_second, seen));
  co_await asyncio::sleep(0s);
  stubborn.cancel();
  co_await end_of(stubborn);
  BOOST_TEST(seen == (names{"open cancels: 1", "clean-up: " + timed_out}), per_element());
  BOOST_TEST(ending_of(stubborn) == "done");
}

ASYNC_TEST_CASE(after_a_cancel_that_was_swallowed_another_one_still_is_none, *row("timeout-23")) {
  names seen;
  const auto stubborn = create_task(swallow_and_clean_up(1000ms, cancel_self_and_sleep, seen));
  co_await asyncio::sleep(0s);
  stubborn.cancel();
  co_await end_of(stubborn);
  BOOST_TEST(seen == (names{"open cancels: 1", "clean-up: cancelled: by itself"}), per_element());
}

// --------------------------------------------------------------- one inside another

ASYNC_TEST_CASE(of_two_with_the_same_deadline_only_the_outer_one_times_out, *row("timeout-03")) {
  names seen;
  const auto deadline = asyncio::clock::now() + 10ms;
  timeout outer(deadline);
  timeout inner(deadline);
  co_await end_noting(with_timeout(outer,
                                   [&]() -> awaitable<void> {
                                     std::string how =
                                         co_await how_it_ends(with_timeout(inner, sleep_for, 10s));
                                     seen.push_back("inner: " + how);
                                     throw cancelled_error();
                                   }),
                      "outer", seen);
  BOOST_TEST(seen == (names{"inner: cancelled", "outer: " + timed_out}), per_element());
  BOOST_TEST(outer.expired());
  BOOST_TEST(inner.expired());
}

ASYNC_TEST_CASE(an_inner_one_that_has_time_left_lets_the_cancel_of_the_outer_one_through,
                *row("timeout-17")) {
  names seen;
  timeout outer(2ms);
  timeout inner(100ms);
  co_await end_noting(with_timeout(outer,
                                   [&]() -> awaitable<void> {
                                     co_await with_timeout(inner, [&]() -> awaitable<void> {
                                       asyncio::blocking_sleep(10ms);
                                       co_await sleep_noting(1s, "body", seen);
                                     });
                                   }),
                      "outer", seen);
  BOOST_TEST(seen == (names{"body: cancelled", "outer: " + timed_out}), per_element());
  BOOST_TEST(outer.expired());
  BOOST_TEST(!inner.expired());
}

ASYNC_TEST_CASE(when_both_are_overdue_the_outer_one_ends_what_comes_after_the_inner_one, *row("timeout-18")) {
  const auto start = asyncio::clock::now();
  names seen;
  co_await end_noting(with_timeout(100ms,
                                   [&]() -> awaitable<void> {
                                     co_await how_it_ends(with_timeout(10ms, [&]() -> awaitable<void> {
                                       asyncio::blocking_sleep(100ms);
                                       co_await asyncio::sleep(1s);
                                     }));
                                     co_await sleep_noting(10s, "after", seen);
                                   }),
                      "outer", seen);
  BOOST_TEST(seen.back() == "outer: " + timed_out);
  BOOST_TEST(seen.front() != "after slept");
  BOOST_TEST((asyncio::clock::now() - start == 100ms));
}

ASYNC_TEST_CASE(an_inner_one_times_out_by_itself) {
  names seen;
  timeout outer(10s);
  co_await end_noting(with_timeout(outer,
                                   [&]() -> awaitable<void> {
                                     co_await end_noting(with_timeout(1s, sleep_for, 5s), "inner", seen);
                                     co_await sleep_noting(1s, "after", seen);
                                   }),
                      "outer", seen);
  BOOST_TEST(seen == (names{"inner: " + timed_out, "after slept", "outer: done"}), per_element());
  BOOST_TEST(!outer.expired());
}

ASYNC_TEST_CASE(the_errors_of_a_group_in_it_beat_the_timeout, *row("timeout-31")) {
  names errors;
  timeout limit(10ms);
  try {
    co_await with_timeout(limit, [&]() -> awaitable<void> {
      co_await asyncio::with_task_group([&](asyncio::task_group& group) -> awaitable<void> {
        group.create_task(fail_when_cancelled());
        std::exception_ptr failed;
        try {
          throw std::logic_error("the body's");
        } catch (const std::logic_error&) {
          failed = std::current_exception();
        }
        co_await asyncio::sleep(1s);
        std::rethrow_exception(failed);
      });
    });
  } catch (const asyncio::exception_group& group) {
    for (const std::exception_ptr& each : group.exceptions()) {
      errors.push_back(asyncio::describe(each));
    }
  }
  BOOST_TEST(errors == names{"std::runtime_error: Boom!"}, per_element());
  BOOST_TEST(limit.expired());
  BOOST_TEST(asyncio::current_task().cancelling() == 0U);
}

ASYNC_TEST_CASE(one_in_the_clean_up_of_another_times_out_by_itself, *row("timeout-21")) {
  names seen;
  co_await end_noting(with_timeout(10ms,
                                   [&]() -> awaitable<void> {
                                     std::exception_ptr cancelled;
                                     try {
                                       co_await asyncio::sleep(1s);
                                     } catch (const cancelled_error&) {
                                       cancelled = std::current_exception();
                                     }
                                     co_await end_noting(with_timeout(10ms, sleep_for, 10s), "clean-up",
                                                         seen);
                                     std::rethrow_exception(cancelled);
                                   }),
                      "block", seen);
  BOOST_TEST(seen == (names{"clean-up: " + timed_out, "block: " + timed_out}), per_element());
}

// --------------------------------------------------------------- moving the deadline

ASYNC_TEST_CASE(another_task_moves_the_deadline_and_removes_it, *row("timeout-19") * row("timeout-20")) {
  const auto start = asyncio::clock::now();
  timeouts shown;
  const auto waiting = create_task(with_timeout(10s, show_and_sleep, shown, 1000s));
  timeout& limit = *co_await shown;
  BOOST_TEST((limit.when() == start + 10s));
  limit.reschedule(start + 30s);
  BOOST_TEST((limit.when() == start + 30s));
  co_await asyncio::sleep(20s);
  BOOST_TEST(!limit.expired());
  limit.reschedule(std::nullopt);
  BOOST_TEST(!limit.when().has_value());
  co_await asyncio::sleep(20s);
  BOOST_TEST(!limit.expired());
  waiting.cancel();
  co_await passes(1);
  BOOST_TEST(ending_of(waiting) == "cancelled");
}

ASYNC_TEST_CASE(without_a_deadline_its_own_is_cancelled_not_expired, *row("timeout-20")) {
  timeout limit(1s);
  const auto waiting = create_task(with_timeout(limit, sleep_for, 10s));
  co_await asyncio::sleep(0s);
  limit.reschedule(std::nullopt);
  co_await asyncio::sleep(5s);
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled");
  BOOST_TEST(!limit.expired());
  BOOST_TEST((limit.state() == timeout_state::finished));
}

ASYNC_TEST_CASE(a_body_moves_its_own_deadline) {
  const auto start = asyncio::clock::now();
  const std::string how = co_await how_it_ends(with_timeout(1s, [&](timeout& t) -> awaitable<void> {
    t.reschedule(start + 5s);
    co_await asyncio::sleep(3s);
    t.reschedule(start + 4s); // and nearer
    co_await asyncio::sleep(3s);
  }));
  BOOST_TEST(how == timed_out);
  BOOST_TEST((asyncio::clock::now() - start == 4s));
}

ASYNC_TEST_CASE(one_moved_into_the_past_cancels_in_the_next_pass) {
  names seen;
  co_await end_noting(with_timeout(std::nullopt,
                                   [&](timeout& t) -> awaitable<void> {
                                     t.reschedule(asyncio::clock::now());
                                     BOOST_TEST(!t.expired());
                                     co_await sleep_noting(0s, "body", seen);
                                   }),
                      "block", seen);
  BOOST_TEST(seen == (names{"body: cancelled", "block: " + timed_out}), per_element());
}

ASYNC_TEST_CASE(one_moved_into_the_past_and_away_again_does_not_fire) {
  timeout limit(std::nullopt);
  co_await with_timeout(limit, [&](timeout& t) -> awaitable<void> {
    t.reschedule(asyncio::clock::now());
    t.reschedule(asyncio::clock::now() + 10s);
    t.reschedule(asyncio::clock::now() - 1s);
    t.reschedule(std::nullopt);
    co_await asyncio::sleep(20s);
  });
  BOOST_TEST((limit.state() == timeout_state::finished));
  co_await passes(2);
  BOOST_TEST(asyncio::current_task().cancelling() == 0U);
}

ASYNC_TEST_CASE(one_that_is_not_in_its_block_cannot_be_moved,
                *row("timeout-26") * row("timeout-27") * row("timeout-29")) {
  timeout limit(1s);
  const auto when = limit.when();
  BOOST_TEST(refusal_to_reschedule(limit) == "a timeout cannot be rescheduled before its block begins");
  co_await with_timeout(limit, sleep_for, 1ms);
  BOOST_TEST(refusal_to_reschedule(limit) == "a timeout cannot be rescheduled after its block");

  timeout expired(1s);
  co_await how_it_ends(with_timeout(expired, sleep_for, 1h));
  BOOST_TEST(refusal_to_reschedule(expired) == "a timeout cannot be rescheduled after its block");
  BOOST_TEST((limit.when() == when));
}

ASYNC_TEST_CASE(one_that_has_fired_cannot_be_moved, *row("timeout-28")) {
  std::string refusal;
  co_await with_timeout(1s, [&](timeout& t) -> awaitable<void> {
    co_await swallow(10s, 0);
    refusal = refusal_to_reschedule(t);
  });
  BOOST_TEST(refusal == "a timeout cannot be rescheduled: its deadline has passed");
}

BOOST_AUTO_TEST_CASE(one_cannot_be_moved_where_its_loop_does_not_run) {
  timeout limit(std::nullopt);
  virtual_loop loop;
  loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
  const auto waiting = loop.create_task(with_timeout(limit, sleep_for, 1s));
  loop.run_until_complete(passes(2));
  BOOST_TEST(refusal_to_reschedule(limit) == "a timeout can only be rescheduled where its loop runs");
}

// --------------------------------------------------------------- one object, one block

ASYNC_TEST_CASE(one_serves_one_block, *row("timeout-25")) {
  timeout limit(1s);
  std::string inside;
  co_await with_timeout(limit, [&](timeout& t) -> awaitable<void> {
    inside = co_await how_it_ends(with_timeout(t, sleep_for, 1ms));
    BOOST_TEST((t.state() == timeout_state::active));
  });
  const std::string refused =
      "asyncio::misuse_error: this timeout has served a block already: each block needs one of its own";
  BOOST_TEST(inside == refused);
  const std::string after = co_await how_it_ends(with_timeout(limit, sleep_for, 1ms));
  BOOST_TEST(after == refused);
  BOOST_TEST((limit.state() == timeout_state::finished));
}

// Every coroutine runs in a task, so this takes the inside of the library.
ASYNC_TEST_CASE(outside_a_task_none_can_be_entered, *row("timeout-30")) {
  timeout limit(1s);
  bool refused = false;
  asyncio::get_running_loop().call_soon([&] {
    BOOST_CHECK_THROW(asyncio::detail::timeout_block{limit}, misuse_error);
    refused = true;
  });
  co_await asyncio::sleep(0s);
  BOOST_TEST(refused);
  BOOST_TEST((limit.state() == timeout_state::created));
  co_await with_timeout(limit, sleep_for, 1ms);
}

ASYNC_TEST_CASE(it_tells_how_it_stands, *row("timeout-32")) {
  timeout in_time(1s);
  BOOST_TEST((in_time.state() == timeout_state::created));
  co_await with_timeout(in_time, [&](timeout& t) -> awaitable<void> {
    BOOST_TEST((t.state() == timeout_state::active));
    co_return;
  });
  BOOST_TEST((in_time.state() == timeout_state::finished));

  timeout late(1s);
  co_await how_it_ends(with_timeout(late, [&](timeout& t) -> awaitable<void> {
    co_await swallow(10s, 0);
    BOOST_TEST((t.state() == timeout_state::expiring));
    BOOST_TEST(t.expired());
  }));
  BOOST_TEST((late.state() == timeout_state::expired));
}

BOOST_AUTO_TEST_CASE(a_relative_one_needs_a_running_loop) {
  BOOST_CHECK_THROW(timeout(1s), misuse_error);
}

// --------------------------------------------------------------- bodies

ASYNC_TEST_CASE(a_body_is_a_function_and_its_arguments) {
  const auto with_the_timeout = [](timeout& t, const std::string& text, int n) -> awaitable<std::string> {
    co_await asyncio::sleep(500ms);
    co_return text + std::to_string(n) + (t.expired() ? " late" : " in time");
  };
  const std::string text =
      co_await with_timeout(1s, with_the_timeout, std::string("long enough to live outside the string "), 1);
  BOOST_TEST(text == "long enough to live outside the string 1 in time");

  const int number = co_await with_timeout(1s, give_after, 500ms, 42);
  BOOST_TEST(number == 42);

  const auto take = [](std::unique_ptr<int> value) -> awaitable<std::unique_ptr<int>> {
    co_await asyncio::sleep(500ms);
    co_return value;
  };
  const std::unique_ptr<int> value = co_await with_timeout(1s, take, std::make_unique<int>(7));
  BOOST_TEST(*value == 7);
}

ASYNC_TEST_CASE(a_body_may_be_a_lambda_with_a_name_that_keeps_copies) {
  const std::string text = "long enough to live outside the string";
  const auto body = [text](timeout&) -> awaitable<std::string> {
    co_await asyncio::sleep(500ms);
    co_return text;
  };
  const std::string copy = co_await with_timeout(1s, body);
  BOOST_TEST(copy == text);
  const auto starts_a_task = [text] { return asyncio::create_task(asyncio::sleep(500ms, text)); };
  const std::string again = co_await with_timeout(1s, starts_a_task);
  BOOST_TEST(again == text);
}

ASYNC_TEST_CASE(the_body_runs_in_the_task_that_awaits_it) {
  std::string name;
  co_await with_timeout(1s, [&]() -> awaitable<void> {
    name = asyncio::current_task().name();
    co_return;
  });
  BOOST_TEST(name == asyncio::current_task().name());
}

ASYNC_TEST_CASE(the_time_runs_from_when_it_is_awaited) {
  auto later = with_timeout(2s, give_after, 1s, 42);
  co_await asyncio::sleep(10s);
  const int value = co_await std::move(later);
  BOOST_TEST(value == 42);
}

BOOST_AUTO_TEST_CASE(a_whole_program_may_have_a_timeout) {
  BOOST_CHECK_THROW(asyncio::run(with_timeout(1h, sleep_for, 2h), asyncio::run_options().virtual_time()),
                    timeout_error);
}

ASYNC_TEST_CASE(a_coroutine_that_co_spawn_began_may_have_one) {
  std::string how;
  boost::asio::co_spawn(
      asyncio::get_running_loop().get_executor(),
      [](std::string& into) -> awaitable<void> {
        into = co_await how_it_ends(with_timeout(1s, sleep_for, 10s));
      }(how),
      boost::asio::detached);
  co_await asyncio::sleep(2s);
  BOOST_TEST(how == timed_out);
}

BOOST_AUTO_TEST_CASE(an_operation_of_asio_is_cancelled_at_the_deadline) {
  const auto read = []() -> awaitable<std::string> {
    boost::asio::steady_timer never(asyncio::get_running_loop().context(), std::chrono::hours(24));
    co_return co_await how_it_ends(
        with_timeout(1s, [&]() -> awaitable<void> { co_await never.async_wait(boost::asio::deferred); }));
  };
  const auto options = asyncio::run_options().virtual_time().time_passes_during_io();
  BOOST_TEST(asyncio::run(read(), options) == timed_out);
}

BOOST_AUTO_TEST_CASE(a_loop_that_ends_takes_blocks_along) {
  timeout limit(std::nullopt);
  timeout due(std::nullopt);
  {
    virtual_loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    loop.create_task(with_timeout(1h, sleep_for, 2h));
    loop.create_task(with_timeout(limit, sleep_for, 2h));
    loop.create_task(with_timeout(due, sleep_for, 2h));
    loop.run_until_complete(passes(1));
    loop.call_soon([&] {
      limit.reschedule(loop.time() + 1h);
      due.reschedule(loop.time());
      loop.stop();
    });
    loop.run_forever();
    BOOST_TEST((due.state() == timeout_state::active)); // its deadline is in the queue
  }
  BOOST_TEST((limit.state() == timeout_state::finished));
  BOOST_TEST((due.state() == timeout_state::finished));
}

BOOST_AUTO_TEST_SUITE_END()
