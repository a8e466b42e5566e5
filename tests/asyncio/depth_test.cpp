// A coroutine that awaits another must not use up the thread's stack, however often, however
// deep, and in builds where the compiler makes no tail calls.

#include <asyncio/gather.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>

#include <stdexcept>

using asyncio::awaitable;
using namespace std::chrono_literals;

namespace {

awaitable<int> at_once() {
  co_return 1;
}

awaitable<int> nested(int depth) {
  if (depth == 0) {
    co_await asyncio::sleep(1s);
    co_return 0;
  }
  co_return 1 + co_await nested(depth - 1);
}

awaitable<int> failing(int depth) {
  if (depth == 0) {
    throw std::runtime_error("at the bottom");
  }
  co_return 1 + co_await failing(depth - 1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(depth_test)

ASYNC_TEST_CASE(a_million_awaits_that_return_at_once) {
  int sum = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    sum += co_await at_once();
  }
  BOOST_TEST(sum == 1'000'000);
}

ASYNC_TEST_CASE(ten_thousand_nested_awaits) {
  const int depth = co_await nested(10'000);
  BOOST_TEST(depth == 10'000);
}

ASYNC_TEST_CASE(an_exception_through_ten_thousand_nested_awaits) {
  bool caught = false;
  try {
    co_await failing(10'000);
  } catch (const std::runtime_error&) {
    caught = true;
  }
  BOOST_TEST(caught);
}

ASYNC_TEST_CASE(a_cancel_through_ten_thousand_nested_awaits) {
  auto sleeping = asyncio::create_task(nested(10'000));
  co_await asyncio::sleep(0s);
  sleeping.cancel();
  const auto [outcome] = co_await asyncio::gather(asyncio::return_exceptions, sleeping);
  BOOST_TEST(!outcome.has_value());
  BOOST_TEST(sleeping.cancelled());
}

BOOST_AUTO_TEST_CASE(a_loop_is_destroyed_under_ten_thousand_nested_awaits) {
  asyncio::task<int> abandoned;
  {
    asyncio::loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    abandoned = loop.create_task(nested(10'000));
    loop.call_soon([&] { loop.stop(); });
    loop.run_forever();
    BOOST_TEST(!abandoned.done());
  }
  BOOST_TEST(abandoned.cancelled());
}

ASYNC_TEST_CASE(a_million_awaits_of_a_future_that_is_done) {
  asyncio::future<int> done;
  done.set_result(1);
  int sum = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    sum += co_await done;
  }
  BOOST_TEST(sum == 1'000'000);
}

BOOST_AUTO_TEST_SUITE_END()
