#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/wait.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::all_completed;
using asyncio::any_future;
using asyncio::awaitable;
using asyncio::create_task;
using asyncio::first_completed;
using asyncio::first_exception;
using asyncio::future;
using asyncio::task;
using asyncio::wait;
using namespace std::chrono_literals;
using names = std::vector<std::string>;
using boost::test_tools::per_element;

namespace {

awaitable<void> sleep_for(std::chrono::milliseconds time) {
  co_await asyncio::sleep(time);
}

awaitable<int> give_after(std::chrono::milliseconds time, int value) {
  co_return co_await asyncio::sleep(time, value);
}

awaitable<void> fail_after(std::chrono::milliseconds time) {
  co_await asyncio::sleep(time);
  throw std::runtime_error("Boom!");
}

awaitable<void> fail_at_once() {
  throw std::runtime_error("Boom!");
  co_return;
}

awaitable<void> take_passes(int count) {
  co_await passes(count);
}

awaitable<std::size_t> count_done(std::vector<task<void>> all, asyncio::return_when condition) {
  const auto [done, pending] = co_await wait(all, condition);
  co_return done.size();
}

// Which of `all`, by number, these are.
template <class Future>
std::vector<std::size_t> places(const std::vector<Future>& some, const std::vector<Future>& all) {
  std::vector<std::size_t> found;
  for (const Future& each : some) {
    found.push_back(static_cast<std::size_t>(std::ranges::find(all, each) - all.begin()));
  }
  return found;
}

using numbers = std::vector<std::size_t>;

std::chrono::nanoseconds since(asyncio::clock::time_point start) {
  return asyncio::clock::now() - start;
}

} // namespace

BOOST_AUTO_TEST_SUITE(wait_test)

// --------------------------------------------------------------- until all are done

ASYNC_TEST_CASE(it_returns_when_all_are_done, *row("wait-01") * row("wait-02")) {
  const auto start = asyncio::clock::now();
  const std::vector all{create_task(sleep_for(150ms)), create_task(sleep_for(100ms))};
  const auto [done, pending] = co_await wait(all);
  BOOST_TEST((done == all)); // in the order given
  BOOST_TEST(pending.empty());
  BOOST_TEST((since(start) == 150ms));

  const auto [again, none] = co_await wait(all); // all of them are done already
  BOOST_TEST((again == all));
  BOOST_TEST(none.empty());
  BOOST_TEST((since(start) == 150ms));
}

ASYNC_TEST_CASE(of_what_is_done_already_it_still_gives_the_others_two_passes) {
  const std::vector all{create_task(take_passes(1))};
  co_await passes(3);
  BOOST_TEST_REQUIRE(all[0].done());
  int passed = 0;
  const auto counting = create_task([](int& into) -> awaitable<void> {
    for (;;) {
      co_await asyncio::sleep(0s);
      ++into;
    }
  }(passed));
  co_await passes(1); // it has begun
  passed = 0;
  co_await wait(all);
  BOOST_TEST(passed == 2);
  counting.cancel();
}

ASYNC_TEST_CASE(the_same_one_several_times_counts_once, *row("wait-03")) {
  const auto a = create_task(give_after(1s, 1));
  const auto b = create_task(give_after(2s, 2));
  const std::vector all{b, a, a, b, b, a};
  const auto [done, pending] = co_await wait(all);
  BOOST_TEST((done == std::vector{b, a}));
  BOOST_TEST(pending.empty());

  const auto first = create_task(give_after(1s, 1));
  const auto [one, other] = co_await wait(std::vector(3, first), first_completed);
  BOOST_TEST((one == std::vector{first}));
  BOOST_TEST(other.empty());
}

ASYNC_TEST_CASE(nothing_to_wait_for_is_refused, *row("wait-04")) {
  const std::vector<task<int>> none;
  BOOST_CHECK_THROW((void)wait(none), asyncio::invalid_argument_error);
  BOOST_CHECK_THROW((void)wait(std::vector<any_future>(), first_completed, 1s),
                    asyncio::invalid_argument_error);
  co_return;
}

ASYNC_TEST_CASE(an_unknown_condition_is_refused, *row("wait-05")) {
  const std::vector all{create_task(sleep_for(1s))};
  BOOST_CHECK_THROW((void)wait(all, static_cast<asyncio::return_when>(7)), asyncio::invalid_argument_error);
  co_return;
}

ASYNC_TEST_CASE(an_empty_handle_is_refused) {
  const std::vector<task<int>> empty(1);
  BOOST_CHECK_THROW((void)wait(empty), asyncio::misuse_error);
  co_return;
}

ASYNC_TEST_CASE(a_future_of_another_loop_is_refused_unless_it_is_done) {
  asyncio::loop other;
  const std::vector all{other.create_future<int>()};
  bool refused = false;
  try {
    co_await wait(all);
  } catch (const asyncio::misuse_error&) {
    refused = true;
  }
  BOOST_TEST(refused);
  all[0].set_result(42);
  const auto [done, pending] = co_await wait(all);
  BOOST_TEST(done.size() == 1U);
}

// --------------------------------------------------------------- until the first

ASYNC_TEST_CASE(first_completed_returns_with_the_first, *row("wait-06")) {
  const auto start = asyncio::clock::now();
  const std::vector all{create_task(sleep_for(10s)), create_task(sleep_for(100ms))};
  const auto [done, pending] = co_await wait(all, first_completed);
  BOOST_TEST((since(start) == 100ms));
  BOOST_TEST(places(done, all) == numbers{1}, per_element());
  BOOST_TEST(places(pending, all) == numbers{0}, per_element());
  BOOST_TEST(!all[0].done());
  co_await all[0]; // it goes on
  BOOST_TEST((since(start) == 10s));
}

ASYNC_TEST_CASE(whoever_is_done_when_it_resumes_counts_as_done, *row("wait-07")) {
  const std::vector all{create_task(take_passes(2)), create_task(take_passes(1)),
                        create_task(take_passes(20))};
  const auto [done, pending] = co_await wait(all, first_completed);
  BOOST_TEST(places(done, all) == (numbers{0, 1}), per_element());
  BOOST_TEST(places(pending, all) == numbers{2}, per_element());
}

// Their ends wait in the loop's queue when the wait, and its frame, are over.
ASYNC_TEST_CASE(those_that_end_while_it_returns_do_no_harm) {
  for (int passes_taken = 1; passes_taken <= 6; ++passes_taken) {
    std::vector<task<void>> all{create_task(take_passes(1))};
    for (int i = 0; i < 4; ++i) {
      all.push_back(create_task(take_passes(passes_taken)));
    }
    const std::size_t done = co_await create_task(count_done(all, first_completed));
    BOOST_TEST(done == (passes_taken <= 2 ? 5U : 1U));
  }
}

ASYNC_TEST_CASE(first_exception_returns_with_the_first_that_fails, *row("wait-08") * row("wait-09")) {
  const auto start = asyncio::clock::now();
  const std::vector failing_at_once{create_task(sleep_for(10s)), create_task(fail_at_once())};
  const auto [done, pending] = co_await wait(failing_at_once, first_exception);
  BOOST_TEST(places(done, failing_at_once) == numbers{1}, per_element());
  BOOST_TEST(places(pending, failing_at_once) == numbers{0}, per_element());
  BOOST_TEST((since(start) == 0s));

  const std::vector failing_later{failing_at_once[0], create_task(fail_after(10ms))};
  const auto [failed, sleeping] = co_await wait(failing_later, first_exception);
  BOOST_TEST(places(failed, failing_later) == numbers{1}, per_element());
  BOOST_TEST(places(sleeping, failing_later) == numbers{0}, per_element());
  BOOST_TEST((since(start) == 10ms));
}

ASYNC_TEST_CASE(for_first_exception_a_cancelled_one_has_not_failed) {
  const auto start = asyncio::clock::now();
  const std::vector all{create_task(sleep_for(10s)), create_task(sleep_for(1s)), create_task(sleep_for(3s))};
  asyncio::get_running_loop().call_later(2s, [all] { all[0].cancel(); });
  const auto [done, pending] = co_await wait(all, first_exception);
  BOOST_TEST((done == all));
  BOOST_TEST((since(start) == 3s));
}

ASYNC_TEST_CASE(a_failure_is_kept_for_who_asks_the_task, *row("wait-10")) {
  const auto start = asyncio::clock::now();
  const std::vector all{create_task(fail_after(150ms)), create_task(sleep_for(100ms))};
  for (int i = 0; i < 2; ++i) {
    const auto [done, pending] = co_await wait(all);
    BOOST_TEST((done == all));
    BOOST_TEST(pending.empty());
    BOOST_TEST(asyncio::describe(done[0].exception()) == "std::runtime_error: Boom!");
    BOOST_TEST((done[1].exception() == nullptr));
    BOOST_TEST((since(start) == 150ms));
  }
}

// As CPython's, all_completed doesn't look at exceptions, and first_exception does.
ASYNC_TEST_CASE(a_failure_that_only_wait_has_seen_is_reported) {
  const reports reported(asyncio::get_running_loop());
  {
    const std::vector unseen{create_task(fail_after(1s))};
    co_await wait(unseen);
  }
  BOOST_TEST(reported.contexts.size() == 1U);
  {
    const std::vector seen{create_task(fail_after(1s)), create_task(sleep_for(2s))};
    co_await wait(seen, first_exception);
  }
  BOOST_TEST(reported.contexts.size() == 1U);
}

// --------------------------------------------------------------- so long and no longer

ASYNC_TEST_CASE(after_its_time_it_returns_what_there_is, *row("wait-11") * row("wait-12")) {
  const auto start = asyncio::clock::now();
  const std::vector all{create_task(sleep_for(150ms)), create_task(sleep_for(100ms))};
  const auto [done, pending] = co_await wait(all, all_completed, 110ms);
  BOOST_TEST((since(start) == 110ms));
  BOOST_TEST(places(done, all) == numbers{1}, per_element());
  BOOST_TEST(places(pending, all) == numbers{0}, per_element());
  co_await all[0];
  BOOST_TEST((since(start) == 150ms));
  BOOST_TEST(ending_of(all[0]) == "done");
}

ASYNC_TEST_CASE(a_task_that_takes_as_long_as_the_wait_is_done, *row("wait-13")) {
  const auto start = asyncio::clock::now();
  const std::vector all{create_task(sleep_for(150ms)), create_task(sleep_for(100ms))};
  co_await passes(1); // they have begun, as in the original
  const auto [done, pending] = co_await wait(all, 100ms);
  BOOST_TEST((since(start) == 100ms));
  BOOST_TEST(places(done, all) == numbers{1}, per_element());
  BOOST_TEST(places(pending, all) == numbers{0}, per_element());
}

ASYNC_TEST_CASE(no_time_at_all_still_looks_who_is_done) {
  const auto start = asyncio::clock::now();
  const std::vector all{create_task(sleep_for(1s)), create_task(take_passes(0))};
  for (const std::chrono::seconds limit : {0s, -1s}) {
    const auto [done, pending] = co_await wait(all, limit);
    BOOST_TEST(places(done, all) == numbers{1}, per_element());
    BOOST_TEST(places(pending, all) == numbers{0}, per_element());
  }
  BOOST_TEST((since(start) == 0s));
}

ASYNC_TEST_CASE(a_wait_that_was_over_in_time_leaves_no_timer) {
  const std::vector all{create_task(sleep_for(1s))};
  const auto [done, pending] = co_await wait(all, first_completed, 2s);
  BOOST_TEST(done.size() == 1U);
  co_await asyncio::sleep(5s);

  const std::optional<std::chrono::minutes> none;
  const auto [again, still_none] = co_await wait(all, all_completed, none);
  BOOST_TEST(again.size() == 1U);
}

// --------------------------------------------------------------- what it takes

ASYNC_TEST_CASE(any_range_will_do, *row("wait-14")) {
  const std::list as_list{create_task(sleep_for(1s)), create_task(sleep_for(2s))};
  const auto from_list = co_await wait(as_list);
  BOOST_TEST(from_list.done.size() == 2U);

  auto generated =
      std::views::iota(0, 10) | std::views::transform([](int i) { return create_task(give_after(1s, i)); });
  const auto [done, pending] = co_await wait(generated);
  BOOST_TEST(done.size() == 10U);
  BOOST_TEST(pending.empty());
  BOOST_TEST(done[7].result() == 7);

  const std::array as_array{create_task(sleep_for(1s)), create_task(sleep_for(2s))};
  const auto from_array = co_await wait(as_array, first_completed);
  BOOST_TEST(from_array.done.size() == 1U);
}

ASYNC_TEST_CASE(futures_and_tasks_of_different_types_are_any_future) {
  const future<std::string> text;
  const auto sleeping = create_task(sleep_for(2s));
  asyncio::get_running_loop().call_later(1s, [text] { text.set_result("text"); });
  const std::vector<any_future> all{sleeping, text, gather(give_after(5s, 1), sleep_for(1s))};
  const auto [done, pending] = co_await wait(all, 3s);
  BOOST_TEST(places(done, all) == (numbers{0, 1}), per_element());
  BOOST_TEST(places(pending, all) == numbers{2}, per_element());
}

ASYNC_TEST_CASE(results_that_can_only_move_stay_where_they_are) {
  const auto give = []() -> awaitable<std::unique_ptr<int>> {
    co_await asyncio::sleep(1s);
    co_return std::make_unique<int>(42);
  };
  const std::vector all{create_task(give())};
  const auto [done, pending] = co_await wait(all);
  BOOST_TEST(*done.at(0).result() == 42);
}

ASYNC_TEST_CASE(a_wait_may_be_a_task_or_part_of_a_gather) {
  const std::vector all{create_task(sleep_for(1s)), create_task(sleep_for(2s))};
  const auto waiting = create_task(wait(all, first_completed));
  const auto [first, both] = co_await gather(waiting, wait(all));
  BOOST_TEST(first.done.size() == 1U);
  BOOST_TEST(both.done.size() == 2U);
  BOOST_TEST(waiting.result().pending.size() == 1U);
}

// A program that waits for everything else would otherwise have to leave itself out.
ASYNC_TEST_CASE(it_may_wait_for_the_task_that_waits) {
  const std::vector<asyncio::any_task> all = asyncio::all_tasks();
  BOOST_TEST_REQUIRE(all.size() == 1U);
  const auto [done, pending] = co_await wait(all, 1s);
  BOOST_TEST(done.empty());
  BOOST_TEST((pending == all));
}

ASYNC_TEST_CASE(ten_thousand_at_once) {
  std::vector<task<void>> all;
  for (int i = 0; i < 10'000; ++i) {
    all.push_back(create_task(sleep_for(std::chrono::milliseconds(i % 7))));
  }
  all.push_back(all.front());
  const auto [done, pending] = co_await wait(all);
  BOOST_TEST(done.size() == 10'000U);
}

// --------------------------------------------------------------- cancels

ASYNC_TEST_CASE(cancelling_who_waits_leaves_the_others_running, *row("wait-15")) {
  const future<> signal;
  int proof = 0;
  const std::vector inner{create_task([](future<> awaited, int& into) -> awaitable<void> {
    co_await awaited;
    into += 1;
  }(signal, proof))};
  const auto waiting = create_task(count_done(inner, all_completed));
  co_await passes(2);
  waiting.cancel("enough");
  co_await passes(1);
  BOOST_TEST(ending_of(waiting) == "cancelled: enough");
  BOOST_TEST(!inner[0].done());
  BOOST_TEST(inner[0].cancelling() == 0U);
  signal.set_result();
  co_await passes(2);
  BOOST_TEST(proof == 1);
}

ASYNC_TEST_CASE(a_cancel_beats_an_end_that_has_not_been_acted_on) {
  for (int after = 0; after <= 3; ++after) {
    const std::vector inner{create_task(take_passes(1))};
    const auto waiting = create_task(count_done(inner, all_completed));
    co_await passes(2 + after); // the task ends in the second pass, the wait returns in the fourth
    const bool was_done = waiting.done();
    waiting.cancel("enough");
    co_await passes(2);
    BOOST_TEST(ending_of(waiting) == (was_done ? "done" : "cancelled: enough"));
    BOOST_TEST(was_done == (after >= 2));
    BOOST_TEST(ending_of(inner[0]) == "done");
  }
}

ASYNC_TEST_CASE(a_cancel_in_the_pass_of_its_time_is_thrown) {
  const std::vector inner{create_task(sleep_for(10s))};
  const auto waiting = create_task(wait(inner, 1s));
  co_await asyncio::sleep(1s);
  waiting.cancel("enough");
  co_await passes(2);
  BOOST_TEST(ending_of(waiting) == "cancelled: enough");
  BOOST_TEST(!inner[0].done());
}

// --------------------------------------------------------------- the end of the loop

BOOST_AUTO_TEST_CASE(a_loop_that_ends_takes_a_wait_along) {
  virtual_loop loop;
  loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
  const auto pending = loop.create_future<int>();
  const auto finished = loop.create_future<int>();
  const std::vector all{pending, finished};
  loop.call_soon([all] { (void)create_task(wait(all, 1h)); });
  loop.run_until_complete(passes(3));
  finished.set_result(42); // its end is in the queue
}

BOOST_AUTO_TEST_CASE(a_deadlock_tells_what_it_waits_for) {
  const auto stuck = [](asyncio::return_when condition) -> awaitable<void> {
    const auto never = create_task([](future<> f) -> awaitable<void> { co_await f; }(future<>()), "stuck");
    const std::vector<any_future> all{never, future<int>()};
    co_await wait(all, condition);
  };
  for (const auto condition : {first_completed, all_completed}) {
    std::string report;
    try {
      asyncio::run(stuck(condition), asyncio::run_options().virtual_time());
    } catch (const asyncio::deadlock_error& error) {
      report = error.what();
    }
    const std::string waits =
        std::string("main waits for ") + (condition == all_completed ? "all of" : "one of");
    BOOST_TEST(report.find(waits + " task \"stuck\", a future") != std::string::npos, report);
  }
}

BOOST_AUTO_TEST_SUITE_END()
