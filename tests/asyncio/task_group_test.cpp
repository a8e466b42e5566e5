#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/task_group.hpp>
#include <support/async_test.hpp>
#include <support/captured.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::cancelled_error;
using asyncio::create_task;
using asyncio::current_task;
using asyncio::exception_group;
using asyncio::misuse_error;
using asyncio::task;
using asyncio::task_group;
using asyncio::with_task_group;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;

namespace {

/// What was thrown: a group as `{a, {b, c}}`, a cancel as `cancelled`.
std::string told(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const exception_group& group) {
    std::string text;
    for (const std::exception_ptr& each : group.exceptions()) {
      text += (text.empty() ? "" : ", ") + told(each);
    }
    return "{" + text + "}";
  } catch (const std::exception& e) {
    return e.what();
  } catch (const cancelled_error&) {
    return "cancelled";
  } catch (int number) {
    return std::to_string(number);
  }
}

/// How it ends: what it throws, or `done`.
template <class Awaitable>
awaitable<std::string> end_told(Awaitable what) {
  try {
    co_await std::move(what);
  } catch (...) {
    co_return told(std::current_exception());
  }
  co_return "done";
}

awaitable<int> give_after(std::chrono::milliseconds delay, int value) {
  co_await asyncio::sleep(delay);
  co_return value;
}

awaitable<void> fail_after(std::chrono::milliseconds delay, std::string what) {
  co_await asyncio::sleep(delay);
  throw std::runtime_error(what);
}

awaitable<void> fail(std::string what) {
  throw std::runtime_error(what);
  co_return;
}

awaitable<void> fail_when_cancelled(std::string what) {
  try {
    co_await asyncio::sleep(1h);
  } catch (const cancelled_error&) {
    throw std::runtime_error(what);
  }
}

/// Sleeps; when it is cancelled it takes its time over that.
awaitable<void> end_slowly(std::chrono::milliseconds clean_up) {
  std::exception_ptr cancelled;
  try {
    co_await asyncio::sleep(1h);
  } catch (const cancelled_error&) {
    cancelled = std::current_exception();
  }
  co_await asyncio::sleep(clean_up);
  std::rethrow_exception(cancelled);
}

awaitable<void> note_the_end(std::string name, names& seen) {
  try {
    co_await asyncio::sleep(1h);
  } catch (const cancelled_error&) {
    seen.push_back(name);
    throw;
  }
}

awaitable<void> note(std::string what, names& seen) {
  seen.push_back(what);
  co_return;
}

awaitable<void> do_nothing(task_group&) {
  co_return;
}

bool all_cancelled(const std::vector<task<void>>& tasks) {
  return std::ranges::all_of(tasks, [](const task<void>& each) { return each.cancelled(); });
}

std::vector<task<void>> five_sleepers(const task_group& group) {
  std::vector<task<void>> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(group.create_task(asyncio::sleep(1h)));
  }
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(task_group_test)

// ---------------------------------------------------------------- children that end well

ASYNC_TEST_CASE(waits_for_its_children_whose_results_can_be_read_then, *row("task-group-01")) {
  const auto start = asyncio::clock::now();
  task<int> first;
  task<int> second;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    first = group.create_task(give_after(100ms, 42));
    second = group.create_task(give_after(200ms, 11));
    co_return;
  });
  BOOST_TEST((asyncio::clock::now() - start == 200ms));
  BOOST_TEST(first.result() == 42);
  BOOST_TEST(second.result() == 11);
}

ASYNC_TEST_CASE(waits_for_children_added_while_the_body_was_suspended, *row("task-group-02")) {
  task<int> first;
  task<int> second;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    first = group.create_task(give_after(100ms, 42));
    co_await asyncio::sleep(50ms);
    second = group.create_task(give_after(200ms, 11));
  });
  BOOST_TEST(first.result() == 42);
  BOOST_TEST(second.result() == 11);
}

ASYNC_TEST_CASE(without_children_it_ends_with_its_body) {
  bool others_ran = false;
  asyncio::get_running_loop().call_soon([&] { others_ran = true; });
  co_await with_task_group(do_nothing);
  BOOST_TEST(!others_ran);
  co_await passes(1);
}

ASYNC_TEST_CASE(gives_what_its_body_gave_when_the_children_have_ended) {
  const auto start = asyncio::clock::now();
  const int answer = co_await with_task_group([&](task_group& group) -> awaitable<int> {
    group.create_task(asyncio::sleep(1s));
    co_return 42;
  });
  BOOST_TEST(answer == 42);
  BOOST_TEST((asyncio::clock::now() - start == 1s));
  const auto owned = co_await with_task_group(
      [&](task_group&) -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(7); });
  BOOST_TEST(*owned == 7);
}

ASYNC_TEST_CASE(keeps_a_bodys_arguments_until_it_has_ended) {
  const auto body = [](task_group& group, const std::string& name, names& seen) -> awaitable<std::string> {
    group.create_task(note(name, seen));
    co_await asyncio::sleep(1s);
    co_return name;
  };
  names seen;
  auto running = with_task_group(body, std::string("a name too long to be kept in place"), std::ref(seen));
  co_await asyncio::sleep(1s);
  const std::string given = co_await std::move(running);
  BOOST_TEST(given == "a name too long to be kept in place");
  BOOST_TEST(seen == names{given}, per_element());
}

ASYNC_TEST_CASE(is_run_as_a_task_as_well) {
  auto running = create_task(with_task_group(
      [](task_group& group) -> awaitable<int> { co_return co_await group.create_task(give_after(1s, 42)); }));
  const int answer = co_await running;
  BOOST_TEST(answer == 42);
}

ASYNC_TEST_CASE(forgets_children_that_have_ended, *row("task-group-22")) {
  std::weak_ptr<int> result;
  const auto give = [](std::weak_ptr<int>& seen) -> awaitable<std::shared_ptr<int>> {
    auto made = std::make_shared<int>(42);
    seen = made;
    co_return made;
  };
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      const auto child = group.create_task(give(result));
      co_await child;
      BOOST_TEST(!result.expired()); // the handle keeps it
    }
    co_await passes(1);
    BOOST_TEST(result.expired());
  });
}

ASYNC_TEST_CASE(a_child_may_add_others, *row("task-group-23")) {
  names seen;
  const auto add_another = [](task_group group, names& seen_) -> awaitable<void> {
    co_await asyncio::sleep(1s);
    group.create_task(fail_after(1s, "never")).cancel();
    group.create_task(note("a child's child", seen_));
  };
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(add_another(group, seen));
    co_return;
  });
  BOOST_TEST(seen == names{"a child's child"}, per_element());
}

ASYNC_TEST_CASE(a_childs_name_is_seen_from_outside_and_from_within, *row("task-group-25")) {
  std::string within;
  const auto say_name = [](std::string& seen) -> awaitable<void> {
    seen = current_task().name();
    co_return;
  };
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    const auto child = group.create_task(say_name(within), "yolo");
    BOOST_TEST(child.name() == "yolo");
    co_return;
  });
  BOOST_TEST(within == "yolo");
}

namespace {

awaitable<void> tree(int depth, int& tasks) {
  ++tasks;
  if (depth > 0) {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      for (int i = 0; i < 5; ++i) {
        group.create_task(tree(depth - 1, tasks));
      }
      co_return;
    });
  }
}

} // namespace

ASYNC_TEST_CASE(five_wide_and_four_deep_are_781_tasks, *row("task-group-38")) {
  int tasks = 0;
  auto root = create_task(tree(4, tasks));
  co_await root;
  BOOST_TEST(tasks == 781);
  BOOST_TEST(create_task(asyncio::sleep(0s)).name() == "Task-783"); // the first is this test
}

// ---------------------------------------------------------------- children that fail

ASYNC_TEST_CASE(a_child_that_fails_cancels_its_siblings_and_is_thrown_in_a_group, *row("task-group-04")) {
  task<void> sleeping;
  bool went_on = false;
  const auto whole = [&]() -> awaitable<void> {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      sleeping = group.create_task(asyncio::sleep(1h));
      group.create_task(fail_after(100ms, "E"));
      co_return;
    });
    went_on = true;
  };
  const std::string end = co_await end_told(whole());
  BOOST_TEST(end == "{E}");
  BOOST_TEST(sleeping.cancelled());
  BOOST_TEST(!went_on);
}

ASYNC_TEST_CASE(a_child_that_fails_cancels_the_body_where_it_waits, *row("task-group-05")) {
  task<void> sleeping;
  std::string seen_by_body;
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    sleeping = group.create_task(asyncio::sleep(1h));
    group.create_task(fail_after(100ms, "E"));
    seen_by_body = co_await end_told(asyncio::sleep(2h));
    co_await asyncio::sleep(1s); // it is cancelled once
    throw cancelled_error();
  }));
  BOOST_TEST(seen_by_body == "cancelled");
  BOOST_TEST(end == "{E}");
  BOOST_TEST(sleeping.cancelled());
}

ASYNC_TEST_CASE(all_that_fail_in_one_pass_are_in_the_group, *row("task-group-06")) {
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(fail_after(100ms, "E1"));
    group.create_task(asyncio::sleep(1h));
    group.create_task(fail_after(100ms, "E2"));
    group.create_task(fail_when_cancelled("E3"));
    co_await asyncio::sleep(2h);
  }));
  BOOST_TEST(end == "{E1, E2, E3}");
}

ASYNC_TEST_CASE(the_group_that_is_thrown_says_whence_it_comes) {
  try {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.create_task(fail_after(1s, "E"));
      co_return;
    });
    BOOST_ERROR("nothing was thrown");
  } catch (const exception_group& group) {
    BOOST_TEST(group.what() == std::string("unhandled errors in a task group (1 sub-exception)"));
  }
}

ASYNC_TEST_CASE(children_are_cancelled_in_the_order_of_their_creation) {
  names seen;
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    for (const char* name : {"a", "b", "c", "d"}) {
      group.create_task(note_the_end(name, seen));
    }
    group.create_task(fail_after(1s, "E"));
    group.create_task(note_the_end("e", seen));
    co_return;
  }));
  BOOST_TEST(end == "{E}");
  BOOST_TEST(seen == (names{"a", "b", "c", "d", "e"}), per_element());
}

ASYNC_TEST_CASE(a_child_cancelled_by_hand_is_no_failure, *row("task-group-03")) {
  task<int> cancelled;
  task<int> sibling;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    cancelled = group.create_task(give_after(1h, 1));
    sibling = group.create_task(give_after(200ms, 2));
    co_await asyncio::sleep(100ms);
    cancelled.cancel();
  });
  BOOST_TEST(cancelled.cancelled());
  BOOST_TEST(sibling.result() == 2);
}

ASYNC_TEST_CASE(a_failure_stops_children_that_keep_adding_others, *row("task-group-24")) {
  int added = 0;
  std::function<awaitable<void>(task_group)> add_for_ever;
  add_for_ever = [&](task_group group) -> awaitable<void> {
    co_await asyncio::sleep(100ms);
    group.create_task(add_for_ever(group));
    ++added;
    co_await asyncio::sleep(1h);
  };
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(add_for_ever(group));
    group.create_task(fail_after(1050ms, "E"));
    co_return;
  }));
  BOOST_TEST(end == "{E}");
  BOOST_TEST(added == 10);
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

ASYNC_TEST_CASE(a_group_that_shuts_down_takes_no_more_children, *row("task-group-26")) {
  names seen;
  std::string refused;
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(end_slowly(1s));
    group.create_task(fail_after(100ms, "E"));
    const std::string cancel = co_await end_told(asyncio::sleep(1h));
    BOOST_TEST(cancel == "cancelled");
    try {
      group.create_task(note("it ran", seen));
    } catch (const misuse_error& error) {
      refused = error.what();
    }
  }));
  BOOST_TEST(end == "{E}");
  BOOST_TEST(refused == "this task group is shutting down: it takes no more tasks");
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(what_is_no_std_exception_is_collected_like_any_other, *row("task-group-37")) {
  const auto throw_a_number = [](int number) -> awaitable<void> {
    co_await asyncio::sleep(1s);
    throw number;
  };
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(throw_a_number(1));
    const std::string cancel = co_await end_told(asyncio::sleep(1h));
    BOOST_TEST(cancel == "cancelled");
    throw 2;
  }));
  BOOST_TEST(end == "{1, 2}");
}

ASYNC_TEST_CASE(a_child_that_adds_one_that_fails_is_cancelled_soon, *row("task-group-35")) {
  bool cancelled = false;
  const auto add_one_that_fails = [](task_group group, bool& cancelled_) -> awaitable<void> {
    group.create_task(fail("E"));
    try {
      co_await passes(2);
      BOOST_ERROR("it was not cancelled");
    } catch (const cancelled_error&) {
      cancelled_ = true;
      throw;
    }
  };
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(add_one_that_fails(group, cancelled));
    co_return;
  }));
  BOOST_TEST(end == "{E}");
  BOOST_TEST(cancelled);
}

ASYNC_TEST_CASE(what_cancelled_the_body_is_over_when_the_group_is_caught, *row("task-group-36")) {
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(fail_after(0s, "E"));
    co_await asyncio::sleep(1h);
  }));
  BOOST_TEST(end == "{E}");
  const std::string next = co_await end_told(asyncio::sleep(0s));
  BOOST_TEST(next == "done");
}

// ---------------------------------------------------------------- bodies that fail

ASYNC_TEST_CASE(a_body_that_fails_cancels_the_children, *row("task-group-10")) {
  task<void> first;
  task<void> second;
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    first = group.create_task(asyncio::sleep(1h));
    second = group.create_task(end_slowly(1s));
    co_await asyncio::sleep(100ms);
    throw std::runtime_error("E");
  }));
  BOOST_TEST(end == "{E}");
  BOOST_TEST(first.cancelled());
  BOOST_TEST(second.cancelled());
}

ASYNC_TEST_CASE(children_of_a_body_that_fails_at_once_never_begin, *row("task-group-11")) {
  names seen;
  task<void> first;
  task<void> second;
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    first = group.create_task(note("first", seen));
    second = group.create_task(note("second", seen));
    throw std::runtime_error("E");
    co_return;
  }));
  BOOST_TEST(end == "{E}");
  BOOST_TEST(first.cancelled());
  BOOST_TEST(second.cancelled());
  BOOST_TEST(seen.empty());
}

ASYNC_TEST_CASE(the_children_s_errors_come_before_the_body_s, *row("task-group-20")) {
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(fail_after(100ms, "child"));
    co_await fail_when_cancelled("body");
  }));
  BOOST_TEST(end == "{child, body}");
  // Even where the body failed first.
  const std::string other = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(fail_when_cancelled("child"));
    co_await asyncio::sleep(100ms);
    throw std::runtime_error("body");
  }));
  BOOST_TEST(other == "{child, body}");
}

ASYNC_TEST_CASE(a_guard_that_throws_in_the_body_adds_its_error, *row("task-group-27")) {
  const auto guarded = [](awaitable<void> what) -> awaitable<void> {
    try {
      co_await std::move(what);
    } catch (...) {
      throw std::runtime_error("E");
    }
  };
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(fail_after(100ms, "E"));
    co_await guarded(asyncio::sleep(1h));
  }));
  BOOST_TEST(end == "{E, E}");
  BOOST_TEST(current_task().cancelling() == 0u);
}

// ---------------------------------------------------------------- cancelled from outside

ASYNC_TEST_CASE(cancelled_where_it_waits_for_its_children_it_cancels_them,
                *row("task-group-07") * row("task-group-21")) {
  std::vector<task<void>> sleeping;
  const auto owner = create_task(with_task_group([&](task_group& group) -> awaitable<void> {
    sleeping = five_sleepers(group);
    co_return;
  }));
  co_await asyncio::sleep(100ms);
  BOOST_TEST(!owner.done());
  owner.cancel("enough");
  co_await end_of(owner);
  BOOST_TEST(ending_of(owner) == "cancelled: enough");
  BOOST_TEST(sleeping.size() == 5u);
  BOOST_TEST(all_cancelled(sleeping));
}

ASYNC_TEST_CASE(cancelled_in_its_body_it_cancels_body_and_children, *row("task-group-08")) {
  std::vector<task<void>> sleeping;
  std::string seen_by_body;
  const auto owner = create_task(with_task_group([&](task_group& group) -> awaitable<void> {
    sleeping = five_sleepers(group);
    seen_by_body = co_await end_told(asyncio::sleep(1h));
    throw cancelled_error("the body's");
  }));
  co_await asyncio::sleep(100ms);
  owner.cancel();
  co_await end_of(owner);
  BOOST_TEST(seen_by_body == "cancelled");
  BOOST_TEST(ending_of(owner) == "cancelled: the body's");
  BOOST_TEST(all_cancelled(sleeping));
}

ASYNC_TEST_CASE(a_cancelled_group_without_children_lets_the_cancel_through, *row("task-group-18")) {
  const auto owner =
      create_task(with_task_group([&](task_group&) -> awaitable<void> { co_await asyncio::sleep(1h); }));
  co_await asyncio::sleep(100ms);
  owner.cancel();
  co_await end_of(owner);
  BOOST_TEST(owner.cancelled());
}

ASYNC_TEST_CASE(children_that_fail_over_a_cancel_are_thrown_in_its_place, *row("task-group-09")) {
  const auto owner = create_task(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(fail_when_cancelled("E1"));
    group.create_task(fail_when_cancelled("E2"));
    co_await asyncio::sleep(1h);
  }));
  co_await asyncio::sleep(100ms);
  owner.cancel();
  const std::string end = co_await end_told(owner);
  BOOST_TEST(end == "{E1, E2}");
}

ASYNC_TEST_CASE(a_child_that_fails_while_a_cancelled_body_cleans_up_is_thrown, *row("task-group-16")) {
  const auto owner = create_task(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(fail_when_cancelled("E"));
    co_await end_slowly(500ms);
  }));
  co_await asyncio::sleep(100ms);
  owner.cancel();
  const std::string end = co_await end_told(owner);
  BOOST_TEST(end == "{E}");
}

ASYNC_TEST_CASE(so_it_is_where_the_cancel_came_through_another_task, *row("task-group-17")) {
  const auto owner = create_task(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(fail_after(300ms, "E"));
    co_await end_slowly(500ms);
  }));
  const auto await_it = [](task<void> inner) -> awaitable<void> { co_await inner; };
  const auto outer = create_task(await_it(owner));
  co_await asyncio::sleep(100ms);
  outer.cancel();
  const std::string end = co_await end_told(outer);
  BOOST_TEST(end == "{E}");
}

ASYNC_TEST_CASE(a_body_that_turns_its_cancel_into_an_error_is_thrown_in_a_group, *row("task-group-19")) {
  const auto owner = create_task(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(asyncio::sleep(1h));
    co_await fail_when_cancelled("E");
  }));
  co_await asyncio::sleep(100ms);
  owner.cancel();
  const std::string end = co_await end_told(owner);
  BOOST_TEST(end == "{E}");
}

ASYNC_TEST_CASE(a_second_cancel_leaves_the_children_that_are_cleaning_up_alone) {
  const auto start = asyncio::clock::now();
  task<void> slow;
  const auto owner = create_task(with_task_group([&](task_group& group) -> awaitable<void> {
    slow = group.create_task(end_slowly(10s));
    co_return;
  }));
  co_await asyncio::sleep(1s);
  owner.cancel("first");
  co_await asyncio::sleep(1s);
  owner.cancel("second");
  co_await end_of(owner);
  BOOST_TEST(ending_of(owner) == "cancelled: first");
  BOOST_TEST(slow.cancelled());
  BOOST_TEST((asyncio::clock::now() - start == 11s));
}

ASYNC_TEST_CASE(a_cancel_in_the_pass_in_which_the_last_child_ends_is_thrown) {
  const asyncio::future<> gate;
  const auto wait_for = [](asyncio::future<> what) -> awaitable<void> { co_await what; };
  const auto owner = create_task(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(wait_for(gate));
    co_return;
  }));
  co_await passes(2);
  gate.set_result();
  co_await passes(2); // the child has ended, and has woken its owner
  owner.cancel("enough");
  co_await end_of(owner);
  BOOST_TEST(ending_of(owner) == "cancelled: enough");
}

// ---------------------------------------------------------------- the count of cancel requests

ASYNC_TEST_CASE(the_count_is_what_it_was_when_a_failed_group_is_caught, *row("task-group-32")) {
  const std::string end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    group.create_task(fail_after(1s, "E"));
    co_return;
  }));
  BOOST_TEST(end == "{E}");
  BOOST_TEST(current_task().cancelling() == 0u); // as since Python 3.13
}

ASYNC_TEST_CASE(each_of_two_nested_groups_that_fail_counts_until_it_is_caught, *row("task-group-33")) {
  std::string inner;
  unsigned between = 0;
  const std::string outer = co_await end_told(with_task_group([&](task_group& first) -> awaitable<void> {
    first.create_task(fail_after(1s, "outer"));
    inner = co_await end_told(with_task_group([&](task_group& second) -> awaitable<void> {
      second.create_task(fail_after(1s, "inner"));
      co_await asyncio::sleep(1h);
    }));
    between = current_task().cancelling();
  }));
  BOOST_TEST(inner == "{inner}");
  BOOST_TEST(between == 1u);
  BOOST_TEST(outer == "{outer}");
  BOOST_TEST(current_task().cancelling() == 0u);
}

ASYNC_TEST_CASE(a_cancel_from_outside_stays_pending_behind_the_group_that_is_thrown, *row("task-group-34")) {
  std::string thrown;
  unsigned count = 0;
  std::string next;
  const auto catch_it = [&]() -> awaitable<void> {
    thrown = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
      group.create_task(fail_after(1s, "E"));
      co_await asyncio::sleep(1h);
    }));
    count = current_task().cancelling();
    next = co_await end_told(asyncio::sleep(0s));
    co_await asyncio::sleep(0s); // and once only
  };
  const auto owner = create_task(catch_it());
  co_await asyncio::sleep(1s);
  co_await passes(1);
  owner.cancel(); // the child has failed, and the group does not know it yet
  co_await owner;
  BOOST_TEST(thrown == "{E}");
  BOOST_TEST(count == 1u);
  BOOST_TEST(next == "cancelled");
}

// ---------------------------------------------------------------- groups in groups

ASYNC_TEST_CASE(a_group_of_a_group_of_errors_when_the_inner_fails_over_a_cancel, *row("task-group-12")) {
  const auto owner = create_task(with_task_group([&](task_group&) -> awaitable<void> {
    co_await with_task_group([&](task_group& inner) -> awaitable<void> {
      inner.create_task(fail_when_cancelled("E1"));
      inner.create_task(fail_when_cancelled("E2"));
      co_return;
    });
  }));
  co_await asyncio::sleep(100ms);
  owner.cancel();
  const std::string end = co_await end_told(owner);
  BOOST_TEST(end == "{{E1, E2}}");
}

ASYNC_TEST_CASE(a_cancelled_child_of_the_outer_adds_nothing_to_that, *row("task-group-13")) {
  task<void> sleeping;
  const auto owner = create_task(with_task_group([&](task_group& outer) -> awaitable<void> {
    sleeping = outer.create_task(asyncio::sleep(1h));
    co_await with_task_group([&](task_group& inner) -> awaitable<void> {
      inner.create_task(fail_when_cancelled("E1"));
      inner.create_task(fail_when_cancelled("E2"));
      co_return;
    });
  }));
  co_await asyncio::sleep(100ms);
  owner.cancel();
  const std::string end = co_await end_told(owner);
  BOOST_TEST(end == "{{E1, E2}}");
  BOOST_TEST(sleeping.cancelled());
}

ASYNC_TEST_CASE(an_inner_group_that_the_outer_cancels_adds_no_layer, *row("task-group-14")) {
  const std::string end = co_await end_told(with_task_group([&](task_group& outer) -> awaitable<void> {
    outer.create_task(fail_after(100ms, "E"));
    co_await with_task_group([&](task_group& inner) -> awaitable<void> {
      inner.create_task(asyncio::sleep(1h));
      co_await asyncio::sleep(1h);
    });
  }));
  BOOST_TEST(end == "{E}");
}

ASYNC_TEST_CASE(an_inner_group_that_fails_is_an_error_of_the_outer_body, *row("task-group-15")) {
  task<void> sleeping;
  const std::string end = co_await end_told(with_task_group([&](task_group& outer) -> awaitable<void> {
    sleeping = outer.create_task(asyncio::sleep(1h));
    co_await with_task_group([&](task_group& inner) -> awaitable<void> {
      inner.create_task(fail_after(100ms, "E"));
      co_await asyncio::sleep(1h);
    });
  }));
  BOOST_TEST(end == "{{E}}");
  BOOST_TEST(sleeping.cancelled());
}

// ---------------------------------------------------------------- misuse

ASYNC_TEST_CASE(is_entered_once, *row("task-group-28")) {
  task_group group;
  std::string again;
  co_await with_task_group(group, [&](task_group& same) -> awaitable<void> {
    again = co_await end_told(with_task_group(same, do_nothing));
    task<int> child = same.create_task(give_after(1s, 42)); // which did it no harm
    const int answer = co_await child;
    BOOST_TEST(answer == 42);
  });
  BOOST_TEST(again == "this task group has been entered already: each is entered once");
  const std::string later = co_await end_told(with_task_group(group, do_nothing));
  BOOST_TEST(later == again);
}

namespace {

struct noting_its_end {
  explicit noting_its_end(bool& ended_) : ended(&ended_) {}
  noting_its_end(noting_its_end&& other) noexcept : ended(std::exchange(other.ended, nullptr)) {}
  ~noting_its_end() {
    if (ended != nullptr) {
      *ended = true;
    }
  }
  bool* ended;
};

awaitable<void> hold(noting_its_end, bool& began) {
  began = true;
  co_return;
}

template <class Error>
std::string refusal(const task_group& group, bool& began) {
  bool destroyed = false;
  try {
    group.create_task(hold(noting_its_end(destroyed), began));
  } catch (const Error& error) {
    return destroyed ? error.what() : "the coroutine is still there";
  }
  return "";
}

} // namespace

ASYNC_TEST_CASE(one_that_has_ended_takes_no_children_and_destroys_the_coroutine, *row("task-group-29")) {
  bool began = false;
  std::optional<task_group> kept;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    kept = group;
    group.create_task(asyncio::sleep(1s));
    co_return;
  });
  BOOST_TEST(refusal<misuse_error>(*kept, began) == "this task group has ended: it takes no more tasks");
  const std::string failed = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
    kept = group;
    throw std::runtime_error("E");
    co_return;
  }));
  BOOST_TEST(failed == "{E}");
  BOOST_TEST(refusal<misuse_error>(*kept, began) == "this task group has ended: it takes no more tasks");
  co_await passes(2);
  BOOST_TEST(!began);
}

ASYNC_TEST_CASE(one_whose_last_child_has_ended_takes_no_more) {
  bool began = false;
  std::string refused;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    const auto last = group.create_task(asyncio::sleep(1s));
    last.add_done_callback([&, group] { refused = refusal<misuse_error>(group, began); });
    co_return;
  });
  BOOST_TEST(refused == "this task group has ended: it takes no more tasks");
  BOOST_TEST(!began);
}

ASYNC_TEST_CASE(one_that_was_never_entered_takes_no_children, *row("task-group-30")) {
  bool began = false;
  const task_group group;
  BOOST_TEST(refusal<misuse_error>(group, began) ==
             "this task group has not been entered yet: give it to with_task_group()");
  co_await passes(2);
  BOOST_TEST(!began);
}

// In Python entering it there throws; here a coroutine always runs in a task.
BOOST_AUTO_TEST_CASE(outside_a_task_nothing_is_entered, *row("task-group-31")) {
  virtual_loop loop;
  const task_group group;
  bool began = false;
  std::string refused;
  auto waiting = with_task_group(group, do_nothing);
  loop.call_soon([&] { refused = refusal<misuse_error>(group, began); });
  loop.run_until_complete(asyncio::awaitable<void>(passes(1)));
  BOOST_TEST(refused == "this task group has not been entered yet: give it to with_task_group()");
  BOOST_TEST(!began);
  loop.run_until_complete(std::move(waiting)); // in a task it is as good as any
}

// ---------------------------------------------------------------- what only C++ has

ASYNC_TEST_CASE(takes_whatever_can_be_awaited) {
  const auto plain_asio = []() -> boost::asio::awaitable<int> { co_return 42; };
  task<int> first;
  task<double> second;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    first = group.create_task(plain_asio());
    second = group.create_task(asyncio::sleep(1s, 4.5), "sleeping");
    co_return;
  });
  BOOST_TEST(first.result() == 42);
  BOOST_TEST(second.result() == 4.5);
}

BOOST_AUTO_TEST_CASE(a_stack_that_co_spawn_began_can_own_one) {
  virtual_loop loop;
  std::string end;
  const auto own = [&]() -> awaitable<void> {
    end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
      group.create_task(fail_after(1s, "E"));
      co_await asyncio::sleep(1h);
    }));
  };
  boost::asio::co_spawn(loop.get_executor(), own(), [&](std::exception_ptr) { loop.stop(); });
  loop.run_forever();
  BOOST_TEST(end == "{E}");
}

BOOST_AUTO_TEST_CASE(a_loop_that_goes_away_takes_its_groups_with_it) {
  const captured_log log; // of the tasks that were destroyed while they were pending
  bool ended = false;
  std::optional<task_group> kept;
  {
    virtual_loop loop;
    const auto sleep_holding = [](noting_its_end) -> awaitable<void> { co_await asyncio::sleep(1h); };
    auto owner = loop.create_task(with_task_group([&](task_group& group) -> awaitable<void> {
      kept = group;
      group.create_task(sleep_holding(noting_its_end(ended)));
      co_return;
    }));
    loop.run_until_complete(asyncio::awaitable<void>(passes(3)));
    BOOST_TEST(!ended);
  }
  BOOST_TEST(ended);
  bool began = false;
  BOOST_TEST(refusal<misuse_error>(*kept, began) == "this task group has ended: it takes no more tasks");
}

namespace {

awaitable<void> hang() {
  const asyncio::future<> never;
  co_await never;
}

} // namespace

ASYNC_TEST_CASE(a_deadlock_cancels_the_children_and_is_thrown_in_the_group) {
  std::string report;
  task<void> hanging;
  try {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      hanging = group.create_task(hang(), "hanging");
      group.create_task(hang(), "the other");
      co_return;
    });
  } catch (const exception_group& group) {
    BOOST_TEST(group.exceptions().size() == 1u);
    report = asyncio::describe(group.exceptions().front());
  }
  BOOST_TEST(report.starts_with("asyncio::deadlock_error"));
  BOOST_TEST(report.find("a task group of task \"hanging\", task \"the other\"") != std::string::npos);
  BOOST_TEST(hanging.cancelled());
}

BOOST_AUTO_TEST_CASE(a_second_deadlock_leaves_the_children_behind) {
  std::string end;
  std::string later;
  const auto own = [&]() -> awaitable<void> {
    reports heard(asyncio::get_running_loop());
    const asyncio::future<> gate;
    const auto fail_in_the_end = [](asyncio::future<> gate_) -> awaitable<void> {
      while (!gate_.done()) {
        co_await end_of(asyncio::future<>());
      }
      throw std::runtime_error("late");
    };
    task<void> left;
    end = co_await end_told(with_task_group([&](task_group& group) -> awaitable<void> {
      left = group.create_task(fail_in_the_end(gate));
      co_return;
    }));
    gate.set_result();
    left.cancel();
    co_await asyncio::sleep(1s);
    BOOST_REQUIRE(heard.contexts.size() == 1u);
    later = asyncio::describe(heard.contexts[0].exception);
  };
  asyncio::run(own(), asyncio::run_options().virtual_time());
  BOOST_TEST(end.starts_with("{"));
  BOOST_TEST(end.find("nothing can ever happen") != std::string::npos);
  BOOST_TEST(later == "std::runtime_error: late");
}

BOOST_AUTO_TEST_SUITE_END()
