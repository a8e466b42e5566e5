#include <asyncio/barrier.hpp>
#include <asyncio/blocking.hpp>
#include <asyncio/blocking_lock.hpp>
#include <asyncio/blocking_queue.hpp>
#include <asyncio/concurrent_future.hpp>
#include <asyncio/condition.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/event.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread.hpp>
#include <asyncio/thread_pool_executor.hpp>
#include <support/async_test.hpp>
#include <support/virtual_threads.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using local_socket = boost::asio::local::stream_protocol::socket;

namespace {

/// Where an await of the helpers below stands, as a report names it.
std::string in_this_file(unsigned line) {
  return "(deadlock_test.cpp:" + std::to_string(line) + ')';
}

constexpr unsigned line_of_second_lock = __LINE__ + 4;
awaitable<void> take_two(asyncio::lock& first, asyncio::lock& second) {
  auto one = co_await first.hold();
  co_await asyncio::sleep(1s);
  auto other = co_await second.hold();
}

constexpr unsigned line_of_never = __LINE__ + 3;
awaitable<void> wait_for_never() {
  const asyncio::future<> never;
  co_await never;
}

constexpr unsigned line_of_event = __LINE__ + 2;
awaitable<void> wait_for_event(asyncio::event& awaited) {
  co_await awaited.wait();
}

constexpr unsigned line_of_condition = __LINE__ + 3;
awaitable<void> wait_for_condition(asyncio::condition& changed) {
  auto held = co_await changed.hold();
  co_await changed.wait_for([] { return false; });
}

constexpr unsigned line_of_barrier = __LINE__ + 2;
awaitable<void> wait_at_barrier(asyncio::barrier& at) {
  co_await at.wait();
}

/// The report of the deadlock that `wait` ends in; empty if it doesn't.
template <class F>
std::string report_of(F&& wait) {
  try {
    wait();
  } catch (const asyncio::deadlock_error& error) {
    return error.what();
  }
  return {};
}

std::string report_of_run(awaitable<void> main) {
  return report_of([&] { asyncio::run(std::move(main), asyncio::run_options().virtual_time()); });
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

void check_holds(const std::string& report, const std::string& part) {
  BOOST_TEST(report.find(part) != std::string::npos, "\"" << part << "\" is not in:\n" << report);
}

struct table {
  asyncio::lock forks{"forks"};
  asyncio::lock knives{"knives"};
};

// The locks aren't main's own: those that it leaves behind hold them until the end of the run.
awaitable<void> dine(table& at, bool in_opposite_order) {
  asyncio::lock& forks = at.forks;
  asyncio::lock& knives = at.knives;
  auto plato = asyncio::create_task(take_two(forks, knives), "Plato");
  auto kant =
      asyncio::create_task(in_opposite_order ? take_two(knives, forks) : take_two(forks, knives), "Kant");
  co_await plato;
  co_await kant;
}

} // namespace

BOOST_AUTO_TEST_SUITE(deadlock_test)

// ---------------------------------------------------------------- tasks

BOOST_AUTO_TEST_CASE(two_tasks_that_take_two_locks_in_opposite_order_are_reported_with_locks_and_lines) {
  table at;
  const std::string report = report_of_run(dine(at, true));
  const std::string where = in_this_file(line_of_second_lock);
  check_holds(report, "main waits for task \"Plato\" (deadlock_test.cpp:");
  check_holds(report, "waits for lock \"knives\" " + where + ", held by task \"Kant\"");
  check_holds(report, "waits for lock \"forks\" " + where + ", held by task \"Plato\"");
}

BOOST_AUTO_TEST_CASE(in_the_same_order_they_do_not_wait_in_vain) {
  table at;
  BOOST_TEST(report_of_run(dine(at, false)).empty());
}

BOOST_AUTO_TEST_CASE(a_future_that_nobody_sets_is_reported_with_its_line) {
  const std::string report = report_of_run(wait_for_never());
  check_holds(report, "main waits for ");
  check_holds(report, in_this_file(line_of_never));
}

BOOST_AUTO_TEST_CASE(a_task_that_waits_for_nothing_that_can_come_is_named) {
  const auto main = []() -> awaitable<void> {
    auto waiting = asyncio::create_task(wait_for_never(), "the one");
    co_await waiting;
  };
  const std::string report = report_of_run(main());
  check_holds(report, "main waits for task \"the one\"");
  check_holds(report, "which waits for ");
  check_holds(report, in_this_file(line_of_never));
}

BOOST_AUTO_TEST_CASE(a_circle_of_three_is_told_once_round) {
  asyncio::lock a("a");
  asyncio::lock b("b");
  asyncio::lock c("c");
  const auto main = [&]() -> awaitable<void> {
    auto one = asyncio::create_task(take_two(a, b), "one");
    auto two = asyncio::create_task(take_two(b, c), "two");
    auto three = asyncio::create_task(take_two(c, a), "three");
    co_await asyncio::gather(one, two, three);
  };
  const std::string report = report_of_run(main());
  const std::string where = in_this_file(line_of_second_lock);
  check_holds(report, "waits for lock \"b\" " + where + ", held by task \"two\"");
  check_holds(report, "waits for lock \"c\" " + where + ", held by task \"three\"");
  check_holds(report, "waits for lock \"a\" " + where + ", held by task \"one\"");
  BOOST_TEST(lines_of(report) == 3U, report); // what it is, main, and the circle
}

BOOST_AUTO_TEST_CASE(a_task_that_waits_for_a_lock_it_holds_itself_is_reported) {
  const auto main = []() -> awaitable<void> {
    asyncio::lock twice("twice");
    auto once = co_await twice.hold();
    auto again = co_await twice.hold();
  };
  check_holds(report_of_run(main()), "main waits for lock \"twice\"");
}

BOOST_AUTO_TEST_CASE(an_event_that_tasks_wait_for_is_named_for_each_of_them) {
  asyncio::event lunch("lunch");
  const auto main = [&]() -> awaitable<void> {
    auto plato = asyncio::create_task(wait_for_event(lunch), "Plato");
    auto kant = asyncio::create_task(wait_for_event(lunch), "Kant");
    co_await asyncio::gather(plato, kant);
  };
  const std::string report = report_of_run(main());
  const std::string what = " waits for event \"lunch\" " + in_this_file(line_of_event);
  check_holds(report, "task \"Plato\"" + what);
  check_holds(report, "task \"Kant\"" + what);
}

BOOST_AUTO_TEST_CASE(a_condition_that_tasks_wait_for_is_named_for_each_of_them) {
  asyncio::condition orders("orders");
  const auto main = [&]() -> awaitable<void> {
    auto plato = asyncio::create_task(wait_for_condition(orders), "Plato");
    auto kant = asyncio::create_task(wait_for_condition(orders), "Kant");
    co_await asyncio::gather(plato, kant);
  };
  const std::string report = report_of_run(main());
  const std::string what = " waits for condition \"orders\" " + in_this_file(line_of_condition);
  check_holds(report, "task \"Plato\"" + what);
  check_holds(report, "task \"Kant\"" + what);
}

BOOST_AUTO_TEST_CASE(who_was_notified_is_reported_with_the_lock_that_it_cannot_take_again) {
  asyncio::condition orders("orders");
  const auto main = [&]() -> awaitable<void> {
    auto plato = asyncio::create_task(wait_for_condition(orders), "Plato");
    co_await asyncio::sleep(1s);
    auto held = co_await orders.hold();
    orders.notify();
    co_await plato;
  };
  check_holds(report_of_run(main()),
              "waits for lock \"orders\" " + in_this_file(line_of_condition) + ", held by task \"Task-1\"");
}

BOOST_AUTO_TEST_CASE(a_barrier_that_is_not_full_is_named) {
  asyncio::barrier lunch(3, "lunch");
  const auto main = [&]() -> awaitable<void> {
    auto plato = asyncio::create_task(wait_at_barrier(lunch), "Plato");
    co_await wait_at_barrier(lunch);
  };
  const std::string report = report_of_run(main());
  const std::string what = " waits for barrier \"lunch\" " + in_this_file(line_of_barrier);
  check_holds(report, "main" + what);
  check_holds(report, "task \"Plato\"" + what);
}

ASYNC_TEST_CASE(main_may_catch_it_and_go_on) {
  asyncio::future<int> answer;
  bool reported = false;
  try {
    co_await answer;
  } catch (const asyncio::deadlock_error&) {
    reported = true;
  }
  BOOST_TEST(reported);
  BOOST_TEST(!answer.done()); // it was not cancelled
  co_await asyncio::sleep(1s);
  BOOST_TEST(seconds_now() == 1.0);
  asyncio::get_running_loop().call_later(1s, [answer] { answer.set_result(42); });
  const int got = co_await answer;
  BOOST_TEST(got == 42);
}

ASYNC_TEST_CASE(a_second_deadlock_is_reported_as_well) {
  int reports = 0;
  for (int i = 0; i < 3; ++i) {
    try {
      co_await wait_for_never();
    } catch (const asyncio::deadlock_error&) {
      ++reports;
    }
  }
  BOOST_TEST(reports == 3);
}

ASYNC_TEST_CASE(a_task_that_main_waits_for_goes_on_waiting_after_main_caught_it) {
  asyncio::future<> gate;
  const auto wait = [](asyncio::future<> on) -> awaitable<void> { co_await on; };
  auto waiting = asyncio::create_task(wait(gate));
  bool reported = false;
  try {
    co_await waiting;
  } catch (const asyncio::deadlock_error&) {
    reported = true;
  }
  BOOST_TEST(reported);
  BOOST_TEST(!waiting.done());
  gate.set_result();
  co_await waiting;
  BOOST_TEST(!waiting.cancelled());
}

ASYNC_TEST_CASE(main_that_waits_for_a_lock_in_vain_can_take_it_later) {
  asyncio::lock lock;
  co_await lock.acquire();
  bool reported = false;
  try {
    co_await lock.acquire();
  } catch (const asyncio::deadlock_error&) {
    reported = true;
  }
  BOOST_TEST(reported);
  lock.release();
  co_await lock.acquire();
  BOOST_TEST(lock.locked());
}

BOOST_AUTO_TEST_CASE(a_loop_without_a_main_throws_it_out_of_the_run) {
  const virtual_threads scope;
  asyncio::loop runs;
  runs.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {}); // a pending task
  runs.create_task(wait_for_never(), "left alone");
  check_holds(report_of([&] { runs.run_forever(); }), "task \"left alone\" waits for ");
}

// ---------------------------------------------------------------- what is none

BOOST_AUTO_TEST_CASE(no_deadlock_while_a_sleep_is_left) {
  const auto main = []() -> awaitable<void> {
    asyncio::future<> set_later;
    asyncio::get_running_loop().call_later(24h, [set_later] { set_later.set_result(); });
    co_await set_later;
  };
  BOOST_TEST(report_of_run(main()).empty());
}

BOOST_AUTO_TEST_CASE(no_deadlock_while_a_guard_lives) {
  const auto main = []() -> awaitable<void> {
    asyncio::loop& here = asyncio::get_running_loop();
    asyncio::future<> called;
    auto guard = std::make_unique<asyncio::outside_guard>();
    std::thread foreign([&] {
      std::this_thread::yield();
      here.call_soon_threadsafe([&called] { called.set_result(); });
      guard.reset();
    });
    co_await called;
    foreign.join();
  };
  for (int i = 0; i < 200; ++i) {
    BOOST_REQUIRE(report_of_run(main()).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_guard_that_goes_without_a_call_leaves_a_deadlock) {
  const auto main = []() -> awaitable<void> {
    auto guard = std::make_unique<asyncio::outside_guard>();
    struct joining {
      ~joining() { thread.join(); }
      std::thread thread;
    };
    const joining foreign{std::thread([&] { guard.reset(); })};
    co_await wait_for_never();
  };
  BOOST_TEST(!report_of_run(main()).empty());
}

namespace {

awaitable<void> read_what_is_written_later() {
  local_socket ours(asyncio::get_running_loop().context());
  boost::asio::io_context others;
  local_socket theirs(others);
  boost::asio::local::connect_pair(ours, theirs);
  std::promise<void> reading;
  std::thread foreign([&] {
    reading.get_future().wait();
    boost::asio::write(theirs, boost::asio::buffer("x", 1));
  });
  asyncio::get_running_loop().call_soon([&] { reading.set_value(); });
  char buffer[1];
  co_await ours.async_read_some(boost::asio::buffer(buffer), asyncio::use_awaitable);
  foreign.join();
}

} // namespace

BOOST_AUTO_TEST_CASE(no_deadlock_while_io_is_awaited) {
  BOOST_TEST(report_of_run(read_what_is_written_later()).empty());
}

BOOST_AUTO_TEST_CASE(no_deadlock_while_io_is_awaited_that_lets_time_pass) {
  const auto options = asyncio::run_options().virtual_time().time_passes_during_io();
  BOOST_TEST(report_of([&] { asyncio::run(read_what_is_written_later(), options); }).empty());
}

BOOST_AUTO_TEST_CASE(no_deadlock_while_a_thread_is_in_a_blocking_region) {
  const auto main = []() -> awaitable<void> {
    asyncio::loop& here = asyncio::get_running_loop();
    asyncio::future<> called;
    asyncio::thread away("away", [&] {
      asyncio::blocking_region([] { std::this_thread::yield(); });
      here.call_soon_threadsafe([&called] { called.set_result(); });
    });
    co_await called;
  };
  BOOST_TEST(report_of_run(main()).empty());
}

BOOST_AUTO_TEST_CASE(no_deadlock_while_a_job_runs) {
  const auto main = []() -> awaitable<void> {
    asyncio::thread_pool_executor pool(1);
    co_await asyncio::run_in_executor(pool, [] { asyncio::blocking_sleep(1h); });
  };
  BOOST_TEST(report_of_run(main()).empty());
}

// ---------------------------------------------------------------- threads

BOOST_AUTO_TEST_CASE(main_that_joins_a_thread_that_waits_for_a_queue_nobody_fills_is_told_of_both) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> orders(0, "orders");
  asyncio::thread cook("cook", [&] { orders.get(); });
  const std::string report = report_of([&] { cook.join(); });
  check_holds(report, "waits for the end of thread \"cook\"");
  check_holds(report, "thread \"cook\" waits for something in queue \"orders\"");
  orders.put(1); // caught, and the program goes on
  cook.join();
  BOOST_TEST(!cook.joinable());
}

BOOST_AUTO_TEST_CASE(threads_that_take_two_locks_in_opposite_order_are_reported) {
  const virtual_threads scope;
  asyncio::blocking_lock forks("forks");
  asyncio::blocking_lock knives("knives");
  const auto take = [](asyncio::blocking_lock& first, asyncio::blocking_lock& second) {
    const std::lock_guard one(first);
    asyncio::blocking_sleep(1s);
    const std::lock_guard other(second);
  };
  asyncio::thread plato("Plato", take, std::ref(forks), std::ref(knives));
  asyncio::thread kant("Kant", take, std::ref(knives), std::ref(forks));
  const std::string report = report_of([&] { plato.join(); });
  check_holds(report, "thread \"Plato\" waits for lock \"knives\", held by thread \"Kant\"");
  check_holds(report, "thread \"Kant\" waits for lock \"forks\", held by thread \"Plato\"");
} // the destructors end the waits: the program isn't terminated

BOOST_AUTO_TEST_CASE(a_destructor_that_joins_in_vain_ends_the_wait_of_the_thread_with_deadlock_error) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> nothing;
  bool told = false;
  {
    asyncio::thread waits("waits", [&] {
      try {
        nothing.get();
      } catch (const asyncio::deadlock_error&) {
        told = true;
      }
    });
  }
  BOOST_TEST(told);
}

BOOST_AUTO_TEST_CASE(a_pool_that_waits_for_a_job_in_vain_ends_it_with_deadlock_error) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> nothing;
  std::optional<asyncio::concurrent_future<int>> job;
  {
    asyncio::thread_pool_executor pool(2);
    job.emplace(pool.submit([&] { return nothing.get(); }));
    check_holds(report_of([&] { (void)job->result(); }), "waits for a job of a thread pool");
  }
  BOOST_CHECK_THROW((void)job->result(), asyncio::deadlock_error);
}

BOOST_AUTO_TEST_CASE(a_loop_on_a_thread_that_main_joins_is_told_of_with_its_tasks) {
  const virtual_threads scope;
  asyncio::thread runs("runs", [] {
    try {
      asyncio::run(wait_for_never(), asyncio::run_options().virtual_time());
    } catch (const asyncio::deadlock_error&) { // the destructor's doing
    }
  });
  const std::string report = report_of([&] { runs.join(); });
  check_holds(report, "waits for the end of thread \"runs\"");
  check_holds(report, "main waits for ");
  check_holds(report, in_this_file(line_of_never));
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_waits_for_a_thread_that_waits_is_told_of_with_the_thread) {
  asyncio::blocking_queue<int> orders(0, "orders");
  const auto main = [](asyncio::blocking_queue<int>& from) -> awaitable<void> {
    asyncio::thread_pool_executor pool(1, "cook");
    auto job = asyncio::run_in_executor(pool, [&from] { return from.get(); });
    try {
      co_await job;
    } catch (const asyncio::deadlock_error&) {
      from.put(1);
      throw;
    }
  };
  const std::string report = report_of_run(main(orders));
  check_holds(report, "main waits for ");
  check_holds(report, "thread \"cook_0\" waits for something in queue \"orders\"");
}

BOOST_AUTO_TEST_CASE(of_runs_on_several_foreign_threads_each_is_told_when_it_is_the_last) {
  std::atomic<int> reports{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      if (!report_of_run(wait_for_never()).empty()) {
        ++reports;
      }
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
  BOOST_TEST(reports == 3);
}

BOOST_AUTO_TEST_CASE(main_that_takes_a_blocking_lock_twice_is_told) {
  const virtual_threads scope;
  asyncio::blocking_lock twice("twice");
  twice.lock();
  check_holds(report_of([&] { twice.lock(); }), "waits for lock \"twice\", held by thread \"MainThread\"");
  twice.unlock();
  BOOST_TEST(!twice.locked()); // the wait that ended left nobody behind
}

// ---------------------------------------------------------------- real time

BOOST_AUTO_TEST_CASE(in_real_time_a_loop_waits) {
  if (asyncio::detail::clock_in_force().is_virtual) {
    return;
  }
  const auto main = []() -> awaitable<void> {
    asyncio::loop& here = asyncio::get_running_loop();
    asyncio::future<> called;
    std::promise<void> go;
    std::thread foreign([&] { // unannounced
      go.get_future().wait();
      here.call_soon_threadsafe([&called] { called.set_result(); });
    });
    here.call_soon([&] { go.set_value(); });
    co_await called;
    foreign.join();
  };
  BOOST_TEST(report_of([&] { asyncio::run(main(), asyncio::run_options().virtual_time(false)); }).empty());
}

BOOST_AUTO_TEST_SUITE_END()
