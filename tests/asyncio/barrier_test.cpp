#include <asyncio/barrier.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using asyncio::awaitable;
using asyncio::barrier_state;
using namespace std::chrono_literals;
using indexes = std::vector<int>;
using tasks = std::vector<asyncio::task<void>>;
using boost::test_tools::per_element;

namespace {

const auto in_virtual_time = asyncio::run_options().virtual_time();

awaitable<void> pass(asyncio::barrier& at, indexes& seen) {
  const int index = co_await at.wait();
  seen.push_back(index);
}

/// As Python shows one: `filling 1/3`, `broken`.
std::string shown(const asyncio::barrier& what) {
  std::ostringstream text;
  text << what.state();
  if (!what.broken()) {
    text << ' ' << what.n_waiting() << '/' << what.parties();
  }
  return text.str();
}

/// Whether it passes: counts it, or that it got a broken_barrier_error.
struct tally {
  int passed = 0;
  int broken = 0;
};

awaitable<bool> passes_unbroken(asyncio::barrier& at, tally& all) {
  try {
    co_await at.wait();
  } catch (const asyncio::broken_barrier_error&) {
    ++all.broken;
    co_return false;
  }
  ++all.passed;
  co_return true;
}

awaitable<void> try_to_pass(asyncio::barrier& at, tally& all) {
  co_await passes_unbroken(at, all);
}

/// So many tasks that run f(args...).
template <class F, class... Args>
tasks start(int count, F f, Args&... args) {
  tasks all;
  for (; count > 0; --count) {
    all.push_back(asyncio::create_task(f(args...)));
  }
  return all;
}

indexes sorted(indexes all) {
  std::ranges::sort(all);
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(barrier_test)

// ---------------------------------------------------------------- filling and draining

ASYNC_TEST_CASE(it_needs_one_party_at_least, *row("barrier-01")) {
  BOOST_CHECK_THROW(asyncio::barrier(0), asyncio::invalid_argument_error);
  BOOST_CHECK_THROW(asyncio::barrier(-4), asyncio::invalid_argument_error);
  BOOST_TEST(asyncio::barrier(1).parties() == 1);
  co_return;
}

ASYNC_TEST_CASE(a_new_one_is_filling_and_nobody_waits, *row("barrier-02")) {
  const asyncio::barrier barrier(5);
  BOOST_TEST(shown(barrier) == "filling 0/5");
  BOOST_TEST(!barrier.broken());
  co_return;
}

ASYNC_TEST_CASE(each_party_gets_an_index_of_its_own, *row("barrier-03")) {
  asyncio::barrier barrier(3);
  indexes seen;
  co_await asyncio::gather(start(3, pass, barrier, seen));
  BOOST_TEST(seen == (indexes{2, 0, 1}), per_element()); // the last to come goes on at once
  BOOST_TEST(shown(barrier) == "filling 0/3");
}

ASYNC_TEST_CASE(one_of_a_single_party_lets_it_through_at_once, *row("barrier-04")) {
  asyncio::barrier barrier(1);
  bool others_ran = false;
  asyncio::get_running_loop().call_soon([&] { others_ran = true; });
  const int index = co_await barrier.wait();
  BOOST_TEST(index == 0);
  BOOST_TEST(!others_ran);
  BOOST_TEST(shown(barrier) == "filling 0/1");
  co_await passes(1);
}

ASYNC_TEST_CASE(one_of_a_single_party_gives_the_same_index_each_time, *row("barrier-05")) {
  asyncio::barrier barrier(1);
  const int first = co_await barrier.wait();
  const int second = co_await barrier.wait();
  BOOST_TEST(first == second);
  BOOST_TEST(shown(barrier) == "filling 0/1");
}

ASYNC_TEST_CASE(those_who_wait_are_counted_until_the_last_has_come, *row("barrier-06")) {
  asyncio::barrier barrier(3);
  indexes seen;
  auto first = asyncio::create_task(pass(barrier, seen));
  co_await passes(1);
  BOOST_TEST(barrier.n_waiting() == 1);
  auto second = asyncio::create_task(pass(barrier, seen));
  co_await passes(1);
  BOOST_TEST(barrier.n_waiting() == 2);
  auto third = asyncio::create_task(pass(barrier, seen));
  co_await asyncio::gather(first, second, third);
  BOOST_TEST(barrier.n_waiting() == 0);
  BOOST_TEST(!barrier.broken());
}

ASYNC_TEST_CASE(the_same_tasks_pass_it_again, *row("barrier-07")) {
  asyncio::barrier barrier(5);
  indexes first;
  indexes second;
  const auto pass_twice = [](asyncio::barrier& at, indexes& one, indexes& other) -> awaitable<void> {
    co_await pass(at, one);
    co_await pass(at, other);
  };
  co_await asyncio::gather(start(5, pass_twice, barrier, first, second));
  const indexes all{0, 1, 2, 3, 4};
  BOOST_TEST(sorted(first) == all, per_element());
  BOOST_TEST(sorted(second) == all, per_element());
  BOOST_TEST(shown(barrier) == "filling 0/5");
}

ASYNC_TEST_CASE(it_is_draining_until_the_last_has_left, *row("barrier-08")) {
  asyncio::barrier barrier(5);
  std::vector<std::string> seen;
  const auto pass_and_look = [](asyncio::barrier& at, std::vector<std::string>& states) -> awaitable<void> {
    co_await at.wait();
    states.push_back(shown(at));
  };
  co_await asyncio::gather(start(5, pass_and_look, barrier, seen));
  const std::string draining = "draining 0/5";
  BOOST_TEST(seen == (std::vector<std::string>{draining, draining, draining, draining, "filling 0/5"}),
             per_element());
}

ASYNC_TEST_CASE(who_comes_back_while_it_drains_waits_and_counts_for_the_next_round, *row("barrier-09")) {
  asyncio::barrier barrier(3);
  std::vector<std::string> seen;
  const auto pass_twice = [](asyncio::barrier& at, std::vector<std::string>& states) -> awaitable<void> {
    co_await at.wait();
    states.push_back("first");
    co_await at.wait();
    states.push_back("second");
  };
  auto all = start(3, pass_twice, barrier, seen);
  co_await asyncio::gather(all);
  BOOST_TEST(seen == (std::vector<std::string>{"first", "first", "first", "second", "second", "second"}),
             per_element());
}

// ---------------------------------------------------------------- cancelling

ASYNC_TEST_CASE(one_who_is_cancelled_is_replaced_by_another, *row("barrier-10")) {
  asyncio::barrier barrier(3);
  indexes seen;
  auto first = asyncio::create_task(pass(barrier, seen));
  auto second = asyncio::create_task(pass(barrier, seen));
  co_await passes(1);
  BOOST_TEST(barrier.n_waiting() == 2);
  first.cancel("enough");
  co_await end_of(first);
  BOOST_TEST(ending_of(first) == "cancelled: enough");
  BOOST_TEST(barrier.n_waiting() == 1);
  BOOST_TEST(!barrier.broken());
  auto third = asyncio::create_task(pass(barrier, seen));
  co_await passes(1);
  BOOST_TEST(barrier.n_waiting() == 2);
  BOOST_TEST(seen.empty());
  auto fourth = asyncio::create_task(pass(barrier, seen));
  co_await asyncio::gather(second, third, fourth);
  BOOST_TEST(seen.size() == 3U);
}

// CPython gives the third the index of the second.
ASYNC_TEST_CASE(the_indexes_are_distinct_whoever_was_cancelled_meanwhile) {
  for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
    asyncio::barrier barrier(4);
    indexes seen;
    auto first = start(3, pass, barrier, seen);
    co_await passes(1);
    first[cancelled].cancel();
    co_await end_of(first[cancelled]);
    auto rest = start(2, pass, barrier, seen);
    co_await passes(10);
    BOOST_TEST(sorted(seen) == (indexes{0, 1, 2, 3}), per_element());
  }
}

ASYNC_TEST_CASE(one_who_is_cancelled_while_it_drains_takes_nothing_from_the_others) {
  asyncio::barrier barrier(3);
  indexes seen;
  auto waiting = start(2, pass, barrier, seen);
  co_await passes(1);
  const int last = co_await barrier.wait();
  BOOST_TEST(last == 2);
  waiting[0].cancel();
  co_await passes(5);
  BOOST_TEST(ending_of(waiting[0]) == "cancelled");
  BOOST_TEST(ending_of(waiting[1]) == "done");
  BOOST_TEST(seen == indexes{1}, per_element());
  BOOST_TEST(shown(barrier) == "filling 0/3");
}

ASYNC_TEST_CASE(one_who_is_cancelled_while_it_waits_for_others_to_leave_does_not_count) {
  asyncio::barrier barrier(2);
  indexes seen;
  auto waiting = asyncio::create_task(pass(barrier, seen));
  co_await passes(1);
  co_await barrier.wait();
  auto early = asyncio::create_task(pass(barrier, seen));
  BOOST_TEST(shown(barrier) == "draining 0/2");
  early.cancel();
  co_await passes(5);
  BOOST_TEST(early.cancelled());
  BOOST_TEST(shown(barrier) == "filling 0/2");
  BOOST_TEST(seen == indexes{0}, per_element());
}

// ---------------------------------------------------------------- reset

ASYNC_TEST_CASE(reset_while_nobody_waits_it_is_as_before, *row("barrier-11")) {
  asyncio::barrier barrier(2);
  co_await barrier.reset();
  BOOST_TEST(shown(barrier) == "filling 0/2");
  tally all;
  co_await asyncio::gather(start(2, try_to_pass, barrier, all));
  BOOST_TEST(all.passed == 2);
}

ASYNC_TEST_CASE(a_reset_throws_out_those_who_wait_and_then_it_can_be_used, *row("barrier-12")) {
  asyncio::barrier barrier(5);
  tally all;
  auto waiting = start(4, try_to_pass, barrier, all);
  co_await passes(1);
  co_await barrier.reset();
  BOOST_TEST(shown(barrier) == "resetting 0/5");
  co_await asyncio::gather(waiting);
  BOOST_TEST(all.broken == 4);
  BOOST_TEST(shown(barrier) == "filling 0/5");
  co_await asyncio::gather(start(5, try_to_pass, barrier, all));
  BOOST_TEST(all.passed == 5);
}

ASYNC_TEST_CASE(a_reset_while_it_drains_throws_out_those_who_have_not_left, *row("barrier-13")) {
  asyncio::barrier barrier(5);
  tally all;
  const auto pass_and_reset = [](asyncio::barrier& at, tally& of) -> awaitable<void> {
    const bool passed = co_await passes_unbroken(at, of);
    if (passed && of.passed == 3) {
      co_await at.reset();
    }
  };
  co_await asyncio::gather(start(5, pass_and_reset, barrier, all));
  BOOST_TEST(all.passed == 3);
  BOOST_TEST(all.broken == 2);
  BOOST_TEST(shown(barrier) == "filling 0/5");
}

ASYNC_TEST_CASE(a_reset_while_it_drains_leaves_those_at_the_entrance_for_the_next_round, *row("barrier-14")) {
  asyncio::barrier barrier(5);
  tally first;
  tally second;
  const auto pass_twice = [](asyncio::barrier& at, tally& one, tally& other) -> awaitable<void> {
    const bool passed = co_await passes_unbroken(at, one);
    if (passed && one.passed == 3) {
      co_await at.reset(); // two are blocked at the entrance, two have not left
    }
    co_await passes_unbroken(at, other);
  };
  co_await asyncio::gather(start(5, pass_twice, barrier, first, second));
  BOOST_TEST(first.passed == 3);
  BOOST_TEST(first.broken == 2);
  BOOST_TEST(second.passed == 5);
  BOOST_TEST(second.broken == 0);
  BOOST_TEST(shown(barrier) == "filling 0/5");
}

ASYNC_TEST_CASE(who_was_thrown_out_by_a_reset_can_wait_again_at_once, *row("barrier-15")) {
  asyncio::barrier barrier(5);
  tally all;
  const auto try_twice = [](asyncio::barrier& at, tally& of) -> awaitable<void> {
    const bool passed = co_await passes_unbroken(at, of);
    if (!passed) {
      co_await passes_unbroken(at, of);
    }
  };
  auto waiting = start(4, try_twice, barrier, all);
  auto resetting = asyncio::create_task(barrier.reset());
  co_await passes(10);
  BOOST_TEST(all.broken == 4);
  BOOST_TEST(shown(barrier) == "filling 4/5");
  co_await try_to_pass(barrier, all);
  co_await asyncio::gather(waiting);
  BOOST_TEST(all.passed == 5);
  BOOST_TEST(all.broken == 4);
}

ASYNC_TEST_CASE(a_reset_after_the_last_has_left_breaks_nobody, *row("barrier-16")) {
  asyncio::barrier barrier(5);
  tally all;
  int left = 0;
  const auto pass_three_times = [](asyncio::barrier& at, tally& of, int& gone) -> awaitable<void> {
    co_await passes_unbroken(at, of);
    if (++gone == 5) {
      co_await at.reset();
    }
    co_await passes_unbroken(at, of);
    co_await passes_unbroken(at, of);
  };
  co_await asyncio::gather(start(5, pass_three_times, barrier, all, left));
  BOOST_TEST(all.passed == 15);
  BOOST_TEST(all.broken == 0);
}

// ---------------------------------------------------------------- abort

ASYNC_TEST_CASE(aborted_while_nobody_waits_it_is_broken, *row("barrier-17")) {
  asyncio::barrier barrier(1);
  tally all;
  co_await barrier.abort();
  BOOST_TEST(barrier.broken());
  BOOST_TEST(barrier.n_waiting() == 0);
  co_await try_to_pass(barrier, all);
  BOOST_TEST(all.broken == 1);
}

ASYNC_TEST_CASE(an_abort_while_it_drains_throws_out_those_at_both_doors, *row("barrier-18")) {
  asyncio::barrier barrier(5);
  tally first;
  tally second;
  const auto pass_and_abort = [](asyncio::barrier& at, tally& one, tally& other) -> awaitable<void> {
    const bool passed = co_await passes_unbroken(at, one);
    if (passed && one.passed == 3) {
      co_await at.abort();
    } else if (passed) {
      co_await passes_unbroken(at, other);
    }
  };
  co_await asyncio::gather(start(5, pass_and_abort, barrier, first, second));
  BOOST_TEST(first.broken == 2);  // they were leaving
  BOOST_TEST(second.broken == 2); // they had come back
  BOOST_TEST(second.passed == 0);
  BOOST_TEST(shown(barrier) == "broken");
}

ASYNC_TEST_CASE(an_abort_by_one_who_has_passed_reaches_each_of_the_others_once, *row("barrier-19")) {
  for (int aborting = 0; aborting < 5; ++aborting) {
    asyncio::barrier barrier(5);
    tally all;
    const auto pass_twice = [](asyncio::barrier& at, tally& of, const int& who_aborts) -> awaitable<void> {
      try {
        const int index = co_await at.wait();
        if (index == who_aborts) {
          co_await at.abort();
          co_return;
        }
        co_await at.wait();
        ++of.passed;
      } catch (const asyncio::broken_barrier_error&) {
        ++of.broken;
      }
    };
    co_await asyncio::gather(start(5, pass_twice, barrier, all, aborting));
    BOOST_TEST(all.passed == 0);
    BOOST_TEST(all.broken == 4);
    BOOST_TEST(shown(barrier) == "broken");
  }
}

ASYNC_TEST_CASE(an_aborted_one_that_is_reset_can_be_used, *row("barrier-20")) {
  asyncio::barrier barrier(3);
  tally all;
  auto waiting = start(2, try_to_pass, barrier, all);
  co_await passes(1);
  co_await barrier.abort();
  co_await asyncio::gather(waiting);
  BOOST_TEST(all.broken == 2);
  BOOST_TEST(barrier.broken());
  co_await barrier.reset();
  BOOST_TEST(shown(barrier) == "filling 0/3");
  co_await asyncio::gather(start(3, try_to_pass, barrier, all));
  BOOST_TEST(all.passed == 3);
}

// ---------------------------------------------------------------- looking at it

ASYNC_TEST_CASE(its_state_can_be_seen, *row("barrier-21")) {
  asyncio::barrier barrier(5);
  tally all;
  tasks everybody;
  const auto add = [&](int count) {
    for (auto& each : start(count, try_to_pass, barrier, all)) {
      everybody.push_back(each);
    }
  };
  add(2);
  co_await passes(1);
  BOOST_TEST((barrier.state() == barrier_state::filling));
  BOOST_TEST(shown(barrier) == "filling 2/5");
  add(3);
  co_await passes(1);
  BOOST_TEST((barrier.state() == barrier_state::draining));
  BOOST_TEST(shown(barrier) == "draining 0/5");
  add(2);
  co_await passes(1);
  co_await barrier.reset();
  BOOST_TEST((barrier.state() == barrier_state::resetting));
  BOOST_TEST(shown(barrier) == "resetting 0/5");
  co_await barrier.abort();
  BOOST_TEST((barrier.state() == barrier_state::broken));
  BOOST_TEST(shown(barrier) == "broken");
  co_await asyncio::gather(everybody);
}

// ---------------------------------------------------------------- endings

BOOST_AUTO_TEST_CASE(who_is_left_when_main_goes_with_it_is_cancelled) {
  indexes seen;
  tasks left;
  const auto main = [&]() -> awaitable<void> {
    asyncio::barrier barrier(3);
    left = start(2, pass, barrier, seen);
    co_await passes(1);
  };
  asyncio::run(main(), in_virtual_time);
  BOOST_TEST(left[0].cancelled());
  BOOST_TEST(left[1].cancelled());
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(gone_while_it_drains_it_tells_those_who_have_not_left) {
  indexes seen;
  auto barrier = std::make_unique<asyncio::barrier>(3);
  auto waiting = start(2, pass, *barrier, seen);
  co_await passes(1);
  co_await barrier->wait();
  barrier.reset();
  waiting[1].cancel();
  for (auto& each : waiting) {
    co_await end_of(each);
  }
  BOOST_CHECK_THROW(waiting[0].result(), asyncio::misuse_error);
  BOOST_TEST(waiting[1].cancelled());
  BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(tasks_of_another_loop_cannot_wait_for_it) {
  asyncio::barrier barrier(2);
  indexes seen;
  const auto both = [&]() -> awaitable<void> { co_await asyncio::gather(start(2, pass, barrier, seen)); };
  asyncio::run(both(), in_virtual_time);
  BOOST_TEST(seen.size() == 2U);
  BOOST_CHECK_THROW(asyncio::run(both(), in_virtual_time), asyncio::misuse_error);
  BOOST_TEST(shown(barrier) == "filling 0/2");
}

BOOST_AUTO_TEST_CASE(a_loop_that_goes_away_takes_those_who_wait_along) {
  asyncio::barrier barrier(3);
  indexes seen;
  {
    asyncio::loop runs;
    runs.create_task(pass(barrier, seen));
    runs.create_task(pass(barrier, seen));
    runs.call_soon([&] { runs.stop(); });
    runs.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {}); // two pending tasks
    runs.run_forever();
    BOOST_TEST(barrier.n_waiting() == 2);
  }
  BOOST_TEST(barrier.n_waiting() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
