#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using names = std::vector<std::string>;
using boost::test_tools::per_element;

namespace {

awaitable<void> take(asyncio::lock& wanted, std::string name, names& seen) {
  co_await wanted.acquire();
  seen.push_back(name);
}

awaitable<void> hold_for(asyncio::lock& wanted, std::chrono::seconds time, std::string name, names& seen) {
  auto held = co_await wanted.hold();
  seen.push_back(name);
  co_await asyncio::sleep(time);
}

} // namespace

BOOST_AUTO_TEST_SUITE(lock_test)

ASYNC_TEST_CASE(a_free_one_is_taken_at_once, *row("lock-01")) {
  asyncio::lock lock;
  bool others_ran = false;
  asyncio::get_running_loop().call_soon([&] { others_ran = true; });
  const bool acquired = co_await lock.acquire();
  BOOST_TEST(acquired);
  BOOST_TEST(lock.locked());
  BOOST_TEST(!others_ran);
  lock.release();
  co_await passes(5);
}

ASYNC_TEST_CASE(those_who_wait_get_it_in_the_order_in_which_they_asked_one_a_release, *row("lock-02")) {
  asyncio::lock lock;
  names seen;
  co_await lock.acquire();
  auto a = asyncio::create_task(take(lock, "a", seen));
  auto b = asyncio::create_task(take(lock, "b", seen));
  auto c = asyncio::create_task(take(lock, "c", seen));
  co_await passes(5);
  BOOST_TEST(seen.empty());
  for (const names& expected : {names{"a"}, names{"a", "b"}, names{"a", "b", "c"}}) {
    lock.release();
    co_await passes(5);
    BOOST_TEST(seen == expected, per_element());
    BOOST_TEST(lock.locked());
  }
}

ASYNC_TEST_CASE(who_asks_after_others_gets_it_after_them, *row("lock-03")) {
  asyncio::lock lock;
  names seen;
  co_await lock.acquire();
  auto first = asyncio::create_task(hold_for(lock, 1s, "first", seen));
  co_await passes(5);
  lock.release();
  co_await hold_for(lock, 1s, "newcomer", seen); // free, but the first's
  BOOST_TEST(seen == (names{"first", "newcomer"}), per_element());
}

ASYNC_TEST_CASE(a_cancelled_wait_throws_and_leaves_no_one_behind, *row("lock-04")) {
  asyncio::lock lock;
  names seen;
  co_await lock.acquire();
  auto waiting = asyncio::create_task(take(lock, "waiting", seen));
  co_await passes(5);
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(waiting.cancelled());
  lock.release();
  BOOST_TEST(!lock.locked());
  co_await lock.acquire();
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(released_in_the_pass_that_cancels_the_first_it_goes_to_the_second, *row("lock-05")) {
  for (const bool cancel_comes_first : {true, false}) {
    asyncio::lock lock;
    names seen;
    co_await lock.acquire();
    auto first = asyncio::create_task(take(lock, "first", seen));
    auto second = asyncio::create_task(take(lock, "second", seen));
    co_await passes(5);
    if (cancel_comes_first) {
      first.cancel();
      lock.release();
    } else {
      lock.release();
      first.cancel();
    }
    co_await end_of(first);
    BOOST_TEST(first.cancelled());
    co_await second;
    BOOST_TEST(seen == names{"second"}, per_element());
  }
}

ASYNC_TEST_CASE(a_callback_that_cancels_the_first_and_releases_lets_one_proceed, *row("lock-06")) {
  asyncio::lock lock;
  names seen;
  co_await lock.acquire();
  auto first = asyncio::create_task(take(lock, "first", seen));
  auto second = asyncio::create_task(take(lock, "second", seen));
  auto third = asyncio::create_task(take(lock, "third", seen));
  co_await passes(5);
  asyncio::get_running_loop().call_soon([&] {
    first.cancel();
    lock.release();
  });
  co_await passes(5);
  BOOST_TEST(first.cancelled());
  BOOST_TEST(seen == names{"second"}, per_element());
  BOOST_TEST(!third.done());
  lock.release();
  co_await third;
}

ASYNC_TEST_CASE(a_newcomer_gets_what_the_only_one_who_waited_was_cancelled_for, *row("lock-07")) {
  asyncio::lock lock;
  names seen;
  co_await lock.acquire();
  auto waiting = asyncio::create_task(take(lock, "waiting", seen));
  co_await passes(5);
  waiting.cancel();
  lock.release();
  auto newcomer = asyncio::create_task(take(lock, "newcomer", seen));
  co_await newcomer;
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(seen == names{"newcomer"}, per_element());
}

ASYNC_TEST_CASE(releasing_what_nobody_holds_is_refused, *row("lock-08")) {
  asyncio::lock lock;
  BOOST_CHECK_THROW(lock.release(), asyncio::misuse_error);
  co_await lock.acquire();
  lock.release();
  BOOST_CHECK_THROW(lock.release(), asyncio::misuse_error);
}

ASYNC_TEST_CASE(released_while_nobody_waits_it_is_free, *row("lock-09")) {
  asyncio::lock lock;
  co_await lock.acquire();
  lock.release();
  BOOST_TEST(!lock.locked());
}

ASYNC_TEST_CASE(a_guard_holds_it_for_its_scope_across_suspensions, *row("lock-10")) {
  asyncio::lock lock;
  {
    auto held = co_await lock.hold();
    co_await asyncio::sleep(1s);
    BOOST_TEST(lock.locked());
  }
  BOOST_TEST(!lock.locked());
}

ASYNC_TEST_CASE(a_guard_frees_it_when_an_exception_leaves_the_scope, *row("lock-10")) {
  asyncio::lock lock;
  const auto fail = [](asyncio::lock& of) -> awaitable<void> {
    auto held = co_await of.hold();
    co_await asyncio::sleep(1s);
    throw std::runtime_error("no luck");
  };
  bool failed = false;
  try {
    co_await fail(lock);
  } catch (const std::runtime_error&) {
    failed = true;
  }
  BOOST_TEST(failed);
  BOOST_TEST(!lock.locked());
}

ASYNC_TEST_CASE(a_guard_frees_it_when_its_task_is_cancelled) {
  asyncio::lock lock;
  names seen;
  auto holding = asyncio::create_task(hold_for(lock, 10s, "holding", seen));
  co_await asyncio::sleep(1s);
  holding.cancel();
  co_await end_of(holding);
  BOOST_TEST(holding.cancelled());
  BOOST_TEST(!lock.locked());
}

ASYNC_TEST_CASE(a_task_can_take_it_for_another) {
  asyncio::lock lock;
  co_await asyncio::create_task(lock.acquire());
  BOOST_TEST(lock.locked());
  awaitable<asyncio::held_lock> holding = lock.hold();
  lock.release();
  auto held = co_await std::move(holding);
  BOOST_TEST(lock.locked());
}

ASYNC_TEST_CASE(holders_follow_each_other_without_a_gap) {
  asyncio::lock lock;
  names seen;
  const auto start = asyncio::clock::now();
  co_await asyncio::gather(hold_for(lock, 1s, "a", seen), hold_for(lock, 2s, "b", seen),
                           hold_for(lock, 3s, "c", seen));
  BOOST_TEST((asyncio::clock::now() - start == 6s));
  BOOST_TEST(seen == (names{"a", "b", "c"}), per_element());
}

ASYNC_TEST_CASE(whoever_waits_and_is_cancelled_leaves_the_others_in_their_places) {
  asyncio::lock lock;
  names seen;
  co_await lock.acquire();
  auto a = asyncio::create_task(hold_for(lock, 1s, "a", seen));
  auto b = asyncio::create_task(hold_for(lock, 1s, "b", seen));
  auto c = asyncio::create_task(hold_for(lock, 1s, "c", seen));
  co_await passes(5);
  b.cancel();
  co_await passes(5);
  lock.release();
  co_await c;
  BOOST_TEST(seen == (names{"a", "c"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_loop_that_goes_away_takes_those_who_wait_along) {
  asyncio::lock lock;
  names seen;
  asyncio::loop runs;
  runs.create_task(hold_for(lock, 1h, "holds", seen));
  runs.create_task(take(lock, "never", seen));
  runs.call_soon([&] { runs.call_soon([&] { runs.stop(); }); });
  runs.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {}); // two pending tasks
  runs.run_forever();
  BOOST_TEST(lock.locked());
}

// A loop is another one even if it has the address of the first.
BOOST_AUTO_TEST_CASE(tasks_of_another_loop_can_take_it_but_not_wait_for_it, *row("condition-17")) {
  asyncio::lock lock;
  names seen;
  const auto contend = [&]() -> awaitable<void> {
    co_await asyncio::gather(hold_for(lock, 1s, "first", seen), hold_for(lock, 1s, "second", seen));
  };
  asyncio::run(contend(), asyncio::run_options().virtual_time());
  BOOST_TEST(seen == (names{"first", "second"}), per_element());
  asyncio::run(hold_for(lock, 1s, "alone", seen), asyncio::run_options().virtual_time());
  BOOST_TEST(seen == (names{"first", "second", "alone"}), per_element());
  BOOST_CHECK_THROW(asyncio::run(contend(), asyncio::run_options().virtual_time()), asyncio::misuse_error);
  BOOST_TEST(!lock.locked());
}

ASYNC_TEST_CASE(who_waits_for_one_that_is_gone_can_be_cancelled) {
  names seen;
  asyncio::task<void> waiting;
  {
    asyncio::lock lock;
    co_await lock.acquire();
    waiting = asyncio::create_task(take(lock, "late", seen));
    co_await passes(5);
  }
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(who_was_next_for_one_that_is_gone_is_told) {
  names seen;
  auto lock = std::make_unique<asyncio::lock>();
  co_await lock->acquire();
  auto waiting = asyncio::create_task(take(*lock, "late", seen));
  co_await passes(5);
  lock->release();
  lock.reset();
  co_await end_of(waiting);
  BOOST_CHECK_THROW(waiting.result(), asyncio::misuse_error);
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(a_guard_may_outlive_it) {
  auto lock = std::make_unique<asyncio::lock>();
  auto held = co_await lock->hold();
  auto moved = std::move(held);
  lock.reset();
}

ASYNC_TEST_CASE(a_guard_that_is_given_another_lock_frees_both) {
  asyncio::lock first;
  asyncio::lock second;
  {
    auto held = co_await first.hold();
    held = co_await second.hold();
    BOOST_TEST(!first.locked());
    BOOST_TEST(second.locked());
  }
  BOOST_TEST(!second.locked());
}

BOOST_AUTO_TEST_SUITE_END()
