#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/semaphore.hpp>
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

awaitable<void> take(asyncio::semaphore& wanted, std::string name, names& seen) {
  co_await wanted.acquire();
  seen.push_back(name);
}

awaitable<void> hold_for(asyncio::semaphore& wanted, std::chrono::seconds time) {
  auto held = co_await wanted.hold();
  co_await asyncio::sleep(time);
}

awaitable<void> fail_while_holding(asyncio::semaphore& wanted) {
  auto held = co_await wanted.hold();
  co_await asyncio::sleep(1s);
  throw std::runtime_error("no luck");
}

awaitable<void> note(std::string name, names& seen) {
  seen.push_back(name);
  co_return;
}

} // namespace

BOOST_AUTO_TEST_SUITE(semaphore_test)

// ---------------------------------------------------------------- value and release

ASYNC_TEST_CASE(one_without_slots_is_locked_from_the_start, *row("semaphore-01")) {
  const asyncio::semaphore none(0);
  BOOST_TEST(none.locked());
  co_return;
}

ASYNC_TEST_CASE(it_has_one_slot_unless_told_otherwise, *row("semaphore-02")) {
  asyncio::semaphore semaphore;
  BOOST_TEST(!semaphore.locked());
  co_await semaphore.acquire();
  BOOST_TEST(semaphore.locked());
  semaphore.release();
  BOOST_TEST(!semaphore.locked());
}

BOOST_AUTO_TEST_CASE(a_negative_value_is_refused, *row("semaphore-03")) {
  BOOST_CHECK_THROW(asyncio::semaphore(-1), asyncio::invalid_argument_error);
  BOOST_CHECK_THROW(asyncio::bounded_semaphore(-1), asyncio::invalid_argument_error);
}

ASYNC_TEST_CASE(as_many_as_it_has_slots_get_one_without_suspending, *row("semaphore-04")) {
  asyncio::semaphore semaphore(3);
  names seen;
  asyncio::get_running_loop().call_soon([&] { seen.push_back("others ran"); });
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(!semaphore.locked());
    const bool acquired = co_await semaphore.acquire();
    BOOST_TEST(acquired);
  }
  BOOST_TEST(semaphore.locked());
  BOOST_TEST(seen.empty());
  auto fourth = asyncio::create_task(take(semaphore, "fourth", seen));
  co_await passes(5);
  BOOST_TEST(seen == names{"others ran"}, per_element());
  semaphore.release();
  co_await fourth;
}

ASYNC_TEST_CASE(each_release_lets_one_proceed_and_leaves_it_locked, *row("semaphore-05")) {
  asyncio::semaphore semaphore(1);
  names seen;
  std::vector<asyncio::task<void>> taking;
  for (const char* name : {"a", "b", "c", "d"}) {
    taking.push_back(asyncio::create_task(take(semaphore, name, seen)));
  }
  co_await passes(1);
  BOOST_TEST(seen == names{"a"}, per_element());
  semaphore.release();
  semaphore.release();
  BOOST_TEST(semaphore.locked());
  co_await passes(5);
  BOOST_TEST(seen == (names{"a", "b", "c"}), per_element());
  BOOST_TEST(semaphore.locked());
  semaphore.release();
  co_await taking.back();
}

ASYNC_TEST_CASE(anyone_may_release_a_plain_one_without_end) {
  asyncio::semaphore semaphore(0);
  semaphore.release();
  semaphore.release();
  co_await semaphore.acquire();
  co_await semaphore.acquire();
  BOOST_TEST(semaphore.locked());
}

ASYNC_TEST_CASE(a_bounded_one_refuses_more_than_it_had, *row("bounded-semaphore-01")) {
  asyncio::bounded_semaphore semaphore(1);
  BOOST_CHECK_THROW(semaphore.release(), asyncio::invalid_argument_error);
  co_await semaphore.acquire();
  semaphore.release();
  BOOST_TEST(!semaphore.locked());
  BOOST_CHECK_THROW(semaphore.release(), asyncio::invalid_argument_error);
  co_await semaphore.acquire();
  BOOST_TEST(semaphore.locked()); // the refused releases added nothing
}

// ---------------------------------------------------------------- order

ASYNC_TEST_CASE(those_who_come_again_queue_behind_the_others, *row("semaphore-10")) {
  asyncio::semaphore semaphore(1);
  names seen;
  const auto twice = [](asyncio::semaphore& of, std::string name, names& told) -> awaitable<void> {
    for (int i = 0; i < 2; ++i) {
      co_await of.acquire();
      told.push_back(name);
      co_await asyncio::sleep(10ms);
      of.release();
    }
  };
  co_await asyncio::gather(twice(semaphore, "1", seen), twice(semaphore, "2", seen),
                           twice(semaphore, "3", seen));
  BOOST_TEST(seen == (names{"1", "2", "3", "1", "2", "3"}), per_element());
}

ASYNC_TEST_CASE(who_releases_and_asks_again_does_not_overtake, *row("semaphore-11")) {
  asyncio::semaphore semaphore(1);
  names seen;
  co_await semaphore.acquire();
  auto a = asyncio::create_task(take(semaphore, "a", seen));
  auto b = asyncio::create_task(take(semaphore, "b", seen));
  co_await passes(1);
  semaphore.release();
  asyncio::get_running_loop().call_soon([&] { semaphore.release(); });
  asyncio::get_running_loop().call_soon([&] { semaphore.release(); });
  co_await take(semaphore, "main", seen);
  BOOST_TEST(seen == (names{"a", "b", "main"}), per_element());
}

ASYNC_TEST_CASE(three_releases_wake_three_before_what_those_create,
                *row("semaphore-13") * row("semaphore-14")) {
  asyncio::semaphore semaphore(0);
  names seen;
  asyncio::task<void> created;
  const auto first = [](asyncio::semaphore& of, names& told, asyncio::task<void>& then) -> awaitable<void> {
    co_await of.acquire();
    then = asyncio::create_task(note("created", told));
    told.push_back("first");
  };
  const auto second = [](asyncio::semaphore& of, names& told) -> awaitable<void> {
    of.release();
    of.release();
    of.release();
    BOOST_TEST(of.locked()); // two are free, but the first has not resumed yet
    co_await of.acquire();
    told.push_back("second");
  };
  auto one = asyncio::create_task(first(semaphore, seen, created));
  auto two = asyncio::create_task(second(semaphore, seen));
  auto three = asyncio::create_task(take(semaphore, "third", seen));
  co_await passes(1);
  BOOST_TEST(semaphore.locked());
  co_await asyncio::gather(one, two, three);
  co_await created;
  BOOST_TEST(seen == (names{"first", "second", "third", "created"}), per_element());
  BOOST_TEST(semaphore.locked());
}

// ---------------------------------------------------------------- cancelling

ASYNC_TEST_CASE(a_cancelled_wait_throws_and_leaves_no_one_behind, *row("semaphore-06")) {
  asyncio::semaphore semaphore(1);
  co_await semaphore.acquire();
  auto waiting = asyncio::create_task(semaphore.acquire());
  co_await passes(1);
  waiting.cancel("enough");
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled: enough");
  semaphore.release();
  BOOST_TEST(!semaphore.locked());
}

ASYNC_TEST_CASE(a_release_goes_to_the_first_who_was_not_cancelled, *row("semaphore-07")) {
  asyncio::semaphore semaphore(0);
  std::vector<asyncio::task<bool>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(asyncio::create_task(semaphore.acquire()));
  }
  co_await passes(1);
  waiting[0].cancel();
  waiting[1].cancel();
  semaphore.release();
  co_await passes(2);
  BOOST_TEST(ending_of(waiting[2]) == "done");
  BOOST_TEST(ending_of(waiting[3]) == "pending");
  semaphore.release();
  co_await waiting[3];
}

ASYNC_TEST_CASE(cancelled_before_the_release_the_first_leaves_the_slot_to_the_second, *row("semaphore-08")) {
  asyncio::semaphore semaphore(0);
  auto first = asyncio::create_task(semaphore.acquire());
  auto second = asyncio::create_task(semaphore.acquire());
  co_await passes(1);
  first.cancel();
  semaphore.release();
  co_await passes(2);
  BOOST_TEST(ending_of(first) == "cancelled");
  BOOST_TEST(ending_of(second) == "done");
  BOOST_TEST(semaphore.locked());
}

ASYNC_TEST_CASE(cancelled_after_the_release_the_first_gives_the_slot_to_the_second) {
  asyncio::semaphore semaphore(0);
  auto first = asyncio::create_task(semaphore.acquire());
  auto second = asyncio::create_task(semaphore.acquire());
  co_await passes(1);
  semaphore.release();
  first.cancel();
  co_await passes(2);
  BOOST_TEST(ending_of(first) == "cancelled");
  BOOST_TEST(ending_of(second) == "done");
  BOOST_TEST(semaphore.locked());
}

ASYNC_TEST_CASE(a_slot_given_to_one_who_is_cancelled_can_be_had_again, *row("semaphore-09")) {
  asyncio::semaphore semaphore(1);
  co_await semaphore.acquire();
  auto waiting = asyncio::create_task(semaphore.acquire());
  co_await passes(1);
  semaphore.release();
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled");
  co_await semaphore.acquire();
  BOOST_TEST(semaphore.locked());
}

ASYNC_TEST_CASE(with_the_first_cancelled_the_others_are_served_in_order, *row("semaphore-12")) {
  asyncio::semaphore semaphore(0);
  names seen;
  auto first = asyncio::create_task(take(semaphore, "first", seen));
  auto second = asyncio::create_task(take(semaphore, "second", seen));
  auto third = asyncio::create_task(take(semaphore, "third", seen));
  co_await passes(1);
  first.cancel();
  semaphore.release();
  semaphore.release();
  co_await asyncio::gather(second, third);
  BOOST_TEST(first.cancelled());
  BOOST_TEST(seen == (names{"second", "third"}), per_element());
}

// ---------------------------------------------------------------- hold()

ASYNC_TEST_CASE(a_guard_holds_a_slot_for_its_scope, *row("lock-10")) {
  asyncio::semaphore plain;
  asyncio::bounded_semaphore bounded;
  {
    auto held = co_await plain.hold();
    auto also = co_await bounded.hold();
    co_await asyncio::sleep(1s);
    BOOST_TEST(plain.locked());
    BOOST_TEST(bounded.locked());
  }
  BOOST_TEST(!plain.locked());
  BOOST_TEST(!bounded.locked());
}

ASYNC_TEST_CASE(a_guard_frees_it_when_an_exception_leaves_the_scope, *row("lock-10")) {
  asyncio::bounded_semaphore semaphore;
  auto failing = asyncio::create_task(fail_while_holding(semaphore));
  co_await end_of(failing);
  BOOST_TEST(ending_of(failing) == "std::runtime_error: no luck");
  BOOST_TEST(!semaphore.locked());
}

ASYNC_TEST_CASE(a_guard_frees_it_when_its_task_is_cancelled) {
  asyncio::semaphore semaphore;
  auto holding = asyncio::create_task(hold_for(semaphore, 10s));
  co_await asyncio::sleep(1s);
  BOOST_TEST(semaphore.locked());
  holding.cancel();
  co_await end_of(holding);
  BOOST_TEST(!semaphore.locked());
}

ASYNC_TEST_CASE(a_guard_made_by_a_task_passes_to_who_awaits_it) {
  asyncio::semaphore semaphore;
  {
    auto held = co_await asyncio::create_task(semaphore.hold());
    BOOST_TEST(semaphore.locked());
  }
  BOOST_TEST(!semaphore.locked());
}

ASYNC_TEST_CASE(what_is_waited_for_can_stand_where_a_coroutine_is_expected) {
  asyncio::semaphore semaphore(2);
  awaitable<bool> acquiring = semaphore.acquire();
  awaitable<asyncio::held_semaphore> holding = semaphore.hold();
  co_await std::move(acquiring);
  BOOST_TEST(!semaphore.locked());
  auto held = co_await std::move(holding);
  BOOST_TEST(semaphore.locked());
}

ASYNC_TEST_CASE(no_more_than_its_slots_are_held_at_a_time) {
  asyncio::semaphore semaphore(2);
  const auto start = asyncio::get_running_loop().time();
  std::vector<awaitable<void>> holding;
  for (int i = 0; i < 6; ++i) {
    holding.push_back(hold_for(semaphore, 1s));
  }
  co_await asyncio::gather(std::move(holding));
  BOOST_TEST((asyncio::get_running_loop().time() - start == 3s));
}

// ---------------------------------------------------------------- ends

BOOST_AUTO_TEST_CASE(a_loop_that_goes_away_gives_back_the_slots_of_those_who_had_not_resumed) {
  asyncio::semaphore semaphore(1);
  {
    names seen;
    asyncio::loop runs;
    runs.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {}); // two pending tasks
    runs.create_task(hold_for(semaphore, 1h));
    runs.create_task(take(semaphore, "never", seen));
    runs.call_soon([&] {
      runs.call_soon([&] {
        semaphore.release();
        runs.stop();
      });
    });
    runs.run_forever();
    BOOST_TEST(semaphore.locked());
    BOOST_TEST(seen.empty());
  }
  BOOST_TEST(!semaphore.locked());
}

ASYNC_TEST_CASE(who_waits_for_one_that_is_gone_can_be_cancelled) {
  asyncio::task<bool> waiting;
  {
    asyncio::semaphore semaphore(0);
    waiting = asyncio::create_task(semaphore.acquire());
    co_await passes(1);
  }
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(ending_of(waiting) == "cancelled");
}

ASYNC_TEST_CASE(who_was_woken_for_one_that_is_gone_when_it_resumes_is_told) {
  asyncio::task<bool> waiting;
  asyncio::task<bool> cancelled;
  {
    asyncio::semaphore semaphore(0);
    waiting = asyncio::create_task(semaphore.acquire());
    cancelled = asyncio::create_task(semaphore.acquire());
    co_await passes(1);
    semaphore.release();
    semaphore.release();
    cancelled.cancel();
  }
  co_await end_of(waiting);
  BOOST_CHECK_THROW(waiting.result(), asyncio::misuse_error);
  co_await end_of(cancelled);
  BOOST_TEST(ending_of(cancelled) == "cancelled");
}

BOOST_AUTO_TEST_CASE(its_name_stands_in_the_report_of_a_deadlock) {
  const auto wait_for_two = []() -> awaitable<void> {
    asyncio::semaphore named(0, "tickets");
    asyncio::semaphore nameless(0);
    auto waiting = asyncio::create_task(named.acquire());
    co_await nameless.acquire();
  };
  std::string report;
  try {
    asyncio::run(wait_for_two(), asyncio::run_options().virtual_time());
  } catch (const asyncio::deadlock_error& error) {
    report = error.what();
  }
  BOOST_TEST(report.find("waits for a semaphore (") != std::string::npos, report);
  BOOST_TEST(report.find("waits for semaphore \"tickets\" (") != std::string::npos, report);
}

ASYNC_TEST_CASE(a_guard_that_outlives_it_releases_nothing) {
  auto semaphore = std::make_unique<asyncio::semaphore>(1);
  auto held = co_await semaphore->hold();
  semaphore.reset();
}

BOOST_AUTO_TEST_CASE(one_loop_uses_it) {
  asyncio::semaphore semaphore(0);
  const auto wait_for_it = [](asyncio::semaphore& wanted) -> awaitable<void> {
    auto waiting = asyncio::create_task(wanted.acquire());
    co_await passes(1);
    waiting.cancel();
    co_await end_of(waiting);
    if (!waiting.cancelled()) {
      waiting.result();
    }
  };
  const auto in_virtual_time = asyncio::run_options().virtual_time();
  asyncio::run(wait_for_it(semaphore), in_virtual_time);
  BOOST_CHECK_THROW(asyncio::run(wait_for_it(semaphore), in_virtual_time), asyncio::misuse_error);
}

BOOST_AUTO_TEST_SUITE_END()
