#include <asyncio/clock.hpp>
#include <asyncio/context_var.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/task_factory.hpp>
#include <asyncio/task_group.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::eager_start;
using namespace std::chrono_literals;
using names = std::vector<std::string>;

namespace {

const asyncio::context_var<int> value("value", 0);

awaitable<std::string> hello() {
  co_return "hello";
}

awaitable<std::string> hello_later() {
  co_await asyncio::sleep(100ms);
  co_return "hello";
}

awaitable<void> fail() {
  throw std::runtime_error("Boom!");
  co_return;
}

awaitable<void> set(asyncio::future<std::string> to, std::string given) {
  to.set_result(std::move(given));
  co_return;
}

awaitable<void> note_current_task(asyncio::any_task& seen) {
  seen = asyncio::current_task();
  co_await asyncio::sleep(1s);
  BOOST_TEST((asyncio::current_task() == seen));
}

bool contains(const std::vector<asyncio::any_task>& all, const asyncio::any_task& one) {
  return std::ranges::find(all, one) != all.end();
}

awaitable<void> gather_in_depth(int width, int depth) {
  if (depth > 0) {
    std::vector<awaitable<void>> all;
    for (int i = 0; i < width; ++i) {
      all.push_back(gather_in_depth(width, depth - 1));
    }
    co_await asyncio::gather(std::move(all));
  }
}

/// Starts a task that starts a task, and so on; `had_to_wait` counts those that were not begun.
awaitable<int> start_within(int depth, int& begun, int& had_to_wait) {
  const int self = ++begun;
  if (depth == 0) {
    co_return 0;
  }
  auto inner = asyncio::create_task(start_within(depth - 1, begun, had_to_wait), eager_start);
  had_to_wait += static_cast<int>(begun == self);
  co_return 1 + co_await inner;
}

} // namespace

BOOST_AUTO_TEST_SUITE(eager_test)

ASYNC_TEST_CASE(a_coroutine_that_never_suspends_is_done_when_create_task_returns, *row("eager-01")) {
  auto task = asyncio::create_task(hello(), eager_start);
  BOOST_TEST(task.done());
  const std::string got = co_await task;
  BOOST_TEST(got == "hello");
}

ASYNC_TEST_CASE(the_body_runs_inside_create_task_up_to_its_first_suspension, *row("eager-02")) {
  const asyncio::future<std::string> message;
  auto task = asyncio::create_task(set(message, "my message"), eager_start);
  BOOST_TEST(message.done());
  BOOST_TEST(task.done());
  const std::string got = co_await message;
  BOOST_TEST(got == "my message");
}

ASYNC_TEST_CASE(a_coroutine_that_suspends_finishes_later_as_usual, *row("eager-03")) {
  auto task = asyncio::create_task(hello_later(), eager_start);
  BOOST_TEST(!task.done());
  const std::string got = co_await task;
  BOOST_TEST(task.done());
  BOOST_TEST(got == "hello");
}

ASYNC_TEST_CASE(without_eager_start_nothing_runs_inside_create_task) {
  const asyncio::future<std::string> message;
  auto task = asyncio::create_task(set(message, "later"));
  BOOST_TEST(!message.done());
  co_await task;
  BOOST_TEST(message.done());
}

ASYNC_TEST_CASE(a_failure_is_the_tasks_and_not_the_creators) {
  auto task = asyncio::create_task(fail(), eager_start);
  BOOST_TEST(ending_of(task) == "std::runtime_error: Boom!");
  co_return;
}

ASYNC_TEST_CASE(a_failure_that_nobody_looks_at_is_reported_once) {
  reports reported(asyncio::get_running_loop());
  asyncio::create_task(fail(), "failing", eager_start);
  BOOST_REQUIRE(reported.contexts.size() == 1);
  BOOST_TEST(reported.contexts[0].source == "failing");
  co_return;
}

ASYNC_TEST_CASE(cancel_has_no_effect_on_what_finished_eagerly, *row("eager-04")) {
  auto task = asyncio::create_task(hello(), eager_start);
  BOOST_TEST(!task.cancel());
  const std::string got = co_await task;
  BOOST_TEST(got == "hello");
  BOOST_TEST(!task.cancelled());
}

ASYNC_TEST_CASE(cancel_after_the_eager_step_raises_the_count_and_is_thrown, *row("eager-05")) {
  auto task = asyncio::create_task(hello_later(), eager_start);
  BOOST_TEST(task.cancel("m"));
  BOOST_TEST(task.cancelling() == 1);
  co_await end_of(task);
  BOOST_TEST(ending_of(task) == "cancelled: m");
}

ASYNC_TEST_CASE(a_task_that_cancels_itself_in_its_eager_step_is_cancelled_where_it_suspends) {
  const auto cancel_itself = []() -> awaitable<void> {
    asyncio::current_task().cancel("myself");
    co_await asyncio::sleep(1h);
  };
  const auto start = asyncio::clock::now();
  auto task = asyncio::create_task(cancel_itself(), eager_start);
  BOOST_TEST(!task.done());
  co_await end_of(task);
  BOOST_TEST(ending_of(task) == "cancelled: myself");
  BOOST_TEST((asyncio::clock::now() == start));
}

ASYNC_TEST_CASE(a_task_can_cancel_its_creator_in_its_eager_step) {
  const auto cancel_creator = [](asyncio::any_task creator) -> awaitable<void> {
    creator.cancel("child");
    co_return;
  };
  const auto create = [&]() -> awaitable<void> {
    asyncio::create_task(cancel_creator(asyncio::current_task()), eager_start);
    co_await asyncio::sleep(1h);
  };
  auto creating = asyncio::create_task(create());
  co_await end_of(creating);
  BOOST_TEST(ending_of(creating) == "cancelled: child");
}

ASYNC_TEST_CASE(the_current_task_is_the_new_one_and_then_the_creator_again, *row("eager-06")) {
  const asyncio::any_task creator = asyncio::current_task();
  asyncio::any_task seen;
  auto task = asyncio::create_task(note_current_task(seen), eager_start);
  BOOST_TEST((seen == asyncio::any_task(task)));
  BOOST_TEST((asyncio::current_task() == creator));
  co_await task;
  BOOST_TEST((asyncio::current_task() == creator));
}

ASYNC_TEST_CASE(a_name_is_visible_during_the_eager_step, *row("eager-07")) {
  const auto get_name = []() -> awaitable<std::string> { co_return asyncio::current_task().name(); };
  auto first = asyncio::create_task(get_name(), "first", eager_start);
  BOOST_TEST(first.result() == "first");
  auto second = asyncio::create_task(get_name(), asyncio::task_options("second").eager_start());
  BOOST_TEST(second.result() == "second");
  co_return;
}

ASYNC_TEST_CASE(all_tasks_contains_it_until_it_finished_eagerly, *row("eager-08")) {
  std::vector<asyncio::any_task> during;
  const auto look = [&]() -> awaitable<void> {
    during = asyncio::all_tasks();
    co_return;
  };
  auto task = asyncio::create_task(look(), eager_start);
  BOOST_TEST(contains(during, task));
  BOOST_TEST(!contains(asyncio::all_tasks(), task));
  co_return;
}

ASYNC_TEST_CASE(all_tasks_contains_a_suspended_one_until_it_finishes, *row("eager-09")) {
  std::vector<asyncio::any_task> during;
  const asyncio::future<> first;
  const asyncio::future<> second;
  const auto look = [&]() -> awaitable<void> {
    during = asyncio::all_tasks();
    co_await first;
    second.set_result();
  };
  auto task = asyncio::create_task(look(), eager_start);
  BOOST_TEST(contains(during, task));
  BOOST_TEST(contains(asyncio::all_tasks(), task));
  first.set_result();
  co_await second;
  BOOST_TEST(!contains(asyncio::all_tasks(), task));
}

ASYNC_TEST_CASE(the_eager_step_runs_in_the_tasks_own_copy_of_the_context, *row("eager-10")) {
  bool second_step_ran = false;
  const auto set_twice = [&]() -> awaitable<void> {
    BOOST_TEST(value.get() == 1);
    value.set(2);
    co_await asyncio::sleep(100ms);
    BOOST_TEST(value.get() == 2);
    value.set(3);
    second_step_ran = true;
  };
  value.set(1);
  auto task = asyncio::create_task(set_twice(), eager_start);
  BOOST_TEST((task.get_context().get(value) == std::optional<int>(2)));
  BOOST_TEST(value.get() == 1);
  co_await task;
  BOOST_TEST(second_step_ran);
  BOOST_TEST(value.get() == 1);
}

ASYNC_TEST_CASE(an_eager_step_in_the_creators_own_context_changes_it) {
  const auto set_it = []() -> awaitable<void> {
    value.set(1);
    co_return;
  };
  const asyncio::context mine = asyncio::current_task().get_context();
  asyncio::create_task(set_it(), asyncio::task_options(mine).eager_start());
  BOOST_TEST(value.get() == 1);
  co_return;
}

ASYNC_TEST_CASE(eager_start_can_be_the_default_of_a_loop, *row("eager-11")) {
  asyncio::loop& loop = asyncio::get_running_loop();
  loop.set_task_factory(asyncio::eager_task_factory);
  auto eager = loop.create_task(hello());
  BOOST_TEST(eager.done());
  auto other = asyncio::create_task(hello(), asyncio::task_options().eager_start(false));
  BOOST_TEST(!other.done());
  loop.set_task_factory({});
  auto usual = asyncio::create_task(hello());
  BOOST_TEST(!usual.done());
  co_await asyncio::gather(other, usual);
}

// The part of the row that is about groups is in the test of task groups.
BOOST_AUTO_TEST_CASE(nested_gathers_of_eager_tasks_finish_without_scheduling_one, *row("eager-12")) {
  virtual_loop loop;
  int waiting_for_their_turn = 0;
  loop.set_task_factory([&](asyncio::loop&, asyncio::task_request& wanted) {
    wanted.options().eager_start();
    asyncio::any_task made = wanted.make();
    waiting_for_their_turn += static_cast<int>(!made.done());
    return made;
  });
  bool a_pass_went_by = false;
  const auto main = [&]() -> awaitable<void> {
    asyncio::get_running_loop().call_soon([&] { a_pass_went_by = true; });
    co_await gather_in_depth(5, 4);
    BOOST_TEST(!a_pass_went_by);
  };
  loop.run_until_complete(main());
  BOOST_TEST(waiting_for_their_turn == 1); // main itself: the loop didn't run yet
}

ASYNC_TEST_CASE(a_group_of_eager_tasks_that_never_suspend_ends_in_the_same_pass, *row("eager-12")) {
  bool a_pass_went_by = false;
  asyncio::handle next_pass = asyncio::get_running_loop().call_soon([&] { a_pass_went_by = true; });
  co_await asyncio::with_task_group([](asyncio::task_group& group) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      auto child = group.create_task(hello(), eager_start);
      BOOST_TEST(child.done());
    }
    co_return;
  });
  BOOST_TEST(!a_pass_went_by);
  next_pass.cancel(); // what it refers to goes now
}

ASYNC_TEST_CASE(a_child_that_fails_at_once_cancels_its_group) {
  asyncio::task<std::string> cancelled;
  bool failed = false;
  try {
    co_await asyncio::with_task_group([&](asyncio::task_group& group) -> awaitable<void> {
      cancelled = group.create_task(hello_later());
      group.create_task(fail(), eager_start);
      co_await asyncio::sleep(1h);
    });
  } catch (const asyncio::exception_group& group) {
    failed = group.exceptions().size() == 1;
  }
  BOOST_TEST(failed);
  BOOST_TEST(cancelled.cancelled());
  BOOST_TEST((asyncio::clock::now().time_since_epoch() == 0s));
}

ASYNC_TEST_CASE(gathers_of_eager_tasks_that_suspend_work_as_usual) {
  asyncio::get_running_loop().set_task_factory(asyncio::eager_task_factory);
  auto [first, second] = co_await asyncio::gather(hello_later(), hello());
  BOOST_TEST(first == "hello");
  BOOST_TEST(second == "hello");
}

BOOST_AUTO_TEST_CASE(before_the_loop_runs_an_eager_task_waits_for_it) {
  virtual_loop loop;
  auto task = loop.create_task(hello(), eager_start);
  BOOST_TEST(!task.done());
  BOOST_TEST(loop.run_until_complete(task) == "hello");
}

BOOST_AUTO_TEST_CASE(a_callback_can_start_a_task_eagerly) {
  virtual_loop loop;
  bool done = false;
  loop.call_soon([&] {
    done = asyncio::create_task(hello(), eager_start).done();
    BOOST_TEST(!asyncio::current_task());
    loop.stop();
  });
  loop.run_forever();
  BOOST_TEST(done);
}

ASYNC_TEST_CASE(eager_starts_within_each_other_end_before_the_stack_does) {
  int begun = 0;
  int had_to_wait = 0;
  const int reached = co_await start_within(10'000, begun, had_to_wait);
  BOOST_TEST(reached == 10'000);
  BOOST_TEST(had_to_wait == 99); // every 101st
}

ASYNC_TEST_CASE(an_eager_step_lies_within_the_step_of_its_creator) {
  names seen;
  const auto note = [&](const char* what) -> awaitable<void> {
    seen.push_back(what + std::string(" began"));
    co_await asyncio::sleep(0s);
    seen.push_back(what + std::string(" ended"));
  };
  auto usual = asyncio::create_task(note("usual"));
  auto eager = asyncio::create_task(note("eager"), eager_start);
  seen.push_back("created");
  co_await asyncio::gather(usual, eager);
  BOOST_TEST(seen == (names{"eager began", "created", "usual began", "eager ended", "usual ended"}),
             boost::test_tools::per_element());
}

// ---------------------------------------------------------------- task factories

BOOST_AUTO_TEST_CASE(a_loop_makes_its_tasks_with_its_task_factory, *row("task-26")) {
  virtual_loop loop;
  names made;
  BOOST_TEST(!loop.get_task_factory());
  loop.set_task_factory([&](asyncio::loop& of, asyncio::task_request& wanted) {
    BOOST_TEST(&of == &loop);
    wanted.options().name("made by hand");
    asyncio::any_task task = wanted.make();
    made.push_back(task.name());
    return task;
  });
  BOOST_TEST(static_cast<bool>(loop.get_task_factory()));
  auto by_factory = loop.create_task(hello());
  BOOST_TEST(made == names{"made by hand"}, boost::test_tools::per_element());
  BOOST_TEST(by_factory.name() == "made by hand");
  BOOST_TEST(loop.run_until_complete(by_factory) == "hello");

  loop.set_task_factory({});
  BOOST_TEST(!loop.get_task_factory());
  auto built_in = loop.create_task(hello());
  BOOST_TEST(built_in.name() == "Task-2");
  BOOST_TEST(loop.run_until_complete(built_in) == "hello");
  BOOST_TEST(made.size() == 1);
}

ASYNC_TEST_CASE(gather_and_the_other_ways_to_make_a_task_use_the_factory) {
  int made = 0;
  asyncio::get_running_loop().set_task_factory([&](asyncio::loop&, asyncio::task_request& wanted) {
    ++made;
    return wanted.make();
  });
  co_await asyncio::gather(hello(), asyncio::create_task(hello()), asyncio::sleep(1s));
  BOOST_TEST(made == 3);
  asyncio::get_running_loop().set_task_factory({}); // the end of the run makes tasks, too
}

ASYNC_TEST_CASE(a_name_reaches_the_task_that_a_factory_makes, *row("task-16")) {
  asyncio::loop& loop = asyncio::get_running_loop();
  loop.set_task_factory([](asyncio::loop&, asyncio::task_request& wanted) { return wanted.make(); });
  auto task = loop.create_task(hello(), "test_task");
  BOOST_TEST(task.name() == "test_task");
  co_await task;
}

ASYNC_TEST_CASE(what_a_factory_throws_create_task_throws) {
  asyncio::loop& loop = asyncio::get_running_loop();
  loop.set_task_factory([](asyncio::loop&, asyncio::task_request&) -> asyncio::any_task {
    throw std::out_of_range("no more");
  });
  BOOST_CHECK_THROW(loop.create_task(hello()), std::out_of_range);
  loop.set_task_factory({});
  BOOST_TEST(asyncio::all_tasks().size() == 1);
  co_return;
}

ASYNC_TEST_CASE(a_factory_that_gives_another_task_is_refused) {
  asyncio::loop& loop = asyncio::get_running_loop();
  loop.set_task_factory([](asyncio::loop&, asyncio::task_request&) { return asyncio::current_task(); });
  BOOST_CHECK_THROW(loop.create_task(hello()), asyncio::misuse_error);
  loop.set_task_factory([](asyncio::loop&, asyncio::task_request&) { return asyncio::any_task(); });
  BOOST_CHECK_THROW(loop.create_task(hello()), asyncio::misuse_error);
  loop.set_task_factory([](asyncio::loop&, asyncio::task_request& wanted) {
    wanted.make();
    return wanted.make();
  });
  BOOST_CHECK_THROW(loop.create_task(hello()), asyncio::misuse_error);
  loop.set_task_factory({});
  co_return;
}

ASYNC_TEST_CASE(a_factory_may_take_itself_away) {
  asyncio::loop& loop = asyncio::get_running_loop();
  int made = 0;
  loop.set_task_factory([&made](asyncio::loop& of, asyncio::task_request& wanted) {
    of.set_task_factory({});
    ++made;
    return wanted.make();
  });
  auto first = loop.create_task(hello());
  auto second = loop.create_task(hello());
  BOOST_TEST(made == 1);
  co_await asyncio::gather(first, second);
}

BOOST_AUTO_TEST_SUITE_END()
