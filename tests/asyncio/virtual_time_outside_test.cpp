// Virtual time beside what it does not steer: foreign threads, other loops, real I/O.

#include <asyncio/awaitable.hpp>
#include <asyncio/blocking.hpp>
#include <asyncio/blocking_queue.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread.hpp>
#include <asyncio/thread_pool_executor.hpp>
#include <support/async_test.hpp>
#include <support/virtual_loop.hpp>
#include <support/virtual_threads.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

using asyncio::awaitable;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;
using local_socket = boost::asio::local::stream_protocol::socket;

namespace {

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

} // namespace

BOOST_AUTO_TEST_SUITE(virtual_time_outside_test)

// ---------------------------------------------------------------- calls from other threads

ASYNC_TEST_CASE(a_thread_calls_into_the_loop_at_its_own_time) {
  story seen;
  asyncio::loop& here = asyncio::get_running_loop();
  asyncio::future<int> answer;
  asyncio::thread caller("caller", [&] {
    asyncio::blocking_sleep(3s);
    here.call_soon_threadsafe([answer] { answer.set_result(42); });
    sleep_and_tell(1s, "caller", seen);
  });
  const int got = co_await answer;
  seen.tell(at_now("answer"));
  BOOST_TEST(got == 42);
  co_await asyncio::sleep(2s);
  BOOST_TEST(seen.lines() == (names{"3 answer", "4 caller"}), per_element());
}

ASYNC_TEST_CASE(a_thread_posts_to_the_loop_as_asio_does) {
  asyncio::future<> posted;
  const asyncio::executor to = asyncio::get_running_loop().get_executor();
  asyncio::thread caller("caller", [&] {
    asyncio::blocking_sleep(3s);
    boost::asio::post(to, [posted] { posted.set_result(); });
    asyncio::blocking_sleep(1s);
  });
  co_await posted;
  BOOST_TEST(seconds_now() == 3.0);
}

ASYNC_TEST_CASE(no_deadline_passes_while_a_guard_announces_a_foreign_thread) {
  asyncio::loop& here = asyncio::get_running_loop();
  asyncio::future<> called;
  auto guard = std::make_unique<asyncio::outside_guard>();
  std::promise<void> go;
  std::thread foreign([&] {
    go.get_future().wait();
    here.call_soon_threadsafe([&called] { called.set_result(); });
    guard.reset();
  });
  auto sleeping = asyncio::create_task(asyncio::sleep(1h));
  here.call_soon([&] { go.set_value(); });
  co_await called;
  BOOST_TEST(seconds_now() == 0.0);
  sleeping.cancel();
  foreign.join();
}

// The call and the end of the guard come at any moment of the loop's falling asleep.
BOOST_AUTO_TEST_CASE(a_guarded_call_is_never_overtaken_by_a_deadline) {
  const auto once = []() -> awaitable<double> {
    asyncio::loop& here = asyncio::get_running_loop();
    asyncio::future<> called;
    auto guard = std::make_unique<asyncio::outside_guard>();
    std::thread foreign([&] {
      here.call_soon_threadsafe([&called] { called.set_result(); });
      guard.reset();
    });
    auto sleeping = asyncio::create_task(asyncio::sleep(1h));
    co_await called;
    const double when = seconds_now();
    sleeping.cancel();
    foreign.join();
    co_return when;
  };
  for (int i = 0; i < 500; ++i) {
    BOOST_REQUIRE(asyncio::run(once(), in_virtual_time()) == 0.0);
  }
}

ASYNC_TEST_CASE(a_foreign_thread_may_sleep_in_virtual_time) {
  asyncio::blocking_region([] {
    std::thread foreign([] { asyncio::blocking_sleep(10s); });
    foreign.join();
  });
  BOOST_TEST(seconds_now() == 10.0);
  co_return;
}

BOOST_AUTO_TEST_CASE(a_foreign_thread_waits_for_what_a_known_one_gives) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> queue;
  std::vector<int> got;
  std::thread foreign([&] {
    for (int i = 0; i < 100; ++i) {
      got.push_back(queue.get());
    }
  });
  for (int i = 0; i < 100; ++i) {
    queue.put(i);
    asyncio::blocking_sleep(1ms);
  }
  asyncio::blocking_region([&] { foreign.join(); });
  BOOST_TEST(got.size() == 100U);
  BOOST_TEST(got.back() == 99);
}

BOOST_AUTO_TEST_CASE(a_foreign_thread_gives_jobs_to_a_pool) {
  const virtual_threads scope;
  std::atomic<int> done{0};
  {
    asyncio::thread_pool_executor pool(4);
    std::thread foreign([&] {
      for (int i = 0; i < 100; ++i) {
        pool.submit([&] {
          asyncio::blocking_sleep(1s);
          ++done;
        });
      }
    });
    for (int i = 0; i < 100; ++i) {
      pool.submit([&] { ++done; });
      asyncio::blocking_sleep(1ms);
    }
    asyncio::blocking_region([&] { foreign.join(); });
  }
  BOOST_TEST(done == 200);
}

// ---------------------------------------------------------------- several loops

BOOST_AUTO_TEST_CASE(several_loops_on_several_threads_share_the_clock) {
  const virtual_threads scope;
  story seen;
  std::vector<asyncio::thread> threads;
  for (int i = 1; i <= 3; ++i) {
    const std::string name = "loop " + std::to_string(i);
    threads.emplace_back(name, [&seen, name, i] {
      const auto twice = [](story& told, std::string who, int delay) -> awaitable<void> {
        co_await asyncio::sleep(std::chrono::seconds(delay));
        told.tell(at_now(who));
        co_await asyncio::sleep(std::chrono::seconds(10));
        told.tell(at_now(who));
      };
      asyncio::loop own;
      own.run_until_complete(twice(seen, name, i));
    });
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  BOOST_TEST(seen.lines() ==
                 (names{"1 loop 1", "2 loop 2", "3 loop 3", "11 loop 1", "12 loop 2", "13 loop 3"}),
             per_element());
}

BOOST_AUTO_TEST_CASE(run_works_on_a_thread_while_main_joins_it) {
  const virtual_threads scope;
  double ended = 0;
  asyncio::thread runs("runs", [&] {
    const auto nap = []() -> awaitable<double> {
      co_await asyncio::sleep(7s);
      co_return seconds_now();
    };
    ended = asyncio::run(nap(), in_virtual_time());
  });
  runs.join();
  BOOST_TEST(ended == 7.0);
}

BOOST_AUTO_TEST_CASE(two_loops_answer_each_other) {
  const virtual_threads scope;
  std::vector<int> got;
  asyncio::loop one;
  asyncio::loop other;
  std::function<void(int)> to_one;
  std::function<void(int)> to_other;
  to_one = [&](int n) {
    got.push_back(n);
    one.call_later(1s, [&, n] { other.call_soon_threadsafe([&, n] { to_other(n + 1); }); });
    if (n >= 10) {
      one.stop();
    }
  };
  to_other = [&](int n) {
    other.call_later(1s, [&, n] { one.call_soon_threadsafe([&, n] { to_one(n + 1); }); });
    if (n >= 11) {
      other.stop();
    }
  };
  asyncio::thread runs_other("other", [&] { other.run_forever(); });
  one.call_soon([&] { to_one(0); });
  one.run_forever();
  other.call_soon_threadsafe([&] { other.stop(); });
  runs_other.join();
  BOOST_TEST(got == (std::vector<int>{0, 2, 4, 6, 8, 10}), per_element());
  BOOST_TEST(seconds_now() == 10.0);
}

// ---------------------------------------------------------------- real input and output

namespace {

awaitable<std::string> read_some(local_socket& from) {
  char buffer[16];
  const std::size_t n = co_await from.async_read_some(boost::asio::buffer(buffer), asyncio::use_awaitable);
  co_return std::string(buffer, n);
}

/// Reads what a foreign thread writes once the loop sleeps; the clock when it came.
awaitable<double> read_beside_a_sleep(std::chrono::milliseconds writer_waits) {
  local_socket ours(asyncio::get_running_loop().context());
  boost::asio::io_context others;
  local_socket theirs(others);
  boost::asio::local::connect_pair(ours, theirs);
  auto sleeping = asyncio::create_task(asyncio::sleep(1h));
  std::promise<void> reading;
  std::thread foreign([&] {
    reading.get_future().wait();
    std::this_thread::sleep_for(writer_waits);
    boost::asio::write(theirs, boost::asio::buffer("x", 1));
  });
  asyncio::get_running_loop().call_soon([&] { reading.set_value(); });
  co_await read_some(ours);
  const double when = seconds_now();
  foreign.join();
  sleeping.cancel();
  co_return when;
}

} // namespace

BOOST_AUTO_TEST_CASE(time_does_not_jump_while_awaited_io_is_pending) {
  for (int i = 0; i < 100; ++i) {
    BOOST_REQUIRE(asyncio::run(read_beside_a_sleep(0ms), in_virtual_time()) == 0.0);
  }
}

BOOST_AUTO_TEST_CASE(a_loop_that_waits_for_io_does_not_spin) {
  const double before = processor_seconds();
  BOOST_TEST(asyncio::run(read_beside_a_sleep(300ms), in_virtual_time()) == 0.0);
  BOOST_TEST(processor_seconds() - before < 0.15);
}

BOOST_AUTO_TEST_CASE(time_passes_during_io_if_the_program_lets_it) {
  const auto wait_in_vain = []() -> awaitable<double> {
    local_socket ours(asyncio::get_running_loop().context());
    local_socket theirs(asyncio::get_running_loop().context());
    boost::asio::local::connect_pair(ours, theirs);
    auto reading = asyncio::create_task(read_some(ours));
    co_await asyncio::sleep(1h);
    const double when = seconds_now();
    reading.cancel();
    bool cancelled = false;
    try {
      co_await reading;
    } catch (const asyncio::cancelled_error&) {
      cancelled = true;
    }
    BOOST_TEST(cancelled);
    co_return when;
  };
  BOOST_TEST(asyncio::run(wait_in_vain(), in_virtual_time().time_passes_during_io()) == 3600.0);
}

ASYNC_TEST_CASE(a_thread_in_a_blocking_region_can_end_the_wait_for_io) {
  local_socket ours(asyncio::get_running_loop().context());
  boost::asio::io_context others;
  local_socket theirs(others);
  boost::asio::local::connect_pair(ours, theirs);
  auto sleeping = asyncio::create_task(asyncio::sleep(1h));
  asyncio::thread writer("writer", [&] {
    asyncio::blocking_region([&] { boost::asio::write(theirs, boost::asio::buffer("x", 1)); });
  });
  const std::string got = co_await read_some(ours);
  BOOST_TEST(got == "x");
  BOOST_TEST(seconds_now() == 0.0);
  sleeping.cancel();
}

ASYNC_TEST_CASE(a_deadline_that_has_passed_already_does_not_wait_for_io) {
  local_socket ours(asyncio::get_running_loop().context());
  local_socket theirs(asyncio::get_running_loop().context());
  boost::asio::local::connect_pair(ours, theirs);
  auto sleeping = asyncio::create_task(asyncio::sleep(1s));
  auto reading = asyncio::create_task(read_some(ours));
  co_await asyncio::sleep(0s);
  co_await asyncio::sleep(0s); // with a seed main may come first in a pass; now both wait
  asyncio::blocking_sleep(2s); // the sleep's deadline passes, and nobody was there to see it
  co_await sleeping;
  BOOST_TEST(seconds_now() == 2.0);
  boost::asio::write(theirs, boost::asio::buffer("x", 1));
  const std::string got = co_await reading;
  BOOST_TEST(got == "x");
}

ASYNC_TEST_CASE(deadlines_that_pass_while_the_loop_is_blocked_fire_together_in_the_next_pass) {
  names seen;
  auto& loop = asyncio::get_running_loop();
  loop.call_later(2s, [&] { seen.push_back("second"); });
  co_await asyncio::sleep(1s);
  loop.call_later(500ms, [&] {
    seen.push_back("first");
    loop.call_soon([&] { seen.push_back("after both"); });
  });
  asyncio::blocking_sleep(2s);
  loop.call_soon([&] { seen.push_back("ready already"); });
  co_await asyncio::sleep(0s);
  co_await asyncio::sleep(0s);
  seen.push_back("in the pass after");
  BOOST_TEST(seen == (names{"ready already", "first", "second", "in the pass after"}), per_element());
  co_await asyncio::sleep(0s);
  BOOST_TEST(seen.back() == "after both");
}

BOOST_AUTO_TEST_CASE(an_exception_out_of_a_posted_handler_leaves_the_loop_in_order) {
  const virtual_threads scope;
  asyncio::loop runs;
  asyncio::thread beside("beside", [&] {
    asyncio::blocking_sleep(1s);
    boost::asio::post(runs.context(), [] { throw std::runtime_error("out of a handler"); });
    asyncio::blocking_region([] { std::this_thread::yield(); });
  });
  runs.call_later(1h, [] {});
  {
    const asyncio::outside_guard holds_time; // a post to the bare io_context is unknown to the clock
    runs.call_later(1s, [] {});
    BOOST_TEST(seconds_now() == 0.0);
  }
  BOOST_CHECK_THROW(runs.run_forever(), std::runtime_error);
  runs.call_soon([&] { runs.stop(); });
  runs.run_forever();
  beside.join();
  BOOST_TEST(seconds_now() >= 1.0);
}

BOOST_AUTO_TEST_SUITE_END()
