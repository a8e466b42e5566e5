#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/captured.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::create_task;
using asyncio::future;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;

namespace {

awaitable<int> give(int value) {
  co_await asyncio::sleep(1s);
  co_return value;
}

boost::asio::awaitable<int> give_plainly(int value) {
  co_return value;
}

awaitable<int> add() {
  const int small = co_await give(42);
  const int large = co_await give(1000);
  co_return small + large;
}

awaitable<void> note(std::string what, names& seen) {
  seen.push_back(what);
  co_return;
}

awaitable<void> fail() {
  co_await asyncio::sleep(1s);
  throw boom;
}

awaitable<void> fail_at_once() {
  throw boom;
  co_return;
}

awaitable<int> wait_for_value(future<int> of) {
  co_return co_await of;
}

awaitable<void> note_value(future<int> of, names& seen) {
  const int value = co_await of;
  seen.push_back("got " + std::to_string(value));
}

awaitable<void> await_handle(asyncio::task<void>& which) {
  co_await which;
}

awaitable<future<int>> give_future(future<int> which) {
  co_return which;
}

awaitable<std::string> give_own_name() {
  co_await asyncio::sleep(1s);
  co_return asyncio::current_task().name();
}

awaitable<void> check_current_task(asyncio::task<void>& self, future<> first, future<> second) {
  BOOST_TEST((asyncio::current_task() == self));
  co_await first;
  BOOST_TEST((asyncio::current_task() == self));
  co_await second;
  BOOST_TEST((asyncio::current_task() == self));
}

awaitable<void> check_current_task_of(asyncio::loop& loop) {
  BOOST_TEST((asyncio::current_task() == asyncio::current_task(loop)));
  BOOST_TEST(static_cast<bool>(asyncio::current_task()));
  co_return;
}

awaitable<std::size_t> chain(std::size_t length, std::size_t& most_tasks) {
  most_tasks = std::max(most_tasks, asyncio::all_tasks().size());
  if (length == 0) {
    co_return 0;
  }
  co_return 1 + co_await chain(length - 1, most_tasks);
}

awaitable<void> hold(std::shared_ptr<int>) {
  co_await asyncio::sleep(1s);
}

awaitable<void> create_in_closed(asyncio::loop& closed, std::shared_ptr<int> kept) {
  (void)closed.create_task(hold(std::move(kept)));
  co_return;
}

awaitable<std::shared_ptr<int>> give_back(std::shared_ptr<int> what) {
  co_return what;
}

awaitable<std::unique_ptr<int>> give_unique() {
  co_return std::make_unique<int>(42);
}

struct no_default {
  explicit no_default(int n_) : n(n_) {}
  int n;
};

awaitable<no_default> give_no_default() {
  co_return no_default(42);
}

int started = 0;

awaitable<void> count_start() {
  ++started;
  co_return;
}

void create_outside_a_loop() {
  (void)create_task(count_start());
}

names names_of(const std::vector<asyncio::any_task>& tasks) {
  names found;
  for (const asyncio::any_task& each : tasks) {
    found.push_back(each.name());
  }
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(task_test)

BOOST_AUTO_TEST_CASE(a_coroutine_adds_what_two_others_give, *row("task-01")) {
  virtual_loop loop;
  BOOST_TEST(loop.run_until_complete(add()) == 1042);
}

ASYNC_TEST_CASE(awaiting_a_task_gives_its_value, *row("task-02")) {
  const auto giving = create_task(give(42));
  const int first = co_await giving;
  const int again = co_await giving;
  const int from_temporary = co_await create_task(give(43));
  BOOST_TEST(first == 42);
  BOOST_TEST(again == 42);
  BOOST_TEST(from_temporary == 43);
}

ASYNC_TEST_CASE(awaiting_a_failed_task_throws_what_it_threw) {
  bool caught = false;
  try {
    co_await create_task(fail());
  } catch (const std::runtime_error& error) {
    caught = std::string(error.what()) == "Boom!";
  }
  BOOST_TEST(caught);
}

ASYNC_TEST_CASE(awaiting_a_cancelled_task_throws_cancelled_error) {
  auto cancelled = create_task(give(42));
  cancelled.cancel();
  bool caught = false;
  try {
    (void)co_await cancelled;
  } catch (const asyncio::cancelled_error&) {
    caught = true;
  }
  BOOST_TEST(caught);
  BOOST_TEST(asyncio::current_task().cancelling() == 0U);
}

BOOST_AUTO_TEST_CASE(a_task_made_before_the_loop_runs_knows_its_loop_and_its_result, *row("task-03")) {
  virtual_loop loop;
  const auto giving = loop.create_task(give(42), "early");
  BOOST_TEST(!giving.done());
  BOOST_TEST(giving.name() == "early");
  BOOST_TEST(loop.run_until_complete(giving) == 42);
  BOOST_TEST(giving.done());
  BOOST_TEST(giving.result() == 42);
  BOOST_TEST((&giving.get_loop() == &loop));
}

BOOST_AUTO_TEST_CASE(tasks_made_before_the_loop_runs_start_in_order) {
  names seen;
  virtual_loop loop;
  (void)loop.create_task(note("a", seen));
  (void)loop.create_task(note("b", seen));
  BOOST_TEST(seen.empty());
  loop.run_until_complete(note("main", seen));
  BOOST_TEST(seen == (names{"a", "b", "main"}), per_element());
}

ASYNC_TEST_CASE(nothing_of_the_body_runs_before_the_next_await, *row("task-04")) {
  names seen;
  const auto noting = create_task(note("body", seen));
  seen.push_back("created");
  co_await noting;
  BOOST_TEST(seen == (names{"created", "body"}), per_element());
}

ASYNC_TEST_CASE(ensure_future_makes_a_task_of_the_running_loop, *row("task-05")) {
  const asyncio::task<int> giving = asyncio::ensure_future(give(42));
  BOOST_TEST(&giving.get_loop() == &asyncio::get_running_loop());
  const int value = co_await giving;
  BOOST_TEST(value == 42);
}

BOOST_AUTO_TEST_CASE(without_a_running_loop_no_task_can_be_made, *row("task-06")) {
  started = 0;
  BOOST_CHECK_THROW(create_outside_a_loop(), asyncio::misuse_error);
  BOOST_TEST(started == 0);
}

ASYNC_TEST_CASE(ensure_future_leaves_futures_and_tasks_as_they_are, *row("task-07")) {
  const future<int> plain;
  const auto giving = create_task(give(42));
  BOOST_TEST((asyncio::ensure_future(plain) == plain));
  BOOST_TEST((asyncio::ensure_future(giving) == giving));
  co_return;
}

ASYNC_TEST_CASE(whatever_can_be_awaited_becomes_a_task, *row("task-09")) {
  const int created = co_await create_task(asyncio::sleep(1s, 42));
  BOOST_TEST(created == 42);
  const asyncio::task<int> ensured = asyncio::ensure_future(asyncio::sleep(1s, 43));
  const asyncio::task<int> plain = asyncio::ensure_future(give_plainly(44));
  const asyncio::task<void> sleeping = asyncio::ensure_future(asyncio::sleep(1s));
  co_await sleeping;
  BOOST_TEST(ending_of(sleeping) == "done");
  const int from_ensured = co_await ensured;
  const int from_plain = co_await plain;
  BOOST_TEST(from_ensured == 43);
  BOOST_TEST(from_plain == 44);
}

ASYNC_TEST_CASE(awaiting_a_future_of_another_loop_is_misuse, *row("task-10")) {
  asyncio::loop other;
  const auto foreign = other.create_future<int>();
  const auto waiting = create_task(wait_for_value(foreign));
  co_await end_of(waiting);
  BOOST_CHECK_THROW((void)waiting.result(), asyncio::misuse_error);
}

ASYNC_TEST_CASE(a_task_that_awaits_itself_fails_instead_of_hanging, *row("task-11")) {
  asyncio::task<void> self;
  self = create_task(await_handle(self));
  co_await end_of(self);
  BOOST_CHECK_THROW(self.result(), asyncio::misuse_error);
}

ASYNC_TEST_CASE(nobody_else_sets_the_result_of_a_task, *row("task-12")) {
  const auto giving = create_task(give(42));
  BOOST_CHECK_THROW(giving.set_result(1), asyncio::misuse_error);
  BOOST_CHECK_THROW(giving.set_exception(std::runtime_error("no")), asyncio::misuse_error);
  const int value = co_await giving;
  BOOST_TEST(value == 42);
}

ASYNC_TEST_CASE(a_waiting_task_resumes_in_the_pass_after_the_future_is_set, *row("task-13")) {
  names seen;
  const future<int> awaited;
  const auto noting = create_task(note_value(awaited, seen));
  co_await asyncio::sleep(0s);
  awaited.set_result(42);
  BOOST_TEST(seen.empty());
  co_await asyncio::sleep(0s);
  BOOST_TEST(seen == names{"got 42"}, per_element());
  BOOST_TEST(noting.done());
}

ASYNC_TEST_CASE(a_future_that_is_returned_is_not_awaited, *row("task-14")) {
  const future<int> inner;
  const future<int> given = co_await create_task(give_future(inner));
  BOOST_TEST((given == inner));
  BOOST_TEST(!given.done());
}

ASYNC_TEST_CASE(a_task_has_the_name_it_was_given, *row("task-15")) {
  const auto named = create_task(give_own_name(), "swimming");
  BOOST_TEST(named.name() == "swimming");
  const std::string from_inside = co_await named;
  BOOST_TEST(from_inside == "swimming");
}

BOOST_AUTO_TEST_CASE(tasks_without_a_name_are_numbered_by_their_loop, *row("task-17")) {
  virtual_loop loop;
  const auto first = loop.create_task(give(1));
  const auto named = loop.create_task(give(2), "named");
  const auto third = loop.create_task(give(3));
  BOOST_TEST(third.name() == "Task-3");
  BOOST_TEST(first.name() == "Task-1");
  loop.run_until_complete(third);
}

ASYNC_TEST_CASE(a_task_can_be_renamed, *row("task-18")) {
  const auto renamed = create_task(give_own_name(), "before");
  co_await asyncio::sleep(0s);
  renamed.set_name("after");
  BOOST_TEST(renamed.name() == "after");
  const std::string from_inside = co_await renamed;
  BOOST_TEST(from_inside == "after");
}

ASYNC_TEST_CASE(a_task_knows_where_it_was_created) {
  const unsigned here = __LINE__ + 1;
  const auto giving = create_task(give(42));
  BOOST_TEST(giving.created_at().line() == here);
  BOOST_TEST(std::string(giving.created_at().file_name()).ends_with("task_test.cpp"));
  co_return;
}

ASYNC_TEST_CASE(a_task_says_what_it_waits_for_and_where) {
  const future<int> unset;
  const auto giving = create_task(give(42), "giving");
  const auto waiting = create_task(wait_for_value(giving));
  const auto hoping = create_task(wait_for_value(unset));
  BOOST_TEST(giving.waits_for() == ""); // not started yet
  co_await passes(1);
  BOOST_TEST(giving.waits_for() == "a sleep");
  BOOST_TEST(waiting.waits_for() == "task \"giving\"");
  BOOST_TEST(hoping.waits_for() == "a future");
  BOOST_TEST(std::string(waiting.waits_at().function_name()).find("wait_for_value") != std::string::npos);
  BOOST_TEST(waiting.waits_at().line() != 0);
}

ASYNC_TEST_CASE(an_operation_that_is_a_task_waits_where_that_was_made) {
  const unsigned here = __LINE__ + 1;
  const auto sleeping = create_task(asyncio::sleep(1h));
  const auto gathered = asyncio::gather(asyncio::sleep(1h));
  co_await passes(1);
  const auto tasks = asyncio::all_tasks();
  BOOST_TEST(sleeping.waits_for() == "a sleep");
  BOOST_TEST(sleeping.waits_at().line() == here);
  BOOST_TEST(tasks.back().waits_for() == "a sleep");
  BOOST_TEST(tasks.back().waits_at().line() == 0u); // nobody knows
}

ASYNC_TEST_CASE(a_task_that_has_ended_waits_for_nothing) {
  const auto giving = create_task(give(42));
  const auto cancelled = create_task(give(42));
  const auto failing = create_task(fail());
  co_await passes(1);
  cancelled.cancel();
  co_await end_of(giving);
  co_await end_of(failing);
  for (const asyncio::any_task& ended : std::vector<asyncio::any_task>{giving, cancelled, failing}) {
    BOOST_TEST(ended.done());
    BOOST_TEST(ended.waits_for() == "");
    BOOST_TEST(ended.waits_at().line() == 0);
  }
}

ASYNC_TEST_CASE(each_of_two_interleaved_tasks_sees_itself, *row("task-20")) {
  const std::array<future<>, 4> turns;
  asyncio::task<void> a;
  asyncio::task<void> b;
  a = create_task(check_current_task(a, turns[0], turns[2]));
  b = create_task(check_current_task(b, turns[1], turns[3]));
  for (const future<>& turn : turns) {
    co_await asyncio::sleep(0s);
    turn.set_result();
  }
  co_await a;
  co_await b;
}

ASYNC_TEST_CASE(a_callback_is_no_task) {
  bool none = false;
  asyncio::get_running_loop().call_soon([&] { none = !asyncio::current_task(); });
  co_await asyncio::sleep(0s);
  BOOST_TEST(none);
}

BOOST_AUTO_TEST_CASE(no_current_task_can_be_asked_for_where_no_loop_runs, *row("task-21")) {
  BOOST_CHECK_THROW((void)asyncio::current_task(), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)asyncio::all_tasks(), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(an_idle_loop_has_no_current_task, *row("task-19") * row("task-22")) {
  virtual_loop loop;
  BOOST_TEST(!asyncio::current_task(loop));
  loop.run_until_complete(check_current_task_of(loop));
  BOOST_TEST(!asyncio::current_task(loop));
}

ASYNC_TEST_CASE(all_tasks_are_those_not_done_in_order_of_creation, *row("task-23") * row("task-24")) {
  asyncio::current_task().set_name("main");
  const auto a = create_task(asyncio::sleep(3s), "a");
  const auto b = create_task(asyncio::sleep(1s), "b");
  const auto c = create_task(asyncio::sleep(2s), "c");
  BOOST_TEST(names_of(asyncio::all_tasks()) == (names{"main", "a", "b", "c"}), per_element());
  co_await b;
  BOOST_TEST(names_of(asyncio::all_tasks()) == (names{"main", "a", "c"}), per_element());
  c.cancel();
  BOOST_TEST(names_of(asyncio::all_tasks()) == (names{"main", "a", "c"}), per_element()); // only asked to end
  co_await end_of(c);
  BOOST_TEST(names_of(asyncio::all_tasks()) == (names{"main", "a"}), per_element());
}

BOOST_AUTO_TEST_CASE(all_tasks_are_those_of_one_loop) {
  virtual_loop loop;
  virtual_loop other;
  const auto here = loop.create_task(give(1), "here");
  const auto there = other.create_task(give(2), "there");
  BOOST_TEST(names_of(asyncio::all_tasks(loop)) == names{"here"}, per_element());
  BOOST_TEST(names_of(asyncio::all_tasks(other)) == names{"there"}, per_element());
  loop.run_until_complete(here);
  other.run_until_complete(there);
  BOOST_TEST(asyncio::all_tasks(loop).empty());
}

ASYNC_TEST_CASE(a_coroutine_runs_once, *row("task-25")) {
  awaitable<int> once = give(42);
  const auto drives_it = create_task(std::move(once));
  bool refused = false;
  try {
    (void)co_await std::move(once); // NOLINT(bugprone-use-after-move): what the test is about
  } catch (const asyncio::misuse_error&) {
    refused = true;
  }
  BOOST_TEST(refused);
  BOOST_CHECK_THROW((void)create_task(std::move(once)), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)asyncio::gather(awaitable<int>()), asyncio::misuse_error);
  BOOST_TEST(!drives_it.done());
  const int value = co_await drives_it;
  BOOST_TEST(value == 42);
}

BOOST_AUTO_TEST_CASE(a_closed_loop_takes_no_task_and_destroys_the_coroutine, *row("task-27")) {
  captured_log log;
  const auto kept = std::make_shared<int>(0);
  asyncio::loop closed;
  closed.close();
  BOOST_CHECK_THROW((void)closed.create_task(hold(kept)), asyncio::misuse_error);
  BOOST_TEST(kept.use_count() == 1);

  virtual_loop running;
  BOOST_CHECK_THROW(running.run_until_complete(create_in_closed(closed, kept)), asyncio::misuse_error);
  BOOST_TEST(kept.use_count() == 1);
  BOOST_TEST(log.text() == "");
}

ASYNC_TEST_CASE(coroutines_that_await_each_other_are_one_task, *row("task-28")) {
  std::size_t most_tasks = 0;
  const std::size_t length = co_await chain(100, most_tasks);
  BOOST_TEST(length == 100U);
  BOOST_TEST(most_tasks == 1U);
}

ASYNC_TEST_CASE(a_hundred_coroutines_that_return_at_once, *row("task-29")) {
  const auto shared = std::make_shared<int>(0);
  std::vector<awaitable<std::shared_ptr<int>>> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(give_back(shared));
  }
  {
    const auto results = co_await asyncio::gather(std::move(all));
    BOOST_TEST(results.size() == 100U);
    BOOST_TEST(shared.use_count() == 101);
  }
  BOOST_TEST(shared.use_count() == 1);
  BOOST_TEST(asyncio::all_tasks().size() == 1U);
}

ASYNC_TEST_CASE(dropping_the_handle_leaves_the_task_running) {
  names seen;
  (void)create_task(note("ran", seen));
  co_await asyncio::sleep(0s);
  BOOST_TEST(seen == names{"ran"}, per_element());
}

ASYNC_TEST_CASE(a_finished_task_lets_go_of_what_its_coroutine_held) {
  const auto kept = std::make_shared<int>(0);
  const auto holding = create_task(hold(kept));
  BOOST_TEST(kept.use_count() == 2);
  co_await holding;
  BOOST_TEST(kept.use_count() == 1);
}

ASYNC_TEST_CASE(a_cancelled_task_lets_go_of_what_its_coroutine_held) {
  const auto kept = std::make_shared<int>(0);
  const auto unstarted = create_task(hold(kept));
  unstarted.cancel();
  co_await end_of(unstarted);
  BOOST_TEST(kept.use_count() == 1);
  const auto sleeping = create_task(hold(kept));
  co_await asyncio::sleep(0s);
  sleeping.cancel();
  co_await end_of(sleeping);
  BOOST_TEST(kept.use_count() == 1);
}

ASYNC_TEST_CASE(a_task_that_fails_unread_is_reported_once_by_name) {
  const reports reported(asyncio::get_running_loop());
  const unsigned here = __LINE__ + 1;
  (void)create_task(fail(), "failing");
  co_await asyncio::sleep(2s);
  BOOST_TEST_REQUIRE(reported.contexts.size() == 1U);
  BOOST_TEST(reported.contexts[0].message == "Task exception was never retrieved");
  BOOST_TEST(asyncio::describe(reported.contexts[0].exception) == boom_line);
  BOOST_TEST(reported.contexts[0].source == "failing");
  BOOST_TEST(reported.contexts[0].where.line() == here);
}

ASYNC_TEST_CASE(a_task_that_fails_unread_is_reported_when_its_last_handle_goes) {
  const reports reported(asyncio::get_running_loop());
  auto failing = create_task(fail(), "failing");
  auto copy = failing;
  co_await asyncio::sleep(2s);
  failing = {};
  BOOST_TEST(reported.contexts.empty());
  copy = {};
  BOOST_TEST(reported.contexts.size() == 1U);
}

ASYNC_TEST_CASE(a_failure_that_someone_awaits_is_not_reported) {
  const reports reported(asyncio::get_running_loop());
  co_await end_of(create_task(fail()));
  co_await end_of(create_task(fail_at_once()));
  co_await asyncio::sleep(1s);
  BOOST_TEST(reported.contexts.empty());
}

ASYNC_TEST_CASE(a_cancelled_task_is_no_news) {
  const reports reported(asyncio::get_running_loop());
  {
    const auto cancelled = create_task(give(1));
    cancelled.cancel();
    co_await asyncio::sleep(0s);
    BOOST_TEST(cancelled.cancelled());
  }
  BOOST_TEST(reported.contexts.empty());
}

ASYNC_TEST_CASE(a_task_fails_in_its_first_step_as_in_any_other) {
  const auto failing = create_task(fail_at_once());
  co_await asyncio::sleep(0s);
  BOOST_TEST(ending_of(failing) == boom_line);
}

ASYNC_TEST_CASE(a_result_may_be_move_only) {
  const auto giving = create_task(give_unique());
  const std::unique_ptr<int>& seen = co_await giving;
  BOOST_TEST(*seen == 42);
  const std::unique_ptr<int> owned = co_await create_task(give_unique());
  BOOST_TEST(*owned == 42);
}

ASYNC_TEST_CASE(a_result_needs_no_default_constructor) {
  const no_default given = co_await create_task(give_no_default());
  BOOST_TEST(given.n == 42);
}

ASYNC_TEST_CASE(a_done_callback_is_given_the_task) {
  std::string who;
  auto giving = create_task(give(42), "giving");
  giving.add_done_callback([&](const asyncio::task<int>& done) { who = done.name(); });
  co_await giving;
  co_await asyncio::sleep(0s);
  BOOST_TEST(who == "giving");
}

BOOST_AUTO_TEST_CASE(a_loop_that_ends_destroys_what_is_unfinished_and_says_so) {
  const auto kept = std::make_shared<int>(0);
  names seen;
  std::optional<asyncio::task<void>> suspended;
  {
    virtual_loop loop;
    loop.set_exception_handler([&](asyncio::loop&, const asyncio::exception_context& context) {
      seen.push_back(context.source + ": " + context.message);
    });
    suspended = loop.create_task(hold(kept), "suspended");
    loop.run_until_complete(passes(1));
    (void)loop.create_task(hold(kept), "unstarted");
    BOOST_TEST(kept.use_count() == 3);
  }
  BOOST_TEST(kept.use_count() == 1);
  BOOST_TEST(ending_of(*suspended) == "cancelled");
  BOOST_TEST(suspended->waits_for() == "");
  BOOST_TEST(seen == (names{"suspended: Task was destroyed but it is pending",
                            "unstarted: Task was destroyed but it is pending"}),
             per_element());
}

BOOST_AUTO_TEST_SUITE_END()
