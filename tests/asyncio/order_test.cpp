// The exact order of events, to the pass. Each test is a small program; the lines that it
// has to print are those that CPython 3.13 prints for the same program in Python.

#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

using asyncio::awaitable;
using asyncio::cancelled_error;
using asyncio::create_task;
using asyncio::future;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using lines = std::vector<std::string>;

namespace {

lines story;

void say(const std::string& line) {
  story.push_back(line);
}

// A callback that says something.
auto saying(std::string line) {
  return [line = std::move(line)] { say(line); };
}

void check_story(awaitable<void> program, const lines& expected) {
  story.clear();
  asyncio::run(std::move(program), asyncio::run_options().virtual_time());
  BOOST_TEST(story == expected, per_element());
}

const char* yes_or_no(bool b) {
  return b ? "true" : "false";
}

awaitable<void> tick(std::string name, int count) {
  for (int i = 0; i < count; ++i) {
    say(name + std::to_string(i));
    co_await asyncio::sleep(0s);
  }
}

// ---------------------------------------------------------------------------------- passes

void soon(std::string name, int depth) {
  say(name + std::to_string(depth));
  if (depth > 0) {
    asyncio::get_running_loop().call_soon(soon, name, depth - 1);
  }
}

awaitable<void> callbacks_timers_and_tasks() {
  asyncio::loop& loop = asyncio::get_running_loop();
  loop.call_later(0s, saying("later 0"));
  loop.call_soon(soon, "soon ", 2);
  const auto ticking = create_task(tick("tick ", 3));
  loop.call_later(-1s, saying("later -1"));
  loop.call_soon([&] { loop.call_later(0s, saying("later from soon")); });
  say("main");
  co_await asyncio::sleep(0s);
  say("main 1");
  co_await asyncio::sleep(0s);
  say("main 2");
  co_await ticking;
  say("main 3");
}

// ------------------------------------------------------------------------------- deadlines

awaitable<void> sleep_twice(std::string name, std::chrono::milliseconds duration) {
  co_await asyncio::sleep(duration);
  say(name + " woke");
  co_await asyncio::sleep(0s);
  say(name + " again");
}

awaitable<void> sleep_in_two_parts() {
  co_await asyncio::sleep(100ms);
  say("late starts");
  co_await asyncio::sleep(101ms);
  say("late woke");
}

awaitable<void> equal_deadlines() {
  asyncio::loop& loop = asyncio::get_running_loop();
  const auto when = loop.time() + 200ms;
  const auto late = create_task(sleep_in_two_parts());
  loop.call_at(when, saying("timer 1"));
  const auto a = create_task(sleep_twice("a", 200ms));
  const auto b = create_task(sleep_twice("b", 200ms));
  const auto timer_2 = [&loop] {
    say("timer 2");
    loop.call_soon(saying("soon from timer 2"));
    loop.call_later(0s, saying("later 0 from timer 2"));
  };
  co_await asyncio::sleep(0s);
  loop.call_later(200ms, timer_2);
  co_await late;
  co_await a;
  co_await b;
  say("end");
}

void chain(int link) {
  say("chain " + std::to_string(link));
  if (link < 3) {
    asyncio::get_running_loop().call_soon(chain, link + 1);
  }
}

// In Python "set later" is due 10 ms later, to be sure of it.
awaitable<void> a_zero_timer_and_one_that_was_set_later() {
  asyncio::loop& loop = asyncio::get_running_loop();
  loop.call_later(200ms, [&loop] {
    say("first");
    loop.call_later(0s, saying("later 0"));
    loop.call_soon(chain, 1);
  });
  co_await asyncio::sleep(100ms);
  loop.call_later(100ms, saying("set later"));
  co_await asyncio::sleep(300ms);
}

// --------------------------------------------------------------------------------- futures

awaitable<void> wait_for_both(std::string name, future<std::string> f, future<std::string> g) {
  std::string value = co_await f;
  say(name + " got " + value);
  value = co_await g;
  say(name + " got " + value);
}

awaitable<void> futures_set_from_callbacks() {
  asyncio::loop& loop = asyncio::get_running_loop();
  const future<std::string> f;
  const future<std::string> g;
  f.add_done_callback(saying("callback of f, early"));
  const auto a = create_task(wait_for_both("a", f, g));
  const auto b = create_task(wait_for_both("b", f, g));
  co_await asyncio::sleep(0s);
  f.add_done_callback([g] {
    say("callback of f sets g");
    g.set_result("g");
  });
  f.add_done_callback([&loop] { loop.call_soon(saying("soon from callback")); });
  g.add_done_callback(saying("callback of g"));
  loop.call_soon([f] {
    say("sets f");
    f.set_result("f");
    say("has set f");
  });
  say("main waits");
  co_await f;
  say("main got f");
  f.add_done_callback(saying("callback of f, late"));
  co_await asyncio::gather(a, b);
  say("end");
}

awaitable<void> give_nothing() {
  say("body");
  co_return;
}

awaitable<void> wait_for(asyncio::task<void> what, std::string name) {
  co_await what;
  say(name);
}

awaitable<void> done_callbacks() {
  asyncio::loop& loop = asyncio::get_running_loop();
  const auto body = create_task(give_nothing());
  body.add_done_callback(saying("first"));
  const auto waiter = create_task(wait_for(body, "waiter"));
  body.add_done_callback([body] {
    say("second adds third");
    body.add_done_callback(saying("third"));
  });
  loop.call_soon(saying("soon"));
  co_await body;
  say("main");
  body.add_done_callback(saying("fourth"));
  co_await body;
  say("main again, without a pass");
  co_await waiter;
  co_await asyncio::sleep(0s);
  say("end");
}

// ---------------------------------------------------------------------------------- gather

awaitable<std::string> give_at_once(std::string name) {
  say(name + " runs");
  co_return name;
}

awaitable<std::string> give_in_the_next_pass(std::string name) {
  say(name + " runs");
  co_await asyncio::sleep(0s);
  say(name + " resumes");
  co_return name;
}

awaitable<void> gather_the_done_and_the_undone() {
  asyncio::loop& loop = asyncio::get_running_loop();
  const future<std::string> done;
  const future<std::string> undone;
  done.set_result("done");
  const auto x = asyncio::gather(done, done);
  say(std::string("gather of the done is done: ") + yes_or_no(x.done()));
  x.add_done_callback(saying("callback of gather of the done"));
  const auto y = asyncio::gather(give_at_once("a"), done, give_in_the_next_pass("b"), undone);
  y.add_done_callback(saying("callback of gather"));
  undone.add_done_callback(saying("callback of undone"));
  loop.call_soon([undone] {
    say("sets undone");
    undone.set_result("undone");
  });
  const auto watching = create_task(tick("pass ", 6));
  const auto [first, second, third, fourth] = co_await y;
  say("main: " + first + " " + second + " " + third + " " + fourth);
  co_await watching;
}

awaitable<int> give_slowly() {
  say("slow runs");
  co_await asyncio::sleep(0s);
  co_await asyncio::sleep(0s);
  say("slow goes on");
  co_return 1;
}

awaitable<int> fail_at_once() {
  say("fail runs");
  throw std::runtime_error("fails");
  co_return 1;
}

awaitable<void> gather_the_failed() {
  const future<int> failed;
  failed.set_exception(std::runtime_error("failed"));
  const auto first = asyncio::gather(give_slowly(), failed);
  say(std::string("already failed: ") + yes_or_no(first.done()));
  try {
    co_await first;
  } catch (const std::runtime_error& error) {
    say(std::string("main caught ") + error.what());
  }
  const auto watching = create_task(tick("pass ", 5));
  try {
    co_await asyncio::gather(fail_at_once(), give_slowly());
  } catch (const std::runtime_error& error) {
    say(std::string("main caught ") + error.what());
  }
  co_await watching;
  say("end");
}

awaitable<std::string> leaf(std::string name) {
  say(name + " leaf");
  co_await asyncio::sleep(0s);
  say(name + " leaf again");
  co_return name;
}

awaitable<std::string> branch(std::string name) {
  const auto [left, right] = co_await asyncio::gather(leaf(name + "l"), leaf(name + "r"));
  say(name + " joined");
  co_return left + "+" + right;
}

awaitable<void> gathers_in_a_gather() {
  const auto watching = create_task(tick("pass ", 7));
  const auto [first, second] = co_await asyncio::gather(branch("1"), branch("2"));
  say("main " + first + " " + second);
  co_await watching;
}

awaitable<std::string> nest(int depth) {
  if (depth == 0) {
    co_await asyncio::sleep(0s);
    co_return "x";
  }
  const std::string inner = co_await create_task(nest(depth - 1));
  co_return inner + std::to_string(depth);
}

awaitable<void> tasks_in_tasks() {
  const auto watching = create_task(tick("pass ", 9));
  const std::string nested = co_await nest(3);
  say("main " + nested);
  co_await watching;
}

// ------------------------------------------------------------------------------ cancelling

template <class Future>
awaitable<void> wait_and_clean_up(std::string name, Future awaited) {
  std::exception_ptr cancelled;
  try {
    co_await awaited;
    say(name + " woke");
    co_return;
  } catch (const cancelled_error&) {
    cancelled = std::current_exception();
  }
  say(name + " cancelled");
  co_await asyncio::sleep(0s);
  say(name + " cleaned up");
  std::rethrow_exception(cancelled);
}

void tell_end(const asyncio::task<void>& of, std::string name) {
  of.add_done_callback([name](const asyncio::task<void>& ended) {
    say(name + " is done, cancelled: " + yes_or_no(ended.cancelled()));
  });
}

awaitable<void> cancel_in_the_pass_of_the_wake_up() {
  const future<> f;
  const future<> g;
  const auto a = create_task(wait_and_clean_up("a", f));
  const auto b = create_task(wait_and_clean_up("b", g));
  const auto c = create_task(wait_and_clean_up("c", a));
  tell_end(a, "a");
  tell_end(b, "b");
  tell_end(c, "c");
  co_await asyncio::sleep(0s);
  asyncio::get_running_loop().call_soon([f, a, b] {
    say("sets f, cancels a and b");
    f.set_result();
    a.cancel();
    b.cancel();
  });
  for (int i = 0; i < 6; ++i) {
    say("pass " + std::to_string(i));
    co_await asyncio::sleep(0s);
  }
}

awaitable<void> sleep_or_be_cancelled(std::string name, std::chrono::milliseconds duration) {
  try {
    co_await asyncio::sleep(duration);
    say(name + " woke");
  } catch (const cancelled_error&) {
    say(name + " cancelled");
    throw;
  }
}

awaitable<void> cancel_sleepers() {
  asyncio::loop& loop = asyncio::get_running_loop();
  const auto a = create_task(sleep_or_be_cancelled("a", 100ms));
  const auto b = create_task(sleep_or_be_cancelled("b", 100ms));
  const auto z = create_task(sleep_or_be_cancelled("z", 0ms));
  const auto unstarted = create_task(sleep_or_be_cancelled("u", 100ms));
  loop.call_soon([a, b, z] {
    say("cancels");
    b.cancel();
    z.cancel();
    a.cancel();
  });
  unstarted.cancel();
  for (int i = 0; i < 4; ++i) {
    say("pass " + std::to_string(i));
    co_await asyncio::sleep(0s);
  }
  const auto v = create_task(sleep_or_be_cancelled("v", 100ms));
  co_await asyncio::sleep(0s);
  loop.call_later(100ms, [v] { // its sleep is over, but it has not run yet
    say("timer cancels v");
    v.cancel();
  });
  try {
    co_await v;
  } catch (const cancelled_error&) {
    say("main saw v cancelled");
  }
  say("end");
}

awaitable<int> be_stubborn(std::string name) {
  try {
    co_await asyncio::sleep(10s);
    co_return 0;
  } catch (const cancelled_error&) {
    say(name + " cleans up");
  }
  co_await asyncio::sleep(0s);
  say(name + " gives a value");
  co_return 1;
}

awaitable<void> gather_three() {
  try {
    co_await asyncio::gather(sleep_or_be_cancelled("a", 10s), be_stubborn("s"),
                             sleep_or_be_cancelled("b", 10s));
  } catch (const cancelled_error&) {
    say("outer cancelled");
    throw;
  }
}

awaitable<void> gather_two_with_exceptions() {
  try {
    co_await asyncio::gather(asyncio::return_exceptions, sleep_or_be_cancelled("c", 10s), be_stubborn("t"));
  } catch (const cancelled_error&) {
    say("outer_re cancelled");
    throw;
  }
}

awaitable<void> cancel_gathers() {
  const auto outer = create_task(gather_three());
  const auto outer_re = create_task(gather_two_with_exceptions());
  co_await asyncio::sleep(0s);
  co_await asyncio::sleep(0s);
  say("main cancels");
  outer.cancel();
  outer_re.cancel();
  for (int i = 0; i < 6; ++i) {
    say("pass " + std::to_string(i));
    co_await asyncio::sleep(0s);
  }
  say(std::string(yes_or_no(outer.cancelled())) + " " + yes_or_no(outer_re.cancelled()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(order_test)

BOOST_AUTO_TEST_CASE(callbacks_timers_and_tasks_take_turns) {
  check_story(callbacks_timers_and_tasks(),
              {"main", "soon 2", "tick 0", "main 1", "later -1", "later 0", "soon 1", "tick 1", "main 2",
               "later from soon", "soon 0", "tick 2", "main 3"});
}

BOOST_AUTO_TEST_CASE(timers_and_sleepers_of_one_deadline_go_by_when_they_were_set) {
  check_story(equal_deadlines(),
              {"late starts", "timer 1", "timer 2", "a woke", "b woke", "soon from timer 2",
               "later 0 from timer 2", "a again", "b again", "late woke", "end"});
}

BOOST_AUTO_TEST_CASE(a_zero_timer_does_not_wait_for_timers_that_were_set_later) {
  check_story(a_zero_timer_and_one_that_was_set_later(),
              {"first", "chain 1", "later 0", "chain 2", "chain 3", "set later"});
}

BOOST_AUTO_TEST_CASE(futures_set_from_callbacks_wake_in_the_order_of_waiting) {
  check_story(futures_set_from_callbacks(),
              {"main waits", "sets f", "has set f", "callback of f, early", "a got f", "b got f",
               "callback of f sets g", "main got f", "callback of g", "a got g", "b got g",
               "soon from callback", "callback of f, late", "end"});
}

BOOST_AUTO_TEST_CASE(done_callbacks_and_waiters_share_one_order) {
  check_story(done_callbacks(), {"body", "waiter", "soon", "first", "second adds third", "main",
                                 "main again, without a pass", "third", "fourth", "end"});
}

BOOST_AUTO_TEST_CASE(a_gather_takes_a_pass_after_its_last_child) {
  check_story(gather_the_done_and_the_undone(),
              {"gather of the done is done: true", "callback of gather of the done", "a runs", "b runs",
               "sets undone", "pass 0", "b resumes", "callback of undone", "pass 1", "pass 2",
               "callback of gather", "main: a done b undone", "pass 3", "pass 4", "pass 5"});
}

BOOST_AUTO_TEST_CASE(a_gather_fails_while_its_children_go_on) {
  check_story(gather_the_failed(), {"already failed: true", "main caught failed", "slow runs", "pass 0",
                                    "fail runs", "slow runs", "pass 1", "slow goes on", "pass 2",
                                    "main caught fails", "slow goes on", "pass 3", "pass 4", "end"});
}

BOOST_AUTO_TEST_CASE(a_gather_of_gathers) {
  check_story(gathers_in_a_gather(),
              {"pass 0", "pass 1", "1l leaf", "1r leaf", "2l leaf", "2r leaf", "pass 2", "1l leaf again",
               "1r leaf again", "2l leaf again", "2r leaf again", "pass 3", "pass 4", "1 joined", "2 joined",
               "pass 5", "pass 6", "main 1l+1r 2l+2r"});
}

BOOST_AUTO_TEST_CASE(each_task_in_a_chain_takes_a_pass_to_hand_its_result_on) {
  check_story(tasks_in_tasks(), {"pass 0", "pass 1", "pass 2", "pass 3", "pass 4", "pass 5", "pass 6",
                                 "main x123", "pass 7", "pass 8"});
}

BOOST_AUTO_TEST_CASE(a_cancel_in_the_pass_of_the_wake_up_wins) {
  check_story(cancel_in_the_pass_of_the_wake_up(),
              {"pass 0", "sets f, cancels a and b", "pass 1", "a cancelled", "b cancelled", "pass 2",
               "a cleaned up", "b cleaned up", "pass 3", "a is done, cancelled: true", "c cancelled",
               "b is done, cancelled: true", "pass 4", "c cleaned up", "pass 5",
               "c is done, cancelled: true"});
}

BOOST_AUTO_TEST_CASE(cancelled_sleepers_wake_in_the_order_of_the_cancels) {
  check_story(cancel_sleepers(),
              {"pass 0", "cancels", "pass 1", "z cancelled", "b cancelled", "a cancelled", "pass 2", "pass 3",
               "timer cancels v", "v cancelled", "main saw v cancelled", "end"});
}

BOOST_AUTO_TEST_CASE(a_cancelled_gather_ends_after_its_children) {
  check_story(cancel_gathers(),
              {"main cancels", "pass 0", "a cancelled", "s cleans up", "b cancelled", "c cancelled",
               "t cleans up", "pass 1", "s gives a value", "t gives a value", "pass 2", "outer cancelled",
               "pass 3", "outer_re cancelled", "pass 4", "pass 5", "true true"});
}

BOOST_AUTO_TEST_SUITE_END()
