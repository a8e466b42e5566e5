#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/outcome.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

using asyncio::awaitable;
using asyncio::cancelled_error;
using asyncio::create_task;
using asyncio::future;
using asyncio::gather;
using asyncio::outcome;
using asyncio::return_exceptions;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;
using numbers = std::vector<int>;
using unique = std::unique_ptr<int>;

namespace {

awaitable<int> give_after(std::chrono::seconds delay, int value) {
  co_await asyncio::sleep(delay);
  co_return value;
}

awaitable<int> fail_after(std::chrono::seconds delay) {
  co_await asyncio::sleep(delay);
  throw boom;
}

awaitable<unique> give_unique(int value) {
  co_await asyncio::sleep(1s);
  co_return std::make_unique<int>(value);
}

awaitable<void> note_after(std::chrono::seconds delay, std::string what, names& seen) {
  co_await asyncio::sleep(delay);
  seen.push_back(what);
}

awaitable<int> count_starts(int& starts) {
  ++starts;
  co_await asyncio::sleep(1s);
  co_return 42;
}

awaitable<void> gather_two(names& seen) {
  co_await gather(note_after(1s, "a", seen), note_after(2s, "b", seen));
  seen.push_back("gathered");
}

awaitable<void> gather_two_with_exceptions(names& seen) {
  co_await gather(return_exceptions, note_after(1s, "a", seen), note_after(2s, "b", seen));
  seen.push_back("gathered");
}

awaitable<int> swallow_cancel() {
  try {
    co_await asyncio::sleep(5000s);
  } catch (const cancelled_error&) {
  }
  co_return 42;
}

awaitable<int> answer_a_cancel_with(std::string message) {
  try {
    co_await asyncio::sleep(5000s);
  } catch (const cancelled_error&) {
  }
  co_await asyncio::sleep(1s);
  throw cancelled_error(message);
}

awaitable<void> gather_the_stubborn() {
  co_await gather(swallow_cancel(), swallow_cancel());
}

awaitable<int> tree(int depth, std::size_t& tasks) {
  ++tasks;
  if (depth == 0) {
    co_await asyncio::sleep(1s);
    co_return 1;
  }
  std::vector<awaitable<int>> branches;
  for (int i = 0; i < 5; ++i) {
    branches.push_back(tree(depth - 1, tasks));
  }
  const numbers leaves = co_await gather(std::move(branches));
  int sum = 0;
  for (const int each : leaves) {
    sum += each;
  }
  co_return sum;
}

future<std::vector<int>> gather_no_coroutines() {
  return gather(std::vector<awaitable<int>>());
}

auto gather_coroutines() {
  return gather(give_after(1s, 1), give_after(1s, 2));
}

boost::asio::awaitable<int> plain_asio() {
  co_return 42;
}

// How each ended, in a word.
template <class T>
names words_for(const std::vector<outcome<T>>& outcomes) {
  names words;
  for (const outcome<T>& each : outcomes) {
    words.push_back(each.has_value() ? std::to_string(each.value()) : asyncio::describe(each.exception()));
  }
  return words;
}

} // namespace

BOOST_AUTO_TEST_SUITE(gather_test)

ASYNC_TEST_CASE(gives_the_results_in_the_order_of_the_arguments, *row("gather-01")) {
  const auto start = asyncio::clock::now();
  const auto [a, b, c] = co_await gather(give_after(3s, 1), give_after(1s, 2), give_after(2s, 3));
  BOOST_TEST(a == 1);
  BOOST_TEST(b == 2);
  BOOST_TEST(c == 3);
  BOOST_TEST((asyncio::clock::now() - start == 3s));
}

ASYNC_TEST_CASE(gives_a_vector_for_a_vector) {
  std::vector<awaitable<int>> all;
  all.push_back(give_after(2s, 1));
  all.push_back(give_after(1s, 2));
  const numbers values = co_await gather(std::move(all));
  BOOST_TEST(values == (numbers{1, 2}), per_element());
}

ASYNC_TEST_CASE(takes_a_vector_of_tasks) {
  const std::vector<asyncio::task<int>> tasks{create_task(give_after(2s, 1)), create_task(give_after(1s, 2))};
  const numbers values = co_await gather(tasks);
  BOOST_TEST(values == (numbers{1, 2}), per_element());
  BOOST_TEST(tasks[0].done());
}

ASYNC_TEST_CASE(takes_whatever_can_be_awaited) {
  const future<std::string> set_by_hand;
  asyncio::get_running_loop().call_later(1s, [set_by_hand] { set_by_hand.set_result("set"); });
  const auto task = create_task(give_after(1s, 1));
  auto all =
      gather(task, set_by_hand, give_after(2s, 2), asyncio::sleep(3s), asyncio::sleep(1s, 4.5), plain_asio());
  const auto [first, second, third, nothing, fourth, fifth] = co_await all;
  BOOST_TEST(first == 1);
  BOOST_TEST(second == "set");
  BOOST_TEST(third == 2);
  BOOST_TEST((nothing == std::monostate()));
  BOOST_TEST(fourth == 4.5);
  BOOST_TEST(fifth == 42);
}

ASYNC_TEST_CASE(is_done_with_its_last_child_and_calls_its_callbacks_once,
                *row("gather-02") * row("gather-23")) {
  int calls = 0;
  auto both = gather(give_after(1s, 1), give_after(2s, 2));
  both.add_done_callback([&] { ++calls; });
  co_await asyncio::sleep(1500ms);
  BOOST_TEST(!both.done());
  BOOST_TEST(calls == 0);
  co_await asyncio::sleep(1s);
  BOOST_TEST(both.done());
  BOOST_TEST(calls == 1);
}

ASYNC_TEST_CASE(without_failures_return_exceptions_gives_the_same, *row("gather-03")) {
  auto [first, second] = co_await gather(return_exceptions, give_after(2s, 1), give_after(1s, 2));
  BOOST_TEST(first.has_value());
  BOOST_TEST(first.value() == 1);
  BOOST_TEST(second.value() == 2);
  BOOST_TEST((second.exception() == nullptr));
}

ASYNC_TEST_CASE(the_first_failure_ends_it_at_once, *row("gather-04")) {
  const auto start = asyncio::clock::now();
  auto five =
      gather(give_after(5s, 1), fail_after(1s), give_after(5s, 3), give_after(5s, 4), give_after(5s, 5));
  co_await end_of(five);
  BOOST_TEST(ending_of(five) == boom_line);
  BOOST_TEST((asyncio::clock::now() - start == 1s));
}

ASYNC_TEST_CASE(what_comes_after_the_first_failure_changes_nothing, *row("gather-05")) {
  const reports reported(asyncio::get_running_loop());
  int calls = 0;
  const future<int> a;
  const future<int> b;
  const future<int> c;
  const future<int> d;
  auto all = gather(a, b, c, d);
  all.add_done_callback([&] { ++calls; });
  b.set_exception(boom);
  co_await end_of(all);
  a.set_result(1);
  c.set_exception(std::logic_error("later"));
  d.cancel();
  co_await passes(3);
  BOOST_TEST(ending_of(all) == boom_line);
  BOOST_TEST(calls == 1);
  BOOST_TEST(reported.contexts.empty());
}

ASYNC_TEST_CASE(a_failure_leaves_the_other_children_running, *row("gather-06")) {
  names seen;
  co_await end_of(gather(fail_after(1s), note_after(2s, "went on", seen)));
  BOOST_TEST(seen.empty());
  co_await asyncio::sleep(2s);
  BOOST_TEST(seen == names{"went on"}, per_element());
}

ASYNC_TEST_CASE(return_exceptions_gives_each_failure_at_its_place,
                *row("gather-07") * row("gather-08") * row("gather-10")) {
  const auto start = asyncio::clock::now();
  const auto cancelled = create_task(give_after(5s, 4));
  asyncio::get_running_loop().call_later(1s, [cancelled] { cancelled.cancel("m"); });
  const std::vector<asyncio::task<int>> all{create_task(give_after(3s, 1)), create_task(fail_after(1s)),
                                            cancelled};
  const std::vector<outcome<int>> outcomes = co_await gather(return_exceptions, all);
  BOOST_TEST(words_for(outcomes) == (names{"1", boom_line, "asyncio::cancelled_error: m"}), per_element());
  BOOST_TEST((asyncio::clock::now() - start == 3s));
}

ASYNC_TEST_CASE(an_outcome_throws_the_failure_that_it_holds) {
  const auto [failed] = co_await gather(return_exceptions, fail_after(1s));
  BOOST_CHECK_THROW((void)failed.value(), std::runtime_error);
}

ASYNC_TEST_CASE(a_cancelled_child_makes_it_fail_without_being_cancelled_itself, *row("gather-09")) {
  const auto child = create_task(give_after(5s, 1));
  auto both = gather(child, give_after(5s, 2));
  co_await asyncio::sleep(1s);
  child.cancel("m");
  co_await end_of(both);
  BOOST_TEST(ending_of(both) == "cancelled: m");
  BOOST_TEST(!both.cancelled());
}

ASYNC_TEST_CASE(of_nothing_it_is_done_at_once, *row("gather-11")) {
  const future<numbers> none = gather(std::vector<awaitable<int>>());
  BOOST_TEST(none.done());
  const numbers values = co_await none;
  BOOST_TEST(values.empty());
  const std::tuple<> nothing = co_await gather();
  BOOST_TEST((nothing == std::tuple<>()));
}

BOOST_AUTO_TEST_CASE(without_a_running_loop_only_futures_can_be_gathered, *row("gather-12")) {
  BOOST_CHECK_THROW(gather_no_coroutines(), asyncio::misuse_error);
  BOOST_CHECK_THROW(gather_coroutines(), asyncio::misuse_error);
  asyncio::loop loop;
  const auto pending = loop.create_future<int>();
  BOOST_TEST(!gather(pending).done());
}

ASYNC_TEST_CASE(coroutines_become_tasks_at_once_and_start_at_the_next_await, *row("gather-13")) {
  names seen;
  auto both = gather(note_after(0s, "a", seen), note_after(0s, "b", seen));
  BOOST_TEST(asyncio::all_tasks().size() == 3U);
  BOOST_TEST(seen.empty());
  co_await both;
  BOOST_TEST(seen == (names{"a", "b"}), per_element());
  BOOST_TEST((&both.get_loop() == &asyncio::get_running_loop()));
}

ASYNC_TEST_CASE(a_task_of_its_own_was_created_where_its_coroutine_is_written) {
  auto all = gather(give_after(1s, 1), asyncio::sleep(1s));
  const auto tasks = asyncio::all_tasks();
  BOOST_TEST(std::string(tasks.at(1).created_at().file_name()).ends_with("gather_test.cpp"));
  BOOST_TEST(std::string(tasks.at(1).created_at().function_name()).find("give_after") != std::string::npos);
  BOOST_TEST(tasks.at(2).created_at().line() == 0u); // an operation is none
  co_await all;
}

BOOST_AUTO_TEST_CASE(of_futures_it_belongs_to_their_loop, *row("gather-14")) {
  virtual_loop loop;
  const auto a = loop.create_future<int>();
  const auto b = loop.create_future<int>();
  const auto both = gather(a, b);
  BOOST_TEST((&both.get_loop() == &loop));
  a.set_result(1);
  b.set_result(2);
  const auto [first, second] = loop.run_until_complete(both);
  BOOST_TEST(first == 1);
  BOOST_TEST(second == 2);
}

BOOST_AUTO_TEST_CASE(futures_of_two_loops_are_refused, *row("gather-15")) {
  asyncio::loop one;
  asyncio::loop other;
  BOOST_CHECK_THROW((void)gather(one.create_future<int>(), other.create_future<int>()),
                    asyncio::invalid_argument_error);
}

ASYNC_TEST_CASE(the_same_task_several_times_runs_once, *row("gather-16")) {
  int starts = 0;
  const auto once = create_task(count_starts(starts));
  const auto other = create_task(give_after(2s, 1));
  const auto [a, b, c, d] = co_await gather(once, other, once, once);
  BOOST_TEST(starts == 1);
  BOOST_TEST(a == 42);
  BOOST_TEST(b == 1);
  BOOST_TEST(c == 42);
  BOOST_TEST(d == 42);
}

ASYNC_TEST_CASE(the_same_future_several_times_gives_each_place_its_value) {
  future<std::string> once;
  auto both = gather(std::vector<future<std::string>>{once, once});
  once.set_result("long enough to live outside the string itself");
  once = future<std::string>(nullptr); // only the gather has handles now
  const names values = co_await both;
  BOOST_TEST(values == names(2, "long enough to live outside the string itself"), per_element());
}

ASYNC_TEST_CASE(cancelling_who_awaits_it_cancels_every_child, *row("gather-17")) {
  names seen;
  const auto start = asyncio::clock::now();
  const auto gathering = create_task(gather_two(seen));
  co_await asyncio::sleep(500ms);
  gathering.cancel("m");
  co_await end_of(gathering);
  BOOST_TEST(ending_of(gathering) == "cancelled: m");
  BOOST_TEST(asyncio::all_tasks().size() == 1U);
  BOOST_TEST((asyncio::clock::now() - start == 500ms));
  co_await asyncio::sleep(10s);
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(cancel_of_a_gather_cancels_its_children_and_ends_with_them) {
  const future<int> a;
  const future<int> b;
  b.set_result(2);
  auto both = gather(a, b);
  BOOST_TEST(both.cancel("m"));
  BOOST_TEST(ending_of(a) == "cancelled: m");
  BOOST_TEST(!both.done());
  co_await end_of(both);
  BOOST_TEST(ending_of(both) == "cancelled: m");
}

ASYNC_TEST_CASE(children_that_swallow_the_cancel_do_not_hide_it_from_who_cancelled) {
  const auto gathering = create_task(gather_the_stubborn());
  co_await passes(2);
  gathering.cancel();
  co_await end_of(gathering);
  BOOST_TEST(ending_of(gathering) == "cancelled");
}

ASYNC_TEST_CASE(cancel_returns_false_if_every_child_is_cancelled_already, *row("gather-18")) {
  const future<int> a;
  const future<int> b;
  auto both = gather(a, b);
  a.cancel();
  b.cancel();
  BOOST_TEST(!both.cancel());
  co_await end_of(both);
  BOOST_TEST(ending_of(both) == "cancelled");
}

ASYNC_TEST_CASE(cancel_after_every_child_has_finished_leaves_the_results, *row("gather-19")) {
  const future<int> a;
  const future<int> b;
  auto both = gather(a, b);
  a.set_result(1);
  b.set_result(2);
  BOOST_TEST(!both.cancel());
  const auto [first, second] = co_await both;
  BOOST_TEST(first == 1);
  BOOST_TEST(second == 2);
  BOOST_TEST(!both.cancel());
}

ASYNC_TEST_CASE(return_exceptions_does_not_swallow_a_cancel_of_who_awaits, *row("gather-20")) {
  names seen;
  const auto gathering = create_task(gather_two_with_exceptions(seen));
  co_await asyncio::sleep(500ms);
  gathering.cancel("m");
  co_await end_of(gathering);
  BOOST_TEST(ending_of(gathering) == "cancelled: m");
  BOOST_TEST(seen.empty());
}

// In CPython it is the message of whichever child stands last.
ASYNC_TEST_CASE(who_cancels_a_gather_with_return_exceptions_hears_their_own_message) {
  auto both = gather(return_exceptions, give_after(5s, 1), answer_a_cancel_with("another"));
  co_await asyncio::sleep(1s);
  BOOST_TEST(both.cancel("m"));
  co_await end_of(both);
  BOOST_TEST(ending_of(both) == "cancelled: m");
}

ASYNC_TEST_CASE(nested_gathers_five_wide_and_four_deep, *row("gather-22")) {
  const auto start = asyncio::clock::now();
  std::size_t tasks = 0;
  const int leaves = co_await tree(4, tasks);
  BOOST_TEST(leaves == 625);
  BOOST_TEST(tasks == 781U);
  BOOST_TEST(asyncio::all_tasks().size() == 1U);
  BOOST_TEST((asyncio::clock::now() - start == 1s));
}

ASYNC_TEST_CASE(void_counts_as_monostate) {
  names seen;
  auto both = gather(note_after(1s, "a", seen), give_after(1s, 1));
  static_assert(std::is_same_v<decltype(both), future<std::tuple<std::monostate, int>>>);
  co_await both;
  std::vector<awaitable<void>> all;
  all.push_back(note_after(1s, "b", seen));
  all.push_back(note_after(2s, "c", seen));
  const std::vector<std::monostate> nothings = co_await gather(std::move(all));
  BOOST_TEST(nothings.size() == 2U);
  BOOST_TEST(seen == (names{"a", "b", "c"}), per_element());
}

ASYNC_TEST_CASE(outcomes_of_void_say_whether_it_failed) {
  names seen;
  const future<> failed;
  failed.set_exception(boom);
  const auto [good, bad] = co_await gather(return_exceptions, note_after(1s, "a", seen), failed);
  BOOST_TEST(good.has_value());
  good.value();
  BOOST_TEST(!bad.has_value());
  BOOST_CHECK_THROW(bad.value(), std::runtime_error);
}

ASYNC_TEST_CASE(move_only_results_move_into_the_result) {
  auto [first, second] = co_await gather(give_unique(1), give_unique(2));
  BOOST_TEST(*first == 1);
  BOOST_TEST(*second == 2);

  std::vector<awaitable<unique>> all;
  all.push_back(give_unique(3));
  const std::vector<unique> values = co_await gather(std::move(all));
  BOOST_TEST(*values.at(0) == 3);

  auto [value] = co_await gather(return_exceptions, give_unique(4));
  BOOST_TEST(*value.value() == 4);
}

ASYNC_TEST_CASE(a_named_gather_of_move_only_results_gives_a_reference) {
  auto both = gather(give_unique(1), give_unique(2));
  const auto& [first, second] = co_await both;
  const auto& [again, second_again] = co_await both;
  BOOST_TEST(*first == 1);
  BOOST_TEST(&first == &again);
  BOOST_TEST(&second == &second_again);
}

ASYNC_TEST_CASE(a_result_that_a_handle_still_wants_is_copied) {
  const auto task =
      create_task(asyncio::sleep(1s, std::string("long enough to live outside the string itself")));
  const auto [value] = co_await gather(task);
  BOOST_TEST(value == task.result());
}

ASYNC_TEST_CASE(a_gather_may_be_awaited_more_than_once) {
  auto both = gather(give_after(1s, 1), give_after(2s, 2));
  const auto [a, b] = co_await both;
  const auto [c, d] = co_await both;
  BOOST_TEST(a == c);
  BOOST_TEST(b == d);
}

ASYNC_TEST_CASE(a_failed_gather_throws_at_each_await) {
  auto both = gather(fail_after(1s), give_after(2s, 2));
  int thrown = 0;
  for (int i = 0; i < 2; ++i) {
    try {
      co_await both;
    } catch (const std::runtime_error&) {
      ++thrown;
    }
  }
  BOOST_TEST(thrown == 2);
}

ASYNC_TEST_CASE(a_gather_whose_handle_is_dropped_lets_its_children_run) {
  names seen;
  (void)gather(note_after(1s, "a", seen), note_after(2s, "b", seen));
  co_await asyncio::sleep(3s);
  BOOST_TEST(seen == (names{"a", "b"}), per_element());
}

ASYNC_TEST_CASE(a_gather_that_fails_unread_is_reported_once) {
  const reports reported(asyncio::get_running_loop());
  (void)gather(fail_after(1s), fail_after(2s));
  co_await asyncio::sleep(3s);
  BOOST_TEST_REQUIRE(reported.contexts.size() == 1U);
  BOOST_TEST(asyncio::describe(reported.contexts[0].exception) == boom_line);
}

ASYNC_TEST_CASE(a_gather_of_a_gather) {
  const auto [inner, last] = co_await gather(gather(give_after(1s, 1), give_after(1s, 2)), give_after(1s, 3));
  const auto [first, second] = inner;
  BOOST_TEST(first == 1);
  BOOST_TEST(second == 2);
  BOOST_TEST(last == 3);
}

BOOST_AUTO_TEST_CASE(a_loop_that_ends_takes_a_pending_gather_along) {
  auto both = future<std::tuple<int, int>>(nullptr);
  {
    virtual_loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    const auto a = loop.create_task(give_after(1s, 1));
    both = gather(a, loop.create_future<int>());
    loop.run_until_complete(a);
  }
  BOOST_TEST(!both.done());
}

BOOST_AUTO_TEST_SUITE_END()
