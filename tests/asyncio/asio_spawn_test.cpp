// Coroutines of ours that Boost.Asio begins, and the executor that it begins them on.

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/asio.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace asio = boost::asio;
using asyncio::awaitable;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;

namespace {

template <class T>
using plain = asio::awaitable<T>;

bool is_cancelled(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const asyncio::cancelled_error&) {
    return true;
  } catch (...) {
    return false;
  }
}

awaitable<int> sleep_and_answer() {
  co_await asyncio::sleep(1h);
  co_return 42;
}

awaitable<int> await_a_task() {
  auto answering = asyncio::create_task(asyncio::sleep(0s, 42));
  co_return co_await answering;
}

awaitable<int> fail_after_a_sleep() {
  co_await asyncio::sleep(0s);
  throw std::out_of_range("ours went wrong");
}

awaitable<void> note_the_cancel(names& seen) {
  try {
    co_await asyncio::sleep(1000h);
  } catch (const asyncio::cancelled_error&) {
    seen.push_back("cancelled");
  }
  co_await asyncio::sleep(1h);
  co_await asyncio::create_task(sleep_and_answer());
  seen.push_back("cleaned up");
}

plain<std::string> plain_that_spawns_ours(asyncio::executor ours) {
  const int answer = co_await asio::co_spawn(ours, await_a_task(), asio::use_awaitable);
  try {
    co_await asio::co_spawn(ours, fail_after_a_sleep(), asio::use_awaitable);
  } catch (const std::out_of_range& e) {
    co_return std::to_string(answer) + ", then " + e.what();
  }
  co_return "no exception";
}

} // namespace

BOOST_AUTO_TEST_SUITE(asio_spawn_test)

// ---------------------------------------------------------------- ours, begun by co_spawn

ASYNC_TEST_CASE(spawned_detached_it_runs) {
  asyncio::future<> ran;
  const auto ours = [&]() -> awaitable<void> {
    co_await asyncio::sleep(1h);
    ran.set_result();
  };
  asio::co_spawn(asyncio::get_running_loop().get_executor(), ours(), asio::detached);
  co_await ran;
}

ASYNC_TEST_CASE(spawned_with_a_callback_it_gives_its_value) {
  asyncio::future<int> value;
  asio::co_spawn(asyncio::get_running_loop().get_executor(), await_a_task(),
                 [&](const std::exception_ptr& error, int n) {
                   BOOST_TEST(!error);
                   value.set_result(n);
                 });
  const int n = co_await value;
  BOOST_TEST(n == 42);
}

ASYNC_TEST_CASE(spawned_with_a_callback_it_gives_its_exception) {
  asyncio::future<int> value;
  asio::co_spawn(asyncio::get_running_loop().get_executor(), fail_after_a_sleep(),
                 [&](std::exception_ptr error, int) { value.set_exception(std::move(error)); });
  bool caught = false;
  try {
    co_await value;
  } catch (const std::out_of_range&) {
    caught = true;
  }
  BOOST_TEST(caught);
}

ASYNC_TEST_CASE(a_plain_coroutine_awaits_ours) {
  const std::string said = co_await plain_that_spawns_ours(asyncio::get_running_loop().get_executor());
  BOOST_TEST(said == "42, then ours went wrong");
}

ASYNC_TEST_CASE(spawned_it_is_a_task_like_others) {
  asyncio::future<asyncio::any_task> inside;
  const auto ours = [&]() -> awaitable<void> {
    co_await asyncio::sleep(0s);
    inside.set_result(asyncio::current_task());
    co_await asyncio::sleep(1h);
  };
  asio::co_spawn(asyncio::get_running_loop().get_executor(), ours(), asio::detached);
  const asyncio::any_task found = co_await inside;
  BOOST_TEST_REQUIRE(static_cast<bool>(found));
  BOOST_TEST(!(found == asyncio::current_task()));
  BOOST_TEST(found.name().starts_with("Task-"));
  const auto all = asyncio::all_tasks();
  BOOST_TEST((std::find(all.begin(), all.end(), found) != all.end()));
  co_await asyncio::sleep(2h);
  BOOST_TEST(found.done());
}

ASYNC_TEST_CASE(spawned_its_first_step_has_a_task_of_its_own) {
  const asyncio::any_task outside = asyncio::current_task();
  asyncio::future<asyncio::any_task> inside;
  const auto ours = [&]() -> awaitable<void> {
    inside.set_result(asyncio::current_task());
    co_return;
  };
  asio::co_spawn(asyncio::get_running_loop().get_executor(), ours(), asio::detached);
  const asyncio::any_task found = co_await inside;
  BOOST_TEST(static_cast<bool>(found));
  BOOST_TEST(!(found == outside));
}

ASYNC_TEST_CASE(spawned_it_is_cancelled_once_in_asios_way) {
  names seen;
  asyncio::future<> ended_well;
  asio::cancellation_signal signal;
  asio::co_spawn(asyncio::get_running_loop().get_executor(), note_the_cancel(seen),
                 asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr& error) {
                   BOOST_TEST(!error);
                   ended_well.set_result();
                 }));
  co_await passes(5);
  signal.emit(asio::cancellation_type::terminal);
  co_await ended_well;
  BOOST_TEST(seen == cancelled_once, per_element());
}

ASYNC_TEST_CASE(spawned_and_cancelled_in_asios_way_it_ends_with_cancelled_error) {
  asyncio::future<std::exception_ptr> ended_with;
  asio::cancellation_signal signal;
  asio::co_spawn(asyncio::get_running_loop().get_executor(), sleep_and_answer(),
                 asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr& error, int) {
                   ended_with.set_result(error);
                 }));
  co_await passes(5);
  signal.emit(asio::cancellation_type::all);
  const std::exception_ptr error = co_await ended_with;
  BOOST_TEST(is_cancelled(error));
}

ASYNC_TEST_CASE(spawned_it_can_be_cancelled_in_asios_way_again) {
  int cancels = 0;
  asyncio::future<> over;
  asio::cancellation_signal signal;
  const auto ours = [&]() -> awaitable<void> {
    while (cancels < 3) {
      try {
        co_await asyncio::sleep(1000h);
      } catch (const asyncio::cancelled_error&) {
        ++cancels;
      }
    }
  };
  asio::co_spawn(
      asyncio::get_running_loop().get_executor(), ours(),
      asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr&) { over.set_result(); }));
  for (int i = 0; i < 3; ++i) {
    co_await passes(5);
    signal.emit(asio::cancellation_type::terminal);
  }
  co_await over;
  BOOST_TEST(cancels == 3);
}

ASYNC_TEST_CASE(spawned_and_cancelled_in_asios_way_while_it_waits_for_an_operation) {
  names seen;
  asyncio::future<> over;
  asio::cancellation_signal signal;
  asio::co_spawn(
      asyncio::get_running_loop().get_executor(), wait_for_ever(asio::deferred, seen),
      asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr&) { over.set_result(); }));
  co_await passes(5);
  signal.emit(asio::cancellation_type::terminal);
  co_await over;
  BOOST_TEST(seen == cancelled_once, per_element());
}

ASYNC_TEST_CASE(spawned_and_cancelled_in_asios_way_at_once_its_body_is_told) {
  names seen;
  asyncio::future<> over;
  asio::cancellation_signal signal;
  asio::co_spawn(
      asyncio::get_running_loop().get_executor(), note_the_cancel(seen),
      asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr&) { over.set_result(); }));
  signal.emit(asio::cancellation_type::terminal);
  co_await over;
  BOOST_TEST(seen == cancelled_once, per_element());
}

BOOST_AUTO_TEST_CASE(spawned_it_is_cancelled_at_the_end_of_run) {
  names seen;
  const auto main = [&]() -> awaitable<void> {
    asio::co_spawn(asyncio::get_running_loop().get_executor(), note_the_cancel(seen), asio::detached);
    co_await passes(5);
  };
  asyncio::run(main(), asyncio::run_options().virtual_time());
  BOOST_TEST(seen == cancelled_once, per_element());
}

BOOST_AUTO_TEST_CASE(spawned_before_the_loop_runs_it_waits_for_it) {
  asyncio::loop loop;
  int value = 0;
  const auto ours = [&]() -> awaitable<int> {
    co_await asyncio::sleep(0s);
    co_return 42;
  };
  asio::co_spawn(loop.get_executor(), ours(), [&](const std::exception_ptr&, int n) {
    value = n;
    loop.stop();
  });
  BOOST_TEST(value == 0);
  loop.run_forever();
  BOOST_TEST(value == 42);
}

BOOST_AUTO_TEST_CASE(spawned_on_a_closed_loop_it_is_dropped) {
  bool ran = false;
  const auto ours = [&]() -> awaitable<void> {
    ran = true;
    co_return;
  };
  asyncio::loop loop;
  loop.close();
  asio::co_spawn(loop.get_executor(), ours(), asio::detached);
  BOOST_TEST(!ran);
}

ASYNC_TEST_CASE(spawned_and_cancelled_in_asios_way_at_its_end_its_handler_is_called) {
  int calls = 0;
  asyncio::future<> may_end;
  asio::cancellation_signal signal;
  const auto ours = [&]() -> awaitable<int> {
    co_await may_end;
    signal.emit(asio::cancellation_type::terminal); // it awaits nothing more
    co_return 42;
  };
  asio::co_spawn(
      asyncio::get_running_loop().get_executor(), ours(),
      asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr&, int) { ++calls; }));
  co_await passes(5);
  may_end.set_result();
  co_await passes(5);
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(spawned_from_another_thread_it_runs_on_the_loops) {
  std::thread::id ran_on;
  const auto main = [&]() -> awaitable<void> {
    asyncio::loop& loop = asyncio::get_running_loop();
    asyncio::future<> ran;
    const auto ours = [&]() -> awaitable<void> {
      ran_on = std::this_thread::get_id();
      co_await asyncio::sleep(0s);
      ran.set_result();
    };
    const std::jthread other([&] { asio::co_spawn(loop.get_executor(), ours(), asio::detached); });
    co_await ran;
  };
  asyncio::run(main());
  BOOST_TEST((ran_on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(a_thousand_are_spawned_from_other_threads_while_the_loop_works) {
  constexpr int each = 500;
  int ran = 0;
  const auto main = [&]() -> awaitable<void> {
    asyncio::loop& loop = asyncio::get_running_loop();
    asyncio::future<> all_ran;
    const auto ours = [&]() -> awaitable<void> {
      co_await asyncio::sleep(0s);
      if (++ran == 2 * each) {
        all_ran.set_result();
      }
    };
    const auto spawn = [&] {
      for (int i = 0; i < each; ++i) {
        asio::co_spawn(loop.get_executor(), ours(), asio::detached);
      }
    };
    const std::jthread first(spawn);
    const std::jthread second(spawn);
    while (!all_ran.done()) {
      co_await asyncio::create_task(passes(5));
    }
  };
  asyncio::run(main());
  BOOST_TEST(ran == 2 * each);
}

ASYNC_TEST_CASE(the_virtual_clock_moves_for_a_sleep_that_is_awaited_through_asio) {
  const auto start = asyncio::clock::now();
  const int answer = co_await asio::co_spawn(asyncio::get_running_loop().get_executor(), sleep_and_answer(),
                                             asyncio::use_awaitable);
  BOOST_TEST(answer == 42);
  BOOST_TEST((asyncio::clock::now() - start == 1h));
}

// ---------------------------------------------------------------- the executor

ASYNC_TEST_CASE(posted_from_the_loops_thread_work_stands_in_line) {
  names seen;
  asyncio::loop& loop = asyncio::get_running_loop();
  loop.call_soon([&] { seen.push_back("first"); });
  asio::post(loop.get_executor(), [&] { seen.push_back("posted"); });
  loop.call_soon([&] { seen.push_back("last"); });
  BOOST_TEST(seen.empty());
  co_await asyncio::sleep(0s);
  BOOST_TEST(seen == (names{"first", "posted", "last"}), per_element());
}

ASYNC_TEST_CASE(dispatched_from_the_loops_thread_work_runs_at_once) {
  bool ran = false;
  asio::dispatch(asyncio::get_running_loop().get_executor(), [&] { ran = true; });
  BOOST_TEST(ran);
  co_return;
}

BOOST_AUTO_TEST_CASE(posted_from_another_thread_work_wakes_the_loop) {
  std::thread::id ran_on;
  const auto main = [&]() -> awaitable<void> {
    asyncio::loop& loop = asyncio::get_running_loop();
    asyncio::future<> ran;
    const std::jthread other([&] {
      asio::post(loop.get_executor(), [&] {
        ran_on = std::this_thread::get_id();
        ran.set_result();
      });
    });
    co_await ran;
  };
  asyncio::run(main());
  BOOST_TEST((ran_on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(dispatched_from_another_thread_work_runs_on_the_loops) {
  std::thread::id ran_on;
  const auto main = [&]() -> awaitable<void> {
    asyncio::loop& loop = asyncio::get_running_loop();
    asyncio::future<> ran;
    const std::jthread other([&] {
      asio::dispatch(loop.get_executor(), [&] {
        ran_on = std::this_thread::get_id();
        ran.set_result();
      });
    });
    co_await ran;
  };
  asyncio::run(main());
  BOOST_TEST((ran_on == std::this_thread::get_id()));
}

ASYNC_TEST_CASE(an_any_io_executor_can_be_made_from_it) {
  const asyncio::executor ours = asyncio::get_running_loop().get_executor();
  const asio::any_io_executor any = ours;
  BOOST_TEST((any == asio::any_io_executor(ours)));
  BOOST_TEST((*any.target<asyncio::executor>() == ours));
  asyncio::future<> ran;
  asio::post(any, [&] { ran.set_result(); });
  co_await ran;
  asio::steady_timer over(any, asio::steady_timer::time_point::min());
  co_await over.async_wait(asio::deferred);
}

ASYNC_TEST_CASE(a_coroutine_can_ask_for_its_executor) {
  const asyncio::executor executor = co_await asio::this_coro::executor;
  BOOST_TEST((executor == asyncio::get_running_loop().get_executor()));
}

BOOST_AUTO_TEST_CASE(what_posted_work_throws_comes_out_of_the_run) {
  asyncio::loop loop;
  asio::post(loop.get_executor(), [] { throw std::out_of_range("posted"); });
  BOOST_CHECK_THROW(loop.run_forever(), std::out_of_range);
  BOOST_TEST(!loop.is_running());
  const int answer = loop.run_until_complete(await_a_task());
  BOOST_TEST(answer == 42);
}

// ---------------------------------------------------------------- the end of a loop

BOOST_AUTO_TEST_CASE(a_loop_is_destroyed_under_what_co_spawn_began) {
  names seen;
  {
    asyncio::loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    asio::co_spawn(loop.get_executor(), read_until_the_end("spawned", asio::deferred, seen), asio::detached);
    loop.run_until_complete(passes(5));
    asio::co_spawn(loop.get_executor(), read_until_the_end("not begun", asio::deferred, seen),
                   asio::detached);
  }
  BOOST_TEST(seen == names{"spawned ended"}, per_element());
}

BOOST_AUTO_TEST_SUITE_END()
