#include <asyncio/errors.hpp>
#include <asyncio/event.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using names = std::vector<std::string>;
using boost::test_tools::per_element;

namespace {

awaitable<void> pass(asyncio::event& awaited, std::string name, names& seen) {
  const bool passed = co_await awaited.wait();
  seen.push_back(passed ? name : "not " + name);
}

awaitable<void> pass_again_and_again(asyncio::event& awaited, int& times) {
  for (;;) {
    co_await awaited.wait();
    ++times;
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_test)

ASYNC_TEST_CASE(all_who_wait_proceed_in_their_order_once_it_is_set, *row("event-01")) {
  asyncio::event event;
  names seen;
  auto a = asyncio::create_task(pass(event, "a", seen));
  auto b = asyncio::create_task(pass(event, "b", seen));
  co_await passes(3);
  BOOST_TEST(seen.empty());
  event.set();
  BOOST_TEST(seen.empty()); // nothing runs inside set()
  co_await passes(1);
  BOOST_TEST(seen == (names{"a", "b"}), per_element());
}

ASYNC_TEST_CASE(a_task_that_first_runs_after_it_was_set_passes_ahead_of_those_who_waited, *row("event-02")) {
  asyncio::event event;
  names seen;
  auto a = asyncio::create_task(pass(event, "a", seen));
  auto b = asyncio::create_task(pass(event, "b", seen));
  co_await passes(1);
  auto late = asyncio::create_task(pass(event, "late", seen));
  event.set();
  co_await passes(1);
  BOOST_TEST(seen == (names{"late", "a", "b"}), per_element());
}

ASYNC_TEST_CASE(one_that_is_set_is_passed_at_once, *row("event-03")) {
  asyncio::event event;
  event.set();
  bool others_ran = false;
  asyncio::get_running_loop().call_soon([&] { others_ran = true; });
  const bool passed = co_await event.wait();
  BOOST_TEST(passed);
  BOOST_TEST(!others_ran);
  co_await passes(1);
}

ASYNC_TEST_CASE(a_cancelled_wait_throws_and_leaves_no_one_behind, *row("event-04")) {
  asyncio::event event;
  names seen;
  auto a = asyncio::create_task(pass(event, "a", seen));
  auto b = asyncio::create_task(pass(event, "b", seen));
  co_await passes(1);
  a.cancel("enough");
  co_await end_of(a);
  BOOST_TEST(ending_of(a) == "cancelled: enough");
  event.set();
  co_await b;
  BOOST_TEST(seen == names{"b"}, per_element());
}

ASYNC_TEST_CASE(it_is_set_until_it_is_cleared, *row("event-05")) {
  asyncio::event event;
  BOOST_TEST(!event.is_set());
  event.set();
  BOOST_TEST(event.is_set());
  event.clear();
  BOOST_TEST(!event.is_set());
  event.clear();
  BOOST_TEST(!event.is_set());
  co_return;
}

ASYNC_TEST_CASE(who_waited_passes_even_if_it_is_cleared_straight_after, *row("event-06")) {
  asyncio::event event;
  names seen;
  auto waiting = asyncio::create_task(pass(event, "waiting", seen));
  co_await passes(1);
  event.set();
  event.clear();
  co_await passes(1);
  BOOST_TEST(seen == names{"waiting"}, per_element());
  BOOST_TEST(!event.is_set());
}

ASYNC_TEST_CASE(who_is_woken_twice_before_it_resumes_passes_once, *row("event-07")) {
  asyncio::event event;
  int times = 0;
  auto waiting = asyncio::create_task(pass_again_and_again(event, times));
  co_await passes(1);
  event.set();
  event.clear();
  event.set();
  event.set();
  event.clear();
  co_await passes(5);
  BOOST_TEST(times == 1);
  event.set();
  event.clear();
  co_await passes(5);
  BOOST_TEST(times == 2);
}

ASYNC_TEST_CASE(a_cancel_beats_a_set_of_the_same_pass_and_takes_nothing_from_the_others) {
  asyncio::event event;
  names seen;
  auto a = asyncio::create_task(pass(event, "a", seen));
  auto b = asyncio::create_task(pass(event, "b", seen));
  co_await passes(1);
  event.set();
  a.cancel();
  co_await passes(1);
  BOOST_TEST(ending_of(a) == "cancelled");
  BOOST_TEST(ending_of(b) == "done");
}

ASYNC_TEST_CASE(a_set_does_not_bring_back_who_was_cancelled_before) {
  asyncio::event event;
  names seen;
  auto a = asyncio::create_task(pass(event, "a", seen));
  co_await passes(1);
  a.cancel();
  event.set();
  co_await passes(1);
  BOOST_TEST(ending_of(a) == "cancelled");
}

ASYNC_TEST_CASE(a_wait_is_an_awaitable_that_others_take) {
  asyncio::event event;
  asyncio::get_running_loop().call_later(1s, [&] { event.set(); });
  auto waiting = asyncio::create_task(event.wait());
  const auto [first, second] = co_await asyncio::gather(event.wait(), waiting);
  BOOST_TEST(first);
  BOOST_TEST(second);
}

BOOST_AUTO_TEST_CASE(tasks_of_another_loop_can_pass_it_but_not_wait_for_it) {
  asyncio::event event;
  names seen;
  const auto options = asyncio::run_options().virtual_time();
  const auto wait_for_it = [&]() -> awaitable<void> {
    asyncio::get_running_loop().call_later(1s, [&] { event.set(); });
    co_await pass(event, "passed", seen);
  };
  asyncio::run(wait_for_it(), options);
  asyncio::run(wait_for_it(), options); // set already
  BOOST_TEST(seen == (names{"passed", "passed"}), per_element());
  event.clear();
  BOOST_CHECK_THROW(asyncio::run(wait_for_it(), options), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(a_loop_that_goes_away_takes_those_who_wait_along) {
  asyncio::event event;
  names seen;
  {
    asyncio::loop runs;
    runs.create_task(pass(event, "never", seen));
    runs.call_soon([&] { runs.stop(); });
    runs.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {}); // a pending task
    runs.run_forever();
  }
  event.set();
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(who_waits_for_one_that_is_gone_can_be_cancelled) {
  names seen;
  auto event = std::make_unique<asyncio::event>();
  auto waiting = asyncio::create_task(pass(*event, "late", seen));
  co_await passes(1);
  event.reset();
  co_await passes(1);
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled");
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(who_was_woken_passes_one_that_is_gone) {
  names seen;
  auto event = std::make_unique<asyncio::event>();
  auto waiting = asyncio::create_task(pass(*event, "woken", seen));
  co_await passes(1);
  event->set();
  event.reset();
  co_await waiting;
  BOOST_TEST(seen == names{"woken"}, per_element());
}

BOOST_AUTO_TEST_SUITE_END()
