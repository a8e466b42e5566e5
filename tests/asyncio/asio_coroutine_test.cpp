// Coroutines of plain Boost.Asio, and its operators, awaited by ours.

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/asio.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>

namespace asio = boost::asio;
using asyncio::awaitable;
using boost::system::error_code;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;

namespace {

template <class T>
using plain = asio::awaitable<T>;
template <class T>
using plain_on_io_context = asio::awaitable<T, asio::io_context::executor_type>;

struct no_default {
  explicit no_default(int n) : value(n) {}
  int value;
};

template <class Coroutine = plain<int>>
Coroutine plain_answer() {
  co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
  co_return 42;
}

plain<void> plain_note(names& seen) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  seen.push_back("plain");
}

plain<no_default> plain_no_default() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return no_default(7);
}

plain<std::unique_ptr<int>> plain_unique() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return std::make_unique<int>(8);
}

template <class Coroutine = plain<void>>
Coroutine plain_failure() {
  co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
  throw std::out_of_range("plainly wrong");
}

plain<void> plain_wait(names& seen) {
  const guard ends("plain", seen);
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

plain_on_io_context<void> plain_wait_on_io_context(names& seen) {
  const guard ends("plain", seen);
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::deferred);
}

plain<std::string> plain_and_stubborn() {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  error_code error;
  co_await never.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return error == asio::error::operation_aborted ? "aborted, so what" : "not aborted";
}

plain<void> plain_and_failing_when_cancelled() {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  error_code error;
  co_await never.async_wait(asio::redirect_error(asio::use_awaitable, error));
  throw std::out_of_range("failed while cleaning up");
}

awaitable<void> wait_in_plain(names& seen) {
  const guard ends("ours", seen);
  co_await plain_wait(seen);
}

using namespace asio::experimental::awaitable_operators;

awaitable<int> give_when(asyncio::future<> told, int value) {
  co_await told;
  co_return value;
}

awaitable<void> wait_until(asyncio::future<> told, std::string name, names& seen) {
  try {
    co_await told;
    seen.push_back(name + " told");
  } catch (const asyncio::cancelled_error&) {
    seen.push_back(name + " cancelled");
    throw;
  }
}

awaitable<void> nap(std::chrono::seconds duration) {
  co_await asyncio::sleep(duration);
}

} // namespace

BOOST_AUTO_TEST_SUITE(asio_coroutine_test)

// ---------------------------------------------------------------- coroutines of plain Asio

ASYNC_TEST_CASE(a_plain_coroutine_gives_its_value) {
  const int on_any = co_await plain_answer();
  BOOST_TEST(on_any == 42);
  const int on_io_context = co_await plain_answer<plain_on_io_context<int>>();
  BOOST_TEST(on_io_context == 42);
}

ASYNC_TEST_CASE(a_plain_coroutine_that_gives_nothing_is_awaited_to_its_end) {
  names seen;
  co_await plain_note(seen);
  seen.push_back("ours");
  BOOST_TEST(seen == (names{"plain", "ours"}), per_element());
}

ASYNC_TEST_CASE(a_plain_coroutine_becomes_a_task) {
  names seen;
  auto noting = asyncio::create_task(plain_note(seen), "noting");
  auto answering = asyncio::create_task(plain_answer<plain_on_io_context<int>>());
  BOOST_TEST(seen.empty()); // not before our next await
  BOOST_TEST(noting.name() == "noting");
  co_await noting;
  BOOST_TEST(seen.size() == 1U);
  const int answer = co_await answering;
  BOOST_TEST(answer == 42);
}

ASYNC_TEST_CASE(plain_coroutines_and_ours_meet_in_a_gather) {
  names seen;
  const auto [answer, nothing, ours, other] =
      co_await asyncio::gather(plain_answer(), plain_note(seen), asyncio::sleep(1s, std::string("ours")),
                               plain_answer<plain_on_io_context<int>>());
  BOOST_TEST(answer == 42);
  BOOST_TEST((nothing == std::monostate()));
  BOOST_TEST(ours == "ours");
  BOOST_TEST(other == 42);
}

ASYNC_TEST_CASE(a_value_without_a_default_comes_out_of_a_plain_coroutine) {
  const no_default direct = co_await plain_no_default();
  BOOST_TEST(direct.value == 7);
  auto task = asyncio::create_task(plain_no_default());
  const no_default from_task = co_await task;
  BOOST_TEST(from_task.value == 7);
}

ASYNC_TEST_CASE(a_value_that_cannot_be_copied_comes_out_of_a_plain_coroutine) {
  const std::unique_ptr<int> direct = co_await plain_unique();
  BOOST_TEST(*direct == 8);
  const std::unique_ptr<int> from_task = co_await asyncio::create_task(plain_unique());
  BOOST_TEST(*from_task == 8);
}

ASYNC_TEST_CASE(an_exception_comes_out_of_a_plain_coroutine) {
  bool direct = false;
  try {
    co_await plain_failure();
  } catch (const std::out_of_range&) {
    direct = true;
  }
  BOOST_TEST(direct);
  bool through_a_task = false;
  try {
    co_await asyncio::create_task(plain_failure<plain_on_io_context<void>>());
  } catch (const std::out_of_range&) {
    through_a_task = true;
  }
  BOOST_TEST(through_a_task);
}

ASYNC_TEST_CASE(a_cancel_passes_into_a_plain_coroutine) {
  names seen;
  auto waiting = asyncio::create_task(plain_wait(seen));
  co_await passes(5);
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(seen == names{"plain ended"}, per_element());
}

ASYNC_TEST_CASE(a_cancel_passes_into_a_plain_coroutine_on_the_io_context) {
  names seen;
  auto waiting = asyncio::create_task(plain_wait_on_io_context(seen));
  co_await passes(5);
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(seen == names{"plain ended"}, per_element());
}

ASYNC_TEST_CASE(a_cancelled_await_of_a_plain_coroutine_throws_once) {
  names seen;
  const auto ours = [&]() -> awaitable<void> {
    try {
      co_await plain_wait(seen);
    } catch (const asyncio::cancelled_error&) {
      seen.push_back("cancelled");
    }
    const int answer = co_await plain_answer();
    seen.push_back("cleaned up " + std::to_string(answer));
    co_await asyncio::sleep(1h);
  };
  auto waiting = asyncio::create_task(ours());
  co_await passes(5);
  waiting.cancel();
  co_await waiting;
  BOOST_TEST(seen == (names{"plain ended", "cancelled", "cleaned up 42"}), per_element());
}

ASYNC_TEST_CASE(a_plain_coroutine_may_swallow_the_cancel_and_give_a_value) {
  auto waiting = asyncio::create_task(plain_and_stubborn());
  co_await passes(5);
  waiting.cancel();
  const std::string value = co_await waiting;
  BOOST_TEST(value == "aborted, so what");
  BOOST_TEST(!waiting.cancelled());
}

ASYNC_TEST_CASE(a_plain_coroutine_may_answer_the_cancel_with_an_exception) {
  auto waiting = asyncio::create_task(plain_and_failing_when_cancelled());
  co_await passes(5);
  waiting.cancel();
  bool caught = false;
  try {
    co_await waiting;
  } catch (const std::out_of_range&) {
    caught = true;
  }
  BOOST_TEST(caught);
}

ASYNC_TEST_CASE(a_task_cancelled_while_it_runs_is_told_in_a_plain_coroutine) {
  names seen;
  const auto cancel_itself = [&]() -> awaitable<void> {
    asyncio::current_task().cancel();
    co_await plain_wait(seen);
  };
  auto cancelling = asyncio::create_task(cancel_itself());
  co_await end_of(cancelling);
  BOOST_TEST(cancelling.cancelled());
}

ASYNC_TEST_CASE(a_pool_of_asios_can_be_awaited) {
  asio::thread_pool pool(1);
  const auto here = std::this_thread::get_id();
  std::thread::id there;
  const auto on_the_pool = [&]() -> asio::awaitable<int> {
    there = std::this_thread::get_id();
    co_return 42;
  };
  const int answer = co_await asio::co_spawn(pool, on_the_pool(), asyncio::use_awaitable);
  BOOST_TEST(answer == 42);
  BOOST_TEST((there != here));
  BOOST_TEST((std::this_thread::get_id() == here));
}

// ---------------------------------------------------------------- awaitable_operators

ASYNC_TEST_CASE(asios_and_waits_for_both) {
  asyncio::future<> one;
  asyncio::future<> other;
  asyncio::get_running_loop().call_soon([&] {
    other.set_result();
    asyncio::get_running_loop().call_soon([&] { one.set_result(); });
  });
  const auto [first, second] = co_await (give_when(one, 1) && give_when(other, 2));
  BOOST_TEST(first == 1);
  BOOST_TEST(second == 2);
}

ASYNC_TEST_CASE(asios_or_cancels_the_slower) {
  names seen;
  asyncio::future<> told;
  asyncio::future<> never;
  asyncio::get_running_loop().call_soon([&] { told.set_result(); });
  const std::variant<int, std::monostate> first =
      co_await (give_when(told, 1) || wait_until(never, "slow", seen));
  BOOST_TEST(first.index() == 0U);
  BOOST_TEST(seen == names{"slow cancelled"}, per_element());
}

ASYNC_TEST_CASE(a_cancel_reaches_both_sides_of_an_operator) {
  names seen;
  const auto both = [&]() -> awaitable<void> {
    asyncio::future<> one;
    asyncio::future<> other;
    co_await (wait_until(one, "first", seen) && wait_until(other, "second", seen));
  };
  auto waiting = asyncio::create_task(both());
  co_await passes(5);
  waiting.cancel();
  co_await end_of(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(seen == (names{"first cancelled", "second cancelled"}), per_element());
}

ASYNC_TEST_CASE(the_virtual_clock_moves_for_sleeps_behind_awaitable_operators) {
  const auto start = asyncio::clock::now();
  co_await (nap(3s) || nap(1h));
  BOOST_TEST((asyncio::clock::now() - start == 3s));
  co_await (nap(3s) && nap(1h));
  BOOST_TEST((asyncio::clock::now() - start == 1h + 3s));
}

// ---------------------------------------------------------------- the end of a loop

BOOST_AUTO_TEST_CASE(a_loop_is_destroyed_under_a_pending_plain_coroutine) {
  names seen;
  destroy_a_loop_under(wait_in_plain(seen));
  BOOST_TEST(seen == (names{"ours ended", "plain ended"}), per_element());
}

BOOST_AUTO_TEST_SUITE_END()
