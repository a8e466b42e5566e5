#include <asyncio/clock.hpp>
#include <asyncio/detail/clock_scope.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_options.hpp>
#include <asyncio/sleep.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <thread>

using asyncio::awaitable;
using asyncio::detail::advance_clock;
using asyncio::detail::clock_scope;
using asyncio::detail::clock_setting;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using time_point = asyncio::clock::time_point;

namespace {

const clock_setting real_time{false, 1.0, {}};
const clock_setting fast{false, 1000.0, {}};
const clock_setting virtual_time{true, 1.0, {}};

time_point at(asyncio::clock::duration since_the_start) {
  return time_point(since_the_start);
}

} // namespace

BOOST_AUTO_TEST_SUITE(clock_test)

BOOST_AUTO_TEST_CASE(it_is_a_clock_of_the_standard) {
  static_assert(std::chrono::is_clock_v<asyncio::clock>);
  static_assert(asyncio::clock::is_steady);
  const auto first = asyncio::clock::now();
  const auto second = asyncio::clock::now();
  BOOST_TEST((first <= second));
}

BOOST_AUTO_TEST_CASE(without_a_scope_it_is_the_steady_clock) {
  const auto before = steady::now().time_since_epoch();
  const auto now = asyncio::clock::now().time_since_epoch();
  const auto after = steady::now().time_since_epoch();
  BOOST_TEST((before <= now && now <= after));
  BOOST_TEST(!asyncio::detail::clock_is_virtual());
}

BOOST_AUTO_TEST_CASE(a_virtual_clock_starts_at_zero_and_stands) {
  const clock_scope scope(virtual_time);
  BOOST_TEST(asyncio::detail::clock_is_virtual());
  BOOST_TEST((asyncio::clock::now() == at(0s)));
  std::this_thread::yield();
  BOOST_TEST((asyncio::clock::now() == at(0s)));
}

BOOST_AUTO_TEST_CASE(a_virtual_clock_moves_forward_only) {
  const clock_scope scope(virtual_time);
  advance_clock(at(11s));
  BOOST_TEST((asyncio::clock::now() == at(11s)));
  advance_clock(at(10s));
  BOOST_TEST((asyncio::clock::now() == at(11s)));
}

BOOST_AUTO_TEST_CASE(each_virtual_clock_starts_anew) {
  {
    const clock_scope scope(virtual_time);
    advance_clock(at(11s));
  }
  BOOST_TEST(!asyncio::detail::clock_is_virtual());
  const clock_scope scope(virtual_time);
  BOOST_TEST((asyncio::clock::now() == at(0s)));
}

BOOST_AUTO_TEST_CASE(a_scope_within_a_scope_of_the_same_setting_changes_nothing) {
  const clock_scope outer(virtual_time);
  advance_clock(at(11s));
  {
    const clock_scope inner(virtual_time);
    BOOST_TEST((asyncio::clock::now() == at(11s)));
  }
  BOOST_TEST((asyncio::clock::now() == at(11s)));
}

BOOST_AUTO_TEST_CASE(a_scope_of_another_setting_is_refused) {
  {
    const clock_scope outer(virtual_time);
    BOOST_CHECK_THROW(clock_scope inner(real_time), asyncio::misuse_error);
    BOOST_CHECK_THROW(clock_scope inner(fast), asyncio::misuse_error);
    BOOST_TEST(asyncio::detail::clock_is_virtual());
  }
  const clock_scope now_it_can_be(real_time);
  BOOST_TEST(!asyncio::detail::clock_is_virtual());
}

BOOST_AUTO_TEST_CASE(a_fast_clock_never_runs_backward_and_is_ahead_of_the_steady_one) {
  const auto real_start = steady::now();
  const clock_scope scope(fast);
  const auto start = asyncio::clock::now();
  auto previous = start;
  for (int i = 0; i < 10'000; ++i) {
    const auto now = asyncio::clock::now();
    BOOST_TEST_REQUIRE((previous <= now));
    previous = now;
  }
  BOOST_TEST((previous - start <= (steady::now() - real_start) * 1001));
}

BOOST_AUTO_TEST_CASE(a_deadline_of_a_fast_clock_is_due_that_much_sooner_and_never_early) {
  const clock_scope scope(fast);
  const auto now = asyncio::clock::now();
  const auto due_now = asyncio::detail::due_on_steady_clock(now);
  const auto due_later = asyncio::detail::due_on_steady_clock(now + 1000s);
  BOOST_TEST((due_later - due_now >= 999ms));
  BOOST_TEST((due_later - due_now <= 1001ms));
  while (steady::now() < due_now) {
  }
  BOOST_TEST((asyncio::clock::now() >= now));
}

BOOST_AUTO_TEST_CASE(later_stays_within_the_range_of_the_clock) {
  using asyncio::detail::later;
  BOOST_TEST((later(at(1s), 2s) == at(3s)));
  BOOST_TEST((later(at(1s), -2s) == at(-1s)));
  BOOST_TEST((later(at(1s), asyncio::clock::duration::max()) == time_point::max()));
  BOOST_TEST((later(at(0s), asyncio::clock::duration::min()) == time_point::min()));
}

BOOST_AUTO_TEST_CASE(the_time_of_day_lies_within_a_day) {
  BOOST_TEST((asyncio::time_of_day() >= 0s));
  BOOST_TEST((asyncio::time_of_day() < 24h));
}

BOOST_AUTO_TEST_CASE(the_virtual_day_begins_at_midnight_and_comes_again) {
  const clock_scope scope(virtual_time);
  BOOST_TEST((asyncio::time_of_day() == 0s));
  advance_clock(at(3h));
  BOOST_TEST((asyncio::time_of_day() == 3h));
  advance_clock(at(25h));
  BOOST_TEST((asyncio::time_of_day() == 1h));
}

BOOST_AUTO_TEST_CASE(a_run_puts_its_clock_in_force_and_takes_it_back) {
  const auto elapsed = []() -> awaitable<asyncio::clock::duration> {
    const auto start = asyncio::clock::now();
    co_await asyncio::sleep(11s);
    co_return asyncio::clock::now() - start;
  };
  BOOST_TEST((asyncio::run(elapsed(), asyncio::run_options().virtual_time()) == 11s));
  BOOST_TEST(!asyncio::detail::clock_is_virtual());
}

BOOST_AUTO_TEST_CASE(a_sleep_by_a_fast_clock_is_never_too_short) {
  const auto elapsed = []() -> awaitable<asyncio::clock::duration> {
    const auto start = asyncio::clock::now();
    co_await asyncio::sleep(11s);
    co_return asyncio::clock::now() - start;
  };
  BOOST_TEST((asyncio::run(elapsed(), asyncio::run_options().speed(10'000)) >= 11s));
}

BOOST_AUTO_TEST_CASE(other_threads_see_the_same_virtual_time) {
  const clock_scope scope(virtual_time);
  advance_clock(at(11s));
  time_point seen;
  std::thread([&] { seen = asyncio::clock::now(); }).join();
  BOOST_TEST((seen == at(11s)));
}

BOOST_AUTO_TEST_SUITE_END()
