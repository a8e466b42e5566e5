// CPython has Queue.shutdown() since 3.13.

#include <asyncio/errors.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <string>

using asyncio::awaitable;

namespace {

/// What an await ends with, in a word: `done`, or the name of the exception.
awaitable<std::string> ending_of_await(awaitable<void> what) {
  auto task = asyncio::create_task(std::move(what));
  co_await end_of(task);
  co_return ending_of(task);
}

awaitable<void> take(asyncio::queue<int>& from) {
  co_await from.get();
}

const std::string takes_nothing = "asyncio::queue_shut_down: the queue was shut down: it takes nothing more";
const std::string is_empty = "asyncio::queue_shut_down: the queue was shut down and is empty";

} // namespace

BOOST_AUTO_TEST_SUITE(queue_shutdown_test)

ASYNC_TEST_CASE(who_waits_for_an_item_is_told, *row("queue-shutdown-01")) {
  asyncio::queue<int> queue;
  auto first = asyncio::create_task(queue.get());
  auto second = asyncio::create_task(queue.get());
  co_await passes(1);
  queue.shutdown();
  BOOST_TEST(!first.done());
  co_await passes(1); // both in the next pass
  BOOST_TEST(ending_of(first) == is_empty);
  BOOST_TEST(ending_of(second) == is_empty);
}

ASYNC_TEST_CASE(nothing_can_be_put_any_more, *row("queue-shutdown-02")) {
  for (const bool immediate : {false, true}) {
    asyncio::queue<int> unlimited;
    asyncio::queue<int> limited(1);
    limited.put_nowait(1);
    unlimited.shutdown(immediate);
    limited.shutdown(immediate);
    BOOST_CHECK_THROW(unlimited.put_nowait(1), asyncio::queue_shut_down);
    BOOST_CHECK_THROW(limited.put_nowait(1), asyncio::queue_shut_down); // rather than queue_full
    const std::string into_unlimited = co_await ending_of_await(unlimited.put(1));
    const std::string into_limited = co_await ending_of_await(limited.put(1));
    BOOST_TEST(into_unlimited == takes_nothing);
    BOOST_TEST(into_limited == takes_nothing);
  }
}

ASYNC_TEST_CASE(nothing_can_be_got_from_an_empty_one, *row("queue-shutdown-03")) {
  for (const bool immediate : {false, true}) {
    asyncio::queue<int> queue;
    if (immediate) {
      queue.put_nowait(1);
    }
    queue.shutdown(immediate);
    BOOST_CHECK_THROW(queue.get_nowait(), asyncio::queue_shut_down);
    const std::string ending = co_await ending_of_await(take(queue));
    BOOST_TEST(ending == is_empty);
  }
}

ASYNC_TEST_CASE(a_join_of_an_empty_one_returns, *row("queue-shutdown-04")) {
  asyncio::queue<int> queue;
  queue.shutdown();
  co_await queue.join();
  queue.shutdown(true);
  co_await queue.join();
  BOOST_TEST(queue.empty());
}

ASYNC_TEST_CASE(who_waits_for_room_is_told_and_puts_nothing, *row("queue-shutdown-05")) {
  asyncio::queue<int> queue(1);
  queue.put_nowait(1);
  auto putting = asyncio::create_task(queue.put(2));
  co_await passes(1);
  queue.shutdown();
  co_await passes(1);
  BOOST_TEST(ending_of(putting) == takes_nothing);
  BOOST_TEST(queue.get_nowait() == 1);
  BOOST_TEST(queue.empty());
}

ASYNC_TEST_CASE(room_made_at_the_last_moment_does_not_let_a_put_in) {
  asyncio::queue<int> queue(1);
  queue.put_nowait(1);
  auto putting = asyncio::create_task(queue.put(2));
  co_await passes(1);
  BOOST_TEST(queue.get_nowait() == 1); // wakes it
  queue.shutdown();
  co_await passes(1);
  BOOST_TEST(ending_of(putting) == takes_nothing);
  BOOST_TEST(queue.empty());
}

ASYNC_TEST_CASE(what_is_in_it_can_still_be_got, *row("queue-shutdown-06")) {
  asyncio::queue<int> queue;
  queue.put_nowait(1);
  queue.put_nowait(2);
  queue.shutdown();
  BOOST_TEST(queue.qsize() == 2U);
  const int first = co_await queue.get();
  BOOST_TEST(first == 1);
  BOOST_TEST(queue.get_nowait() == 2);
  const std::string ending = co_await ending_of_await(take(queue));
  BOOST_TEST(ending == is_empty);
  BOOST_CHECK_THROW(queue.get_nowait(), asyncio::queue_shut_down);
}

ASYNC_TEST_CASE(a_join_waits_for_what_was_put_before, *row("queue-shutdown-07")) {
  asyncio::queue<int> queue;
  queue.put_nowait(1);
  queue.put_nowait(2);
  auto joining = asyncio::create_task(queue.join());
  co_await passes(1);
  queue.shutdown();
  for (int i = 0; i < 2; ++i) {
    co_await queue.get();
    co_await passes(2);
    BOOST_TEST(!joining.done());
    queue.task_done();
  }
  co_await passes(1);
  BOOST_TEST(ending_of(joining) == "done");
}

ASYNC_TEST_CASE(an_immediate_one_drops_everything_and_counts_it_as_done,
                *row("queue-shutdown-08") * row("queue-shutdown-09")) {
  asyncio::priority_queue<int> queue;
  queue.put_nowait(1);
  queue.put_nowait(2);
  auto joining = asyncio::create_task(queue.join());
  co_await passes(1);
  BOOST_TEST(!joining.done());
  queue.shutdown(true);
  BOOST_TEST(queue.qsize() == 0U);
  BOOST_TEST(queue.empty());
  co_await passes(1);
  BOOST_TEST(ending_of(joining) == "done");
  BOOST_CHECK_THROW(queue.task_done(), asyncio::invalid_argument_error);
}

ASYNC_TEST_CASE(an_immediate_one_leaves_what_was_got_to_be_done, *row("queue-shutdown-10")) {
  asyncio::lifo_queue<int> queue;
  queue.put_nowait(1);
  queue.put_nowait(2);
  BOOST_TEST(queue.get_nowait() == 2);
  queue.shutdown(true);
  auto joining = asyncio::create_task(queue.join());
  co_await passes(2);
  BOOST_TEST(ending_of(joining) == "pending");
  queue.task_done();
  co_await passes(1);
  BOOST_TEST(ending_of(joining) == "done");
  BOOST_CHECK_THROW(queue.task_done(), asyncio::invalid_argument_error);
}

ASYNC_TEST_CASE(an_immediate_one_counts_no_item_twice_that_was_called_done_too_early) {
  asyncio::queue<int> queue;
  queue.put_nowait(1);
  queue.put_nowait(2);
  queue.task_done();
  queue.shutdown(true);
  co_await queue.join();
  BOOST_CHECK_THROW(queue.task_done(), asyncio::invalid_argument_error);
}

ASYNC_TEST_CASE(a_cancel_wins_over_the_shutdown) {
  asyncio::queue<int> queue;
  auto getting = asyncio::create_task(queue.get());
  co_await passes(1);
  queue.shutdown();
  getting.cancel();
  co_await end_of(getting);
  BOOST_TEST(ending_of(getting) == "cancelled");
}

BOOST_AUTO_TEST_SUITE_END()
