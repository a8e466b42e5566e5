#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/captured.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

using asyncio::awaitable;
using asyncio::create_task;
using asyncio::future;
using asyncio::gather;
using asyncio::shield;
using namespace std::chrono_literals;

namespace {

awaitable<int> give_after(std::chrono::seconds delay, int value) {
  co_await asyncio::sleep(delay);
  co_return value;
}

awaitable<void> fail_after(std::chrono::seconds delay) {
  co_await asyncio::sleep(delay);
  throw boom;
}

awaitable<void> note_after(std::chrono::seconds delay, bool& noted) {
  co_await asyncio::sleep(delay);
  noted = true;
}

awaitable<void> wait_behind_a_shield(future<> inner) {
  co_await shield(inner);
}

/// A function that compares equal, for remove_done_callback().
struct ignore {
  void operator()() const {}
  friend bool operator==(const ignore&, const ignore&) = default;
};

} // namespace

BOOST_AUTO_TEST_SUITE(shield_test)

ASYNC_TEST_CASE(gives_the_result_of_what_is_inside, *row("shield-01")) {
  const future<int> inner;
  const future<int> outer = shield(inner);
  co_await passes(1);
  BOOST_TEST(!outer.done());
  inner.set_result(42);
  BOOST_TEST(!outer.done());
  const int answer = co_await outer;
  BOOST_TEST(answer == 42);
  BOOST_TEST(inner.result() == 42);
}

ASYNC_TEST_CASE(throws_what_is_thrown_inside, *row("shield-02")) {
  const future<> inner;
  const future<> outer = shield(inner);
  const std::exception_ptr error = std::make_exception_ptr(boom);
  inner.set_exception(error);
  co_await passes(1);
  BOOST_TEST(outer.done());
  BOOST_TEST((outer.exception() == error));
}

ASYNC_TEST_CASE(is_cancelled_when_the_inside_is, *row("shield-03")) {
  const future<> inner;
  const future<> outer = shield(inner);
  inner.cancel("the inside's");
  co_await passes(1);
  BOOST_TEST(ending_of(outer) == "cancelled"); // without the message, as in Python
}

ASYNC_TEST_CASE(a_cancel_of_it_leaves_the_inside_alone, *row("shield-04")) {
  const future<int> inner;
  const future<int> outer = shield(inner);
  BOOST_TEST(outer.cancel("enough"));
  BOOST_TEST(ending_of(outer) == "cancelled: enough");
  co_await passes(2);
  BOOST_TEST(!inner.done());
  inner.set_result(42);
  co_await passes(2);
  BOOST_TEST(outer.cancelled());
  BOOST_TEST(inner.result() == 42);
}

ASYNC_TEST_CASE(a_cancelled_one_keeps_no_callbacks_and_leaves_none_inside, *row("shield-05")) {
  const future<int> inner;
  const auto alive = std::make_shared<int>();
  int calls = 0;
  {
    const future<int> outer = shield(inner);
    outer.add_done_callback(ignore());
    outer.add_done_callback([alive, &calls] { ++calls; });
    outer.cancel();
    co_await passes(1);
    BOOST_TEST(outer.remove_done_callback(ignore()) == 0u);
    BOOST_TEST(alive.use_count() == 1);
  }
  inner.set_result(42);
  co_await passes(2);
  BOOST_TEST(calls == 1);
}

ASYNC_TEST_CASE(a_task_that_waits_behind_it_is_cancelled_and_the_inside_runs_to_its_end, *row("shield-06")) {
  bool ended = false;
  const auto inner = create_task(note_after(10s, ended));
  const auto outer = create_task(wait_behind_a_shield(inner));
  co_await asyncio::sleep(1s);
  outer.cancel();
  co_await end_of(outer);
  BOOST_TEST(outer.cancelled());
  BOOST_TEST(!inner.done());
  BOOST_TEST(!ended);
  co_await inner;
  BOOST_TEST(ended);
}

ASYNC_TEST_CASE(what_is_done_already_is_given_as_it_is, *row("shield-07")) {
  const future<int> inner;
  inner.set_result(42);
  const future<int> outer = shield(inner);
  BOOST_TEST(outer.done());
  const int answer = co_await outer;
  BOOST_TEST(answer == 42);
}

ASYNC_TEST_CASE(a_gather_behind_it_yields_all_its_results_after_a_cancel, *row("shield-08")) {
  const future<int> first;
  const future<int> second;
  const auto both = gather(first, second);
  const auto outer = shield(both);
  outer.cancel();
  co_await passes(1);
  BOOST_TEST(outer.cancelled());
  first.set_result(1);
  second.set_result(2);
  const auto [a, b] = co_await both;
  BOOST_TEST(a == 1);
  BOOST_TEST(b == 2);
}

ASYNC_TEST_CASE(a_cancelled_gather_over_shields_leaves_what_they_protect, *row("gather-21")) {
  const future<int> first;
  const future<int> second;
  const auto shield_of_first = shield(first);
  const auto shield_of_second = shield(second);
  const auto both = gather(shield_of_first, shield_of_second);
  both.cancel();
  co_await passes(2);
  BOOST_TEST(both.done());
  BOOST_TEST(ending_of(both) == "cancelled");
  BOOST_TEST(shield_of_first.cancelled());
  BOOST_TEST(shield_of_second.cancelled());
  BOOST_TEST(!first.done());
  BOOST_TEST(!second.done());
}

ASYNC_TEST_CASE(a_coroutine_becomes_a_task_at_once, *row("shield-09")) {
  const auto outer = shield(give_after(1s, 42));
  BOOST_TEST(asyncio::all_tasks().size() == 2u);
  const int answer = co_await outer;
  BOOST_TEST(answer == 42);
}

BOOST_AUTO_TEST_CASE(a_coroutine_where_no_loop_runs_is_refused, *row("shield-10")) {
  BOOST_CHECK_THROW(shield(give_after(1s, 42)), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(a_handle_to_nothing_and_one_without_a_loop_are_refused) {
  BOOST_CHECK_THROW(shield(asyncio::task<int>()), asyncio::misuse_error);
  std::optional<future<int>> left;
  {
    virtual_loop loop;
    left = loop.create_future<int>();
  }
  BOOST_CHECK_THROW(shield(*left), asyncio::misuse_error);
}

ASYNC_TEST_CASE(a_task_can_wait_on_behind_it_after_a_cancel) {
  const auto wait_and_go_on = [](asyncio::task<int> inner) -> awaitable<int> {
    bool cancelled = false;
    try {
      co_return co_await shield(inner);
    } catch (const asyncio::cancelled_error&) {
      cancelled = true;
    }
    const int answer = co_await shield(inner);
    co_return cancelled ? answer : 0;
  };
  const auto inner = create_task(give_after(10s, 42));
  const auto outer = create_task(wait_and_go_on(inner));
  co_await asyncio::sleep(1s);
  outer.cancel();
  const int answer = co_await outer;
  BOOST_TEST(answer == 42);
}

ASYNC_TEST_CASE(what_can_only_be_moved_comes_through) {
  const auto make = []() -> awaitable<std::unique_ptr<int>> {
    co_await asyncio::sleep(1s);
    co_return std::make_unique<int>(42);
  };
  const auto made = co_await shield(make());
  BOOST_TEST(*made == 42);
}

ASYNC_TEST_CASE(a_value_that_cannot_be_copied_is_its_failure) {
  struct stubborn {
    stubborn() = default;
    stubborn(const stubborn&) { throw boom; }
  };
  const future<stubborn> inner;
  const auto outer = shield(inner);
  inner.set_result();
  co_await end_of(outer);
  BOOST_TEST(ending_of(outer) == boom_line);
}

ASYNC_TEST_CASE(it_lasts_though_nobody_has_a_handle_to_it) {
  bool told = false;
  shield(give_after(1s, 42)).add_done_callback([&] { told = true; });
  co_await asyncio::sleep(2s);
  BOOST_TEST(told);
}

// ---------------------------------------------------------------- failures that nobody sees

ASYNC_TEST_CASE(a_failure_inside_after_a_cancel_is_reported_once, *row("unhandled-09")) {
  const reports heard(asyncio::get_running_loop());
  {
    const future<> inner;
    const auto outer = shield(inner);
    outer.cancel();
    co_await passes(1);
    inner.set_exception(boom);
    co_await passes(1);
    BOOST_REQUIRE(heard.contexts.size() == 1u); // as since Python 3.14
    BOOST_TEST(asyncio::describe(heard.contexts[0].exception) == boom_line);
  }
  BOOST_TEST(heard.contexts.size() == 1u);
}

ASYNC_TEST_CASE(the_report_names_the_task_that_failed) {
  const reports heard(asyncio::get_running_loop());
  const auto inner = create_task(fail_after(1s), "saving");
  shield(inner).cancel();
  co_await asyncio::sleep(2s);
  BOOST_REQUIRE(heard.contexts.size() == 1u);
  BOOST_TEST(heard.contexts[0].source == "saving");
  BOOST_TEST(heard.contexts[0].where.line() == inner.created_at().line());
}

ASYNC_TEST_CASE(a_success_or_a_cancel_inside_after_a_cancel_is_not_reported, *row("unhandled-10")) {
  const reports heard(asyncio::get_running_loop());
  const future<> given;
  const future<> cancelled;
  shield(given).cancel();
  shield(cancelled).cancel();
  co_await passes(1);
  given.set_result();
  cancelled.cancel();
  co_await passes(2);
  BOOST_TEST(heard.contexts.empty());
}

ASYNC_TEST_CASE(two_cancelled_shields_over_one_inside_report_once, *row("unhandled-11")) {
  const reports heard(asyncio::get_running_loop());
  {
    const future<> inner;
    const auto first = shield(inner);
    const auto second = shield(inner);
    first.cancel();
    second.cancel();
    co_await passes(1);
    inner.set_exception(boom);
    co_await passes(2);
  }
  BOOST_TEST(heard.contexts.size() == 1u);
}

ASYNC_TEST_CASE(a_failure_that_came_before_the_cancel_is_not_lost) {
  const reports heard(asyncio::get_running_loop());
  {
    const future<> inner;
    const auto outer = shield(inner);
    inner.set_exception(boom);
    BOOST_TEST(outer.cancel()); // before it knows
    co_await passes(2);
    BOOST_TEST(outer.cancelled());
  }
  BOOST_REQUIRE(heard.contexts.size() == 1u);
  BOOST_TEST(asyncio::describe(heard.contexts[0].exception) == boom_line);
}

ASYNC_TEST_CASE(a_failure_that_the_shield_passed_on_is_reported_once_if_nobody_looks) {
  const reports heard(asyncio::get_running_loop());
  static_cast<void>(shield(fail_after(1s)));
  co_await asyncio::sleep(2s);
  BOOST_TEST(heard.contexts.size() == 1u);
}

// ---------------------------------------------------------------- ends

BOOST_AUTO_TEST_CASE(a_loop_that_goes_away_takes_its_shields_with_it) {
  const captured_log log; // of the task that was destroyed while it was pending
  const auto alive = std::make_shared<int>();
  std::optional<future<int>> inner;
  {
    virtual_loop loop;
    inner = loop.create_future<int>();
    shield(*inner).add_done_callback([alive] {});
    shield(*inner).cancel();
    shield(loop.create_future<int>()).add_done_callback([alive] {});
    shield(loop.create_task(give_after(1s, 42))).add_done_callback([alive] {});
    BOOST_TEST(alive.use_count() == 4);
  }
  BOOST_TEST(alive.use_count() == 1);
  BOOST_TEST(!inner->done());
}

ASYNC_TEST_CASE(a_deadlock_tells_what_is_behind_it) {
  std::string report;
  try {
    co_await shield(future<>());
  } catch (const asyncio::deadlock_error& error) {
    report = error.what();
  }
  BOOST_TEST(report.find("main waits for a shield of a future") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
