#include <asyncio/blocking.hpp>
#include <asyncio/blocking_lock.hpp>
#include <asyncio/blocking_queue.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/detail/interrupt.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/interrupt.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/process_pool_executor.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread.hpp>
#include <asyncio/thread_pool_executor.hpp>
#include <support/captured.hpp>
#include <support/endings.hpp>
#include <support/gate.hpp>
#include <support/virtual_loop.hpp>
#include <support/virtual_threads.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using asyncio::awaitable;
using asyncio::interrupt_error;
using asyncio::interrupt_scope;
using names = std::vector<std::string>;
using namespace std::chrono_literals;

namespace {

/// What a function does when Ctrl-C comes while it runs, on the main thread: before it blocks, and
/// at some time or other, on another thread. (One that blocks hears of no signal under the thread sanitizer.)
template <class F>
void is_interrupted(F blocks) {
  {
    const interrupt_scope scope;
    std::raise(SIGINT);
    BOOST_CHECK_THROW(blocks(), interrupt_error);
  }
  const interrupt_scope scope;
  const std::jthread outside([] { std::raise(SIGINT); });
  BOOST_CHECK_THROW(blocks(), interrupt_error);
}

/// The same in real time and in virtual time. In that, somebody outside may still come.
template <class F>
void is_interrupted_in_any_time(F blocks) {
  is_interrupted(blocks);
  const virtual_threads scope;
  const asyncio::outside_guard ctrl_c;
  is_interrupted(blocks);
}

std::string ending_of_call(const std::function<void()>& call) {
  try {
    call();
    return "done";
  } catch (...) {
    return ending_by_exception();
  }
}

bool has_default_action() {
  struct sigaction now{};
  return ::sigaction(SIGINT, nullptr, &now) == 0 && now.sa_handler == SIG_DFL;
}

int status_of_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void pause_for_ever() {
  for (;;) {
    ::pause();
  }
}

/// A job that a thread of the pool has begun.
asyncio::concurrent_future<> start(asyncio::process_pool_executor& pool, void (*function)()) {
  const auto job = pool.submit(function);
  while (!job.running()) {
    std::this_thread::yield();
  }
  return job;
}

/// Whether it was told.
class waiting_for_ctrl_c final : asyncio::detail::interrupt_listener {
public:
  waiting_for_ctrl_c() { listen(); }
  ~waiting_for_ctrl_c() override { listen_no_more(); }
  waiting_for_ctrl_c(const waiting_for_ctrl_c&) = delete;
  waiting_for_ctrl_c& operator=(const waiting_for_ctrl_c&) = delete;

  [[nodiscard]] bool was_told() const noexcept { return told_; }

private:
  void interrupted() noexcept override { told_ = true; }

  std::atomic<bool> told_{false};
};

void calculate_for_ever() {
  for (;;) {
    asyncio::check_interrupt();
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(interrupt_test)

// ---------------------------------------------------------------- the main thread

BOOST_AUTO_TEST_CASE(a_sleep_is_interrupted) {
  is_interrupted([] { asyncio::blocking_sleep(1h); });
  is_interrupted([] {
    while (true) {
      asyncio::blocking_sleep(0s);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_lock_is_interrupted_and_can_be_had_afterwards) {
  asyncio::blocking_lock lock;
  lock.lock();
  is_interrupted_in_any_time([&] { lock.lock(); });
  is_interrupted_in_any_time([&] { static_cast<void>(lock.try_lock_for(1000h)); });
  lock.unlock();
  BOOST_TEST(lock.try_lock());
  lock.unlock();
}

BOOST_AUTO_TEST_CASE(queues_are_interrupted) {
  asyncio::blocking_queue<int> empty;
  is_interrupted_in_any_time([&] { static_cast<void>(empty.get()); });
  asyncio::blocking_queue<int> full(1);
  full.put(1);
  is_interrupted_in_any_time([&] { full.put(2); });
  is_interrupted_in_any_time([&] { full.join(); });
  BOOST_TEST(full.get() == 1);
  BOOST_TEST(full.empty());
}

BOOST_AUTO_TEST_CASE(join_is_interrupted_and_the_thread_can_be_joined_again) {
  std::atomic<bool> go_on{true};
  asyncio::thread busy("busy", [&] {
    while (go_on) {
      std::this_thread::yield();
    }
  });
  is_interrupted([&] { busy.join(); });
  go_on = false;
  busy.join();
  BOOST_TEST(!busy.joinable());
}

BOOST_AUTO_TEST_CASE(a_result_is_interrupted_and_can_be_had_later) {
  asyncio::thread_pool_executor pool(1);
  gate held;
  const auto job = pool.submit([&] {
    held.pass();
    return 42;
  });
  held.wait_for_worker();
  is_interrupted([&] { static_cast<void>(job.result()); });
  is_interrupted([&] { static_cast<void>(job.result(1h)); });
  is_interrupted([&] { pool.shutdown(); });
  held.open();
  BOOST_TEST(job.result() == 42);
}

BOOST_AUTO_TEST_CASE(ctrl_c_goes_before_a_lock_that_comes_with_it_and_the_next_one_gets_that) {
  const virtual_threads time; // one thread runs at a time
  asyncio::blocking_lock lock;
  lock.lock();
  asyncio::thread next;
  asyncio::thread ctrl_c("ctrl_c", [&] {
    next = asyncio::thread("next", [&] {
      const asyncio::detail::block_interrupts undisturbed;
      lock.lock();
    });
    asyncio::blocking_sleep(1s); // until both wait
    std::raise(SIGINT);
    lock.unlock();
  });
  const interrupt_scope scope;
  BOOST_CHECK_THROW(lock.lock(), interrupt_error);
  next.join();
  BOOST_TEST(!lock.try_lock());
  lock.unlock();
  BOOST_TEST(lock.try_lock());
}

BOOST_AUTO_TEST_CASE(ctrl_c_goes_before_what_comes_into_a_queue_with_it_and_the_next_one_gets_that) {
  const virtual_threads time;
  asyncio::blocking_queue<int> queue;
  asyncio::thread next;
  int got = 0;
  asyncio::thread ctrl_c("ctrl_c", [&] {
    next = asyncio::thread("next", [&] {
      const asyncio::detail::block_interrupts undisturbed;
      got = queue.get();
    });
    asyncio::blocking_sleep(1s);
    std::raise(SIGINT);
    queue.put(1);
  });
  const interrupt_scope scope;
  BOOST_CHECK_THROW(static_cast<void>(queue.get()), interrupt_error);
  next.join();
  BOOST_TEST(got == 1);
}

BOOST_AUTO_TEST_CASE(ctrl_c_goes_before_the_end_of_what_it_ends) {
  const virtual_threads time;
  {
    const interrupt_scope scope;
    asyncio::thread ended("ended", [] { std::raise(SIGINT); });
    BOOST_CHECK_THROW(ended.join(), interrupt_error);
    BOOST_TEST(ended.joinable());
  }
  const interrupt_scope scope;
  asyncio::thread_pool_executor pool(1);
  pool.submit([] { std::raise(SIGINT); });
  BOOST_CHECK_THROW(pool.shutdown(), interrupt_error);
}

BOOST_AUTO_TEST_CASE(a_calculation_asks_for_itself) {
  is_interrupted(calculate_for_ever);
}

BOOST_AUTO_TEST_CASE(what_polls_has_a_descriptor) {
  BOOST_TEST(asyncio::interrupt_descriptor() == -1);
  const interrupt_scope scope;
  pollfd wanted{asyncio::interrupt_descriptor(), POLLIN, 0};
  BOOST_TEST(::poll(&wanted, 1, 0) == 0);
  std::raise(SIGINT);
  BOOST_TEST(::poll(&wanted, 1, 0) == 1);
  BOOST_TEST(asyncio::interrupt_descriptor() == -1); // it came already
  BOOST_CHECK_THROW(asyncio::check_interrupt(), interrupt_error);
}

BOOST_AUTO_TEST_CASE(it_is_thrown_once) {
  const virtual_threads time;
  const interrupt_scope scope;
  std::raise(SIGINT);
  BOOST_CHECK_THROW(asyncio::blocking_sleep(1h), interrupt_error);
  asyncio::check_interrupt();
  asyncio::blocking_sleep(1h); // cleaning up goes undisturbed
  BOOST_TEST((asyncio::clock::now() == asyncio::clock::time_point(1h)));
}

BOOST_AUTO_TEST_CASE(each_scope_has_its_own) {
  for (int i = 0; i < 3; ++i) {
    const interrupt_scope scope;
    std::raise(SIGINT);
    BOOST_CHECK_THROW(asyncio::check_interrupt(), interrupt_error);
  }
  {
    const interrupt_scope scope;
    std::raise(SIGINT); // and nobody heeds it
  }
  asyncio::check_interrupt();
  const interrupt_scope scope;
  asyncio::check_interrupt();
}

BOOST_AUTO_TEST_CASE(a_scope_within_a_scope_is_part_of_it) {
  const interrupt_scope outer;
  {
    const interrupt_scope inner;
    std::raise(SIGINT);
  }
  BOOST_TEST(!has_default_action());
  BOOST_CHECK_THROW(asyncio::check_interrupt(), interrupt_error);
}

BOOST_AUTO_TEST_CASE(after_the_scope_ctrl_c_has_its_default_action_again) {
  {
    const interrupt_scope scope;
    BOOST_TEST(!has_default_action());
  }
  BOOST_TEST(has_default_action());
}

BOOST_AUTO_TEST_CASE(a_scope_that_ends_because_of_ctrl_c_has_told_everyone) {
  for (int i = 0; i < 100; ++i) {
    std::optional<interrupt_scope> scope(std::in_place);
    const waiting_for_ctrl_c from_before_to_after;
    std::raise(SIGINT);
    scope.reset();
    BOOST_TEST_REQUIRE(from_before_to_after.was_told());
  }
}

BOOST_AUTO_TEST_CASE(a_scope_that_ends_without_ctrl_c_tells_nobody) {
  std::optional<interrupt_scope> scope(std::in_place);
  const waiting_for_ctrl_c in_vain;
  scope.reset();
  BOOST_TEST(!in_vain.was_told());
}

BOOST_AUTO_TEST_CASE(where_it_is_ignored_it_stays_so) {
  std::signal(SIGINT, SIG_IGN);
  {
    const interrupt_scope scope;
    std::raise(SIGINT);
    asyncio::check_interrupt();
  }
  std::signal(SIGINT, SIG_DFL);
}

BOOST_AUTO_TEST_CASE(the_second_ctrl_c_ends_the_process) {
  const int status = status_of_child([] {
    const interrupt_scope scope;
    std::raise(SIGINT);
    std::raise(SIGINT);
    return 0;
  });
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(WTERMSIG(status) == SIGINT);
}

// ---------------------------------------------------------------- other threads

BOOST_AUTO_TEST_CASE(threads_of_the_library_are_interrupted_and_nothing_is_logged) {
  for (const bool is_virtual : {false, true}) {
    std::optional<virtual_threads> time;
    if (is_virtual) {
      time.emplace();
    }
    const asyncio::outside_guard ctrl_c;
    const captured_log log;
    asyncio::blocking_queue<int> queue;
    names seen;
    gate told;
    const interrupt_scope scope;
    {
      asyncio::thread waiting("waiting", [&] {
        const auto wait = [&] { static_cast<void>(queue.get()); };
        seen.push_back(ending_of_call(wait));
        seen.push_back(ending_of_call(asyncio::check_interrupt)); // it is thrown once
        told.pass();
        wait(); // and what comes then is served
      });
      std::raise(SIGINT);
      BOOST_CHECK_THROW(waiting.join(), interrupt_error);
      told.wait_for_worker();
      told.open();
      queue.put(1);
    }
    BOOST_TEST(seen == (names{"asyncio::interrupt_error", "done"}), boost::test_tools::per_element());
    BOOST_TEST(log.text() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_thread_that_ctrl_c_ends_is_not_logged) {
  const captured_log log;
  const interrupt_scope scope;
  {
    const asyncio::thread sleeping("sleeping", [] { asyncio::blocking_sleep(1h); });
    const asyncio::thread calculating("calculating", calculate_for_ever);
    std::raise(SIGINT);
  } // the destructors wait, and throw nothing
  BOOST_TEST(log.text() == "");
  BOOST_CHECK_THROW(asyncio::check_interrupt(), interrupt_error); // but the main thread has one to come
}

BOOST_AUTO_TEST_CASE(what_a_thread_starts_before_it_is_told_is_interrupted_with_it) {
  const interrupt_scope scope;
  std::raise(SIGINT);
  std::string seen;
  asyncio::thread_pool_executor pool(1);
  const auto job = pool.submit([] {});
  {
    const asyncio::thread late("late", [&] { seen = ending_of_call([] { asyncio::blocking_sleep(1h); }); });
  }
  BOOST_TEST(seen == "asyncio::interrupt_error");
  BOOST_CHECK_THROW(asyncio::check_interrupt(), interrupt_error);
  BOOST_CHECK_THROW(job.result(), asyncio::cancelled_error);
}

BOOST_AUTO_TEST_CASE(a_thread_that_begins_later_is_not_interrupted) {
  const virtual_threads time;
  const interrupt_scope scope;
  std::raise(SIGINT);
  BOOST_CHECK_THROW(asyncio::check_interrupt(), interrupt_error);
  std::string seen;
  asyncio::thread cleaning("cleaning", [&] { seen = ending_of_call([] { asyncio::blocking_sleep(1h); }); });
  cleaning.join();
  BOOST_TEST(seen == "done");
}

BOOST_AUTO_TEST_CASE(threads_that_the_library_does_not_know_are_left_alone) {
  const virtual_threads time;
  const interrupt_scope scope;
  std::string seen;
  std::thread other([&] {
    std::raise(SIGINT);
    seen = ending_of_call([] { asyncio::blocking_sleep(1s); });
  });
  asyncio::blocking_region([&] { other.join(); });
  BOOST_TEST(seen == "done");
  BOOST_CHECK_THROW(asyncio::check_interrupt(), interrupt_error);
}

BOOST_AUTO_TEST_CASE(of_a_pools_jobs_queued_ones_are_cancelled_and_running_ones_interrupted) {
  const interrupt_scope scope;
  std::vector<asyncio::concurrent_future<>> jobs;
  bool ran = false;
  std::string how;
  gate sleeps;
  gate calculates;
  {
    asyncio::thread_pool_executor pool(2);
    jobs.push_back(pool.submit([&] {
      sleeps.pass();
      how = ending_of_call([] { asyncio::blocking_sleep(1h); });
      throw interrupt_error();
    }));
    jobs.push_back(pool.submit([&] {
      calculates.pass();
      calculate_for_ever();
    }));
    jobs.push_back(pool.submit([&] { ran = true; }));
    sleeps.wait_for_worker();
    calculates.wait_for_worker();
    sleeps.open();
    calculates.open();
    std::raise(SIGINT);
  }
  BOOST_TEST(how == "asyncio::interrupt_error");
  BOOST_TEST(!ran);
  for (const auto& each : jobs) {
    BOOST_TEST(each.cancelled());
  }
  BOOST_CHECK_THROW(jobs.back().result(), interrupt_error); // what is due comes first
  BOOST_CHECK_THROW(jobs.back().result(), asyncio::cancelled_error);
}

BOOST_AUTO_TEST_CASE(a_job_submitted_after_ctrl_c_runs) {
  const interrupt_scope scope;
  std::raise(SIGINT);
  BOOST_CHECK_THROW(asyncio::check_interrupt(), interrupt_error);
  asyncio::thread_pool_executor pool(1);
  BOOST_TEST(pool.submit([] {
                   asyncio::check_interrupt();
                   return 42;
                 })
                 .result() == 42);
}

BOOST_AUTO_TEST_CASE(an_interrupt_error_of_a_jobs_own_is_its_exception) {
  asyncio::thread_pool_executor pool(1);
  const auto job = pool.submit([] { throw interrupt_error(); });
  BOOST_CHECK_THROW(job.result(), interrupt_error);
  BOOST_TEST(!job.cancelled());
}

BOOST_AUTO_TEST_CASE(a_job_of_a_worker_process_is_terminated) {
  const interrupt_scope scope;
  {
    asyncio::process_pool_executor pool(1);
    BOOST_TEST(pool.submit([] { return 1; }).result() == 1);
    const auto job = start(pool, pause_for_ever);
    std::raise(SIGINT);
    BOOST_CHECK_THROW(job.result(), interrupt_error);
  }
  BOOST_TEST(::waitpid(-1, nullptr, WNOHANG) == -1);
  BOOST_TEST(errno == ECHILD);
}

BOOST_AUTO_TEST_CASE(a_job_of_a_worker_process_is_terminated_though_it_began_before_the_scope) {
  asyncio::process_pool_executor pool(2);
  std::vector<asyncio::concurrent_future<>> jobs{start(pool, pause_for_ever)};
  {
    const interrupt_scope one_that_ends;
    jobs.push_back(start(pool, pause_for_ever));
  }
  const interrupt_scope scope;
  std::raise(SIGINT);
  BOOST_CHECK_THROW(asyncio::check_interrupt(), interrupt_error);
  for (const auto& each : jobs) {
    BOOST_CHECK_THROW(each.result(), asyncio::cancelled_error);
  }
}

BOOST_AUTO_TEST_CASE(a_job_of_a_worker_process_that_begins_after_ctrl_c_runs) {
  asyncio::process_pool_executor pool(1);
  BOOST_TEST(pool.submit([] { return 1; }).result() == 1);
  const interrupt_scope scope;
  std::raise(SIGINT);
  BOOST_CHECK_THROW(asyncio::check_interrupt(), interrupt_error);
  BOOST_TEST(pool.submit([] { return 2; }).result() == 2);
}

// ---------------------------------------------------------------- loops

BOOST_AUTO_TEST_CASE(a_runner_on_a_thread_of_the_library_is_cancelled) {
  for (const bool is_virtual : {false, true}) {
    std::optional<virtual_threads> time;
    if (is_virtual) {
      time.emplace();
    }
    const asyncio::outside_guard ctrl_c;
    names seen;
    gate begun;
    const auto main = [&]() -> awaitable<void> {
      begun.pass();
      const asyncio::future<> never;
      seen.push_back(co_await how_it_ends(
          [](asyncio::future<> awaited) -> awaitable<void> { co_await awaited; }(never)));
      throw asyncio::cancelled_error();
    };
    const interrupt_scope scope;
    {
      asyncio::thread running("running", [&] {
        asyncio::runner runner(is_virtual ? in_virtual_time() : asyncio::run_options());
        seen.push_back(ending_of_call([&] { runner.run(main()); }));
      });
      begun.wait_for_worker();
      std::raise(SIGINT);
      begun.open();
      BOOST_CHECK_THROW(running.join(), interrupt_error);
    }
    BOOST_TEST(seen == (names{"cancelled", "asyncio::interrupt_error"}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_loop_without_a_runner_stops) {
  const captured_log tasks_that_are_cut_off;
  is_interrupted([] {
    asyncio::loop loop;
    loop.run_until_complete(asyncio::sleep(1h));
  });
  is_interrupted([] {
    asyncio::loop loop;
    loop.run_forever();
  });
  const interrupt_scope scope;
  virtual_loop loop;
  std::raise(SIGINT);
  BOOST_CHECK_THROW(loop.run_until_complete(asyncio::future<>(loop)), interrupt_error);
}

BOOST_AUTO_TEST_CASE(run_interrupts_the_jobs_of_its_executor) {
  for (const bool is_virtual : {false, true}) {
    names seen;
    gate begun;
    const auto main = [&]() -> awaitable<void> {
      auto running = asyncio::to_thread([&] {
        begun.pass();
        seen.push_back(ending_of_call([] { asyncio::blocking_sleep(1h); }));
        throw interrupt_error();
      });
      begun.wait_for_worker();
      std::raise(SIGINT);
      begun.open();
      co_await running;
    };
    BOOST_CHECK_THROW(asyncio::run(main(), is_virtual ? in_virtual_time() : asyncio::run_options()),
                      interrupt_error);
    BOOST_TEST(seen == names{"asyncio::interrupt_error"}, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(calls_that_block_in_coroutines_are_not_interrupted) {
  const auto main = [](std::string& seen) -> awaitable<void> {
    std::raise(SIGINT);
    seen = ending_of_call([] { asyncio::blocking_sleep(1h); });
    co_await asyncio::sleep(1h);
    seen = "not cancelled";
  };
  std::string seen;
  BOOST_CHECK_THROW(asyncio::run(main(seen), in_virtual_time()), interrupt_error);
  BOOST_TEST(seen == "done");
}

BOOST_AUTO_TEST_CASE(ctrl_c_at_the_end_of_a_run_interrupts_what_that_waits_for) {
  const auto left = []() -> awaitable<void> {
    try {
      co_await asyncio::sleep(1h);
    } catch (const asyncio::cancelled_error&) { // at the end of the run
      asyncio::to_thread([] { asyncio::blocking_sleep(1h); });
      std::raise(SIGINT);
    }
  };
  const auto main = [&]() -> awaitable<void> {
    asyncio::create_task(left());
    co_await asyncio::sleep(0s);
  };
  BOOST_CHECK_THROW(asyncio::run(main()), interrupt_error);
  asyncio::runner runner;
  runner.run(main());
  BOOST_CHECK_THROW(runner.close(), interrupt_error);
  BOOST_TEST(has_default_action());
}

BOOST_AUTO_TEST_CASE(a_run_that_is_over_before_its_loop_hears_of_ctrl_c_ends_as_any_other) {
  const captured_log log;
  const interrupt_scope around; // as in run_main(): what is left over would interrupt what comes next
  const auto main = []() -> awaitable<void> {
    co_await asyncio::to_thread([] {}); // so that the end of the run has something to wait for
    std::raise(SIGINT);
    asyncio::current_task().cancel(); // as a job that Ctrl-C ends cancels who awaits it
    co_await asyncio::sleep(1h);
  };
  asyncio::runner runner;
  BOOST_CHECK_THROW(runner.run(main()), interrupt_error);
  BOOST_CHECK_NO_THROW(runner.close());
  BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_SUITE_END()
