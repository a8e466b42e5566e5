#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using names = std::vector<std::string>;
using numbers = std::vector<int>;
using boost::test_tools::per_element;

namespace {

awaitable<void> put_each(asyncio::queue<int>& into, numbers items) {
  for (const int item : items) {
    co_await into.put(item);
  }
}

awaitable<void> get_some(asyncio::queue<int>& from, int count, numbers& seen) {
  for (; count > 0; --count) {
    const int item = co_await from.get();
    seen.push_back(item);
  }
}

awaitable<void> get_and_tell(asyncio::queue<int>& from, std::string name, names& seen) {
  const int item = co_await from.get();
  seen.push_back(name + ':' + std::to_string(item));
}

awaitable<void> put_and_tell(asyncio::queue<int>& into, int item, names& seen) {
  co_await into.put(item);
  seen.push_back("put " + std::to_string(item));
}

template <class Queue>
numbers drain(Queue& from) {
  numbers items;
  while (!from.empty()) {
    items.push_back(from.get_nowait());
  }
  return items;
}

/// Has no default, is no aggregate, and is not assigned.
class chore {
public:
  chore(std::string name, std::chrono::seconds takes) : name_(std::move(name)), takes_(takes) {}
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::chrono::seconds takes() const { return takes_; }

private:
  const std::string name_;
  const std::chrono::seconds takes_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(queue_test)

// ---------------------------------------------------------------- without waiting

ASYNC_TEST_CASE(it_is_empty_until_something_is_put_and_after_it_is_got, *row("queue-01")) {
  asyncio::queue<int> queue;
  BOOST_TEST(queue.empty());
  co_await queue.put(1);
  BOOST_TEST(!queue.empty());
  BOOST_TEST(queue.qsize() == 1U);
  const int item = co_await queue.get();
  BOOST_TEST(item == 1);
  BOOST_TEST(queue.empty());
  BOOST_TEST(queue.qsize() == 0U);
}

ASYNC_TEST_CASE(it_is_full_at_its_limit_and_never_without_one, *row("queue-02")) {
  asyncio::queue<int> unlimited;
  asyncio::queue<int> limited(1);
  BOOST_TEST(!unlimited.full());
  BOOST_TEST(!limited.full());
  for (int i = 0; i < 100; ++i) {
    unlimited.put_nowait(i);
  }
  co_await limited.put(1);
  BOOST_TEST(!unlimited.full());
  BOOST_TEST(limited.full());
  BOOST_TEST(unlimited.maxsize() == 0U);
  BOOST_TEST(limited.maxsize() == 1U);
}

ASYNC_TEST_CASE(items_come_out_in_the_order_in_which_they_were_put, *row("queue-03")) {
  asyncio::queue<int> queue;
  for (const int item : {1, 3, 2}) {
    co_await queue.put(item);
  }
  BOOST_TEST(drain(queue) == (numbers{1, 3, 2}), per_element());
}

BOOST_AUTO_TEST_CASE(it_keeps_its_order_while_it_moves_on_and_grows) {
  asyncio::queue<int> queue;
  int next_in = 0;
  int next_out = 0;
  for (int round = 1; round < 50; ++round) {
    for (int i = 0; i < 2 * round; ++i) {
      queue.put_nowait(next_in++);
    }
    for (int i = 0; i < round; ++i) {
      BOOST_TEST_REQUIRE(queue.get_nowait() == next_out++);
    }
  }
  for (const int item : drain(queue)) {
    BOOST_TEST_REQUIRE(item == next_out++);
  }
  BOOST_TEST(next_out == next_in);
}

ASYNC_TEST_CASE(a_get_takes_what_is_there_without_suspending, *row("queue-05")) {
  asyncio::queue<int> queue;
  bool others_ran = false;
  asyncio::get_running_loop().call_soon([&] { others_ran = true; });
  queue.put_nowait(1);
  queue.put_nowait(2);
  const int first = co_await queue.get();
  BOOST_TEST(first == 1);
  BOOST_TEST(queue.get_nowait() == 2);
  BOOST_TEST(!others_ran);
  co_await passes(1);
}

ASYNC_TEST_CASE(a_put_into_one_without_a_limit_does_not_suspend, *row("queue-13")) {
  asyncio::queue<int> queue;
  bool others_ran = false;
  asyncio::get_running_loop().call_soon([&] { others_ran = true; });
  co_await queue.put(1);
  BOOST_TEST(!others_ran);
  const int item = co_await queue.get();
  BOOST_TEST(item == 1);
  co_await passes(1);
}

BOOST_AUTO_TEST_CASE(what_was_put_without_waiting_can_be_got_without_waiting, *row("queue-15")) {
  asyncio::queue<int> queue;
  queue.put_nowait(1);
  BOOST_TEST(queue.get_nowait() == 1);
}

BOOST_AUTO_TEST_CASE(what_would_have_to_wait_is_refused, *row("queue-08") * row("queue-16")) {
  asyncio::queue<int> queue(1);
  BOOST_CHECK_THROW(queue.get_nowait(), asyncio::queue_empty);
  queue.put_nowait(1);
  BOOST_CHECK_THROW(queue.put_nowait(2), asyncio::queue_full);
  BOOST_TEST(queue.get_nowait() == 1);
  BOOST_CHECK_THROW(queue.get_nowait(), asyncio::queue_empty);
}

// ---------------------------------------------------------------- waiting for an item

ASYNC_TEST_CASE(a_get_waits_for_the_item_that_another_puts, *row("queue-07") * row("queue-21")) {
  asyncio::queue<int> queue;
  auto getting = asyncio::create_task(queue.get());
  co_await passes(3);
  BOOST_TEST(!getting.done());
  co_await queue.put(7);
  BOOST_TEST(!getting.done()); // it is woken, and takes it in the next pass
  co_await passes(1);
  BOOST_TEST(ending_of(getting) == "done");
  BOOST_TEST(getting.result() == 7);
  BOOST_TEST(queue.empty());
}

ASYNC_TEST_CASE(those_who_wait_get_items_in_the_order_in_which_they_came) {
  asyncio::queue<int> queue;
  names seen;
  auto a = asyncio::create_task(get_and_tell(queue, "a", seen));
  auto b = asyncio::create_task(get_and_tell(queue, "b", seen));
  co_await passes(1);
  queue.put_nowait(1);
  queue.put_nowait(2);
  co_await asyncio::gather(a, b);
  BOOST_TEST(seen == (names{"a:1", "b:2"}), per_element());
}

ASYNC_TEST_CASE(cancelled_before_the_put_the_first_leaves_the_item_to_the_second, *row("queue-09")) {
  asyncio::queue<int> queue;
  auto first = asyncio::create_task(queue.get());
  auto second = asyncio::create_task(queue.get());
  co_await passes(1);
  first.cancel("enough");
  co_await passes(1);
  queue.put_nowait(1);
  const int item = co_await second;
  BOOST_TEST(item == 1);
  BOOST_TEST(ending_of(first) == "cancelled: enough");
}

ASYNC_TEST_CASE(cancelled_after_the_put_the_first_passes_the_first_item_to_the_second, *row("queue-17")) {
  asyncio::queue<int> queue;
  auto first = asyncio::create_task(queue.get());
  auto second = asyncio::create_task(queue.get());
  co_await passes(1);
  queue.put_nowait(1);
  queue.put_nowait(2);
  first.cancel();
  const int item = co_await second;
  BOOST_TEST(ending_of(first) == "cancelled");
  BOOST_TEST(item == 1);
  BOOST_TEST(drain(queue) == numbers{2}, per_element());
}

ASYNC_TEST_CASE(two_items_and_three_who_wait_of_whom_the_first_is_cancelled, *row("queue-18")) {
  asyncio::queue<int> queue;
  names seen;
  auto a = asyncio::create_task(get_and_tell(queue, "a", seen));
  auto b = asyncio::create_task(get_and_tell(queue, "b", seen));
  auto c = asyncio::create_task(get_and_tell(queue, "c", seen));
  co_await passes(1);
  queue.put_nowait(1);
  queue.put_nowait(2);
  a.cancel();
  co_await asyncio::gather(b, c);
  BOOST_TEST(a.cancelled());
  BOOST_TEST(seen == (names{"b:1", "c:2"}), per_element());
}

ASYNC_TEST_CASE(a_get_that_was_given_up_leaves_nobody_to_be_woken_in_vain, *row("queue-12")) {
  asyncio::queue<int> queue;
  for (int i = 0; i < 3; ++i) {
    auto getting = asyncio::create_task(queue.get());
    co_await asyncio::sleep(1s);
    getting.cancel();
    co_await end_of(getting);
    BOOST_TEST(getting.cancelled());
  }
  auto last = asyncio::create_task(queue.get());
  co_await passes(1);
  queue.put_nowait(1);
  co_await passes(1);
  BOOST_TEST(ending_of(last) == "done");
}

ASYNC_TEST_CASE(who_finds_the_item_gone_waits_again_behind_the_others) {
  asyncio::queue<int> queue;
  names seen;
  auto a = asyncio::create_task(get_and_tell(queue, "a", seen));
  auto b = asyncio::create_task(get_and_tell(queue, "b", seen));
  co_await passes(1);
  queue.put_nowait(1); // wakes a
  BOOST_TEST(queue.get_nowait() == 1);
  co_await passes(1);
  queue.put_nowait(2);
  queue.put_nowait(3);
  co_await asyncio::gather(a, b);
  BOOST_TEST(seen == (names{"b:2", "a:3"}), per_element());
}

ASYNC_TEST_CASE(who_waits_again_can_still_be_cancelled) {
  asyncio::queue<int> queue;
  auto getting = asyncio::create_task(queue.get());
  co_await passes(1);
  queue.put_nowait(1);
  BOOST_TEST(queue.get_nowait() == 1);
  co_await passes(1);
  getting.cancel();
  co_await end_of(getting);
  BOOST_TEST(ending_of(getting) == "cancelled");
  queue.put_nowait(2);
  BOOST_TEST(queue.get_nowait() == 2);
}

ASYNC_TEST_CASE(woken_for_an_item_that_is_gone_and_cancelled_it_ends) {
  asyncio::queue<int> queue;
  auto getting = asyncio::create_task(queue.get());
  co_await passes(1);
  queue.put_nowait(1);
  BOOST_TEST(queue.get_nowait() == 1);
  getting.cancel();
  co_await passes(1);
  BOOST_TEST(ending_of(getting) == "cancelled");
}

// ---------------------------------------------------------------- waiting for room

ASYNC_TEST_CASE(the_third_put_into_a_queue_of_two_waits_for_a_get, *row("queue-04")) {
  asyncio::queue<int> queue(2);
  auto putting = asyncio::create_task(put_each(queue, {1, 2, 3}));
  co_await passes(3);
  BOOST_TEST(!putting.done());
  BOOST_TEST(queue.qsize() == 2U);
  const int item = co_await queue.get();
  BOOST_TEST(item == 1);
  co_await passes(1);
  BOOST_TEST(ending_of(putting) == "done");
  BOOST_TEST(drain(queue) == (numbers{2, 3}), per_element());
}

ASYNC_TEST_CASE(a_get_from_a_full_queue_wakes_one_who_waits_for_room, *row("queue-06") * row("queue-14")) {
  asyncio::queue<int> queue(1);
  names seen;
  queue.put_nowait(0);
  auto one = asyncio::create_task(put_and_tell(queue, 1, seen));
  auto two = asyncio::create_task(put_and_tell(queue, 2, seen));
  co_await passes(3);
  BOOST_TEST(seen.empty());
  BOOST_TEST(queue.get_nowait() == 0);
  co_await passes(3);
  BOOST_TEST(seen == names{"put 1"}, per_element());
  BOOST_TEST(queue.get_nowait() == 1);
  co_await two;
  BOOST_TEST(queue.get_nowait() == 2);
}

ASYNC_TEST_CASE(two_gets_deliver_what_two_waiting_puts_hold_in_order, *row("queue-10")) {
  asyncio::queue<int> queue(1);
  co_await queue.put(0);
  auto one = asyncio::create_task(queue.put(1));
  auto two = asyncio::create_task(queue.put(2));
  co_await passes(1);
  BOOST_TEST(queue.get_nowait() == 0);
  numbers seen;
  co_await get_some(queue, 2, seen);
  BOOST_TEST(seen == (numbers{1, 2}), per_element());
  co_await asyncio::gather(one, two);
}

ASYNC_TEST_CASE(one_who_puts_and_one_who_gets_never_block_each_other, *row("queue-11")) {
  asyncio::queue<int> queue(1);
  numbers seen;
  auto putting = asyncio::create_task(put_each(queue, {1, 2, 3, 4, 5}));
  co_await get_some(queue, 5, seen);
  co_await putting;
  BOOST_TEST(seen == (numbers{1, 2, 3, 4, 5}), per_element());
}

ASYNC_TEST_CASE(all_who_wait_for_room_get_it_when_what_is_there_is_taken, *row("queue-22")) {
  asyncio::queue<int> queue(2);
  std::vector<asyncio::task<void>> putting;
  for (int i = 0; i < 4; ++i) {
    putting.push_back(asyncio::create_task(queue.put(i)));
  }
  co_await passes(1);
  const auto take_all = [](asyncio::queue<int>& from) -> awaitable<void> {
    while (!from.empty()) {
      co_await from.get();
    }
  };
  co_await take_all(queue);
  co_await asyncio::gather(putting);
  BOOST_TEST(queue.qsize() == 2U);
}

ASYNC_TEST_CASE(a_put_that_is_cancelled_after_it_was_woken_puts_nothing, *row("queue-19") * row("queue-24")) {
  asyncio::queue<int> queue(1);
  queue.put_nowait(1);
  auto putting = asyncio::create_task(queue.put(2));
  co_await passes(1);
  BOOST_TEST(queue.get_nowait() == 1);
  putting.cancel();
  co_await end_of(putting);
  BOOST_TEST(ending_of(putting) == "cancelled");
  BOOST_TEST(queue.empty());
  co_await queue.put(2);
  BOOST_TEST(drain(queue) == numbers{2}, per_element());
}

ASYNC_TEST_CASE(a_put_that_is_cancelled_after_it_was_woken_leaves_the_room_to_the_next) {
  asyncio::queue<int> queue(1);
  queue.put_nowait(1);
  auto first = asyncio::create_task(queue.put(2));
  auto second = asyncio::create_task(queue.put(3));
  co_await passes(1);
  BOOST_TEST(queue.get_nowait() == 1);
  first.cancel();
  co_await second;
  BOOST_TEST(ending_of(first) == "cancelled");
  BOOST_TEST(drain(queue) == numbers{3}, per_element());
}

ASYNC_TEST_CASE(what_a_cancelled_put_holds_never_appears, *row("queue-20")) {
  asyncio::queue<int> queue(1);
  queue.put_nowait(1);
  auto a = asyncio::create_task(queue.put(2));
  auto b = asyncio::create_task(queue.put(3));
  auto c = asyncio::create_task(queue.put(4));
  co_await passes(1);
  a.cancel();
  c.cancel();
  numbers seen;
  co_await get_some(queue, 2, seen);
  BOOST_TEST(seen == (numbers{1, 3}), per_element());
  BOOST_TEST(ending_of(a) == "cancelled");
  BOOST_TEST(ending_of(b) == "done");
  BOOST_TEST(ending_of(c) == "cancelled");
  BOOST_TEST(queue.empty());
}

ASYNC_TEST_CASE(a_put_that_was_given_up_leaves_nobody_to_be_woken_in_vain, *row("queue-23")) {
  asyncio::queue<int> queue(1);
  queue.put_nowait(0);
  for (int i = 1; i < 4; ++i) {
    auto putting = asyncio::create_task(queue.put(i));
    co_await asyncio::sleep(1s);
    putting.cancel();
    co_await end_of(putting);
    BOOST_TEST(putting.cancelled());
  }
  auto last = asyncio::create_task(queue.put(9));
  co_await passes(1);
  BOOST_TEST(queue.get_nowait() == 0);
  co_await passes(1);
  BOOST_TEST(ending_of(last) == "done");
  BOOST_TEST(drain(queue) == numbers{9}, per_element());
}

ASYNC_TEST_CASE(who_finds_the_room_gone_waits_again_behind_the_others) {
  asyncio::queue<int> queue(1);
  names seen;
  queue.put_nowait(0);
  auto a = asyncio::create_task(put_and_tell(queue, 1, seen));
  auto b = asyncio::create_task(put_and_tell(queue, 2, seen));
  co_await passes(1);
  BOOST_TEST(queue.get_nowait() == 0); // wakes a
  queue.put_nowait(3);
  co_await passes(1);
  numbers items;
  co_await get_some(queue, 3, items);
  co_await asyncio::gather(a, b);
  BOOST_TEST(items == (numbers{3, 2, 1}), per_element());
  BOOST_TEST(seen == (names{"put 2", "put 1"}), per_element());
}

// ---------------------------------------------------------------- the other orders

ASYNC_TEST_CASE(a_lifo_queue_gives_what_was_put_last, *row("queue-25")) {
  asyncio::lifo_queue<int> queue;
  for (const int item : {1, 3, 2}) {
    co_await queue.put(item);
  }
  BOOST_TEST(drain(queue) == (numbers{2, 3, 1}), per_element());
}

ASYNC_TEST_CASE(a_priority_queue_gives_the_smallest, *row("queue-26")) {
  asyncio::priority_queue<int> queue;
  for (const int item : {1, 3, 2}) {
    co_await queue.put(item);
  }
  BOOST_TEST(drain(queue) == (numbers{1, 2, 3}), per_element());
}

BOOST_AUTO_TEST_CASE(a_priority_queue_takes_another_order) {
  asyncio::priority_queue<int, std::greater<>> largest_first;
  using by_distance = std::function<bool(int, int)>;
  asyncio::priority_queue<int, by_distance> nearest_to_five_first(
      0, {}, [](int a, int b) { return std::abs(a - 5) < std::abs(b - 5); });
  for (const int item : {1, 9, 6, 3}) {
    largest_first.put_nowait(item);
    nearest_to_five_first.put_nowait(item);
  }
  BOOST_TEST(drain(largest_first) == (numbers{9, 6, 3, 1}), per_element());
  BOOST_TEST(nearest_to_five_first.get_nowait() == 6);
  BOOST_TEST(nearest_to_five_first.get_nowait() == 3);
}

BOOST_AUTO_TEST_CASE(a_priority_queue_orders_tuples_as_python_does) {
  asyncio::priority_queue<std::tuple<int, int, std::string>> queue;
  queue.put_nowait({2, 0, "wash"});
  queue.put_nowait({1, 1, "cook"});
  queue.put_nowait({1, 2, "bake"});
  names seen;
  while (!queue.empty()) {
    seen.push_back(std::get<2>(queue.get_nowait()));
  }
  BOOST_TEST(seen == (names{"cook", "bake", "wash"}), per_element());
}

// The order in which CPython 3.13's PriorityQueue gives them.
BOOST_AUTO_TEST_CASE(of_equal_ones_a_priority_queue_gives_the_one_that_pythons_heap_gives) {
  const auto by_first = [](const std::pair<int, int>& a, const std::pair<int, int>& b) {
    return a.first < b.first;
  };
  asyncio::priority_queue<std::pair<int, int>, decltype(by_first)> queue(0, {}, by_first);
  for (int i = 0; i < 10; ++i) {
    queue.put_nowait({i % 2, i});
  }
  numbers seen;
  while (!queue.empty()) {
    seen.push_back(queue.get_nowait().second);
  }
  BOOST_TEST(seen == (numbers{0, 2, 6, 4, 8, 9, 5, 3, 1, 7}), per_element());
}

// ---------------------------------------------------------------- what can be in it

ASYNC_TEST_CASE(it_takes_what_can_only_be_moved) {
  asyncio::queue<std::unique_ptr<int>> queue(1);
  co_await queue.put(std::make_unique<int>(1));
  auto putting = asyncio::create_task(queue.put(std::make_unique<int>(2)));
  co_await passes(1);
  auto first = co_await queue.get();
  auto second = co_await queue.get();
  BOOST_TEST(*first == 1);
  BOOST_TEST(*second == 2);
  co_await putting;
}

ASYNC_TEST_CASE(it_takes_what_cannot_be_assigned_and_has_no_default) {
  asyncio::queue<chore> queue;
  for (const char* name : {"Cook breakfast", "Wash clothes", "Do house chores"}) {
    co_await queue.put(chore(name, 2s));
  }
  co_await queue.put({"Take out the trash", 1s});
  const chore cook = co_await queue.get();
  BOOST_TEST(cook.name() == "Cook breakfast");
  BOOST_TEST(queue.qsize() == 3U);
}

ASYNC_TEST_CASE(what_becomes_an_item_may_be_put) {
  asyncio::queue<std::string> queue;
  const std::string kept = "a string that is too long to be kept inside";
  co_await queue.put("a literal");
  co_await queue.put(kept);
  const std::string first = co_await queue.get();
  const std::string second = co_await queue.get();
  BOOST_TEST(first == "a literal");
  BOOST_TEST(second == kept);
}

ASYNC_TEST_CASE(its_waits_can_stand_where_coroutines_are_expected) {
  asyncio::queue<int> queue(1);
  std::vector<awaitable<void>> putting;
  putting.push_back(queue.put(1));
  putting.push_back(queue.put(2));
  awaitable<int> getting = queue.get();
  awaitable<void> joining = queue.join();
  auto all_put = asyncio::gather(std::move(putting));
  const auto [first, second] = co_await asyncio::gather(std::move(getting), queue.get());
  BOOST_TEST(first == 1);
  BOOST_TEST(second == 2);
  co_await all_put;
  queue.task_done();
  queue.task_done();
  co_await std::move(joining);
}

// ---------------------------------------------------------------- task_done() and join()

namespace {

template <class Queue>
awaitable<void> work_off(Queue& items, int& sum) {
  for (;;) {
    const int item = co_await items.get();
    sum += item;
    co_await asyncio::sleep(1s);
    items.task_done();
  }
}

template <class Queue>
awaitable<void> join_waits_until_all_is_done() {
  Queue items;
  int sum = 0;
  for (int i = 0; i < 100; ++i) {
    items.put_nowait(i);
  }
  auto one = asyncio::create_task(work_off(items, sum));
  auto two = asyncio::create_task(work_off(items, sum));
  const auto start = asyncio::clock::now();
  co_await items.join();
  BOOST_TEST(sum == 99 * 100 / 2);
  BOOST_TEST((asyncio::clock::now() - start == 50s));
  one.cancel();
  two.cancel();
  co_await end_of(one);
  co_await end_of(two);
}

template <class Queue>
awaitable<void> join_of_nothing_returns_at_once() {
  Queue items;
  bool others_ran = false;
  asyncio::get_running_loop().call_soon([&] { others_ran = true; });
  co_await items.join();
  co_await items.join();
  BOOST_TEST(!others_ran);
  co_await passes(1);
}

template <class Queue>
void task_done_of_nothing_is_refused() {
  Queue items;
  BOOST_CHECK_THROW(items.task_done(), asyncio::invalid_argument_error);
  items.put_nowait(1);
  items.task_done();
  BOOST_CHECK_THROW(items.task_done(), asyncio::invalid_argument_error);
}

} // namespace

BOOST_AUTO_TEST_CASE(more_is_done_than_was_put, *row("queue-join-01")) {
  task_done_of_nothing_is_refused<asyncio::queue<int>>();
  task_done_of_nothing_is_refused<asyncio::lifo_queue<int>>();
  task_done_of_nothing_is_refused<asyncio::priority_queue<int>>();
}

ASYNC_TEST_CASE(a_join_waits_until_each_item_is_done, *row("queue-join-02")) {
  co_await join_waits_until_all_is_done<asyncio::queue<int>>();
  co_await join_waits_until_all_is_done<asyncio::lifo_queue<int>>();
  co_await join_waits_until_all_is_done<asyncio::priority_queue<int>>();
}

ASYNC_TEST_CASE(a_join_where_nothing_was_put_returns_at_once, *row("queue-join-03")) {
  co_await join_of_nothing_returns_at_once<asyncio::queue<int>>();
  co_await join_of_nothing_returns_at_once<asyncio::lifo_queue<int>>();
  co_await join_of_nothing_returns_at_once<asyncio::priority_queue<int>>();
}

ASYNC_TEST_CASE(a_cancelled_join_leaves_the_others_waiting) {
  asyncio::queue<int> queue;
  queue.put_nowait(1);
  auto cancelled = asyncio::create_task(queue.join());
  auto other = asyncio::create_task(queue.join());
  co_await passes(1);
  cancelled.cancel();
  co_await passes(2);
  BOOST_TEST(ending_of(cancelled) == "cancelled");
  BOOST_TEST(ending_of(other) == "pending");
  queue.task_done();
  co_await other;
}

ASYNC_TEST_CASE(a_join_that_was_woken_ends_even_if_more_has_been_put) {
  asyncio::queue<int> queue;
  queue.put_nowait(1);
  auto joining = asyncio::create_task(queue.join());
  co_await passes(1);
  queue.task_done();
  queue.put_nowait(2);
  co_await passes(1);
  BOOST_TEST(ending_of(joining) == "done");
}

// ---------------------------------------------------------------- ends

ASYNC_TEST_CASE(who_waits_for_one_that_is_gone_can_be_cancelled) {
  asyncio::task<int> getting;
  asyncio::task<void> joining;
  {
    asyncio::queue<int> queue;
    getting = asyncio::create_task(queue.get());
    co_await passes(1);
    queue.put_nowait(1);
    BOOST_TEST(queue.get_nowait() == 1);
    joining = asyncio::create_task(queue.join());
    co_await passes(1);
  }
  getting.cancel();
  joining.cancel();
  co_await end_of(getting);
  co_await end_of(joining);
  BOOST_TEST(ending_of(getting) == "cancelled");
  BOOST_TEST(ending_of(joining) == "cancelled");
}

ASYNC_TEST_CASE(who_was_woken_for_one_that_is_gone_when_it_resumes_is_told) {
  asyncio::task<int> getting;
  asyncio::task<int> cancelled;
  {
    asyncio::queue<int> queue;
    getting = asyncio::create_task(queue.get());
    cancelled = asyncio::create_task(queue.get());
    co_await passes(1);
    queue.put_nowait(1);
    queue.put_nowait(2);
    cancelled.cancel();
  }
  co_await end_of(getting);
  co_await end_of(cancelled);
  BOOST_CHECK_THROW(getting.result(), asyncio::misuse_error);
  BOOST_TEST(ending_of(cancelled) == "cancelled");
}

ASYNC_TEST_CASE(a_join_that_was_woken_needs_the_queue_no_more) {
  asyncio::task<void> joining;
  {
    asyncio::queue<int> queue;
    queue.put_nowait(1);
    joining = asyncio::create_task(queue.join());
    co_await passes(1);
    queue.task_done();
  }
  co_await joining;
  BOOST_TEST(joining.done());
}

BOOST_AUTO_TEST_CASE(a_loop_that_goes_away_takes_those_who_wait_along) {
  asyncio::queue<int> queue(1);
  {
    asyncio::loop runs;
    runs.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {}); // pending tasks
    numbers seen;
    runs.create_task(get_some(queue, 2, seen));
    runs.create_task(put_each(queue, {1, 2, 3, 4, 5}));
    runs.call_soon([&] { runs.call_soon([&] { runs.stop(); }); });
    runs.run_forever();
  }
  drain(queue);
  queue.put_nowait(1);
  BOOST_TEST(queue.get_nowait() == 1);
}

BOOST_AUTO_TEST_CASE(its_name_stands_in_the_report_of_a_deadlock) {
  const auto wait_for_all = []() -> awaitable<void> {
    asyncio::queue<int> chores(1, "chores");
    asyncio::lifo_queue<int> nameless;
    chores.put_nowait(1);
    auto putting = asyncio::create_task(chores.put(2));
    auto joining = asyncio::create_task(chores.join());
    co_await nameless.get();
  };
  std::string report;
  try {
    asyncio::run(wait_for_all(), asyncio::run_options().virtual_time());
  } catch (const asyncio::deadlock_error& error) {
    report = error.what();
  }
  for (const char* part : {"main waits for something in a queue (", "waits for room in queue \"chores\" (",
                           "waits for the join of queue \"chores\" ("}) {
    BOOST_TEST(report.find(part) != std::string::npos, "\"" << part << "\" is not in:\n" << report);
  }
}

BOOST_AUTO_TEST_CASE(one_loop_uses_it) {
  asyncio::queue<int> queue;
  const auto wait_for_it = [](asyncio::queue<int>& wanted) -> awaitable<void> {
    auto waiting = asyncio::create_task(wanted.get());
    co_await passes(1);
    waiting.cancel();
    co_await end_of(waiting);
    if (!waiting.cancelled()) {
      waiting.result();
    }
  };
  const auto in_virtual_time = asyncio::run_options().virtual_time();
  asyncio::run(wait_for_it(queue), in_virtual_time);
  BOOST_CHECK_THROW(asyncio::run(wait_for_it(queue), in_virtual_time), asyncio::misuse_error);
}

BOOST_AUTO_TEST_SUITE_END()
