#include <asyncio/gather.hpp>
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

} // namespace

BOOST_AUTO_TEST_SUITE(sleep_test)

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

ASYNC_TEST_CASE(zero_gives_everyone_a_turn) {
  names seen;
  asyncio::get_running_loop().call_soon([&] { seen.push_back("callback"); });
  co_await asyncio::sleep(0s);
  seen.push_back("sleeper");
  BOOST_TEST(seen == (names{"callback", "sleeper"}), boost::test_tools::per_element());
}

ASYNC_TEST_CASE(gives_the_value_it_was_given) {
  const std::string value = co_await asyncio::sleep(1s, std::string("worth waiting for"));
  BOOST_TEST(value == "worth waiting for");
}

ASYNC_TEST_CASE(not_a_number_is_refused) {
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

BOOST_AUTO_TEST_SUITE_END()
