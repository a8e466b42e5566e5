#include <asyncio/call_graph.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/timeout.hpp>
#include <asyncio/wait.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using asyncio::any_future;
using asyncio::awaitable;
using asyncio::call_graph;
using asyncio::capture_call_graph;
using asyncio::create_task;
using asyncio::future;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;
using lines = std::vector<std::uint_least32_t>;

namespace {

names names_of(const std::vector<call_graph>& graphs) {
  names found;
  for (const call_graph& each : graphs) {
    found.push_back(each.name);
  }
  return found;
}

names awaiters_of(const any_future& of) {
  return names_of(capture_call_graph(of).awaited_by);
}

lines stack_of(const call_graph& graph) {
  lines found;
  for (const auto& each : graph.call_stack) {
    found.push_back(each.line());
  }
  return found;
}

std::string printed(const call_graph& graph) {
  std::ostringstream text;
  text << graph;
  return text.str();
}

awaitable<void> await_it(future<> what) {
  co_await what;
}

awaitable<void> await_both(future<> one, future<> other) {
  co_await asyncio::gather(one, other);
}

awaitable<void> await_a_gather_of_gathers(future<> one, future<> other) {
  co_await asyncio::gather(asyncio::gather(one, one), asyncio::gather(other));
}

awaitable<void> wait_for_both(std::vector<future<>> both) {
  co_await asyncio::wait(both);
}

awaitable<void> await_within_a_timeout(future<> what) {
  co_await asyncio::with_timeout(1h, await_it, what);
}

awaitable<void> nap() {
  co_await asyncio::sleep(1s);
}
constexpr lines::value_type sleeps_at = __LINE__ - 2;

awaitable<void> await_shielded(asyncio::task<void> child) {
  co_await asyncio::shield(child);
}

awaitable<void> own_a_group(asyncio::task<void>& child) {
  co_await asyncio::with_task_group([&](asyncio::task_group& group) -> awaitable<void> {
    child = group.create_task(nap(), "child");
    group.create_task(await_it(child), "first");
    group.create_task(await_it(child), "second");
    co_return;
  });
}

template <class T>
awaitable<T> nap_and_give(T value) {
  co_await nap();
  co_return value;
}
constexpr lines::value_type naps_at = __LINE__ - 3;

awaitable<void> nap_twice() {
  static_cast<void>(co_await nap_and_give<std::vector<int>>({}));
  co_await nap();
}
constexpr lines::value_type naps_first_at = __LINE__ - 3;
constexpr lines::value_type naps_then_at = __LINE__ - 3;

awaitable<void> await_twice(asyncio::task<> what) {
  co_await asyncio::gather(create_task(await_it(what), "a"), create_task(await_it(what), "b"));
}

} // namespace

BOOST_AUTO_TEST_SUITE(call_graph_test)

ASYNC_TEST_CASE(a_task_lists_the_task_that_awaits_it, *row("call-graph-01")) {
  asyncio::current_task().set_name("main");
  const auto child = create_task(nap(), "child");
  const auto parent = create_task(await_it(child), "parent");
  call_graph graph;
  asyncio::get_running_loop().call_soon([&] { graph = capture_call_graph(child); });
  co_await parent;
  BOOST_TEST(graph.name == "task \"child\"");
  BOOST_TEST(graph.waits_for == "a sleep");
  BOOST_TEST_REQUIRE(names_of(graph.awaited_by) == names{"task \"parent\""}, per_element());
  BOOST_TEST(graph.awaited_by[0].waits_for == "task \"child\"");
  BOOST_TEST(names_of(graph.awaited_by[0].awaited_by) == names{"task \"main\""}, per_element());
}

ASYNC_TEST_CASE(a_gathered_child_lists_the_task_that_awaits_the_gather, *row("call-graph-03")) {
  const future<> one;
  const future<> other;
  const auto gathering = create_task(await_both(one, other), "gathering");
  co_await asyncio::sleep(0s);
  BOOST_TEST(awaiters_of(one) == names{"task \"gathering\""}, per_element());
  BOOST_TEST(awaiters_of(other) == names{"task \"gathering\""}, per_element());
  gathering.cancel();
  co_await end_of(gathering);
}

ASYNC_TEST_CASE(a_gather_of_gathers_adds_no_layer) {
  const future<> one;
  const future<> other;
  const auto gathering = create_task(await_a_gather_of_gathers(one, other), "gathering");
  co_await asyncio::sleep(0s);
  BOOST_TEST(awaiters_of(one) == names{"task \"gathering\""},
             per_element()); // once, though it is there twice
  BOOST_TEST(awaiters_of(other) == names{"task \"gathering\""}, per_element());
  gathering.cancel();
  co_await end_of(gathering);
}

ASYNC_TEST_CASE(a_gather_that_nobody_awaits_is_nobodys_wait) {
  const future<> child;
  const auto gathered = asyncio::gather(child);
  BOOST_TEST(awaiters_of(child).empty());
  BOOST_TEST(capture_call_graph(gathered).name == "a gather of a future");
  child.set_result();
  co_await asyncio::sleep(0s);
}

ASYNC_TEST_CASE(what_is_waited_for_lists_the_task_that_calls_wait, *row("call-graph-06")) {
  const auto child = create_task(nap(), "child");
  const future<> never;
  const auto waiting = create_task(wait_for_both({child, never}), "waiting");
  co_await passes(1);
  BOOST_TEST(awaiters_of(child) == names{"task \"waiting\""}, per_element());
  BOOST_TEST(awaiters_of(never) == names{"task \"waiting\""}, per_element());
  never.set_result();
  co_await waiting;
}

ASYNC_TEST_CASE(a_timeout_is_no_layer_of_its_own, *row("call-graph-05")) {
  const auto child = create_task(nap(), "child");
  const auto waiting = create_task(await_within_a_timeout(child), "waiting");
  co_await passes(1);
  BOOST_TEST(awaiters_of(child) == names{"task \"waiting\""}, per_element());
  co_await waiting;
}

ASYNC_TEST_CASE(a_shielded_task_lists_the_task_that_awaits_the_shield, *row("call-graph-04")) {
  const auto child = create_task(nap(), "child");
  const auto waiting = create_task(await_shielded(child), "waiting");
  co_await passes(1);
  BOOST_TEST(awaiters_of(child) == names{"task \"waiting\""}, per_element());
  co_await waiting;
}

ASYNC_TEST_CASE(a_child_of_a_group_lists_the_groups_owner_and_its_siblings, *row("call-graph-02")) {
  asyncio::task<void> child;
  const auto owner = create_task(own_a_group(child), "owner");
  co_await passes(2);
  BOOST_TEST(awaiters_of(child) == (names{"task \"owner\"", "task \"first\"", "task \"second\""}),
             per_element());
  co_await owner;
  BOOST_TEST(awaiters_of(child).empty());
}

ASYNC_TEST_CASE(a_future_lists_all_tasks_that_await_it_in_order, *row("call-graph-07")) {
  const future<> shared;
  const auto first = create_task(await_it(shared), "first");
  const auto second = create_task(await_it(shared), "second");
  BOOST_TEST(awaiters_of(shared).empty()); // they have not begun
  co_await asyncio::sleep(0s);
  const call_graph graph = capture_call_graph(shared);
  BOOST_TEST(graph.name == "a future");
  BOOST_TEST(graph.waits_for == "");
  BOOST_TEST(graph.call_stack.empty());
  BOOST_TEST(names_of(graph.awaited_by) == (names{"task \"first\"", "task \"second\""}), per_element());

  shared.set_result();
  BOOST_TEST(awaiters_of(shared).empty());
  co_await second;
}

ASYNC_TEST_CASE(who_was_cancelled_or_only_left_a_callback_awaits_nothing) {
  const auto child = create_task(nap(), "child");
  const auto waiting = create_task(await_it(child), "waiting");
  child.add_done_callback([] {});
  co_await asyncio::sleep(0s);
  BOOST_TEST(awaiters_of(child) == names{"task \"waiting\""}, per_element());
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(awaiters_of(child).empty());
  BOOST_TEST(capture_call_graph(child).waits_for == "");
}

ASYNC_TEST_CASE(the_call_stack_goes_from_the_innermost_await_to_the_tasks_body) {
  const auto napping = create_task(nap_twice(), "napping");
  BOOST_TEST(capture_call_graph(napping).call_stack.empty()); // it has not begun
  co_await asyncio::sleep(0s);
  BOOST_TEST(stack_of(capture_call_graph(napping)) == (lines{sleeps_at, naps_at, naps_first_at}),
             per_element());
  co_await asyncio::sleep(1500ms); // the second time
  BOOST_TEST(stack_of(capture_call_graph(napping)) == (lines{sleeps_at, naps_then_at}), per_element());
  co_await napping;
  BOOST_TEST(capture_call_graph(napping).call_stack.empty());
}

ASYNC_TEST_CASE(the_running_task_stands_where_it_asks) {
  asyncio::current_task().set_name("main");
  call_graph graph;
  const auto ask = [&]() -> awaitable<void> {
    co_await asyncio::sleep(0s);
    graph = capture_call_graph();
  };
  const auto asks_in = __LINE__ - 2;
  co_await create_task(ask(), "asking");
  BOOST_TEST(graph.name == "task \"asking\"");
  BOOST_TEST(graph.waits_for == "");
  BOOST_TEST(stack_of(graph) == lines{asks_in}, per_element());
  BOOST_TEST(names_of(graph.awaited_by) == names{"task \"main\""}, per_element());
}

BOOST_AUTO_TEST_CASE(where_no_task_runs_there_is_nothing_to_capture) {
  BOOST_CHECK_THROW((void)capture_call_graph(), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)capture_call_graph(future<>(nullptr)), asyncio::misuse_error);
  virtual_loop loop;
  int refused = 0;
  loop.call_soon([&] {
    BOOST_CHECK_THROW((void)capture_call_graph(), asyncio::misuse_error);
    ++refused;
  });
  run_one_pass(loop);
  BOOST_TEST(refused == 1);
  const auto pending = loop.create_future<>();
  BOOST_TEST(capture_call_graph(pending).name == "a future"); // of an idle loop, too
}

ASYNC_TEST_CASE(a_circle_of_tasks_is_cut) {
  asyncio::task<> first;
  const auto await_first = [](asyncio::task<>& which) -> awaitable<void> { co_await which; };
  const auto second = create_task(await_first(first), "second");
  first = create_task(await_it(second), "first");
  co_await asyncio::sleep(0s);
  const call_graph graph = capture_call_graph(first);
  BOOST_TEST_REQUIRE(names_of(graph.awaited_by) == names{"task \"second\""}, per_element());
  const call_graph& again = graph.awaited_by[0].awaited_by.at(0);
  BOOST_TEST(again.name == "task \"first\"");
  BOOST_TEST(again.awaited_by.empty());
  BOOST_TEST(again.cut);
  first.cancel();
  co_await end_of(first);
  co_await end_of(second);
}

ASYNC_TEST_CASE(what_is_awaited_in_two_ways_is_told_once) {
  asyncio::current_task().set_name("main");
  call_graph graph;
  const auto child = create_task(nap(), "child");
  asyncio::get_running_loop().call_later(500ms, [&] { graph = capture_call_graph(child); });
  co_await create_task(await_twice(child), "twice");
  BOOST_TEST_REQUIRE(names_of(graph.awaited_by) == (names{"task \"a\"", "task \"b\""}), per_element());
  const call_graph& first = graph.awaited_by[0].awaited_by.at(0);
  const call_graph& second = graph.awaited_by[1].awaited_by.at(0);
  BOOST_TEST(first.name == "task \"twice\"");
  BOOST_TEST(second.name == "task \"twice\"");
  BOOST_TEST(names_of(first.awaited_by) == names{"task \"main\""}, per_element());
  BOOST_TEST(!first.cut);
  BOOST_TEST(!first.awaited_by.at(0).cut); // nobody awaits main: nothing is left out
  BOOST_TEST(second.awaited_by.empty());
  BOOST_TEST(second.cut);
}

ASYNC_TEST_CASE(a_line_of_a_hundred_thousand_tasks_is_cut_after_a_thousand) {
  const future<> end;
  asyncio::task<> last;
  {
    future<> awaited = end;
    for (int i = 0; i < 100'000; ++i) {
      last = create_task(await_it(awaited));
      awaited = last;
    }
  }
  co_await asyncio::sleep(0s);
  const call_graph graph = capture_call_graph(end);
  int levels = 0;
  const call_graph* deepest = &graph;
  for (; !deepest->awaited_by.empty(); deepest = &deepest->awaited_by[0]) {
    ++levels;
  }
  BOOST_TEST(levels == 1000);
  BOOST_TEST(deepest->cut);
  end.set_result();
  co_await last;
}

ASYNC_TEST_CASE(it_is_written_for_people) {
  asyncio::current_task().set_name("main");
  const auto napping = create_task(nap_twice(), "napping");
  std::string text;
  asyncio::get_running_loop().call_later(500ms, [&] {
    std::ostringstream to;
    asyncio::print_call_graph(napping, to);
    text = to.str();
  });
  co_await create_task([](asyncio::task<> other) -> awaitable<void> { co_await other; }(napping), "waiting");
  const std::string file = "call_graph_test.cpp:";
  const std::string waits_in = file + std::to_string(__LINE__ - 2);
  BOOST_TEST(text == "* task \"napping\" waits for a sleep\n"
                     "  + call stack:\n"
                     "  |   " +
                         file + std::to_string(sleeps_at) +
                         ", in nap\n"
                         "  |   " +
                         file + std::to_string(naps_at) +
                         ", in nap_and_give\n"
                         "  |   " +
                         file + std::to_string(naps_first_at) +
                         ", in nap_twice\n"
                         "  + awaited by:\n"
                         "    * task \"waiting\" waits for task \"napping\"\n"
                         "      + call stack:\n"
                         "      |   " +
                         waits_in +
                         ", in a lambda\n"
                         "      + awaited by:\n"
                         "        * task \"main\" waits for task \"waiting\"\n"
                         "          + call stack:\n"
                         "          |   " +
                         waits_in + ", in it_is_written_for_people_body\n");
}

ASYNC_TEST_CASE(the_running_tasks_graph_is_printed_in_one_call) {
  asyncio::current_task().set_name("main");
  std::ostringstream text;
  const std::string next_line = std::to_string(__LINE__ + 1);
  asyncio::print_call_graph(text);
  BOOST_TEST(text.str() == "* task \"main\"\n"
                           "  + call stack:\n"
                           "  |   call_graph_test.cpp:" +
                               next_line + ", in the_running_tasks_graph_is_printed_in_one_call_body\n");
  co_return;
}

struct with_operators {
  awaitable<void> operator()(int) const { co_await asyncio::sleep(1s); }
  awaitable<void> operator<<(int) const { co_await asyncio::sleep(1s); }
  awaitable<void> operator->*(int) const { co_await asyncio::sleep(1s); }
  operator awaitable<void>() const { co_await asyncio::sleep(1s); } // NOLINT(google-explicit-constructor)
};

ASYNC_TEST_CASE(operators_have_names) {
  const with_operators here;
  std::vector<asyncio::task<>> tasks{create_task(here(1)), create_task(here << 1), create_task(here->*1),
                                     create_task(static_cast<awaitable<void>>(here))};
  co_await asyncio::sleep(0s);
  names shown;
  for (const auto& each : tasks) {
    const std::string text = printed(capture_call_graph(each));
    shown.push_back(text.substr(text.rfind(", in ")));
    each.cancel();
  }
  BOOST_TEST(
      shown == (names{", in operator()\n", ", in operator<<\n", ", in operator->*\n", ", in a conversion\n"}),
      per_element());
}

ASYNC_TEST_CASE(names_do_not_break_the_lines) {
  asyncio::current_task().set_name("two\nlines\x1b");
  const std::string text = printed(capture_call_graph());
  BOOST_TEST(text.starts_with("* task \"two\\nlines\\x1b\"\n"), text);
  co_return;
}

ASYNC_TEST_CASE(the_margin_grows_to_a_hundred_levels) {
  call_graph graph;
  for (int i = 0; i < 200; ++i) {
    call_graph below;
    below.name = "task";
    below.awaited_by.push_back(std::move(graph));
    graph = std::move(below);
  }
  const std::string text = printed(graph);
  BOOST_TEST(text.find('\n' + std::string(400, ' ') + "* task") != std::string::npos);
  BOOST_TEST(text.find(std::string(404, ' ')) == std::string::npos);
  co_return;
}

ASYNC_TEST_CASE(what_was_cut_shows) {
  call_graph graph;
  graph.name = "task \"deep\"";
  graph.cut = true;
  BOOST_TEST(printed(graph) == "* task \"deep\"\n  + awaited by: ...\n");
  co_return;
}

BOOST_AUTO_TEST_SUITE_END()
