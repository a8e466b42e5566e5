#include <asyncio/detail/clock_scope.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>

#include <chrono>
#include <limits>
#include <string>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using names = std::vector<std::string>;

namespace {

awaitable<void> note_after(std::chrono::nanoseconds delay, std::string name, names& seen) {
  co_await asyncio::sleep(delay);
  seen.push_back(name);
}

awaitable<void> tiny_sleeps() {
  for (const double seconds : {1e-2, 1e-4, 1e-6, 1e-8, 1e-10}) {
    co_await asyncio::sleep(std::chrono::duration<double>(seconds));
  }
}

/// Runs them as loop::run_until_complete() would, and counts.
int passes_of_tiny_sleeps(const asyncio::detail::clock_setting& setting) {
  const asyncio::detail::clock_scope scope(setting);
  asyncio::loop loop;
  asyncio::detail::scheduler& inside = asyncio::detail::scheduler_of(loop);
  auto sleeping = loop.create_task(tiny_sleeps());
  int passes = 0;
  inside.enter_thread();
  for (; !sleeping.done(); ++passes) {
    inside.turn(true);
  }
  inside.leave_thread();
  return passes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sleep_test)

ASYNC_TEST_CASE(takes_its_time_and_gives_its_value, *row("sleep-01")) {
  const auto start = asyncio::clock::now();
  co_await asyncio::sleep(50ms);
  const std::string value = co_await asyncio::sleep(50ms, "yeah");
  BOOST_TEST((asyncio::clock::now() - start == 100ms));
  BOOST_TEST(value == "yeah");
}

ASYNC_TEST_CASE(takes_its_time_exactly) {
  const auto start = asyncio::clock::now();
  co_await asyncio::sleep(20s);
  co_await asyncio::sleep(250ms);
  BOOST_TEST((asyncio::clock::now() - start == 20250ms));
}

ASYNC_TEST_CASE(earlier_deadline_wakes_first) {
  names seen;
  co_await asyncio::gather(note_after(20s, "late", seen), note_after(10s, "early", seen));
  BOOST_TEST(seen == (names{"early", "late"}), boost::test_tools::per_element());
}

ASYNC_TEST_CASE(equal_deadlines_wake_in_the_order_of_the_calls) {
  names seen;
  co_await asyncio::gather(note_after(1s, "a", seen), note_after(1s, "b", seen), note_after(1s, "c", seen));
  BOOST_TEST(seen == (names{"a", "b", "c"}), boost::test_tools::per_element());
}

ASYNC_TEST_CASE(zero_gives_everyone_a_turn, *row("sleep-02")) {
  names seen;
  asyncio::get_running_loop().call_soon([&] { seen.push_back("callback"); });
  const std::string value = co_await asyncio::sleep(0s, "sleeper");
  seen.push_back(value);
  BOOST_TEST(seen == (names{"callback", "sleeper"}), boost::test_tools::per_element());
}

ASYNC_TEST_CASE(less_than_zero_is_like_zero) {
  const auto start = asyncio::clock::now();
  names seen;
  asyncio::get_running_loop().call_soon([&] { seen.push_back("callback"); });
  co_await asyncio::sleep(-1h);
  seen.push_back("sleeper");
  BOOST_TEST(seen == (names{"callback", "sleeper"}), boost::test_tools::per_element());
  BOOST_TEST((asyncio::clock::now() == start));
}

ASYNC_TEST_CASE(gives_the_value_it_was_given) {
  const std::string value = co_await asyncio::sleep(1s, std::string("worth waiting for"));
  BOOST_TEST(value == "worth waiting for");
}

ASYNC_TEST_CASE(not_a_number_is_refused, *row("sleep-03")) {
  BOOST_CHECK_THROW(
      (void)asyncio::sleep(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())),
      asyncio::invalid_argument_error);
  co_return;
}

ASYNC_TEST_CASE(cancelled_sleep_ends_at_once) {
  const auto start = asyncio::clock::now();
  auto sleeping = asyncio::create_task(asyncio::sleep(5000s));
  co_await asyncio::sleep(100ms);
  sleeping.cancel();
  bool cancelled = false;
  try {
    co_await sleeping;
  } catch (const asyncio::cancelled_error&) {
    cancelled = true;
  }
  BOOST_TEST(cancelled);
  BOOST_TEST(sleeping.cancelled());
  BOOST_TEST((asyncio::clock::now() - start == 100ms));
}

ASYNC_TEST_CASE(for_ever_is_long_enough_to_be_cancelled) {
  auto sleeping = asyncio::create_task(asyncio::sleep(std::chrono::hours::max()));
  co_await asyncio::sleep(24h * 365);
  BOOST_TEST(!sleeping.done());
  sleeping.cancel();
  co_await asyncio::sleep(0s);
  co_await asyncio::sleep(0s);
  BOOST_TEST(sleeping.cancelled());
}

// ---------------------------------------------------------------- tiny delays

// CPython's number is 12: two a sleep, and one each for the task's first step and the end.
BOOST_AUTO_TEST_CASE(tiny_delays_take_few_passes_in_virtual_time, *row("sleep-04")) {
  BOOST_TEST(passes_of_tiny_sleeps(
                 asyncio::detail::clock_setting{.is_virtual = true, .speed = 1, .seed = {}}) <= 12);
}

// A hundred thousand times as fast, so that it is a tenth of a microsecond.
BOOST_AUTO_TEST_CASE(tiny_delays_take_few_passes_in_real_time, *row("sleep-04")) {
  BOOST_TEST(passes_of_tiny_sleeps(
                 asyncio::detail::clock_setting{.is_virtual = false, .speed = 1e5, .seed = {}}) <= 20);
}

BOOST_AUTO_TEST_SUITE_END()
