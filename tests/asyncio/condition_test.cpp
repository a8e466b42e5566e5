#include <asyncio/condition.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/explore.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/wait_for.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using names = std::vector<std::string>;
using boost::test_tools::per_element;

namespace {

/// Leaves the lock to the test.
awaitable<void> wait_and_keep(asyncio::condition& changed, std::string name, names& seen) {
  co_await changed.acquire();
  const bool woken = co_await changed.wait();
  seen.push_back(woken && changed.locked() ? name : "not " + name);
}

awaitable<void> wait_in_scope(asyncio::condition& changed, std::string name, names& seen) {
  auto held = co_await changed.hold();
  co_await changed.wait();
  seen.push_back(name);
}

/// Tells how it was cancelled.
awaitable<void> wait_in_vain(asyncio::condition& changed, names& seen) {
  auto held = co_await changed.hold();
  try {
    co_await changed.wait();
  } catch (const asyncio::cancelled_error& error) {
    seen.push_back((changed.locked() ? "cancelled: " : "without the lock: ") + std::string(error.message()));
    throw;
  }
}

awaitable<void> notify(asyncio::condition& changed, int n) {
  auto held = co_await changed.hold();
  changed.notify(n);
}

struct shelf {
  asyncio::condition changed;
  int items = 0;
};

/// Takes items, until there are less than none.
awaitable<void> consume(shelf& from) {
  auto held = co_await from.changed.hold();
  for (;;) {
    co_await from.changed.wait_for([&] { return from.items != 0; });
    if (from.items < 0) {
      co_return;
    }
    --from.items;
  }
}

awaitable<void> close(shelf& what) {
  auto held = co_await what.changed.hold();
  what.items = -1;
  what.changed.notify_all();
}

const auto in_virtual_time = asyncio::run_options().virtual_time();

} // namespace

BOOST_AUTO_TEST_SUITE(condition_test)

// ---------------------------------------------------------------- wait and notify

ASYNC_TEST_CASE(those_who_wait_have_given_up_the_lock, *row("condition-01")) {
  asyncio::condition changed;
  names seen;
  auto a = asyncio::create_task(wait_in_scope(changed, "a", seen));
  auto b = asyncio::create_task(wait_in_scope(changed, "b", seen));
  auto c = asyncio::create_task(wait_in_scope(changed, "c", seen));
  co_await passes(1);
  BOOST_TEST(!changed.locked());
  co_await notify(changed, 3);
  co_await passes(3);
  BOOST_TEST(seen == (names{"a", "b", "c"}), per_element()); // all three were waiting
}

ASYNC_TEST_CASE(who_is_notified_goes_on_with_the_lock_when_the_notifier_releases_it, *row("condition-02")) {
  asyncio::condition changed;
  names seen;
  auto waiting = asyncio::create_task(wait_and_keep(changed, "waiting", seen));
  co_await passes(1);
  co_await changed.acquire();
  changed.notify();
  co_await passes(3);
  BOOST_TEST(seen.empty());
  changed.release();
  co_await passes(1);
  BOOST_TEST(seen == names{"waiting"}, per_element());
  BOOST_TEST(changed.locked());
}

ASYNC_TEST_CASE(two_who_are_notified_go_on_in_their_order_one_a_release, *row("condition-03")) {
  asyncio::condition changed;
  names seen;
  auto a = asyncio::create_task(wait_and_keep(changed, "a", seen));
  auto b = asyncio::create_task(wait_and_keep(changed, "b", seen));
  auto c = asyncio::create_task(wait_and_keep(changed, "c", seen));
  co_await passes(1);
  co_await changed.acquire();
  changed.notify(2);
  changed.release();
  co_await passes(3);
  BOOST_TEST(seen == names{"a"}, per_element());
  changed.release();
  co_await passes(3);
  BOOST_TEST(seen == (names{"a", "b"}), per_element());
  changed.release();
  co_await passes(3);
  BOOST_TEST(seen == (names{"a", "b"}), per_element());
  BOOST_TEST(!changed.locked());
}

ASYNC_TEST_CASE(a_notify_wakes_who_has_waited_longest, *row("condition-04")) {
  asyncio::condition changed;
  names seen;
  auto a = asyncio::create_task(wait_in_scope(changed, "a", seen));
  auto b = asyncio::create_task(wait_in_scope(changed, "b", seen));
  co_await passes(1);
  co_await notify(changed, 1);
  co_await passes(5);
  BOOST_TEST(seen == names{"a"}, per_element());
  BOOST_TEST(!b.done());
}

ASYNC_TEST_CASE(a_notify_of_more_than_wait_wakes_them_all, *row("condition-05")) {
  asyncio::condition changed;
  names seen;
  auto a = asyncio::create_task(wait_in_scope(changed, "a", seen));
  auto b = asyncio::create_task(wait_in_scope(changed, "b", seen));
  co_await passes(1);
  co_await notify(changed, 2048);
  co_await passes(5);
  BOOST_TEST(seen == (names{"a", "b"}), per_element());
  co_await notify(changed, 2048); // nobody is left
}

ASYNC_TEST_CASE(a_notify_of_none_or_less_wakes_nobody) {
  asyncio::condition changed;
  names seen;
  auto waiting = asyncio::create_task(wait_in_scope(changed, "waiting", seen));
  co_await passes(1);
  co_await notify(changed, 0);
  co_await notify(changed, -1);
  co_await passes(5);
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(notify_all_wakes_them_all_in_their_order, *row("condition-06")) {
  asyncio::condition changed;
  names seen;
  auto a = asyncio::create_task(wait_in_scope(changed, "a", seen));
  auto b = asyncio::create_task(wait_in_scope(changed, "b", seen));
  auto c = asyncio::create_task(wait_in_scope(changed, "c", seen));
  co_await passes(1);
  co_await changed.acquire();
  changed.notify_all();
  changed.release();
  co_await passes(5);
  BOOST_TEST(seen == (names{"a", "b", "c"}), per_element());
}

ASYNC_TEST_CASE(a_notify_is_for_those_who_wait_and_not_kept_for_who_comes_later) {
  asyncio::condition changed;
  names seen;
  co_await notify(changed, 1);
  auto late = asyncio::create_task(wait_in_scope(changed, "late", seen));
  co_await passes(5);
  BOOST_TEST(seen.empty());
}

// ---------------------------------------------------------------- cancelling

ASYNC_TEST_CASE(a_cancelled_wait_throws_only_when_it_has_the_lock_again, *row("condition-07")) {
  asyncio::condition changed;
  names seen;
  auto waiting = asyncio::create_task(wait_in_vain(changed, seen));
  co_await passes(1);
  co_await changed.acquire();
  waiting.cancel();
  co_await passes(5);
  BOOST_TEST(seen.empty());
  changed.release();
  co_await end_of(waiting);
  BOOST_TEST(seen == names{"cancelled: "}, per_element());
  BOOST_TEST(ending_of(waiting) == "cancelled");
  BOOST_TEST(!changed.locked());
}

ASYNC_TEST_CASE(cancelled_as_it_takes_a_contested_lock_it_ends_with_the_lock, *row("condition-08")) {
  asyncio::condition changed;
  co_await changed.acquire();
  auto waiting = asyncio::create_task(changed.wait());
  co_await passes(1);
  co_await changed.acquire();
  changed.notify();
  asyncio::get_running_loop().call_soon([&] { waiting.cancel(); });
  asyncio::get_running_loop().call_soon([&] { changed.release(); });
  co_await end_of(waiting);
  BOOST_TEST(changed.locked());
  BOOST_TEST(ending_of(waiting) == "cancelled");
}

ASYNC_TEST_CASE(cancelled_after_a_notify_it_tries_until_it_has_the_lock, *row("condition-09")) {
  asyncio::condition changed;
  names seen;
  auto waiting = asyncio::create_task(wait_in_vain(changed, seen));
  co_await passes(1);
  co_await changed.acquire();
  changed.notify();
  co_await passes(1);
  for (int i = 0; i < 3; ++i) {
    waiting.cancel();
    co_await passes(1);
  }
  BOOST_TEST(!waiting.done());
  changed.release();
  co_await passes(2);
  BOOST_TEST(seen == names{"cancelled: "}, per_element());
  BOOST_TEST(waiting.cancelled());
}

ASYNC_TEST_CASE(a_timeout_of_the_wait_leaves_the_lock_to_the_scope_around_it, *row("condition-18")) {
  asyncio::condition changed;
  {
    auto held = co_await changed.hold();
    bool timed_out = false;
    try {
      co_await asyncio::wait_for(changed.wait(), 500ms);
    } catch (const asyncio::timeout_error&) {
      timed_out = true;
    }
    BOOST_TEST(timed_out);
    BOOST_TEST(changed.locked());
  }
  BOOST_TEST(!changed.locked());
}

ASYNC_TEST_CASE(a_cancel_of_the_wait_for_a_notify_keeps_its_message, *row("condition-19")) {
  asyncio::condition changed;
  names seen;
  auto waiting = asyncio::create_task(wait_in_vain(changed, seen));
  co_await passes(1);
  waiting.cancel("m");
  co_await end_of(waiting);
  BOOST_TEST(seen == names{"cancelled: m"}, per_element());
  BOOST_TEST(ending_of(waiting) == "cancelled: m");
}

ASYNC_TEST_CASE(a_cancel_of_the_wait_for_the_lock_keeps_its_message, *row("condition-20")) {
  asyncio::condition changed;
  names seen;
  auto waiting = asyncio::create_task(wait_in_vain(changed, seen));
  co_await passes(1);
  co_await changed.acquire();
  changed.notify();
  co_await passes(1);
  waiting.cancel("m");
  changed.release();
  co_await end_of(waiting);
  BOOST_TEST(seen == names{"cancelled: m"}, per_element());
  BOOST_TEST(ending_of(waiting) == "cancelled: m");
}

ASYNC_TEST_CASE(of_several_cancels_the_last_is_thrown_and_all_are_counted) {
  asyncio::condition changed;
  names seen;
  auto waiting = asyncio::create_task(wait_in_vain(changed, seen));
  co_await passes(1);
  co_await changed.acquire();
  for (const char* const message : {"first", "second", "third"}) {
    waiting.cancel(message);
    co_await passes(1);
  }
  changed.release();
  co_await end_of(waiting);
  BOOST_TEST(seen == names{"cancelled: third"}, per_element());
  BOOST_TEST(waiting.cancelling() == 3U);
}

// CPython 3.11 loses the notify in this case and in the next.
ASYNC_TEST_CASE(the_notify_of_one_who_is_cancelled_before_it_resumes_goes_to_another, *row("condition-21")) {
  shelf shared;
  auto first = asyncio::create_task(consume(shared));
  auto second = asyncio::create_task(consume(shared));
  co_await passes(1);
  co_await shared.changed.acquire();
  ++shared.items;
  shared.changed.notify();
  first.cancel();
  shared.changed.release();
  co_await passes(5);
  BOOST_TEST(first.cancelled());
  BOOST_TEST(shared.items == 0);
  co_await close(shared);
  co_await second;
}

ASYNC_TEST_CASE(the_notify_of_one_who_is_cancelled_as_it_takes_the_lock_goes_to_another,
                *row("condition-22")) {
  shelf shared;
  auto first = asyncio::create_task(consume(shared));
  auto second = asyncio::create_task(consume(shared));
  co_await passes(1);
  co_await shared.changed.acquire();
  ++shared.items;
  shared.changed.notify();
  co_await passes(1); // it stands in the line for the lock
  first.cancel();
  shared.changed.release();
  co_await passes(5);
  BOOST_TEST(first.cancelled());
  BOOST_TEST(shared.items == 0);
  co_await close(shared);
  co_await second;
}

BOOST_AUTO_TEST_CASE(no_notify_is_lost_in_whatever_order_tasks_run_and_one_is_cancelled) {
  const auto produce = [](shelf& into) -> awaitable<void> {
    auto held = co_await into.changed.hold();
    ++into.items;
    into.changed.notify();
  };
  const auto serve = [&]() -> awaitable<bool> {
    shelf shared;
    auto cancelled = asyncio::create_task(consume(shared));
    auto other = asyncio::create_task(consume(shared));
    co_await passes(2);
    auto producing = asyncio::create_task(produce(shared));
    co_await passes(2);
    cancelled.cancel();
    co_await producing;
    co_await passes(10);
    const int left = shared.items;
    co_await close(shared);
    co_await other;
    co_return left == 0;
  };
  const auto failure = asyncio::explore(serve, 200);
  BOOST_TEST(!failure, (failure ? failure->message() : ""));
}

// ---------------------------------------------------------------- wait_for

ASYNC_TEST_CASE(notified_in_vain_it_waits_on_until_the_predicate_is_true, *row("condition-11")) {
  asyncio::condition changed;
  bool there = false;
  int asked = 0;
  const auto wait = [](asyncio::condition& on, bool& for_this, int& count) -> awaitable<void> {
    auto held = co_await on.hold();
    const bool found = co_await on.wait_for([&] {
      ++count;
      return for_this;
    });
    BOOST_TEST(found);
    BOOST_TEST(on.locked());
  };
  auto waiting = asyncio::create_task(wait(changed, there, asked));
  co_await passes(1);
  BOOST_TEST(asked == 1);
  co_await notify(changed, 1);
  co_await passes(3);
  BOOST_TEST(asked == 2);
  BOOST_TEST(!waiting.done());
  there = true;
  co_await passes(3);
  BOOST_TEST(!waiting.done()); // nobody told it
  co_await notify(changed, 1);
  co_await passes(3);
  BOOST_TEST(asked == 3);
  BOOST_TEST(waiting.done());
}

ASYNC_TEST_CASE(a_predicate_that_is_true_at_once_gives_its_value_even_without_the_lock,
                *row("condition-12")) {
  asyncio::condition changed;
  const auto value = co_await changed.wait_for([] { return std::optional<int>(42); });
  BOOST_TEST(value.value_or(0) == 42);
  BOOST_TEST(!changed.locked());
}

ASYNC_TEST_CASE(a_predicate_that_is_false_needs_the_lock, *row("condition-13")) {
  asyncio::condition changed;
  bool refused = false;
  try {
    co_await changed.wait_for([] { return false; });
  } catch (const asyncio::misuse_error&) {
    refused = true;
  }
  BOOST_TEST(refused);
}

ASYNC_TEST_CASE(what_the_predicate_throws_is_thrown_with_the_lock_held) {
  asyncio::condition changed;
  int asked = 0;
  const auto fails_the_second_time = [&] {
    if (++asked == 2) {
      throw std::runtime_error("no luck");
    }
    return false;
  };
  auto held = co_await changed.hold();
  auto notifying = asyncio::create_task(notify(changed, 1));
  bool failed = false;
  try {
    co_await changed.wait_for(fails_the_second_time);
  } catch (const std::runtime_error&) {
    failed = changed.locked();
  }
  BOOST_TEST(failed);
}

ASYNC_TEST_CASE(a_cancelled_wait_for_does_not_ask_again) {
  asyncio::condition changed;
  int asked = 0;
  const auto wait = [](asyncio::condition& on, int& count) -> awaitable<void> {
    auto held = co_await on.hold();
    co_await on.wait_for([&] { return ++count > 1; });
  };
  auto waiting = asyncio::create_task(wait(changed, asked));
  co_await passes(1);
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(asked == 1);
  BOOST_TEST(!changed.locked());
}

// ---------------------------------------------------------------- the lock

ASYNC_TEST_CASE(waiting_without_the_lock_is_refused, *row("condition-10")) {
  asyncio::condition changed;
  bool refused = false;
  try {
    co_await changed.wait();
  } catch (const asyncio::misuse_error&) {
    refused = true;
  }
  BOOST_TEST(refused);
}

ASYNC_TEST_CASE(notifying_without_the_lock_is_refused, *row("condition-14")) {
  asyncio::condition changed;
  BOOST_CHECK_THROW(changed.notify(), asyncio::misuse_error);
  BOOST_CHECK_THROW(changed.notify_all(), asyncio::misuse_error);
  co_return;
}

ASYNC_TEST_CASE(a_guard_holds_its_lock_for_a_scope, *row("condition-15") * row("lock-10")) {
  asyncio::condition changed;
  {
    auto held = co_await changed.hold();
    co_await asyncio::sleep(1s);
    BOOST_TEST(changed.locked());
  }
  BOOST_TEST(!changed.locked());
}

ASYNC_TEST_CASE(a_lock_that_it_is_given_is_shared, *row("condition-16")) {
  asyncio::lock lock;
  asyncio::condition changed(lock);
  {
    auto held = co_await changed.hold();
    BOOST_TEST(lock.locked());
    BOOST_TEST(changed.locked());
  }
  {
    auto held = co_await lock.hold();
    BOOST_TEST(changed.locked());
  }
  BOOST_TEST(!changed.locked());
  co_await changed.acquire();
  lock.release();
  BOOST_TEST(!changed.locked());
}

ASYNC_TEST_CASE(two_that_share_a_lock_notify_each_their_own) {
  asyncio::lock lock;
  asyncio::condition filled(lock);
  asyncio::condition emptied(lock);
  names seen;
  auto a = asyncio::create_task(wait_in_scope(filled, "filled", seen));
  auto b = asyncio::create_task(wait_in_scope(emptied, "emptied", seen));
  co_await passes(1);
  co_await notify(emptied, 1);
  co_await passes(3);
  BOOST_TEST(seen == names{"emptied"}, per_element());
}

BOOST_AUTO_TEST_CASE(tasks_of_another_loop_cannot_wait_for_it, *row("condition-17")) {
  asyncio::condition changed;
  names seen;
  const auto wait_for_it = [&]() -> awaitable<void> {
    auto waiting = asyncio::create_task(wait_in_scope(changed, "waiting", seen));
    co_await passes(1);
    co_await notify(changed, 1);
    co_await waiting;
  };
  asyncio::run(wait_for_it(), in_virtual_time);
  BOOST_TEST(seen == names{"waiting"}, per_element());
  BOOST_CHECK_THROW(asyncio::run(wait_for_it(), in_virtual_time), asyncio::misuse_error);
  BOOST_TEST(!changed.locked());
}

// ---------------------------------------------------------------- endings

ASYNC_TEST_CASE(main_that_waits_in_vain_holds_the_lock_when_it_is_told) {
  asyncio::condition changed;
  bool told = false;
  co_await changed.acquire();
  try {
    co_await changed.wait();
  } catch (const asyncio::deadlock_error&) {
    told = changed.locked();
  }
  BOOST_TEST(told);
}

BOOST_AUTO_TEST_CASE(who_is_left_when_main_goes_with_it_is_cancelled) {
  names seen;
  asyncio::task<void> left;
  const auto main = [&]() -> awaitable<void> {
    asyncio::condition changed;
    left = asyncio::create_task(wait_in_scope(changed, "left", seen));
    co_await passes(1);
  };
  asyncio::run(main(), in_virtual_time);
  BOOST_TEST(left.cancelled());
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(cancelled_after_it_has_gone_one_takes_the_lock_that_it_was_given_again) {
  asyncio::lock lock;
  auto changed = std::make_unique<asyncio::condition>(lock);
  const auto wait = [](asyncio::lock& held, asyncio::condition& on) -> awaitable<void> {
    co_await held.acquire();
    co_await on.wait();
  };
  auto waiting = asyncio::create_task(wait(lock, *changed));
  co_await passes(1);
  changed.reset();
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(lock.locked());
}

ASYNC_TEST_CASE(who_was_notified_by_one_that_is_gone_is_told) {
  for (const bool own_lock : {true, false}) {
    names seen;
    asyncio::lock lock;
    auto changed =
        own_lock ? std::make_unique<asyncio::condition>() : std::make_unique<asyncio::condition>(lock);
    auto waiting = asyncio::create_task(wait_in_scope(*changed, "waiting", seen));
    co_await passes(1);
    co_await notify(*changed, 1);
    changed.reset();
    co_await end_of(waiting);
    BOOST_CHECK_THROW(waiting.result(), asyncio::misuse_error);
    BOOST_TEST(!lock.locked());
    BOOST_TEST(seen.empty());
  }
}

ASYNC_TEST_CASE(gone_while_one_takes_its_lock_again_it_leaves_that_one_to_a_cancel) {
  names seen;
  auto changed = std::make_unique<asyncio::condition>();
  auto waiting = asyncio::create_task(wait_in_scope(*changed, "waiting", seen));
  co_await passes(1);
  co_await changed->acquire();
  changed->notify();
  co_await passes(1);
  changed.reset();
  co_await passes(3);
  BOOST_TEST(!waiting.done());
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(waiting.cancelled());
}

BOOST_AUTO_TEST_CASE(a_loop_that_goes_away_takes_those_who_wait_along) {
  asyncio::condition changed;
  names seen;
  {
    asyncio::loop runs;
    runs.create_task(wait_in_scope(changed, "never", seen));
    runs.create_task(wait_in_scope(changed, "never", seen));
    runs.call_soon([&] { runs.stop(); });
    runs.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {}); // two pending tasks
    runs.run_forever();
  }
  BOOST_TEST(!changed.locked());
  BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_SUITE_END()
