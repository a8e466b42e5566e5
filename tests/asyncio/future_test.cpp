#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/captured.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::future;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;
using unique = std::unique_ptr<int>;

namespace {

awaitable<int> value_of(future<int> of) {
  co_return co_await of;
}

awaitable<void> note_value(future<std::string> of, std::string who, names& seen) {
  std::string value = co_await of;
  seen.push_back(who + " " + value);
}

awaitable<void> fail() {
  co_await asyncio::sleep(1s);
  throw boom;
}

awaitable<unique> make_unique_later(int value) {
  co_await asyncio::sleep(1s);
  co_return std::make_unique<int>(value);
}

future<> future_of_running_loop() {
  return future<>();
}

// What remove_done_callback can find again: it compares equal.
struct note {
  std::string what;
  names* seen;
  void operator()() const { seen->push_back(what); }
  friend bool operator==(const note&, const note&) = default;
};

} // namespace

BOOST_AUTO_TEST_SUITE(future_test)

BOOST_AUTO_TEST_CASE(a_new_future_is_pending, *row("future-01")) {
  asyncio::loop loop;
  const auto pending = loop.create_future<int>();
  BOOST_TEST(!pending.done());
  BOOST_TEST(!pending.cancelled());
}

ASYNC_TEST_CASE(made_in_a_coroutine_it_belongs_to_the_running_loop, *row("future-02")) {
  const future<> made;
  BOOST_TEST(&made.get_loop() == &asyncio::get_running_loop());
  co_return;
}

BOOST_AUTO_TEST_CASE(without_a_running_loop_none_can_be_made, *row("future-03")) {
  BOOST_CHECK_THROW(future_of_running_loop(), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(cancel_of_a_pending_future_takes_effect_at_once,
                     *row("future-04") * row("future-05") * row("future-06")) {
  asyncio::loop loop;
  const auto cancelled = loop.create_future<int>();
  BOOST_TEST(cancelled.cancel());
  BOOST_TEST(cancelled.done());
  BOOST_TEST(cancelled.cancelled());
  BOOST_CHECK_THROW((void)cancelled.result(), asyncio::cancelled_error);
  BOOST_CHECK_THROW((void)cancelled.exception(), asyncio::cancelled_error);
}

BOOST_AUTO_TEST_CASE(a_cancelled_future_takes_no_outcome, *row("future-07")) {
  asyncio::loop loop;
  const auto cancelled = loop.create_future<int>();
  cancelled.cancel();
  BOOST_CHECK_THROW(cancelled.set_result(1), asyncio::invalid_state_error);
  BOOST_CHECK_THROW(cancelled.set_exception(boom), asyncio::invalid_state_error);
}

BOOST_AUTO_TEST_CASE(a_second_cancel_returns_false, *row("future-08")) {
  asyncio::loop loop;
  const auto cancelled = loop.create_future<int>();
  cancelled.cancel("first");
  BOOST_TEST(!cancelled.cancel("second"));
  BOOST_TEST(ending_of(cancelled) == "cancelled: first");
}

BOOST_AUTO_TEST_CASE(a_pending_future_has_neither_result_nor_exception,
                     *row("future-09") * row("future-10")) {
  asyncio::loop loop;
  const auto pending = loop.create_future<int>();
  BOOST_CHECK_THROW((void)pending.result(), asyncio::invalid_state_error);
  BOOST_CHECK_THROW((void)pending.exception(), asyncio::invalid_state_error);
}

BOOST_AUTO_TEST_CASE(set_result_finishes_it, *row("future-11")) {
  asyncio::loop loop;
  const auto finished = loop.create_future<int>();
  finished.set_result(42);
  BOOST_TEST(finished.done());
  BOOST_TEST(!finished.cancelled());
  BOOST_TEST(finished.result() == 42);
  BOOST_TEST((finished.exception() == nullptr));
}

BOOST_AUTO_TEST_CASE(a_result_is_set_once, *row("future-12")) {
  asyncio::loop loop;
  const auto finished = loop.create_future<int>();
  finished.set_result(42);
  BOOST_CHECK_THROW(finished.set_result(43), asyncio::invalid_state_error);
  BOOST_CHECK_THROW(finished.set_exception(boom), asyncio::invalid_state_error);
  BOOST_TEST(finished.result() == 42);
}

BOOST_AUTO_TEST_CASE(cancel_leaves_an_outcome_in_place, *row("future-13")) {
  asyncio::loop loop;
  const auto finished = loop.create_future<int>();
  const auto failed = loop.create_future<int>();
  finished.set_result(42);
  failed.set_exception(boom);
  BOOST_TEST(!finished.cancel());
  BOOST_TEST(!failed.cancel());
  BOOST_TEST(finished.result() == 42);
  BOOST_TEST(ending_of(failed) == boom_line);
}

BOOST_AUTO_TEST_CASE(set_exception_makes_it_fail, *row("future-14")) {
  asyncio::loop loop;
  const auto failed = loop.create_future<int>();
  failed.set_exception(boom);
  BOOST_TEST(failed.done());
  BOOST_TEST(!failed.cancelled());
  BOOST_TEST(asyncio::describe(failed.exception()) == boom_line);
  BOOST_CHECK_THROW((void)failed.result(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_failed_future_takes_no_other_outcome, *row("future-15")) {
  asyncio::loop loop;
  const auto failed = loop.create_future<int>();
  failed.set_exception(boom);
  BOOST_CHECK_THROW(failed.set_result(1), asyncio::invalid_state_error);
  BOOST_CHECK_THROW(failed.set_exception(boom), asyncio::invalid_state_error);
  BOOST_TEST(ending_of(failed) == boom_line);
}

BOOST_AUTO_TEST_CASE(no_exception_is_not_an_exception) {
  asyncio::loop loop;
  const auto pending = loop.create_future<int>();
  BOOST_CHECK_THROW(pending.set_exception(std::exception_ptr()), asyncio::invalid_argument_error);
  BOOST_TEST(!pending.done());
}

BOOST_AUTO_TEST_CASE(the_message_of_a_cancel_reaches_who_waits, *row("future-16")) {
  asyncio::loop loop;
  const auto cancelled = loop.create_future<int>();
  cancelled.cancel("no longer needed");
  std::string message;
  try {
    loop.run_until_complete(cancelled);
  } catch (const asyncio::cancelled_error& error) {
    message = error.message();
  }
  BOOST_TEST(message == "no longer needed");
}

ASYNC_TEST_CASE(awaiting_a_finished_future_does_not_suspend, *row("future-18")) {
  names seen;
  const future<int> finished;
  finished.set_result(42);
  asyncio::get_running_loop().call_soon([&] { seen.push_back("callback"); });
  const int first = co_await finished;
  const int second = co_await finished;
  BOOST_TEST(first == 42);
  BOOST_TEST(second == 42);
  BOOST_TEST(seen.empty());
  co_await asyncio::sleep(0s); // for the callback
}

ASYNC_TEST_CASE(awaiting_a_cancelled_future_throws_without_suspending) {
  names seen;
  const future<int> cancelled;
  cancelled.cancel();
  asyncio::get_running_loop().call_soon([&] { seen.push_back("callback"); });
  bool thrown = false;
  try {
    (void)co_await cancelled;
  } catch (const asyncio::cancelled_error&) {
    thrown = true;
  }
  BOOST_TEST(thrown);
  BOOST_TEST(seen.empty());
  co_await asyncio::sleep(0s); // for the callback
}

ASYNC_TEST_CASE(each_await_of_a_failed_task_throws_the_same, *row("future-19")) {
  const auto failing = asyncio::create_task(fail());
  names seen;
  for (int i = 0; i < 5; ++i) {
    try {
      co_await failing;
    } catch (const std::runtime_error& error) {
      seen.push_back(error.what());
    }
  }
  BOOST_TEST(seen == names(5, "Boom!"), per_element());
}

ASYNC_TEST_CASE(a_timer_leaves_a_cancelled_future_alone, *row("future-20")) {
  const reports unexpected(asyncio::get_running_loop());
  asyncio::task<> sleeping;
  // Both are due in the same pass, the cancel first; in the second round last.
  asyncio::get_running_loop().call_later(1s, [&] { sleeping.cancel("just in time"); });
  sleeping = asyncio::create_task(asyncio::sleep(1s));
  co_await asyncio::sleep(2s);
  BOOST_TEST(ending_of(sleeping) == "cancelled: just in time");

  sleeping = asyncio::create_task(asyncio::sleep(1s));
  co_await asyncio::sleep(0s);
  asyncio::get_running_loop().call_later(1s, [&] { sleeping.cancel("before it ran"); });
  co_await asyncio::sleep(2s);
  BOOST_TEST(ending_of(sleeping) == "cancelled: before it ran");
  BOOST_TEST(unexpected.contexts.empty());
}

ASYNC_TEST_CASE(several_tasks_may_await_one_future) {
  names seen;
  const future<std::string> news;
  auto all =
      asyncio::gather(note_value(news, "a", seen), note_value(news, "b", seen), note_value(news, "c", seen));
  co_await asyncio::sleep(1s);
  news.set_result("read");
  BOOST_TEST(seen.empty());
  co_await all;
  BOOST_TEST(seen == (names{"a read", "b read", "c read"}), per_element());
}

ASYNC_TEST_CASE(a_failure_reaches_everyone_who_waits) {
  const future<int> failing;
  auto all = asyncio::gather(asyncio::return_exceptions, value_of(failing), value_of(failing));
  co_await asyncio::sleep(1s);
  failing.set_exception(boom);
  const auto [first, second] = co_await all;
  BOOST_TEST(asyncio::describe(first.exception()) == boom_line);
  BOOST_TEST(asyncio::describe(second.exception()) == boom_line);
}

ASYNC_TEST_CASE(a_cancelled_waiter_takes_the_future_and_the_other_waiters_with_it) {
  const future<int> shared;
  const auto first = asyncio::create_task(value_of(shared));
  const auto second = asyncio::create_task(value_of(shared));
  co_await asyncio::sleep(0s);
  first.cancel("enough");
  co_await passes(2);
  BOOST_TEST(ending_of(shared) == "cancelled: enough");
  BOOST_TEST(ending_of(first) == "cancelled: enough");
  BOOST_TEST(ending_of(second) == "cancelled: enough");
}

ASYNC_TEST_CASE(a_void_future_gives_nothing) {
  const future<> signal;
  asyncio::get_running_loop().call_later(1s, [signal] { signal.set_result(); });
  const auto start = asyncio::clock::now();
  co_await signal;
  signal.result();
  BOOST_TEST((asyncio::clock::now() - start == 1s));
}

ASYNC_TEST_CASE(a_void_future_can_fail_and_be_cancelled) {
  const future<> failing;
  const future<> cancelled;
  failing.set_exception(boom);
  cancelled.cancel();
  const auto [first, second] = co_await asyncio::gather(asyncio::return_exceptions, failing, cancelled);
  BOOST_TEST(asyncio::describe(first.exception()) == boom_line);
  BOOST_TEST(asyncio::describe(second.exception()) == "asyncio::cancelled_error");
}

ASYNC_TEST_CASE(a_move_only_value_is_a_reference_from_a_named_handle) {
  const future<unique> owned;
  owned.set_result(std::make_unique<int>(42));
  const unique& first = co_await owned;
  const unique& second = co_await owned;
  BOOST_TEST(*first == 42);
  BOOST_TEST(&first == &second);
  BOOST_TEST(&first == &owned.result());
}

ASYNC_TEST_CASE(a_move_only_value_moves_out_of_a_temporary) {
  const unique moved = co_await asyncio::create_task(make_unique_later(42));
  BOOST_TEST(*moved == 42);

  future<unique> owned;
  owned.set_result(std::make_unique<int>(43));
  const unique also_moved = std::move(owned).result();
  BOOST_TEST(*also_moved == 43);
}

ASYNC_TEST_CASE(awaiting_a_named_handle_copies) {
  const future<std::string> text;
  text.set_result("long enough to live outside the string itself");
  std::string copy = co_await text;
  copy += '!';
  BOOST_TEST(text.result() == "long enough to live outside the string itself");
}

ASYNC_TEST_CASE(a_temporary_handle_leaves_the_value_to_the_other_handles) {
  const future<std::string> text;
  text.set_result("long enough to live outside the string itself");
  future<std::string> other = text;
  const std::string first = co_await std::move(other);
  const std::string second = co_await text;
  BOOST_TEST(first == second);
}

ASYNC_TEST_CASE(a_throwing_move_out_of_set_result_leaves_it_pending) {
  struct picky {
    explicit picky(int n) {
      if (n < 0) {
        throw std::invalid_argument("negative");
      }
    }
  };
  const future<picky> pending;
  BOOST_CHECK_THROW(pending.set_result(-1), std::invalid_argument);
  BOOST_TEST(!pending.done());
  pending.set_result(1);
  BOOST_TEST(pending.done());
  co_return;
}

BOOST_AUTO_TEST_CASE(everything_asked_of_an_empty_handle_is_misuse) {
  const future<int> empty(nullptr);
  BOOST_TEST(!empty);
  BOOST_CHECK_THROW((void)empty.done(), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)empty.cancelled(), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)empty.result(), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)empty.exception(), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)empty.get_loop(), asyncio::misuse_error);
  BOOST_CHECK_THROW(empty.set_result(1), asyncio::misuse_error);
  BOOST_CHECK_THROW(empty.set_exception(boom), asyncio::misuse_error);
  BOOST_CHECK_THROW(empty.cancel(), asyncio::misuse_error);
  BOOST_CHECK_THROW(empty.add_done_callback([] {}), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)asyncio::task<int>().result(), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)asyncio::task<int>().name(), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)asyncio::any_task().cancelling(), asyncio::misuse_error);
}

ASYNC_TEST_CASE(an_empty_handle_cannot_be_awaited_or_gathered) {
  const future<int> empty(nullptr);
  bool awaited = false;
  try {
    (void)co_await empty;
  } catch (const asyncio::misuse_error&) {
    awaited = true;
  }
  BOOST_TEST(awaited);
  BOOST_CHECK_THROW((void)asyncio::gather(empty), asyncio::misuse_error);
}

ASYNC_TEST_CASE(handles_compare_by_what_they_are_handles_to) {
  const future<int> one;
  const future<int> other;
  const auto copy = one; // NOLINT(performance-unnecessary-copy-initialization): a copy is the point
  BOOST_TEST((copy == one));
  BOOST_TEST((other != one));
  co_return;
}

BOOST_AUTO_TEST_CASE(a_handle_outlives_its_loop) {
  std::optional<asyncio::loop> loop(std::in_place);
  const auto pending = loop->create_future<int>();
  const auto finished = loop->create_future<std::string>();
  const auto failed = loop->create_future<int>();
  finished.set_result("kept");
  failed.set_exception(boom);
  pending.add_done_callback([] { BOOST_ERROR("no loop is left to call this"); });

  loop.reset();

  BOOST_TEST(finished.result() == "kept");
  BOOST_TEST(ending_of(failed) == boom_line);
  BOOST_TEST(!pending.done());
  BOOST_CHECK_THROW((void)pending.get_loop(), asyncio::misuse_error);
  BOOST_CHECK_THROW(finished.add_done_callback([] {}), asyncio::misuse_error);
  pending.set_result(1); // nobody hears of it
  BOOST_TEST(pending.result() == 1);
}

ASYNC_TEST_CASE(a_future_whose_loop_is_gone_can_never_be_awaited) {
  std::optional<asyncio::loop> gone(std::in_place);
  const auto orphan = gone->create_future<int>();
  gone.reset();
  bool refused = false;
  try {
    (void)co_await orphan;
  } catch (const asyncio::misuse_error&) {
    refused = true;
  }
  BOOST_TEST(refused);
  BOOST_CHECK_THROW((void)asyncio::gather(orphan), asyncio::misuse_error);
}

// ------------------------------------------------------------------------- done-callbacks

BOOST_AUTO_TEST_CASE(callbacks_run_in_the_next_pass_in_the_order_of_registration,
                     *row("future-callback-01") * row("future-callback-02")) {
  names seen;
  asyncio::loop loop;
  const auto f = loop.create_future<int>();
  f.add_done_callback(note{"first", &seen});
  f.add_done_callback(note{"second", &seen});
  f.set_result(1);
  BOOST_TEST(seen.empty());
  run_one_pass(loop);
  BOOST_TEST(seen == (names{"first", "second"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_callback_runs_once_after_a_failure, *row("future-callback-03")) {
  names seen;
  asyncio::loop loop;
  const auto f = loop.create_future<int>();
  f.add_done_callback(
      [&](const future<int>& failed) { seen.push_back(asyncio::describe(failed.exception())); });
  f.set_exception(boom);
  run_one_pass(loop);
  run_one_pass(loop);
  BOOST_TEST(seen == names{boom_line}, per_element());
}

BOOST_AUTO_TEST_CASE(a_callback_runs_after_a_cancel) {
  names seen;
  asyncio::loop loop;
  const auto f = loop.create_future<int>();
  f.add_done_callback(
      [&](const asyncio::any_future& f_) { seen.push_back(f_.cancelled() ? "cancelled" : "?"); });
  f.cancel();
  BOOST_TEST(seen.empty());
  run_one_pass(loop);
  BOOST_TEST(seen == names{"cancelled"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_callback_added_after_the_end_is_queued_at_once) {
  names seen;
  asyncio::loop loop;
  const auto f = loop.create_future<int>();
  f.set_result(1);
  f.add_done_callback(note{"late", &seen});
  BOOST_TEST(seen.empty());
  run_one_pass(loop);
  BOOST_TEST(seen == names{"late"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_callback_may_be_the_last_to_know_the_future) {
  int got = 0;
  asyncio::loop loop;
  {
    const auto f = loop.create_future<int>();
    f.add_done_callback([&](const future<int>& done) { got = done.result(); });
    f.set_result(42);
  }
  run_one_pass(loop);
  BOOST_TEST(got == 42);
}

BOOST_AUTO_TEST_CASE(a_callback_that_throws_is_reported_and_the_next_one_runs) {
  names seen;
  asyncio::loop loop;
  const reports reported(loop);
  const auto f = loop.create_future<int>();
  f.add_done_callback([] { throw boom; });
  f.add_done_callback(note{"next", &seen});
  f.set_result(1);
  run_one_pass(loop);
  BOOST_TEST(seen == names{"next"}, per_element());
  BOOST_TEST_REQUIRE(reported.contexts.size() == 1U);
  BOOST_TEST(asyncio::describe(reported.contexts[0].exception) == boom_line);
}

BOOST_AUTO_TEST_CASE(removing_one_callback_leaves_the_others_in_order, *row("future-callback-04")) {
  for (const std::string removed : {"1", "3"}) {
    names seen;
    asyncio::loop loop;
    const auto f = loop.create_future<int>();
    for (const std::string each : {"1", "2", "3"}) {
      f.add_done_callback(note{each, &seen});
    }
    BOOST_TEST(f.remove_done_callback(note{removed, &seen}) == 1U);
    f.set_result(1);
    run_one_pass(loop);
    BOOST_TEST(seen == (removed == "1" ? names{"2", "3"} : names{"1", "2"}), per_element());
  }
}

BOOST_AUTO_TEST_CASE(removing_two_callbacks_leaves_the_third, *row("future-callback-05")) {
  names seen;
  asyncio::loop loop;
  const auto f = loop.create_future<int>();
  for (const std::string each : {"1", "2", "3"}) {
    f.add_done_callback(note{each, &seen});
  }
  f.remove_done_callback(note{"1", &seen});
  f.remove_done_callback(note{"2", &seen});
  f.set_result(1);
  run_one_pass(loop);
  BOOST_TEST(seen == names{"3"}, per_element());
}

BOOST_AUTO_TEST_CASE(every_registration_of_a_callback_is_removed, *row("future-callback-06")) {
  names seen;
  asyncio::loop loop;
  const auto f = loop.create_future<int>();
  for (int i = 0; i < 6; ++i) {
    f.add_done_callback(note{"again", &seen});
  }
  BOOST_TEST(f.remove_done_callback(note{"again", &seen}) == 6U);
  f.set_result(1);
  run_one_pass(loop);
  BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(removing_a_stranger_disturbs_nothing, *row("future-callback-07")) {
  names seen;
  asyncio::loop loop;
  const auto f = loop.create_future<int>();
  f.add_done_callback(note{"mine", &seen});
  f.add_done_callback([] {}); // of another type, and not comparable
  BOOST_TEST(f.remove_done_callback(note{"yours", &seen}) == 0U);
  f.set_result(1);
  run_one_pass(loop);
  BOOST_TEST(seen == names{"mine"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_callback_that_removes_a_later_one_comes_too_late, *row("future-callback-08")) {
  names seen;
  asyncio::loop loop;
  const auto f = loop.create_future<int>();
  f.add_done_callback([&] { BOOST_TEST(f.remove_done_callback(note{"later", &seen}) == 0U); });
  f.add_done_callback(note{"later", &seen});
  f.set_result(1);
  run_one_pass(loop);
  BOOST_TEST(seen == names{"later"}, per_element()); // CPython queues all of them when the future is done
}

BOOST_AUTO_TEST_CASE(a_future_dropped_pending_lets_go_of_its_callbacks) {
  const auto kept = std::make_shared<int>(0);
  asyncio::loop loop;
  {
    const auto f = loop.create_future<int>();
    f.add_done_callback([kept] { BOOST_ERROR("the future was never done"); });
    BOOST_TEST(kept.use_count() == 2);
  }
  BOOST_TEST(kept.use_count() == 1);
}

// --------------------------------------------------------------- failures that nobody reads

BOOST_AUTO_TEST_CASE(a_future_dropped_pending_is_no_news, *row("unhandled-01")) {
  asyncio::loop loop;
  const reports reported(loop);
  (void)loop.create_future<int>();
  run_one_pass(loop);
  BOOST_TEST(reported.contexts.empty());
}

BOOST_AUTO_TEST_CASE(a_result_nobody_reads_is_no_news, *row("unhandled-02")) {
  asyncio::loop loop;
  const reports reported(loop);
  loop.create_future<int>().set_result(1);
  {
    const auto read = loop.create_future<int>();
    read.set_result(1);
    (void)read.result();
  }
  run_one_pass(loop);
  BOOST_TEST(reported.contexts.empty());
}

BOOST_AUTO_TEST_CASE(an_exception_nobody_reads_is_reported_once, *row("unhandled-03")) {
  for (const bool debug : {false, true}) {
    asyncio::loop loop;
    loop.set_debug(debug);
    const reports reported(loop);
    {
      const auto failed = loop.create_future<int>();
      const auto copy = failed; // NOLINT(performance-unnecessary-copy-initialization)
      failed.set_exception(boom);
    }
    run_one_pass(loop);
    BOOST_TEST_REQUIRE(reported.contexts.size() == 1U);
    BOOST_TEST(reported.contexts[0].message == "Future exception was never retrieved");
    BOOST_TEST(asyncio::describe(reported.contexts[0].exception) == boom_line);
  }
}

BOOST_AUTO_TEST_CASE(an_exception_that_was_asked_for_is_not_reported, *row("unhandled-04")) {
  asyncio::loop loop;
  const reports reported(loop);
  {
    const auto failed = loop.create_future<int>();
    failed.set_exception(boom);
    (void)failed.exception();
  }
  BOOST_TEST(reported.contexts.empty());
}

BOOST_AUTO_TEST_CASE(an_exception_that_result_threw_is_not_reported, *row("unhandled-05")) {
  asyncio::loop loop;
  const reports reported(loop);
  {
    const auto failed = loop.create_future<int>();
    failed.set_exception(boom);
    BOOST_CHECK_THROW((void)failed.result(), std::runtime_error);
  }
  BOOST_TEST(reported.contexts.empty());
}

ASYNC_TEST_CASE(cancel_counts_as_having_seen_the_exception, *row("unhandled-06")) {
  const reports reported(asyncio::get_running_loop());
  {
    const future<int> failed;
    failed.set_exception(boom);
    BOOST_TEST(!failed.cancel());
    const auto failing = asyncio::create_task(fail());
    co_await asyncio::sleep(2s);
    BOOST_TEST(!failing.cancel());
  }
  BOOST_TEST(reported.contexts.empty());
}

ASYNC_TEST_CASE(a_task_that_fails_unread_is_logged_as_an_error, *row("unhandled-07")) {
  captured_log log;
  (void)asyncio::create_task(fail(), "failing");
  co_await asyncio::sleep(2s);
  const std::string text = log.text();
  BOOST_TEST(text.find("error [") != std::string::npos, text);
  BOOST_TEST(text.find("Task exception was never retrieved (failing, created at ") != std::string::npos,
             text);
  BOOST_TEST(text.find("future_test.cpp") != std::string::npos, text);
  BOOST_TEST(text.find(boom_line) != std::string::npos, text);
}

ASYNC_TEST_CASE(the_second_failure_of_a_gather_is_not_reported, *row("unhandled-08")) {
  const reports reported(asyncio::get_running_loop());
  {
    const future<int> first;
    const future<int> second;
    auto both = asyncio::gather(first, second);
    first.set_exception(std::runtime_error("the first"));
    second.set_exception(std::runtime_error("the second"));
    co_await end_of(both);
    BOOST_TEST(ending_of(both) == "std::runtime_error: the first");
  }
  co_await passes(2);
  BOOST_TEST(reported.contexts.empty());
}

BOOST_AUTO_TEST_CASE(an_exception_read_by_nobody_before_the_loop_ended_is_reported_all_the_same) {
  captured_log log;
  {
    future<int> failed(nullptr);
    {
      asyncio::loop loop;
      failed = loop.create_future<int>();
      failed.set_exception(boom);
    }
  }
  BOOST_TEST(log.text().find(boom_line) != std::string::npos, log.text());
}

BOOST_AUTO_TEST_SUITE_END()
