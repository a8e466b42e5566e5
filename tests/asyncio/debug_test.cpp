#include <asyncio/blocking.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_options.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/captured.hpp>
#include <support/endings.hpp>
#include <support/row.hpp>
#include <support/virtual_loop.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

using asyncio::awaitable;
using namespace std::chrono_literals;

namespace {

void block_for(std::chrono::milliseconds duration) {
  asyncio::blocking_sleep(duration);
}

awaitable<void> block_in_a_step(std::chrono::milliseconds duration) {
  co_await asyncio::sleep(1s);
  asyncio::blocking_sleep(duration);
  co_await asyncio::sleep(1s);
}

awaitable<int> answer() {
  co_return 42;
}

awaitable<void> fail() {
  throw std::runtime_error("Boom!");
  co_return;
}

/// A loop in virtual time and debug mode, and its log.
struct debugged {
  debugged() { loop.set_debug(true); }

  void run_for_a_minute() { loop.run_until_complete(asyncio::sleep(1min)); }

  const captured_log log;
  virtual_loop loop;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(debug_test, debugged)

// ---------------------------------------------------------------- slow steps

BOOST_AUTO_TEST_CASE(a_slow_callback_is_logged_with_its_name_and_duration, *row("loop-26")) {
  loop.call_soon(block_for, 250ms);
  run_for_a_minute();
  BOOST_TEST(log.has(" warning [MainThread] Executing callback void (*)(std::chrono::duration<"));
  BOOST_TEST(log.has(" took 0.250 seconds\n"));
}

BOOST_AUTO_TEST_CASE(a_slow_step_of_a_task_is_logged_with_its_name_and_duration, *row("loop-26")) {
  auto blocking = loop.create_task(block_in_a_step(1500ms), "blocking");
  loop.run_until_complete(blocking);
  BOOST_TEST(log.has("Executing task \"blocking\", created at debug_test.cpp:"));
  BOOST_TEST(log.has(" took 1.500 seconds, up to the await at debug_test.cpp:"));
  BOOST_TEST(log.text().find("Executing") == log.text().rfind("Executing")); // its other steps were quick
}

BOOST_AUTO_TEST_CASE(a_slow_first_step_is_logged_too) {
  const auto block_at_once = []() -> awaitable<void> {
    asyncio::blocking_sleep(200ms);
    co_return;
  };
  loop.run_until_complete(loop.create_task(block_at_once(), "blocking"));
  BOOST_TEST(log.has("Executing task \"blocking\""));
  BOOST_TEST(log.has(" took 0.200 seconds\n"));
}

BOOST_AUTO_TEST_CASE(a_slow_step_after_a_queue_is_the_tasks) {
  asyncio::queue<int> jobs;
  const auto work = [&]() -> awaitable<void> {
    co_await jobs.get();
    asyncio::blocking_sleep(200ms);
  };
  auto working = loop.create_task(work(), "working");
  loop.call_later(1s, [&] { jobs.put_nowait(1); });
  loop.run_until_complete(working);
  BOOST_TEST(log.has("Executing task \"working\""));
}

BOOST_AUTO_TEST_CASE(slow_timers_and_done_callbacks_are_logged) {
  const asyncio::future<> done(loop);
  done.add_done_callback([] { asyncio::blocking_sleep(300ms); });
  loop.call_later(1s, [&] {
    asyncio::blocking_sleep(400ms);
    done.set_result();
  });
  run_for_a_minute();
  BOOST_TEST(log.has("Executing callback debug_test::slow_timers_and_done_callbacks_are_logged::"));
  BOOST_TEST(log.has(" took 0.300 seconds"));
  BOOST_TEST(log.has(" took 0.400 seconds"));
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_or_is_cancelled_can_be_slow) {
  const auto block_and_fail = []() -> awaitable<void> {
    asyncio::blocking_sleep(300ms);
    throw std::runtime_error("Boom!");
    co_return;
  };
  const auto block_when_cancelled = []() -> awaitable<void> {
    try {
      co_await asyncio::sleep(1h);
    } catch (const asyncio::cancelled_error&) {
      asyncio::blocking_sleep(400ms);
      throw;
    }
  };
  auto failing = loop.create_task(block_and_fail(), "failing");
  auto cancelled = loop.create_task(block_when_cancelled(), "cancelled");
  loop.call_later(1s, [&] { cancelled.cancel(); });
  run_for_a_minute();
  BOOST_TEST(ending_of(failing) == "std::runtime_error: Boom!");
  BOOST_TEST(ending_of(cancelled) == "cancelled");
  BOOST_TEST(log.has("Executing task \"failing\""));
  BOOST_TEST(log.has(" took 0.300 seconds"));
  BOOST_TEST(log.has("Executing task \"cancelled\""));
  BOOST_TEST(log.has(" took 0.400 seconds"));
}

BOOST_AUTO_TEST_CASE(what_is_slow_can_be_set) {
  BOOST_TEST((loop.get_slow_callback_duration() == 100ms));
  loop.call_soon(block_for, 99ms);
  run_for_a_minute();
  BOOST_TEST(log.text() == "");
  loop.set_slow_callback_duration(99ms);
  loop.call_soon(block_for, 98ms);
  run_for_a_minute();
  BOOST_TEST(log.text() == "");
  loop.call_soon(block_for, 99ms);
  run_for_a_minute();
  BOOST_TEST(log.has(" took 0.099 seconds"));
}

BOOST_AUTO_TEST_CASE(without_debug_mode_slow_steps_are_nobodys_business) {
  loop.set_debug(false);
  loop.call_soon(block_for, 1s);
  loop.run_until_complete(loop.create_task(block_in_a_step(1s)));
  BOOST_TEST(log.text() == "");
}

// ---------------------------------------------------------------- coroutines never awaited

BOOST_AUTO_TEST_CASE(a_coroutine_that_is_dropped_is_logged_with_its_name) {
  loop.call_soon([] { const auto dropped = answer(); });
  run_for_a_minute();
  BOOST_TEST(log.has(" warning "));
  BOOST_TEST(log.has("answer()"));
  BOOST_TEST(log.has(" (debug_test.cpp:"));
  BOOST_TEST(log.has(") was never awaited\n"));
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_was_awaited_is_not_logged) {
  const auto main = []() -> awaitable<void> {
    static_cast<void>(co_await answer());
    auto named = answer();
    static_cast<void>(co_await std::move(named));
    static_cast<void>(co_await asyncio::create_task(answer()));
    try {
      co_await fail();
    } catch (const std::runtime_error&) {
    }
  };
  loop.run_until_complete(main());
  BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(a_task_that_is_cancelled_before_it_begins_is_no_mistake) {
  const auto main = []() -> awaitable<void> {
    auto cancelled = asyncio::create_task(answer());
    cancelled.cancel();
    co_await end_of(cancelled);
    auto sleeping = asyncio::create_task(block_in_a_step(0ms));
    co_await asyncio::sleep(0s);
    sleeping.cancel();
    co_await end_of(sleeping);
  };
  loop.run_until_complete(main());
  BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(what_is_suspended_when_its_loop_goes_away_is_no_mistake) {
  {
    virtual_loop other;
    other.set_debug(true);
    other.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    const auto main = [&]() -> awaitable<void> {
      asyncio::create_task(block_in_a_step(0ms));
      co_await asyncio::sleep(0s);
      asyncio::create_task(answer()); // not begun yet
    };
    other.run_until_complete(main());
  }
  BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(what_asio_makes_of_a_coroutine_is_no_mistake) {
  boost::asio::co_spawn(loop.get_executor(), block_in_a_step(0ms), boost::asio::detached);
  run_for_a_minute();
  BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(a_coroutine_given_to_what_refuses_it_is_logged_as_in_python) {
  loop.call_soon([] {
    try {
      asyncio::run(answer()); // inside a running loop
    } catch (const asyncio::misuse_error&) {
    }
  });
  run_for_a_minute();
  BOOST_TEST(log.has("answer()"));
  BOOST_TEST(log.has(" was never awaited"));
}

BOOST_AUTO_TEST_CASE(without_debug_mode_nobody_is_told_of_a_dropped_coroutine) {
  loop.set_debug(false);
  loop.call_soon([] { const auto dropped = answer(); });
  run_for_a_minute();
  BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(debug_and_seed_test)

BOOST_AUTO_TEST_CASE(debug_mode_keeps_to_the_order_that_the_seed_draws) {
  const auto order = [](std::uint64_t seed, bool debug) {
    std::string seen;
    const auto note = [&](char name) -> awaitable<void> {
      co_await asyncio::sleep(0s);
      seen += name;
    };
    const auto main = [&]() -> awaitable<void> {
      for (const char name : {'a', 'b', 'c', 'd', 'e', 'f'}) {
        asyncio::create_task(note(name));
      }
      co_await asyncio::sleep(1s);
    };
    asyncio::run(main(), asyncio::run_options().virtual_time().seed(seed).debug(debug));
    return seen;
  };
  BOOST_TEST(order(7, true) == order(7, false));
  BOOST_TEST(order(7, true) != order(8, true));
}

BOOST_AUTO_TEST_SUITE_END()
