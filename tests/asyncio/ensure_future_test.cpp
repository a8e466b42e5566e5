#include <asyncio/ensure_future.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <source_location>
#include <stdexcept>
#include <string>

using asyncio::awaitable;
using namespace std::chrono_literals;

namespace {

awaitable<int> answer() {
  co_return 42;
}

awaitable<int> fail() {
  throw std::runtime_error("Boom!");
  co_return 0;
}

boost::asio::awaitable<int> plain_answer() {
  co_return 42;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ensure_future_test)

ASYNC_TEST_CASE(a_future_or_task_is_given_back_as_it_is) {
  const asyncio::future<int> future;
  auto task = asyncio::create_task(answer());
  BOOST_TEST((asyncio::ensure_future(future) == future));
  BOOST_TEST((asyncio::ensure_future(task) == task));
  asyncio::loop& loop = asyncio::get_running_loop();
  BOOST_TEST((asyncio::ensure_future(future, loop) == future));
  BOOST_TEST((asyncio::ensure_future(task, loop) == task));
  co_await task;
}

ASYNC_TEST_CASE(the_task_was_created_by_whoever_called) {
  const auto here = std::source_location::current().line() + 1;
  auto task = asyncio::ensure_future(answer());
  BOOST_TEST(task.created_at().line() == here);
  BOOST_TEST(std::string(task.created_at().file_name()).ends_with("ensure_future_test.cpp"));
  co_await task;
}

ASYNC_TEST_CASE(a_coroutine_becomes_a_task) {
  auto task = asyncio::ensure_future(answer());
  BOOST_TEST(!task.done());
  const int got = co_await task;
  BOOST_TEST(got == 42);
  auto failing = asyncio::ensure_future(fail());
  co_await end_of(failing);
  BOOST_TEST(ending_of(failing) == "std::runtime_error: Boom!");
  auto cancelled = asyncio::ensure_future(asyncio::sleep(1h));
  cancelled.cancel();
  co_await end_of(cancelled);
  BOOST_TEST(ending_of(cancelled) == "cancelled");
}

BOOST_AUTO_TEST_CASE(a_coroutine_becomes_a_task_of_the_loop_that_is_named) {
  asyncio::loop loop;
  auto task = asyncio::ensure_future(answer(), loop);
  BOOST_TEST(&task.get_loop() == &loop);
  BOOST_TEST(loop.run_until_complete(task) == 42);
  auto plain = asyncio::ensure_future(plain_answer(), loop);
  BOOST_TEST(loop.run_until_complete(plain) == 42);
}

BOOST_AUTO_TEST_CASE(a_future_or_task_of_another_loop_is_refused, *row("task-08")) {
  asyncio::loop a;
  asyncio::loop b;
  const asyncio::future<int> future(a);
  const asyncio::task<int> task = a.create_task(answer());
  BOOST_CHECK_THROW(static_cast<void>(asyncio::ensure_future(future, b)), asyncio::invalid_argument_error);
  BOOST_CHECK_THROW(static_cast<void>(asyncio::ensure_future(task, b)), asyncio::invalid_argument_error);
  BOOST_TEST(!future.done());
  BOOST_TEST(a.run_until_complete(task) == 42);
}

BOOST_AUTO_TEST_SUITE_END()
