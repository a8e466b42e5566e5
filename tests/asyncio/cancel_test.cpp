// Cancelling tasks: a request, thrown once, at whatever the task awaits.

#include <asyncio/blocking.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread_pool_executor.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using asyncio::awaitable;
using asyncio::cancelled_error;
using asyncio::create_task;
using asyncio::future;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;

namespace {

awaitable<void> note(std::string what, names& seen) {
  seen.push_back(what);
  co_return;
}

awaitable<void> wait_for_signal(future<> of) {
  co_await of;
}

awaitable<int> wait_for_value(future<int> of) {
  co_return co_await of;
}

awaitable<void> sleep_noting(names& seen) {
  try {
    co_await asyncio::sleep(5000s);
  } catch (const cancelled_error& error) {
    seen.push_back(std::string("thrown: ") + error.message());
    throw;
  }
}

awaitable<int> swallow(names& seen) {
  try {
    co_await asyncio::sleep(5000s);
  } catch (const cancelled_error&) {
    seen.push_back("swallowed");
  }
  co_return 42;
}

awaitable<void> sleep_twice(names& seen) {
  co_await asyncio::sleep(0s);
  seen.push_back("between");
  co_await asyncio::sleep(0s);
  seen.push_back("after");
}

awaitable<void> fail_when_child_is_cancelled(asyncio::task<void> child) {
  try {
    co_await child;
  } catch (const cancelled_error&) {
  }
  throw std::runtime_error("the child was cancelled");
}

awaitable<int> swallow_and_wait(future<> first, future<int> second) {
  try {
    co_await first;
  } catch (const cancelled_error&) {
  }
  co_return co_await second;
}

awaitable<void> cancel_self_and_sleep(names& seen) {
  asyncio::current_task().cancel("by itself");
  seen.push_back("still running");
  co_await asyncio::sleep(100s);
  seen.push_back("slept");
}

awaitable<int> cancel_self_and_return() {
  asyncio::current_task().cancel();
  co_return 42;
}

awaitable<void> cancel_self_and_throw() {
  asyncio::current_task().cancel();
  throw std::runtime_error("Boom!");
  co_return;
}

awaitable<void> cancel_self_and_await(asyncio::task<void> nested) {
  asyncio::current_task().cancel();
  co_await nested;
}

awaitable<int> cancel_self_and_read(future<int> finished) {
  asyncio::current_task().cancel();
  const int value = co_await finished; // does not suspend, so nothing is thrown here
  co_await asyncio::sleep(0s);
  co_return value;
}

awaitable<void> innermost(names& seen) {
  try {
    co_await asyncio::sleep(5000s);
  } catch (const cancelled_error&) {
    seen.push_back("innermost");
    throw;
  }
}

awaitable<void> middle(names& seen) {
  try {
    co_await innermost(seen);
  } catch (const cancelled_error&) {
    seen.push_back("middle");
    throw;
  }
}

awaitable<std::string> outermost(names& seen) {
  try {
    co_await middle(seen);
  } catch (const cancelled_error&) {
    seen.push_back("outermost");
  }
  co_await asyncio::sleep(1s);
  co_return "went on";
}

awaitable<void> hold(std::shared_ptr<int>) {
  co_await asyncio::sleep(5000s);
}

// Its clean-up takes two seconds, in two awaits.
awaitable<void> clean_up_slowly(names& seen) {
  std::exception_ptr cancelled;
  try {
    co_await asyncio::sleep(5000s);
  } catch (const cancelled_error&) {
    cancelled = std::current_exception();
  }
  seen.push_back("clean-up begins");
  try {
    co_await asyncio::sleep(1s);
    seen.push_back("half-way");
    co_await asyncio::sleep(1s);
    seen.push_back("clean-up ends");
  } catch (const cancelled_error& error) {
    seen.push_back(std::string("interrupted: ") + error.message());
    throw;
  }
  std::rethrow_exception(cancelled);
}

awaitable<int> uncancel_and_go_on(names& seen) {
  try {
    co_await asyncio::sleep(5000s);
  } catch (const cancelled_error&) {
    const asyncio::any_task self = asyncio::current_task();
    seen.push_back("open requests: " + std::to_string(self.cancelling()));
    seen.push_back("left: " + std::to_string(self.uncancel()));
  }
  co_await asyncio::sleep(1s);
  co_return 42;
}

// What with_timeout() does, by hand; true if the time was over first.
awaitable<bool> sleep_at_most(std::chrono::seconds limit, std::chrono::seconds duration) {
  const asyncio::any_task self = asyncio::current_task();
  bool timed_out = false;
  asyncio::handle alarm = asyncio::get_running_loop().call_later(limit, [&] {
    timed_out = true;
    self.cancel();
  });
  std::exception_ptr thrown;
  try {
    co_await asyncio::sleep(duration);
  } catch (const cancelled_error&) {
    thrown = std::current_exception();
  }
  alarm.cancel();
  if (thrown && !(timed_out && self.uncancel() == 0)) {
    std::rethrow_exception(thrown);
  }
  co_return timed_out;
}

awaitable<std::string> sleep_then_go_on(std::chrono::seconds limit, std::chrono::seconds duration) {
  const bool timed_out = co_await sleep_at_most(limit, duration);
  co_await asyncio::sleep(1s);
  co_return (timed_out ? "timed out, " : "in time, ") + std::to_string(asyncio::current_task().cancelling());
}

// A job of a pool that lasts until the test lets it end.
struct gate {
  std::promise<void> opened;
  std::shared_future<void> open{opened.get_future()};
  std::promise<void> entered;
  std::atomic<int> runs{0};
  std::atomic<int> ends{0};
};

int pass_through(gate* through) {
  if (through->runs++ == 0) {
    through->entered.set_value();
  }
  asyncio::blocking_region([&] { through->open.wait(); });
  ++through->ends;
  return 42;
}

awaitable<int> wait_for_job(asyncio::thread_pool_executor& pool, gate& job) {
  co_return co_await asyncio::run_in_executor(pool, pass_through, &job);
}

awaitable<int> clean_up_after_job(asyncio::thread_pool_executor& pool, gate& job, names& seen) {
  try {
    co_return co_await asyncio::run_in_executor(pool, pass_through, &job);
  } catch (const cancelled_error& error) {
    seen.push_back(std::string("thrown: ") + error.message());
  }
  job.opened.set_value();
  const int value = co_await asyncio::run_in_executor(pool, pass_through, &job); // undisturbed
  seen.push_back("clean-up ends");
  co_return value;
}

awaitable<void> await_task(asyncio::task<void> awaited) {
  co_await awaited;
}

awaitable<void> await_task_of(asyncio::future<asyncio::task<void>> of) {
  const asyncio::task<void> awaited = co_await of;
  co_await awaited;
}

awaitable<void> gather_task(asyncio::task<void> awaited) {
  co_await asyncio::gather(awaited);
}

awaitable<void> gather_task_of(asyncio::future<asyncio::task<void>> of) {
  const asyncio::task<void> awaited = co_await of;
  co_await asyncio::gather(awaited);
}

} // namespace

BOOST_AUTO_TEST_SUITE(cancel_test)

// --------------------------------------------------------------- where the task can stand

// before it started
ASYNC_TEST_CASE(a_task_cancelled_before_its_first_step_never_runs, *row("cancel-06")) {
  names seen;
  const auto unstarted = create_task(note("ran", seen));
  BOOST_TEST(unstarted.cancel("m"));
  BOOST_TEST(!unstarted.done());
  co_await asyncio::sleep(0s);
  BOOST_TEST(ending_of(unstarted) == "cancelled: m");
  BOOST_TEST(seen.empty());
}

// while it sleeps
ASYNC_TEST_CASE(a_sleeping_task_is_woken_at_once, *row("cancel-01")) {
  const auto start = asyncio::clock::now();
  names seen;
  const auto sleeping = create_task(sleep_noting(seen));
  co_await asyncio::sleep(100ms);
  sleeping.cancel("enough");
  BOOST_TEST(!sleeping.done()); // only asked to end
  std::string thrown;
  try {
    co_await sleeping;
  } catch (const cancelled_error& error) {
    thrown = error.message();
  }
  BOOST_TEST(thrown == "enough");
  BOOST_TEST(seen == names{"thrown: enough"}, per_element());
  BOOST_TEST(sleeping.done());
  BOOST_TEST(sleeping.cancelled());
  BOOST_TEST((asyncio::clock::now() - start == 100ms));
}

// between two awaits, while it is queued to run
ASYNC_TEST_CASE(who_awaits_a_sleeping_task_sees_its_cancel_at_once, *row("cancel-17")) {
  const auto start = asyncio::clock::now();
  const auto child = create_task(asyncio::sleep(5000s));
  asyncio::get_running_loop().call_later(100ms, [child] { child.cancel(); });
  bool seen = false;
  try {
    co_await child;
  } catch (const cancelled_error&) {
    seen = true;
  }
  BOOST_TEST(seen);
  BOOST_TEST((asyncio::clock::now() - start == 100ms));
}

ASYNC_TEST_CASE(a_task_cancelled_while_it_is_runnable_gets_it_at_the_await_that_it_stands_at,
                *row("cancel-08")) {
  names seen;
  const auto sleeping = create_task(sleep_twice(seen));
  co_await asyncio::sleep(0s); // it stands at its first sleep(0)
  sleeping.cancel();
  co_await end_of(sleeping);
  BOOST_TEST(ending_of(sleeping) == "cancelled");
  BOOST_TEST(seen.empty());

  const auto again = create_task(sleep_twice(seen));
  co_await passes(2); // and now at its second
  again.cancel();
  co_await end_of(again);
  BOOST_TEST(ending_of(again) == "cancelled");
  BOOST_TEST(seen == names{"between"}, per_element());
}

// Between two awaits: what it waited for is there, but it has not run yet.
ASYNC_TEST_CASE(a_cancel_beats_a_wake_up_that_has_not_been_acted_on) {
  const future<int> awaited;
  const auto waiting = create_task(wait_for_value(awaited));
  co_await asyncio::sleep(0s);
  awaited.set_result(42);
  BOOST_TEST(waiting.cancel("late"));
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled: late");
  BOOST_TEST(awaited.result() == 42);
}

// between two awaits, while it runs
ASYNC_TEST_CASE(a_task_that_cancels_itself_is_told_at_its_next_suspension, *row("cancel-14")) {
  const auto start = asyncio::clock::now();
  names seen;
  const auto sleeping = create_task(cancel_self_and_sleep(seen));
  co_await end_of(sleeping);
  BOOST_TEST(ending_of(sleeping) == "cancelled: by itself");
  BOOST_TEST(seen == names{"still running"}, per_element());
  BOOST_TEST((asyncio::clock::now() - start == 0s));
}

ASYNC_TEST_CASE(of_two_cancels_of_a_runnable_task_the_last_is_thrown) {
  names seen;
  const auto unstarted = create_task(note("ran", seen));
  const auto runnable = create_task(sleep_twice(seen));
  unstarted.cancel("first");
  unstarted.cancel("last");
  co_await asyncio::sleep(0s);
  runnable.cancel("first");
  runnable.cancel("last");
  co_await end_of(runnable);
  BOOST_TEST(ending_of(unstarted) == "cancelled: last");
  BOOST_TEST(ending_of(runnable) == "cancelled: last");
}

// Inside its clean-up.
ASYNC_TEST_CASE(awaits_in_a_clean_up_go_undisturbed) {
  names seen;
  const auto start = asyncio::clock::now();
  const auto cleaning = create_task(clean_up_slowly(seen));
  co_await asyncio::sleep(0s);
  cleaning.cancel("first");
  co_await end_of(cleaning);
  BOOST_TEST(seen == (names{"clean-up begins", "half-way", "clean-up ends"}), per_element());
  BOOST_TEST(ending_of(cleaning) == "cancelled: first");
  BOOST_TEST(cleaning.cancelling() == 1U);
  BOOST_TEST((asyncio::clock::now() - start == 2s));
}

ASYNC_TEST_CASE(a_second_cancel_interrupts_the_clean_up) {
  names seen;
  const auto cleaning = create_task(clean_up_slowly(seen));
  co_await asyncio::sleep(0s);
  cleaning.cancel("first");
  co_await asyncio::sleep(1500ms);
  BOOST_TEST(cleaning.cancel("second"));
  co_await end_of(cleaning);
  BOOST_TEST(seen == (names{"clean-up begins", "half-way", "interrupted: second"}), per_element());
  BOOST_TEST(ending_of(cleaning) == "cancelled: second");
  BOOST_TEST(cleaning.cancelling() == 2U);
}

ASYNC_TEST_CASE(two_cancels_before_it_runs_are_thrown_as_one) {
  names seen;
  const auto cleaning = create_task(clean_up_slowly(seen));
  co_await asyncio::sleep(0s);
  cleaning.cancel("first");
  cleaning.cancel("second"); // the sleep is over already, and throws the first
  BOOST_TEST(cleaning.cancelling() == 2U);
  co_await end_of(cleaning);
  BOOST_TEST(seen == (names{"clean-up begins", "half-way", "clean-up ends"}), per_element());
  BOOST_TEST(ending_of(cleaning) == "cancelled: first");
}

// While it waits for a pool's job: the job goes on, unheeded.
ASYNC_TEST_CASE(a_task_that_waits_for_a_running_job_ends_before_the_job) {
  gate job;
  asyncio::thread_pool_executor pool(1);
  const auto waiting = create_task(wait_for_job(pool, job));
  co_await asyncio::sleep(0s);
  asyncio::blocking_region([&] { job.entered.get_future().wait(); });
  BOOST_TEST(waiting.cancel("not needed"));
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled: not needed");
  BOOST_TEST(job.ends == 0);
  job.opened.set_value();
  pool.shutdown();
  BOOST_TEST(job.ends == 1);
  BOOST_TEST(waiting.cancelled());
}

ASYNC_TEST_CASE(a_job_that_no_thread_has_begun_is_cancelled_with_its_task) {
  gate running;
  gate queued;
  asyncio::thread_pool_executor pool(1);
  const auto first = create_task(wait_for_job(pool, running));
  const auto second = create_task(wait_for_job(pool, queued));
  co_await asyncio::sleep(0s);
  asyncio::blocking_region([&] { running.entered.get_future().wait(); });
  second.cancel();
  co_await end_of(second);
  BOOST_TEST(ending_of(second) == "cancelled");
  running.opened.set_value();
  queued.opened.set_value();
  const int value = co_await first;
  BOOST_TEST(value == 42);
  pool.shutdown();
  BOOST_TEST(queued.runs == 0);
}

ASYNC_TEST_CASE(a_clean_up_may_wait_for_a_job_too) {
  gate job;
  asyncio::thread_pool_executor pool(2);
  names seen;
  const auto cleaning = create_task(clean_up_after_job(pool, job, seen));
  co_await asyncio::sleep(0s);
  asyncio::blocking_region([&] { job.entered.get_future().wait(); });
  cleaning.cancel("m");
  const int value = co_await cleaning;
  BOOST_TEST(value == 42);
  BOOST_TEST(seen == (names{"thrown: m", "clean-up ends"}), per_element());
}

// ------------------------------------------------------------------- what comes of a cancel

ASYNC_TEST_CASE(a_finished_task_cannot_be_cancelled, *row("cancel-02")) {
  names seen;
  const auto noting = create_task(note("", seen));
  co_await noting;
  BOOST_TEST(!noting.cancel());
  BOOST_TEST(ending_of(noting) == "done");
  const auto cancelled = create_task(note("", seen));
  cancelled.cancel("first");
  co_await end_of(cancelled);
  BOOST_TEST(!cancelled.cancel("second"));
  BOOST_TEST(ending_of(cancelled) == "cancelled: first");
}

ASYNC_TEST_CASE(result_and_exception_throw_the_message, *row("cancel-03") * row("cancel-04")) {
  names seen;
  const auto sleeping = create_task(sleep_noting(seen));
  co_await asyncio::sleep(0s);
  sleeping.cancel("m");
  co_await end_of(sleeping);
  const auto carries_m = [](const cancelled_error& error) { return std::string(error.message()) == "m"; };
  BOOST_CHECK_EXCEPTION(sleeping.result(), cancelled_error, carries_m);
  BOOST_CHECK_EXCEPTION((void)sleeping.exception(), cancelled_error, carries_m);
}

ASYNC_TEST_CASE(a_cancel_without_a_message_has_none, *row("cancel-05")) {
  names seen;
  const auto sleeping = create_task(sleep_noting(seen));
  co_await asyncio::sleep(0s);
  sleeping.cancel();
  co_await end_of(sleeping);
  BOOST_TEST(seen == names{"thrown: "}, per_element());
  BOOST_TEST(ending_of(sleeping) == "cancelled");
}

ASYNC_TEST_CASE(a_parent_may_turn_the_cancel_of_its_child_into_a_failure, *row("cancel-07")) {
  names seen;
  const auto child = create_task(sleep_noting(seen));
  const auto parent = create_task(fail_when_child_is_cancelled(child));
  co_await asyncio::sleep(0s);
  child.cancel();
  co_await end_of(parent);
  BOOST_TEST(ending_of(parent) == "std::runtime_error: the child was cancelled");
  BOOST_TEST(!parent.cancelled());
}

ASYNC_TEST_CASE(cancelling_what_a_task_awaits_ends_the_task_cancelled, *row("cancel-09")) {
  const future<> awaited;
  const auto waiting = create_task(wait_for_signal(awaited));
  co_await asyncio::sleep(0s);
  awaited.cancel("m");
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled: m");
  BOOST_TEST(waiting.cancelling() == 0U);
}

ASYNC_TEST_CASE(cancelling_both_the_future_and_the_task_in_one_pass, *row("cancel-10")) {
  const future<> awaited;
  const auto waiting = create_task(wait_for_signal(awaited));
  co_await asyncio::sleep(0s);
  awaited.cancel("future");
  BOOST_TEST(waiting.cancel("task"));
  co_await end_of(waiting);
  BOOST_TEST(ending_of(awaited) == "cancelled: future");
  BOOST_TEST(ending_of(waiting) == "cancelled: future");
}

ASYNC_TEST_CASE(a_task_that_catches_the_cancel_and_returns_was_not_cancelled, *row("cancel-11")) {
  names seen;
  const auto swallowing = create_task(swallow(seen));
  co_await asyncio::sleep(0s);
  BOOST_TEST(swallowing.cancel());
  const int value = co_await swallowing;
  BOOST_TEST(value == 42);
  BOOST_TEST(!swallowing.cancelled());
  BOOST_TEST(seen == names{"swallowed"}, per_element());
}

ASYNC_TEST_CASE(cancelling_a_task_cancels_the_future_that_it_awaits, *row("cancel-12")) {
  const future<> awaited;
  const auto waiting = create_task(wait_for_signal(awaited));
  co_await asyncio::sleep(0s);
  waiting.cancel("m");
  BOOST_TEST(ending_of(awaited) == "cancelled: m"); // at once
  BOOST_TEST(!waiting.done());
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled: m");
}

ASYNC_TEST_CASE(after_a_swallowed_cancel_the_next_await_goes_undisturbed, *row("cancel-13")) {
  const future<> first;
  const future<int> second;
  const auto swallowing = create_task(swallow_and_wait(first, second));
  co_await asyncio::sleep(0s);
  swallowing.cancel();
  co_await passes(2);
  BOOST_TEST(ending_of(first) == "cancelled");
  BOOST_TEST(ending_of(second) == "pending");
  second.set_result(42);
  const int value = co_await swallowing;
  BOOST_TEST(value == 42);
  BOOST_TEST(swallowing.cancelling() == 1U);
}

ASYNC_TEST_CASE(a_task_that_cancels_itself_and_returns_ends_cancelled, *row("cancel-15")) {
  const auto returning = create_task(cancel_self_and_return());
  co_await end_of(returning);
  BOOST_TEST(ending_of(returning) == "cancelled");
}

ASYNC_TEST_CASE(a_task_that_cancels_itself_and_throws_ends_failed) {
  const auto throwing = create_task(cancel_self_and_throw());
  co_await end_of(throwing);
  BOOST_TEST(ending_of(throwing) == "std::runtime_error: Boom!");
}

ASYNC_TEST_CASE(an_await_that_does_not_suspend_throws_no_cancel) {
  const future<int> finished;
  finished.set_result(42);
  const auto reading = create_task(cancel_self_and_read(finished));
  co_await end_of(reading);
  BOOST_TEST(ending_of(reading) == "cancelled"); // at the sleep behind it
}

ASYNC_TEST_CASE(a_task_that_cancels_itself_takes_along_what_it_then_awaits, *row("cancel-16")) {
  const future<> awaited;
  const auto nested = create_task(wait_for_signal(awaited));
  co_await asyncio::sleep(0s);
  const auto outer = create_task(cancel_self_and_await(nested));
  co_await end_of(outer);
  BOOST_TEST(ending_of(outer) == "cancelled");
  BOOST_TEST(ending_of(nested) == "cancelled");
  BOOST_TEST(ending_of(awaited) == "cancelled");
}

ASYNC_TEST_CASE(a_cancel_unwinds_from_the_innermost_await_until_a_frame_swallows_it, *row("cancel-18")) {
  names seen;
  const auto nested = create_task(outermost(seen));
  co_await asyncio::sleep(0s);
  nested.cancel();
  const std::string value = co_await nested;
  BOOST_TEST(value == "went on");
  BOOST_TEST(seen == (names{"innermost", "middle", "outermost"}), per_element());
}

ASYNC_TEST_CASE(a_task_blocked_in_a_receive_ends_cancelled_promptly, *row("cancel-19")) {
  using stream = boost::asio::local::stream_protocol::socket;
  asyncio::loop& loop = asyncio::get_running_loop();
  stream near(loop.get_executor());
  stream far(loop.get_executor());
  boost::asio::local::connect_pair(near, far);
  const auto receive = [&]() -> awaitable<std::string> {
    std::array<char, 1> byte{};
    co_await near.async_receive(boost::asio::buffer(byte), asyncio::use_awaitable);
    co_return std::string(byte.data(), 1);
  };
  auto receiving = asyncio::create_task(receive());
  loop.call_soon([&] { receiving.cancel(); });
  co_await end_of(receiving);
  BOOST_TEST(receiving.cancelled());

  auto again = asyncio::create_task(receive()); // the socket is as good as before
  co_await asyncio::sleep(0s);
  far.send(boost::asio::buffer("x", 1));
  const std::string got = co_await again;
  BOOST_TEST(got == "x");
}

ASYNC_TEST_CASE(nothing_is_left_of_a_cancelled_sleep, *row("cancel-20")) {
  const auto kept = std::make_shared<int>(0);
  const auto start = asyncio::clock::now();
  const auto sleeping = create_task(hold(kept));
  co_await asyncio::sleep(0s);
  sleeping.cancel();
  co_await end_of(sleeping);
  BOOST_TEST(kept.use_count() == 1);
  bool deadlocked = false;
  const future<> never;
  try {
    co_await never; // a timer that is left would let the clock move
  } catch (const asyncio::deadlock_error&) {
    deadlocked = true;
  }
  BOOST_TEST(deadlocked);
  BOOST_TEST((asyncio::clock::now() == start));
}

ASYNC_TEST_CASE(cancelling_the_one_who_awaits_a_task_cancels_that_task) {
  names seen;
  const auto child = create_task(sleep_noting(seen));
  const auto parent = create_task(fail_when_child_is_cancelled(child));
  co_await asyncio::sleep(0s);
  parent.cancel("m");
  co_await end_of(parent);
  BOOST_TEST(ending_of(child) == "cancelled: m");
  BOOST_TEST(ending_of(parent) == "std::runtime_error: the child was cancelled");
}

// ------------------------------------------------------------------------------- uncancel

ASYNC_TEST_CASE(cancel_requests_are_counted, *row("uncancel-01") * row("uncancel-02")) {
  names seen;
  const auto sleeping = create_task(sleep_noting(seen));
  co_await asyncio::sleep(0s);
  BOOST_TEST(sleeping.cancelling() == 0U);
  BOOST_TEST(sleeping.cancel());
  BOOST_TEST(sleeping.cancelling() == 1U);
  BOOST_TEST(sleeping.cancel());
  BOOST_TEST(sleeping.cancelling() == 2U);
  co_await end_of(sleeping);
  BOOST_TEST(!sleeping.cancel());
  BOOST_TEST(sleeping.cancelling() == 2U);
}

ASYNC_TEST_CASE(a_task_may_take_a_cancel_back_and_go_on, *row("uncancel-03")) {
  names seen;
  const auto going_on = create_task(uncancel_and_go_on(seen));
  co_await asyncio::sleep(0s);
  going_on.cancel();
  const int value = co_await going_on;
  BOOST_TEST(value == 42);
  BOOST_TEST(seen == (names{"open requests: 1", "left: 0"}), per_element());
  BOOST_TEST(!going_on.cancelled());
  BOOST_TEST(going_on.cancelling() == 0U);
}

ASYNC_TEST_CASE(a_cancel_after_uncancel_works_again, *row("uncancel-04")) {
  names seen;
  const auto going_on = create_task(uncancel_and_go_on(seen));
  co_await asyncio::sleep(0s);
  going_on.cancel();
  co_await passes(2);
  BOOST_TEST(going_on.cancelling() == 0U);
  going_on.cancel("again");
  BOOST_TEST(going_on.cancelling() == 1U);
  co_await end_of(going_on);
  BOOST_TEST(ending_of(going_on) == "cancelled: again");
}

ASYNC_TEST_CASE(uncancel_changes_nothing_about_a_finished_task, *row("uncancel-05")) {
  names seen;
  const auto sleeping = create_task(sleep_noting(seen));
  sleeping.cancel();
  co_await end_of(sleeping);
  BOOST_TEST(sleeping.uncancel() == 0U);
  BOOST_TEST(sleeping.uncancel() == 0U); // never below
  BOOST_TEST(ending_of(sleeping) == "cancelled");
}

ASYNC_TEST_CASE(a_timeout_made_by_hand_leaves_no_trace_of_its_cancel, *row("uncancel-06")) {
  const auto start = asyncio::clock::now();
  const std::string how = co_await create_task(sleep_then_go_on(1s, 5000s));
  BOOST_TEST(how == "timed out, 0");
  BOOST_TEST((asyncio::clock::now() - start == 2s));
}

ASYNC_TEST_CASE(a_timeout_made_by_hand_whose_body_is_in_time, *row("uncancel-07")) {
  const auto start = asyncio::clock::now();
  const std::string how = co_await create_task(sleep_then_go_on(5000s, 1s));
  BOOST_TEST(how == "in time, 0");
  BOOST_TEST((asyncio::clock::now() - start == 2s));
}

ASYNC_TEST_CASE(a_cancel_from_outside_passes_through_a_timeout_made_by_hand) {
  const auto sleeping = create_task(sleep_then_go_on(10s, 5000s));
  co_await asyncio::sleep(1s);
  sleeping.cancel("outside");
  co_await end_of(sleeping);
  BOOST_TEST(ending_of(sleeping) == "cancelled: outside");
  BOOST_TEST(sleeping.cancelling() == 1U);
}

ASYNC_TEST_CASE(a_cancel_taken_back_before_the_task_resumes_is_never_thrown, *row("uncancel-08")) {
  names seen;
  const auto noting = create_task(note("ran", seen));
  const auto sleeping = create_task(sleep_twice(seen));
  noting.cancel();
  BOOST_TEST(noting.uncancel() == 0U);
  co_await asyncio::sleep(0s); // that one stands at its sleep(0): runnable
  sleeping.cancel();
  sleeping.cancel();
  BOOST_TEST(sleeping.uncancel() == 1U);
  BOOST_TEST(sleeping.uncancel() == 0U);
  co_await sleeping;
  BOOST_TEST(ending_of(noting) == "done");
  BOOST_TEST(seen == (names{"ran", "between", "after"}), per_element());
}

// ---------------------------------------------------------------- lines and circles of tasks

ASYNC_TEST_CASE(a_cancel_goes_down_a_line_of_a_hundred_thousand_tasks) {
  auto line = create_task(asyncio::sleep(1h));
  for (int i = 0; i < 100'000; ++i) {
    line = create_task(await_task(line));
  }
  co_await asyncio::sleep(1s);
  line.cancel();
  co_await end_of(line);
  BOOST_TEST(line.cancelled());
}

ASYNC_TEST_CASE(a_cancel_cuts_a_circle_of_tasks) {
  asyncio::future<asyncio::task<void>> last;
  const auto first = create_task(await_task_of(last));
  auto second = create_task(await_task(first));
  last.set_result(create_task(await_task(second)));
  co_await asyncio::sleep(1s);
  second.cancel();
  co_await passes(10); // once round
  BOOST_TEST(second.cancelled());
  BOOST_TEST(first.cancelled());
  BOOST_TEST(last.result().cancelled());
}

ASYNC_TEST_CASE(a_cancel_cuts_a_circle_through_gathers) {
  asyncio::future<asyncio::task<void>> second;
  const auto first = create_task(gather_task_of(second));
  second.set_result(create_task(gather_task(first)));
  co_await asyncio::sleep(1s);
  first.cancel();
  co_await passes(10);
  BOOST_TEST(first.cancelled());
  BOOST_TEST(second.result().cancelled());
}

BOOST_AUTO_TEST_SUITE_END()
