#include <asyncio/as_completed.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/captured.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::as_completed;
using asyncio::awaitable;
using asyncio::create_task;
using asyncio::future;
using asyncio::misuse_error;
using asyncio::task;
using asyncio::timeout_error;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using delays = std::vector<std::chrono::milliseconds>;
using names = std::vector<std::string>;
using numbers = std::vector<int>;

namespace {

awaitable<int> sleep_for(std::chrono::milliseconds delay) {
  co_await asyncio::sleep(delay);
  co_return static_cast<int>(delay.count());
}

awaitable<int> fail_after(std::chrono::milliseconds delay) {
  co_await asyncio::sleep(delay);
  throw std::runtime_error("Boom!");
}

awaitable<void> hang() {
  const future<> never;
  co_await never;
}

/// Coroutines that give their delays in milliseconds.
std::vector<awaitable<int>> sleepers(const delays& each) {
  std::vector<awaitable<int>> all;
  for (const std::chrono::milliseconds delay : each) {
    all.push_back(sleep_for(delay));
  }
  return all;
}

std::vector<task<int>> tasks(const delays& each) {
  std::vector<task<int>> all;
  for (const std::chrono::milliseconds delay : each) {
    all.push_back(create_task(sleep_for(delay)));
  }
  return all;
}

/// What it throws, or nothing.
template <class T>
awaitable<std::string> error_of(awaitable<T> what) {
  try {
    static_cast<void>(co_await std::move(what));
  } catch (...) {
    co_return asyncio::describe(std::current_exception());
  }
  co_return "";
}

const std::string time_is_over = "asyncio::timeout_error: the time for as_completed() is over";

} // namespace

BOOST_AUTO_TEST_SUITE(as_completed_test)

ASYNC_TEST_CASE(gives_results_in_the_order_in_which_they_come,
                *row("as-completed-01") * row("as-completed-09")) {
  const auto start = asyncio::clock::now();
  numbers seen;
  auto next = as_completed(sleepers({10ms, 150ms, 10ms}));
  while (next) {
    seen.push_back(co_await next.get());
    if (seen.size() == 2) {
      BOOST_TEST((asyncio::clock::now() - start == 10ms));
    }
  }
  BOOST_TEST(seen == (numbers{10, 10, 150}), per_element());
  BOOST_TEST((asyncio::clock::now() - start == 150ms));
}

ASYNC_TEST_CASE(of_nothing_there_is_nothing) {
  auto next = as_completed(std::vector<awaitable<int>>(), 1s);
  BOOST_TEST(!next);
  BOOST_CHECK_THROW(static_cast<void>(next.get()), misuse_error);
  co_return;
}

ASYNC_TEST_CASE(asked_for_more_than_there_is_it_throws) {
  auto next = as_completed(sleepers({1ms}));
  const int value = co_await next.get();
  BOOST_TEST(value == 1);
  BOOST_TEST(!next);
  BOOST_CHECK_THROW(static_cast<void>(next.get()), misuse_error);
  BOOST_CHECK_THROW(static_cast<void>(next.get_task()), misuse_error);
  const auto moved = std::move(next);
  BOOST_CHECK_THROW(static_cast<void>(next.get()), misuse_error); // NOLINT(bugprone-use-after-move)
}

ASYNC_TEST_CASE(a_failure_is_thrown_in_its_turn_and_the_rest_still_come) {
  std::vector<awaitable<int>> all = sleepers({10ms, 30ms});
  all.push_back(fail_after(20ms));
  auto next = as_completed(std::move(all));
  const int first = co_await next.get();
  const std::string second = co_await error_of(next.get());
  const int third = co_await next.get();
  BOOST_TEST(first == 10);
  BOOST_TEST(second == "std::runtime_error: Boom!");
  BOOST_TEST(third == 30);
}

ASYNC_TEST_CASE(what_gives_nothing_and_what_can_only_be_moved_come_as_well) {
  const auto make = []() -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(42); };
  std::vector<awaitable<std::unique_ptr<int>>> one;
  one.push_back(make());
  const auto made = co_await as_completed(std::move(one)).get();
  BOOST_TEST(*made == 42);
  std::vector<awaitable<void>> nothing;
  nothing.push_back(asyncio::sleep(1s));
  co_await as_completed(std::move(nothing)).get();
}

// ---------------------------------------------------------------- the tasks themselves

ASYNC_TEST_CASE(gives_the_very_tasks_that_were_given, *row("as-completed-10")) {
  const std::vector<task<int>> given = tasks({20ms, 10ms});
  auto next = as_completed(given);
  const task<int> first = co_await next.get_task();
  const task<int> second = co_await next.get_task();
  BOOST_TEST((first == given[1]));
  BOOST_TEST((second == given[0]));
  BOOST_TEST(first.result() == 10);
}

ASYNC_TEST_CASE(gives_new_tasks_for_coroutines, *row("as-completed-10")) {
  auto next = as_completed(sleepers({20ms, 10ms}));
  const std::vector<asyncio::any_task> all = asyncio::all_tasks(); // this one, and the two
  const task<int> first = co_await next.get_task();
  const task<int> second = co_await next.get_task();
  BOOST_REQUIRE(all.size() == 3u);
  BOOST_TEST((first == all[2]));
  BOOST_TEST((second == all[1]));
}

ASYNC_TEST_CASE(a_task_that_failed_is_given_and_not_thrown) {
  auto next = as_completed(std::vector<task<int>>{create_task(fail_after(1ms))});
  const task<int> failed = co_await next.get_task();
  BOOST_TEST(ending_of(failed) == "std::runtime_error: Boom!");
}

ASYNC_TEST_CASE(what_is_given_twice_comes_once, *row("as-completed-07")) {
  const std::vector<task<int>> given = tasks({20ms, 10ms});
  numbers seen;
  auto next = as_completed(std::vector<task<int>>{given[0], given[1], given[0], given[1]});
  while (next) {
    seen.push_back(co_await next.get());
  }
  BOOST_TEST(seen == (numbers{10, 20}), per_element());
}

ASYNC_TEST_CASE(what_is_done_already_comes_first) {
  const future<int> done;
  done.set_result(1);
  const future<int> pending;
  asyncio::get_running_loop().call_later(1s, [&] { pending.set_result(2); });
  auto next = as_completed(std::vector<future<int>>{pending, done});
  const int first = co_await next.get();
  const int second = co_await next.get();
  BOOST_TEST(first == 1);
  BOOST_TEST(second == 2);
}

// ---------------------------------------------------------------- time

ASYNC_TEST_CASE(gives_what_comes_in_time_and_then_throws, *row("as-completed-02")) {
  const auto start = asyncio::clock::now();
  auto next = as_completed(sleepers({100ms, 150ms}), 120ms);
  const int first = co_await next.get();
  BOOST_TEST(first == 100);
  auto second = next.get(); // asking for it throws nothing yet
  const std::string error = co_await error_of(std::move(second));
  BOOST_TEST(error == time_is_over);
  BOOST_TEST((asyncio::clock::now() - start == 120ms));
  BOOST_TEST(!next);
  BOOST_TEST(asyncio::all_tasks().size() == 2u); // nothing was cancelled
}

ASYNC_TEST_CASE(the_timeout_is_thrown_where_a_task_is_asked_for, *row("as-completed-03")) {
  auto next = as_completed(tasks({100ms, 150ms}), 120ms);
  const task<int> first = co_await next.get_task();
  BOOST_TEST(first.result() == 100);
  const std::string error = co_await error_of(next.get_task());
  BOOST_TEST(error == time_is_over);
}

ASYNC_TEST_CASE(each_that_is_missing_throws_once) {
  auto next = as_completed(sleepers({1s, 2s, 3s}), 1500ms);
  names seen;
  co_await asyncio::sleep(2500ms); // the second has ended, too late
  while (next) {
    seen.push_back(co_await error_of(next.get()));
  }
  BOOST_TEST(seen == (names{"", time_is_over, time_is_over}), per_element());
}

ASYNC_TEST_CASE(a_longer_timeout_changes_nothing, *row("as-completed-04")) {
  numbers seen;
  auto next = as_completed(sleepers({20ms, 10ms}), 1s);
  while (next) {
    seen.push_back(co_await next.get());
  }
  BOOST_TEST(seen == (numbers{10, 20}), per_element());
  const auto start = asyncio::clock::now();
  const std::string deadlock = co_await error_of(hang());
  BOOST_TEST(deadlock.starts_with("asyncio::deadlock_error"));
  BOOST_TEST((asyncio::clock::now() == start)); // no timer is left
}

ASYNC_TEST_CASE(a_timeout_that_is_no_number_is_refused) {
  BOOST_CHECK_THROW(as_completed(std::vector<future<int>>(), std::chrono::duration<double>(std::nan(""))),
                    asyncio::invalid_argument_error);
  co_return;
}

ASYNC_TEST_CASE(without_time_only_what_is_done_comes) {
  const future<int> done;
  done.set_result(1);
  auto next = as_completed(std::vector<future<int>>{done, future<int>()}, 0s);
  const int first = co_await next.get();
  const std::string second = co_await error_of(next.get());
  BOOST_TEST(first == 1);
  BOOST_TEST(second == time_is_over);
}

// ---------------------------------------------------------------- who waits

ASYNC_TEST_CASE(the_first_to_wait_gets_the_first_result, *row("as-completed-05")) {
  auto next = as_completed(sleepers({10ms, 20ms}));
  auto first = next.get();
  auto second = next.get();
  BOOST_TEST(!next);
  const int early = co_await std::move(second);
  const int late = co_await std::move(first);
  BOOST_TEST(early == 10);
  BOOST_TEST(late == 20);
}

ASYNC_TEST_CASE(awaited_at_once_each_gives_one_result, *row("as-completed-06")) {
  auto next = as_completed(sleepers({30ms, 10ms, 20ms}));
  std::vector<awaitable<int>> waits;
  while (next) {
    waits.push_back(next.get());
  }
  const numbers seen = co_await asyncio::gather(std::move(waits));
  BOOST_TEST(seen == (numbers{10, 20, 30}), per_element());
}

ASYNC_TEST_CASE(stopped_half_way_it_goes_on_later, *row("as-completed-11")) {
  numbers seen;
  auto next = as_completed(sleepers({40ms, 10ms, 30ms, 20ms}));
  while (next && seen.size() < 2) {
    seen.push_back(co_await next.get());
  }
  co_await asyncio::sleep(25ms); // one more has come meanwhile
  auto same = next;
  while (same) {
    seen.push_back(co_await same.get());
  }
  BOOST_TEST(!next);
  BOOST_TEST(seen == (numbers{10, 20, 30, 40}), per_element());
}

ASYNC_TEST_CASE(a_cancelled_wait_leaves_its_result_to_the_next) {
  const future<int> first;
  const future<int> second;
  auto next = as_completed(std::vector<future<int>>{first, second});
  const auto cancelled = create_task(next.get());
  const auto other = create_task(next.get());
  co_await passes(1);
  first.set_result(1);
  co_await passes(1); // the callback has woken the first
  cancelled.cancel();
  co_await passes(2);
  BOOST_TEST(cancelled.cancelled());
  BOOST_TEST(ending_of(other) == "done");
  BOOST_TEST(other.result() == 1);
}

ASYNC_TEST_CASE(who_was_woken_waits_on_if_another_was_quicker) {
  const future<int> first;
  const future<int> second;
  auto next = as_completed(std::vector<future<int>>{first, second});
  const auto woken = create_task(next.get());
  co_await passes(1);
  auto mine = next.get();
  first.set_result(1);
  co_await passes(1); // the result is there, and the other has been woken
  const int quick = co_await std::move(mine);
  BOOST_TEST(quick == 1);
  co_await passes(2);
  BOOST_TEST(!woken.done());
  second.set_result(2);
  const int slow = co_await woken;
  BOOST_TEST(slow == 2);
}

ASYNC_TEST_CASE(what_is_asked_for_outlives_the_iterator) {
  auto waits = as_completed(sleepers({10ms})).get();
  const int value = co_await std::move(waits);
  BOOST_TEST(value == 10);
}

ASYNC_TEST_CASE(what_nobody_gets_goes_on) {
  std::vector<task<int>> given = tasks({10ms});
  static_cast<void>(as_completed(given, 5ms));
  co_await asyncio::sleep(20ms);
  BOOST_TEST(given[0].result() == 10);
}

// ---------------------------------------------------------------- misuse, ends

BOOST_AUTO_TEST_CASE(coroutines_where_no_loop_runs_are_refused, *row("as-completed-08")) {
  BOOST_CHECK_THROW(as_completed(sleepers({1ms})), misuse_error);
}

ASYNC_TEST_CASE(what_no_loop_can_wait_for_is_refused) {
  virtual_loop other;
  BOOST_CHECK_THROW(as_completed(std::vector<future<int>>{future<int>(), future<int>(nullptr)}),
                    misuse_error);
  BOOST_CHECK_THROW(as_completed(std::vector<future<int>>{future<int>(), other.create_future<int>()}),
                    asyncio::invalid_argument_error);
  co_return;
}

BOOST_AUTO_TEST_CASE(a_loop_that_goes_away_leaves_nothing_behind) {
  const captured_log log; // of the task that was destroyed while it was pending
  std::optional<future<int>> kept;
  {
    virtual_loop loop;
    kept = loop.create_future<int>();
    const auto wait = [](future<int> first) -> awaitable<void> {
      auto next = as_completed(std::vector<future<int>>{first, future<int>()}, 1h);
      static_cast<void>(co_await next.get());
      BOOST_ERROR("it went on");
    };
    const auto waiting = loop.create_task(wait(*kept));
    loop.run_until_complete(asyncio::awaitable<void>(passes(2)));
    BOOST_TEST(!waiting.done());
  }
  BOOST_TEST(!kept->done());
}

ASYNC_TEST_CASE(a_deadlock_tells_what_it_waits_for) {
  auto next = as_completed(std::vector<future<int>>{future<int>(), future<int>()});
  const std::string report = co_await error_of(next.get());
  BOOST_TEST(report.find("main waits for the first of a future, a future") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
