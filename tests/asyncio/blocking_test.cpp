#include <asyncio/blocking.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread.hpp>
#include <support/async_test.hpp>
#include <support/virtual_threads.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using names = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(blocking_test)

BOOST_AUTO_TEST_CASE(a_sleep_takes_its_time_exactly) {
  const virtual_threads scope;
  asyncio::blocking_sleep(20s);
  asyncio::blocking_sleep(250ms);
  BOOST_TEST((asyncio::clock::now() == asyncio::clock::time_point(20250ms)));
}

BOOST_AUTO_TEST_CASE(a_sleep_of_nothing_or_less_lets_the_others_go_first) {
  const virtual_threads scope;
  for (const auto nothing : {0s, -5s}) {
    story seen;
    asyncio::thread other("other", [&] { seen.tell("other"); });
    asyncio::blocking_sleep(nothing);
    seen.tell("main");
    BOOST_TEST(seen.lines() == (names{"other", "main"}), boost::test_tools::per_element());
  }
  BOOST_TEST(seconds_now() == 0.0);
}

BOOST_AUTO_TEST_CASE(a_sleep_of_nothing_does_not_wait_for_what_was_set_for_now) {
  const virtual_threads scope;
  story seen;
  asyncio::thread later("later", [&] {
    asyncio::blocking_sleep(1s);
    asyncio::blocking_sleep(1s);
    seen.tell("set later");
  });
  asyncio::blocking_sleep(2s);
  asyncio::blocking_sleep(0s);
  seen.tell("main");
  later.join();
  BOOST_TEST(seen.lines() == (names{"main", "set later"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_sleep_in_real_time_is_never_too_short) {
  if (asyncio::detail::clock_in_force().is_virtual) {
    return;
  }
  const auto start = asyncio::clock::now();
  asyncio::blocking_sleep(1ms);
  BOOST_TEST((asyncio::clock::now() - start >= 1ms));
}

BOOST_AUTO_TEST_CASE(a_sleep_in_faster_time_is_never_too_short_by_its_own_clock) {
  const auto nap = []() -> asyncio::awaitable<bool> {
    const auto start = asyncio::clock::now();
    asyncio::blocking_sleep(1s); // a real millisecond
    co_return asyncio::clock::now() - start >= 1s;
  };
  BOOST_TEST(asyncio::run(nap(), asyncio::run_options().speed(1000)));
}

BOOST_AUTO_TEST_CASE(a_region_in_real_time_is_just_the_call) {
  BOOST_TEST(asyncio::blocking_region([](int n) { return n + 1; }, 6) == 7);
  BOOST_CHECK_THROW(asyncio::blocking_region([] { throw std::runtime_error("no"); }), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(regions_within_regions_take_part_again_at_the_end) {
  const virtual_threads scope;
  asyncio::blocking_region([] { asyncio::blocking_region([] {}); });
  asyncio::blocking_sleep(1s);
  BOOST_TEST(seconds_now() == 1.0);
}

BOOST_AUTO_TEST_CASE(a_sleep_within_a_region_takes_its_time) {
  const virtual_threads scope;
  asyncio::blocking_region([] { asyncio::blocking_sleep(5s); });
  BOOST_TEST(seconds_now() == 5.0);
  asyncio::blocking_sleep(1s);
  BOOST_TEST(seconds_now() == 6.0);
}

BOOST_AUTO_TEST_CASE(a_thread_that_comes_out_of_a_region_waits_for_its_turn) {
  const virtual_threads scope;
  story seen;
  asyncio::thread away("away", [&] {
    asyncio::blocking_region([] {});
    seen.tell("back");
  });
  seen.tell("main");
  away.join();
  BOOST_TEST(seen.lines() == (names{"main", "back"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(guards_do_nothing_in_real_time) {
  const asyncio::outside_guard one;
  const asyncio::outside_guard two;
  const auto nap = []() -> asyncio::awaitable<void> { co_await asyncio::sleep(1us); };
  asyncio::run(nap(), asyncio::run_options().virtual_time(false));
}

BOOST_AUTO_TEST_SUITE_END()
