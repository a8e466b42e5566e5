#include <asyncio/blocking.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/explore.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/seed.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread.hpp>
#include <support/async_test.hpp>
#include <support/virtual_threads.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;

namespace {

// Loses an update only if the other one comes between: first come first served it never does.
awaitable<void> add_one(int& counter, int steps_before) {
  for (int i = 0; i < steps_before; ++i) {
    co_await asyncio::sleep(0s);
  }
  const int read = counter;
  co_await asyncio::sleep(0s);
  counter = read + 1;
}

awaitable<bool> two_clients_update() {
  int counter = 0;
  auto one = asyncio::create_task(add_one(counter, 0));
  auto other = asyncio::create_task(add_one(counter, 1));
  co_await one;
  co_await other;
  co_return counter == 2;
}

/// The same with threads.
bool two_threads_update() {
  int counter = 0;
  const auto add = [&](int steps_before) {
    for (int i = 0; i < steps_before; ++i) {
      asyncio::blocking_sleep(0s);
    }
    const int read = counter;
    asyncio::blocking_sleep(0s);
    counter = read + 1;
  };
  asyncio::thread one("one", add, 0);
  asyncio::thread other("other", add, 2);
  one.join();
  other.join();
  return counter == 2;
}

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(explore_test)

BOOST_AUTO_TEST_CASE(finds_an_update_that_coroutines_lose_under_some_orders_only) {
  BOOST_TEST(asyncio::run(two_clients_update(), asyncio::run_options().virtual_time()));
  const auto failure = asyncio::explore([] { return two_clients_update(); }, 1000);
  BOOST_REQUIRE(failure.has_value());
  BOOST_TEST(failure->seed < 1000U);
}

BOOST_AUTO_TEST_CASE(the_number_replays_what_was_found) {
  const auto failure = asyncio::explore([] { return two_clients_update(); }, 1000);
  BOOST_REQUIRE(failure.has_value());
  for (int i = 0; i < 5; ++i) {
    const auto options = asyncio::run_options().virtual_time().seed(failure->seed);
    BOOST_TEST(!asyncio::run(two_clients_update(), options));
  }
  const auto again = asyncio::explore([] { return two_clients_update(); }, 1, failure->seed);
  BOOST_TEST(again.has_value());
}

BOOST_AUTO_TEST_CASE(finds_an_update_that_threads_lose_under_some_orders_only) {
  const auto failure = asyncio::explore(two_threads_update, 1000);
  BOOST_REQUIRE(failure.has_value());
  const virtual_threads replayed(failure->seed);
  BOOST_TEST(!two_threads_update());
}

BOOST_AUTO_TEST_CASE(gives_nothing_for_what_holds_under_every_seed) {
  std::uint64_t runs = 0;
  const auto body = [&]() -> awaitable<void> {
    ++runs;
    co_await asyncio::sleep(1h);
  };
  BOOST_TEST(!asyncio::explore(body, 50).has_value());
  BOOST_TEST(runs == 50U);
}

BOOST_AUTO_TEST_CASE(runs_the_seeds_in_order_from_the_first_given) {
  std::vector<std::uint64_t> seeds;
  const auto failure = asyncio::explore(
      [&] {
        seeds.push_back(asyncio::current_seed().value());
        return seeds.size() < 3;
      },
      100, 40);
  BOOST_TEST(seeds == (std::vector<std::uint64_t>{40, 41, 42}), boost::test_tools::per_element());
  BOOST_REQUIRE(failure.has_value());
  BOOST_TEST(failure->seed == 42U);
}

BOOST_AUTO_TEST_CASE(each_body_begins_at_zero) {
  bool at_zero = true;
  const auto failure = asyncio::explore(
      [&] {
        at_zero = at_zero && seconds_now() == 0.0;
        asyncio::blocking_sleep(1s);
      },
      10);
  BOOST_TEST(!failure.has_value());
  BOOST_TEST(at_zero);
}

BOOST_AUTO_TEST_CASE(a_body_that_throws_has_failed_with_what_it_threw) {
  const auto failure = asyncio::explore([] { throw std::runtime_error("no luck"); }, 10, 7);
  BOOST_REQUIRE(failure.has_value());
  BOOST_TEST(failure->seed == 7U);
  BOOST_TEST(message_of(failure->error) == "no luck");
  BOOST_TEST(failure->message() ==
             "seed 7: std::runtime_error: no luck (run_options().virtual_time().seed(7) replays it)");
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_throws_has_failed_with_what_it_threw) {
  const auto body = []() -> awaitable<void> {
    co_await asyncio::sleep(1s);
    throw std::runtime_error("no luck");
  };
  const auto failure = asyncio::explore(body, 10);
  BOOST_REQUIRE(failure.has_value());
  BOOST_TEST(message_of(failure->error) == "no luck");
}

BOOST_AUTO_TEST_CASE(a_deadlock_is_a_failure) {
  const auto body = []() -> awaitable<void> {
    const asyncio::future<> never;
    co_await never;
  };
  const auto failure = asyncio::explore(body, 10);
  BOOST_REQUIRE(failure.has_value());
  BOOST_CHECK_THROW(std::rethrow_exception(failure->error), asyncio::deadlock_error);
}

BOOST_AUTO_TEST_CASE(no_seeds_no_runs) {
  BOOST_TEST(!asyncio::explore([] { return false; }, 0).has_value());
}

ASYNC_TEST_CASE(inside_a_running_loop_it_is_refused) {
  BOOST_CHECK_THROW((void)asyncio::explore([] { return true; }, 1), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)asyncio::explore([] { return two_clients_update(); }, 1), asyncio::misuse_error);
  co_return;
}

BOOST_AUTO_TEST_SUITE_END()
