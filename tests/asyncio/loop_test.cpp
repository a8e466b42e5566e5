#include <asyncio/blocking.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/captured.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
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

void fail() {
  throw boom;
}

void do_nothing() {}

auto noting(std::string what, names& seen) {
  return [what = std::move(what), &seen] { seen.push_back(what); };
}

awaitable<void> sleep_for(std::chrono::milliseconds duration) {
  co_await asyncio::sleep(duration);
}

awaitable<int> give(int value) {
  co_await asyncio::sleep(1s);
  co_return value;
}

awaitable<void> fail_later() {
  co_await asyncio::sleep(1s);
  fail();
}

awaitable<void> run_again(asyncio::loop& again) {
  BOOST_CHECK_THROW(again.run_forever(), asyncio::misuse_error);
  BOOST_CHECK_THROW(again.run_until_complete(sleep_for(1ms)), asyncio::misuse_error);
  co_return;
}

awaitable<void> close_it(asyncio::loop& running) {
  BOOST_CHECK_THROW(running.close(), asyncio::misuse_error);
  BOOST_TEST(running.is_running());
  BOOST_TEST(!running.is_closed());
  co_return;
}

awaitable<void> stop_it_and_sleep(asyncio::loop& running) {
  running.stop();
  co_await asyncio::sleep(1s);
}

awaitable<void> check_that_this_runs(asyncio::loop& running) {
  BOOST_TEST((&asyncio::get_running_loop() == &running));
  co_return;
}

// What a function threw on a thread of its own; null if nothing.
template <class F>
std::exception_ptr thrown_on_another_thread(F f) {
  std::exception_ptr thrown;
  std::thread other([&] {
    try {
      f();
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  asyncio::blocking_region([&] { other.join(); }); // it may wait for a turn of its own
  return thrown;
}

bool is_misuse(const std::exception_ptr& error) {
  try {
    if (error) {
      std::rethrow_exception(error);
    }
  } catch (const asyncio::misuse_error&) {
    return true;
  } catch (...) {
  }
  return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(loop_test)

// --------------------------------------------------------------------- callbacks and timers

BOOST_AUTO_TEST_CASE(call_soon_passes_its_arguments_in_the_next_pass, *row("loop-01")) {
  names seen;
  virtual_loop loop;
  loop.call_soon([&](const std::string& what, int n) { seen.push_back(what + std::to_string(n)); }, "a", 1);
  BOOST_TEST(seen.empty());
  run_one_pass(loop);
  run_one_pass(loop);
  BOOST_TEST(seen == names{"a1"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_callback_may_be_move_only_and_take_what_is_move_only) {
  int sum = 0;
  virtual_loop loop;
  loop.call_soon([&sum, one = std::make_unique<int>(1)](std::unique_ptr<int>& two) { sum = *one + *two; },
                 std::make_unique<int>(2));
  run_one_pass(loop);
  BOOST_TEST(sum == 3);
}

BOOST_AUTO_TEST_CASE(call_later_waits_for_its_delay_and_runs_once, *row("loop-02")) {
  int runs = 0;
  virtual_loop loop;
  const auto start = loop.time();
  auto ran_at = start;
  loop.call_later(100ms, [&] {
    ++runs;
    ran_at = loop.time();
  });
  run_one_pass(loop);
  BOOST_TEST(runs == 0);
  loop.run_until_complete(sleep_for(99ms));
  BOOST_TEST(runs == 0);
  loop.run_until_complete(sleep_for(10s));
  BOOST_TEST(runs == 1);
  BOOST_TEST((ran_at - start == 100ms));
}

BOOST_AUTO_TEST_CASE(negative_delays_go_by_when_they_were_due, *row("loop-03")) {
  names seen;
  virtual_loop loop;
  loop.call_later(-1s, noting("-1", seen));
  loop.call_later(-2s, noting("-2", seen));
  run_one_pass(loop);
  BOOST_TEST(seen == (names{"-2", "-1"}), per_element());
}

BOOST_AUTO_TEST_CASE(call_at_waits_for_its_time, *row("loop-04")) {
  names seen;
  virtual_loop loop;
  const auto when = loop.time() + 10s;
  loop.call_at(when, [&] { seen.push_back(loop.time() == when ? "in time" : "another time"); });
  loop.call_at(when - 1s, noting("earlier", seen));
  loop.call_at(loop.time() - 1s, noting("long ago", seen));
  loop.run_until_complete(sleep_for(20000ms));
  BOOST_TEST(seen == (names{"long ago", "earlier", "in time"}), per_element());
}

BOOST_AUTO_TEST_CASE(what_a_callback_posts_runs_in_the_pass_after, *row("loop-05")) {
  names seen;
  virtual_loop loop;
  loop.call_soon([&] {
    seen.push_back("first");
    loop.call_soon(noting("second", seen));
  });
  run_one_pass(loop);
  BOOST_TEST(seen == names{"first"}, per_element());
  run_one_pass(loop);
  BOOST_TEST(seen == (names{"first", "second"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_cancelled_callback_never_runs, *row("loop-06")) {
  names seen;
  virtual_loop loop;
  asyncio::handle soon = loop.call_soon(noting("soon", seen));
  asyncio::handle later = loop.call_later(1s, noting("later", seen));
  asyncio::handle threadsafe = loop.call_soon_threadsafe(noting("threadsafe", seen));
  soon.cancel();
  later.cancel();
  threadsafe.cancel();
  loop.run_until_complete(sleep_for(2000ms));
  BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(a_callback_may_cancel_another_of_the_same_pass_and_itself) {
  names seen;
  virtual_loop loop;
  std::optional<asyncio::handle> second;
  std::optional<asyncio::handle> itself;
  loop.call_soon([&] { second->cancel(); });
  second = loop.call_soon(noting("second", seen));
  itself = loop.call_soon([&, kept = std::make_shared<int>(42)] {
    itself->cancel();
    BOOST_TEST(*kept == 42); // its captures live until it returns
  });
  run_one_pass(loop);
  BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(a_cancelled_timer_does_not_wake_the_loop, *row("loop-07")) {
  virtual_loop loop;
  const auto start = loop.time();
  names seen;
  loop.call_later(1s, do_nothing).cancel();
  loop.call_later(5s, [&] { seen.push_back((loop.time() - start == 5s) ? "5s" : "another time"); });
  loop.run_until_complete(sleep_for(6000ms));
  BOOST_TEST(seen == names{"5s"}, per_element());

  loop.call_later(1s, do_nothing).cancel();
  BOOST_CHECK_THROW(loop.run_forever(), asyncio::deadlock_error); // nothing to wait for
  BOOST_TEST((loop.time() - start == 6s));
}

BOOST_AUTO_TEST_CASE(cancelled_timers_are_let_go_of_at_once, *row("loop-08")) {
  const auto kept = std::make_shared<int>(0);
  virtual_loop loop;
  std::vector<asyncio::handle> timers;
  for (int i = 0; i < 1000; ++i) {
    timers.push_back(loop.call_later(std::chrono::seconds(i), [kept] {}));
  }
  BOOST_TEST(kept.use_count() == 1001);
  for (asyncio::handle& timer : timers) {
    timer.cancel();
  }
  BOOST_TEST(kept.use_count() == 1);
  BOOST_CHECK_THROW(loop.run_forever(), asyncio::deadlock_error); // no deadline is left either
  BOOST_TEST((loop.time().time_since_epoch() == 0s));
}

// --------------------------------------------------------------------------------- handles

BOOST_AUTO_TEST_CASE(a_handle_knows_whether_it_was_cancelled, *row("handle-01")) {
  virtual_loop loop;
  asyncio::handle soon = loop.call_soon(do_nothing);
  BOOST_TEST(!soon.cancelled());
  soon.cancel();
  BOOST_TEST(soon.cancelled());
  soon.cancel(); // twice is harmless
}

BOOST_AUTO_TEST_CASE(a_timers_handle_knows_when_it_is_due, *row("handle-02")) {
  virtual_loop loop;
  const auto when = loop.time() + 7s;
  BOOST_TEST((loop.call_at(when, do_nothing).when() == when));
  BOOST_TEST((loop.call_later(3s, do_nothing).when() == loop.time() + 3s));
}

BOOST_AUTO_TEST_CASE(cancel_lets_go_of_the_callback_and_its_arguments, *row("handle-03")) {
  const auto captured = std::make_shared<int>(0);
  const auto argument = std::make_shared<int>(0);
  virtual_loop loop;
  asyncio::handle timer = loop.call_later(1s, [captured](const std::shared_ptr<int>&) {}, argument);
  asyncio::handle soon = loop.call_soon([captured](const std::shared_ptr<int>&) {}, argument);
  BOOST_TEST(captured.use_count() == 3);
  timer.cancel();
  soon.cancel();
  BOOST_TEST(timer.cancelled());
  BOOST_TEST(captured.use_count() == 1);
  BOOST_TEST(argument.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_cancel_after_the_callback_ran_is_harmless) {
  names seen;
  virtual_loop loop;
  asyncio::handle soon = loop.call_soon(noting("ran", seen));
  run_one_pass(loop);
  soon.cancel();
  run_one_pass(loop);
  BOOST_TEST(seen == names{"ran"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_handle_outlives_its_loop) {
  const auto captured = std::make_shared<int>(0);
  std::optional<asyncio::loop> loop(std::in_place);
  asyncio::handle soon = loop->call_soon([captured] {});
  asyncio::handle later = loop->call_later(1s, [captured] {});
  loop.reset();
  soon.cancel();
  later.cancel();
  BOOST_TEST(later.cancelled());
  BOOST_TEST(captured.use_count() == 1);
}

// by when(): handles themselves have no order
BOOST_AUTO_TEST_CASE(timers_order_by_when_they_are_due, *row("handle-04")) {
  virtual_loop loop;
  const auto early = loop.call_later(1s, do_nothing);
  const auto late = loop.call_later(2s, do_nothing);
  const auto as_late = loop.call_later(2s, do_nothing);
  BOOST_TEST((early.when() < late.when()));
  BOOST_TEST((late.when() == as_late.when()));
  BOOST_TEST((late != as_late));
}

// ---------------------------------------------------------------------- running and stopping

BOOST_AUTO_TEST_CASE(running_until_a_sleep_is_done_takes_its_time, *row("loop-09")) {
  virtual_loop loop;
  const auto start = loop.time();
  loop.run_until_complete(sleep_for(100ms));
  BOOST_TEST((loop.time() - start == 100ms));
}

BOOST_AUTO_TEST_CASE(run_until_complete_gives_the_value_or_throws) {
  virtual_loop loop;
  BOOST_TEST(loop.run_until_complete(give(42)) == 42);
  BOOST_CHECK_THROW(loop.run_until_complete(fail_later()), std::runtime_error);
  const auto cancelled = loop.create_task(give(42));
  cancelled.cancel();
  BOOST_CHECK_THROW(loop.run_until_complete(cancelled), asyncio::cancelled_error);
  const auto finished = loop.create_future<std::string>();
  finished.set_result("set before");
  BOOST_TEST(loop.run_until_complete(finished) == "set before");
}

BOOST_AUTO_TEST_CASE(an_empty_handle_cannot_be_run) {
  virtual_loop loop;
  BOOST_CHECK_THROW(loop.run_until_complete(asyncio::future<int>(nullptr)), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(a_loop_cannot_be_run_from_inside_itself, *row("loop-10")) {
  virtual_loop loop;
  loop.run_until_complete(run_again(loop));
}

BOOST_AUTO_TEST_CASE(a_loop_stopped_too_early_says_so_and_can_be_run_again,
                     *row("loop-11") * row("loop-12")) {
  virtual_loop loop;
  const auto sleeping = loop.create_task(stop_it_and_sleep(loop));
  BOOST_CHECK_THROW(loop.run_until_complete(sleeping), asyncio::misuse_error);
  BOOST_TEST(!sleeping.done());
  sleeping.cancel();
  BOOST_CHECK_THROW(loop.run_until_complete(sleeping), asyncio::cancelled_error);
  BOOST_TEST(sleeping.cancelled());
}

BOOST_AUTO_TEST_CASE(a_loop_cannot_run_another_loops_future, *row("loop-13")) {
  virtual_loop loop;
  virtual_loop other;
  const auto foreign = other.create_future<int>();
  BOOST_CHECK_THROW(loop.run_until_complete(foreign), asyncio::invalid_argument_error);
}

BOOST_AUTO_TEST_CASE(after_an_interrupt_the_loop_can_be_run_again, *row("loop-14")) {
  names seen;
  virtual_loop loop;
  const auto sleeping = loop.create_task(give(42));
  loop.call_soon([] { throw asyncio::interrupt_error(); });
  loop.call_soon(noting("behind it", seen));
  BOOST_CHECK_THROW(loop.run_until_complete(sleeping), asyncio::interrupt_error);
  BOOST_TEST(!loop.is_running());
  BOOST_TEST(loop.run_until_complete(sleeping) == 42);
  BOOST_TEST(seen == names{"behind it"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_posted_stop_ends_the_run_after_its_pass, *row("loop-15")) {
  names seen;
  virtual_loop loop;
  loop.call_soon([&] { loop.stop(); });
  loop.call_soon([&] {
    seen.push_back("of the same pass");
    loop.call_soon(noting("of the next", seen));
  });
  loop.run_forever();
  BOOST_TEST(seen == names{"of the same pass"}, per_element());
  BOOST_TEST(!loop.is_running());
}

BOOST_AUTO_TEST_CASE(a_loop_stopped_before_it_runs_does_one_pass, *row("loop-16")) {
  names seen;
  virtual_loop loop;
  loop.call_later(1s, noting("timer", seen));
  loop.call_soon(noting("ready", seen));
  loop.stop();
  loop.run_forever();
  BOOST_TEST(seen == names{"ready"}, per_element());
  BOOST_TEST((loop.time().time_since_epoch() == 0s));
}

// --------------------------------------------------------------------------------- closing

BOOST_AUTO_TEST_CASE(close_may_be_called_again, *row("loop-17")) {
  asyncio::loop loop;
  BOOST_TEST(!loop.is_closed());
  loop.close();
  loop.close();
  BOOST_TEST(loop.is_closed());
}

BOOST_AUTO_TEST_CASE(a_closed_loop_does_nothing_any_more, *row("loop-18") * row("loop-19")) {
  asyncio::loop closed;
  const auto pending = closed.create_future<int>();
  closed.close();
  BOOST_CHECK_THROW(closed.run_forever(), asyncio::misuse_error);
  BOOST_CHECK_THROW(closed.run_until_complete(give(1)), asyncio::misuse_error);
  BOOST_CHECK_THROW(closed.run_until_complete(pending), asyncio::misuse_error);
  BOOST_CHECK_THROW(closed.call_soon(do_nothing), asyncio::misuse_error);
  BOOST_CHECK_THROW(closed.call_soon_threadsafe(do_nothing), asyncio::misuse_error);
  BOOST_CHECK_THROW(closed.call_later(1s, do_nothing), asyncio::misuse_error);
  BOOST_CHECK_THROW(closed.call_at(closed.time(), do_nothing), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)closed.create_task(give(1)), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(close_drops_what_is_queued) {
  const auto kept = std::make_shared<int>(0);
  asyncio::loop loop;
  loop.call_soon([kept] { BOOST_ERROR("the loop never ran"); });
  loop.call_later(1s, [kept] { BOOST_ERROR("the loop never ran"); });
  loop.call_soon_threadsafe([kept] { BOOST_ERROR("the loop never ran"); });
  BOOST_TEST(kept.use_count() == 4);
  loop.close();
  BOOST_TEST(kept.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_running_loop_cannot_be_closed, *row("loop-20")) {
  virtual_loop loop;
  loop.run_until_complete(close_it(loop));
  BOOST_TEST(!loop.is_closed());
}

BOOST_AUTO_TEST_CASE(a_second_loop_cannot_be_run_inside_the_first, *row("loop-21")) {
  virtual_loop first;
  virtual_loop second;
  first.run_until_complete(run_again(second));
}

BOOST_AUTO_TEST_CASE(the_running_loop_is_known_while_it_runs, *row("loop-22")) {
  virtual_loop loop;
  BOOST_CHECK_THROW((void)asyncio::get_running_loop(), asyncio::misuse_error);
  loop.run_until_complete(check_that_this_runs(loop));
  BOOST_CHECK_THROW((void)asyncio::get_running_loop(), asyncio::misuse_error);
}

// -------------------------------------------------------------------------- debug, threads

BOOST_AUTO_TEST_CASE(debug_mode_can_be_switched, *row("loop-23")) {
  asyncio::loop loop;
  BOOST_TEST(!loop.get_debug());
  loop.set_debug(true);
  BOOST_TEST(loop.get_debug());
  loop.set_debug(false);
  BOOST_TEST(!loop.get_debug());
}

BOOST_AUTO_TEST_CASE(in_debug_mode_a_future_changed_by_a_foreign_thread_is_misuse) {
  virtual_loop loop;
  loop.set_debug(true);
  const asyncio::future<int> changed(loop);
  std::vector<std::exception_ptr> thrown;
  loop.call_soon([&] {
    thrown.push_back(thrown_on_another_thread([&] { changed.set_result(1); }));
    thrown.push_back(thrown_on_another_thread([&] { changed.set_exception(std::runtime_error("no")); }));
    thrown.push_back(thrown_on_another_thread([&] { changed.cancel(); }));
    thrown.push_back(thrown_on_another_thread([&] { changed.add_done_callback([] {}); }));
    loop.stop();
  });
  loop.run_forever();
  BOOST_TEST(thrown.size() == 4U);
  for (const std::exception_ptr& each : thrown) {
    BOOST_TEST(is_misuse(each));
  }
  BOOST_TEST(!changed.done());
}

BOOST_AUTO_TEST_CASE(in_debug_mode_posting_from_a_foreign_thread_is_misuse, *row("loop-24")) {
  virtual_loop loop;
  loop.set_debug(true);
  std::vector<std::exception_ptr> thrown;
  loop.call_soon([&] {
    thrown.push_back(thrown_on_another_thread([&] { loop.call_soon(do_nothing); }));
    thrown.push_back(thrown_on_another_thread([&] { loop.call_later(1s, do_nothing); }));
    thrown.push_back(thrown_on_another_thread([&] { loop.call_at(loop.time(), do_nothing); }));
    thrown.push_back(thrown_on_another_thread([&] {
      virtual_loop own;
      own.call_soon([&] { loop.call_soon(do_nothing); });
      std::exception_ptr caught;
      own.set_exception_handler(
          [&](asyncio::loop&, const asyncio::exception_context& context) { caught = context.exception; });
      run_one_pass(own);
      std::rethrow_exception(caught);
    }));
    BOOST_TEST((thrown_on_another_thread([&] { loop.call_soon_threadsafe(do_nothing); }) == nullptr));
  });
  run_one_pass(loop);
  BOOST_TEST_REQUIRE(thrown.size() == 4U);
  for (const std::exception_ptr& each : thrown) {
    BOOST_TEST(is_misuse(each));
  }
}

// the loop waits for the thread meanwhile, so that this is no data race
BOOST_AUTO_TEST_CASE(outside_debug_mode_posting_from_a_foreign_thread_is_not_checked, *row("loop-25")) {
  names seen;
  virtual_loop loop;
  loop.call_soon([&] {
    BOOST_TEST((thrown_on_another_thread([&] { loop.call_soon(noting("posted", seen)); }) == nullptr));
    BOOST_TEST((thrown_on_another_thread([&] { loop.call_later(0s, noting("delayed", seen)); }) == nullptr));
    BOOST_TEST((thrown_on_another_thread([&] { loop.call_at(loop.time(), noting("at", seen)); }) == nullptr));
  });
  run_one_pass(loop);
  run_one_pass(loop);
  BOOST_TEST(seen == (names{"posted", "delayed", "at"}), per_element());
}

BOOST_AUTO_TEST_CASE(what_another_thread_posted_before_the_run_comes_before_what_was_posted_later,
                     *row("threadsafe-06")) {
  names seen;
  virtual_loop loop;
  std::thread([&] {
    loop.call_soon_threadsafe(noting("1, another thread", seen));
    loop.call_soon_threadsafe(noting("2, another thread", seen));
  }).join();
  loop.call_soon(noting("3, this thread", seen));
  run_one_pass(loop);
  BOOST_TEST(seen == (names{"1, another thread", "2, another thread", "3, this thread"}), per_element());
}

BOOST_AUTO_TEST_CASE(threadsafe_posting_from_the_loops_own_thread_keeps_the_order, *row("threadsafe-07")) {
  names seen;
  virtual_loop loop;
  loop.call_soon([&] {
    loop.call_soon(noting("1", seen));
    loop.call_soon_threadsafe(noting("2", seen));
    loop.call_soon(noting("3", seen));
  });
  run_one_pass(loop);
  run_one_pass(loop);
  BOOST_TEST(seen == (names{"1", "2", "3"}), per_element());
}

BOOST_AUTO_TEST_CASE(threadsafe_posting_before_the_run_keeps_the_order, *row("threadsafe-07")) {
  names seen;
  virtual_loop loop;
  loop.call_soon(noting("1", seen));
  loop.call_soon_threadsafe(noting("2", seen));
  loop.call_soon(noting("3", seen));
  run_one_pass(loop);
  BOOST_TEST(seen == (names{"1", "2", "3"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_callback_from_another_thread_wakes_a_loop_that_waits) {
  asyncio::loop loop; // real time: it sleeps until it is woken
  std::thread waker;
  loop.call_soon([&] { waker = std::thread([&] { loop.call_soon_threadsafe([&] { loop.stop(); }); }); });
  loop.run_forever();
  waker.join();
}

// ----------------------------------------------------------------------- exception handler

BOOST_AUTO_TEST_CASE(a_callback_that_throws_is_logged_and_the_loop_goes_on, *row("handler-01")) {
  captured_log log;
  names seen;
  virtual_loop loop;
  loop.call_soon(fail);
  loop.call_later(1s, fail);
  loop.call_later(2s, noting("went on", seen));
  loop.run_until_complete(sleep_for(3000ms));
  BOOST_TEST(seen == names{"went on"}, per_element());
  BOOST_TEST(log.has("error ["), log.text());
  BOOST_TEST(log.has("00:00:00 error [MainThread] Exception in callback: " + boom_line), log.text());
  BOOST_TEST(log.has("00:00:01 error [MainThread] Exception in callback: " + boom_line), log.text());
}

BOOST_AUTO_TEST_CASE(the_handler_is_told_the_loop_a_message_the_exception_and_the_callback,
                     *row("handler-02")) {
  virtual_loop loop;
  const asyncio::loop* told = nullptr;
  std::string message;
  std::string exception;
  std::shared_ptr<const asyncio::handle> callback;
  loop.set_exception_handler([&](asyncio::loop& of, const asyncio::exception_context& context) {
    told = &of;
    message = context.message;
    exception = asyncio::describe(context.exception);
    callback = context.callback;
  });
  const asyncio::handle failing = loop.call_soon(fail);
  run_one_pass(loop);
  BOOST_TEST((told == &loop));
  BOOST_TEST(message == "Exception in callback");
  BOOST_TEST(exception == boom_line);
  BOOST_TEST_REQUIRE((callback != nullptr));
  BOOST_TEST((*callback == failing));

  loop.call_exception_handler(asyncio::exception_context("no callback", nullptr));
  BOOST_TEST((callback == nullptr));
}

BOOST_AUTO_TEST_CASE(a_handler_takes_the_place_of_the_default_until_none_is_set, *row("handler-03")) {
  captured_log log;
  int calls = 0;
  virtual_loop loop;
  BOOST_TEST(!loop.get_exception_handler());
  loop.set_exception_handler([&](asyncio::loop&, const asyncio::exception_context&) { ++calls; });
  BOOST_TEST(static_cast<bool>(loop.get_exception_handler()));
  loop.call_soon(fail);
  run_one_pass(loop);
  BOOST_TEST(calls == 1);
  BOOST_TEST(log.text() == "");

  loop.set_exception_handler(nullptr);
  BOOST_TEST(!loop.get_exception_handler());
  loop.call_soon(fail);
  run_one_pass(loop);
  BOOST_TEST(calls == 1);
  BOOST_TEST(log.has(boom_line), log.text());
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_logged_with_what_it_was_told,
                     *row("handler-04") * row("handler-05")) {
  captured_log log;
  names seen;
  virtual_loop loop;
  loop.set_exception_handler(
      [](asyncio::loop&, const asyncio::exception_context&) { throw std::logic_error("in the handler"); });
  loop.call_soon(fail);
  loop.call_soon(noting("went on", seen));
  run_one_pass(loop);
  BOOST_TEST(seen == names{"went on"}, per_element());
  BOOST_TEST(log.has("Exception in the exception handler: std::logic_error: in the handler"), log.text());
  BOOST_TEST(log.has("Exception in callback: " + boom_line), log.text());
}

// The default handler cannot be replaced otherwise than by set_exception_handler(); the log,
// which it writes to, can fail.
BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_written_leaves_the_loop_running, *row("handler-05")) {
  struct full_disk : std::streambuf {};
  full_disk full;
  std::streambuf* const before = std::clog.rdbuf(&full);
  std::clog.exceptions(std::ios::badbit);
  names seen;
  virtual_loop loop;
  loop.call_soon(fail);
  loop.call_soon(noting("went on", seen));
  run_one_pass(loop);
  std::clog.exceptions(std::ios::goodbit);
  std::clog.clear();
  std::clog.rdbuf(before);
  BOOST_TEST(seen == names{"went on"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_handler_may_replace_itself) {
  int calls = 0;
  virtual_loop loop;
  loop.set_exception_handler(
      [&, kept = std::make_shared<int>(1)](asyncio::loop& of, const asyncio::exception_context&) {
        of.set_exception_handler(nullptr);
        calls += *kept; // still there: it is running
      });
  loop.call_soon(fail);
  run_one_pass(loop);
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(the_handler_can_be_called_by_hand) {
  virtual_loop loop;
  const reports reported(loop);
  loop.call_exception_handler(asyncio::exception_context("something went wrong", nullptr));
  BOOST_TEST_REQUIRE(reported.contexts.size() == 1U);
  BOOST_TEST(reported.contexts[0].message == "something went wrong");
}

BOOST_AUTO_TEST_SUITE_END()
