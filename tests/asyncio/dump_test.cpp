// The one test of the library that has to wait for something real: a loop counts as blocked when
// it has not answered for 100 ms.

#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/process_pool_executor.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread.hpp>
#include <asyncio/thread_name.hpp>
#include <support/captured.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>
#include <mutex>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

using asyncio::awaitable;
using asyncio::create_task;
using namespace std::chrono_literals;

namespace {

/// What is written to the descriptor of stderr while this lives.
class captured_stderr {
public:
  captured_stderr() : file_(::memfd_create("stderr", MFD_CLOEXEC)), before_(::dup(STDERR_FILENO)) {
    ::fcntl(file_, F_SETFL, O_APPEND);
    ::dup2(file_, STDERR_FILENO);
  }
  ~captured_stderr() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    ::close(file_);
  }
  captured_stderr(const captured_stderr&) = delete;
  captured_stderr& operator=(const captured_stderr&) = delete;

  /// Without the numbers of threads and the seconds that something took.
  [[nodiscard]] std::string text() const {
    const std::string found = std::regex_replace(raw(), std::regex("thread [0-9]+"), "thread N");
    return std::regex_replace(found, std::regex("blocked for [0-9.]+ seconds"), "blocked for T seconds");
  }
  [[nodiscard]] bool has(const std::string& what) const { return text().find(what) != std::string::npos; }

  void clear() const { BOOST_TEST(::ftruncate(file_, 0) == 0); }

  /// How many loops were told of.
  [[nodiscard]] int count() const {
    const std::string all = raw();
    int found = 0;
    for (std::size_t at = all.find("loop of "); at != std::string::npos; at = all.find("loop of ", at + 1)) {
      ++found;
    }
    return found;
  }

private:
  [[nodiscard]] std::string raw() const {
    std::string found(static_cast<std::size_t>(::lseek(file_, 0, SEEK_END)), '\0');
    found.resize(static_cast<std::size_t>(::pread(file_, found.data(), found.size(), 0)));
    return found;
  }

  int file_;
  int before_;
};

asyncio::run_options dumping() {
  return in_virtual_time().dump_on_signal();
}

// On the calling thread: one that blocks hears of no signal under the thread sanitizer.
void ask_for_dump() {
  std::raise(SIGUSR1);
}

/// Blocks the thread; ctest's time limit ends it if the text never comes.
void block_until_told(const captured_stderr& told, int times = 1) {
  while (told.count() < times) {
    std::this_thread::yield();
  }
}

awaitable<void> wait_until_told(const captured_stderr& told, int times = 1) {
  while (told.count() < times) {
    co_await asyncio::sleep(0s);
  }
}
constexpr int polls_at = __LINE__ - 3;

awaitable<void> nap() {
  co_await asyncio::sleep(1h);
}
constexpr int naps_at = __LINE__ - 2;

awaitable<void> nap_in_vain() {
  co_await nap();
}
constexpr int naps_in_vain_at = __LINE__ - 2;

awaitable<void> await_it(asyncio::task<> what) {
  co_await what;
}
constexpr int awaits_at = __LINE__ - 2;

std::string at(int line) {
  return "dump_test.cpp:" + std::to_string(line);
}

int raise_signal(int number) {
  return std::raise(number);
}

bool handler_is_default() {
  struct sigaction now{};
  ::sigaction(SIGUSR1, nullptr, &now);
  return now.sa_handler == SIG_DFL;
}

} // namespace

BOOST_AUTO_TEST_SUITE(dump_test)

BOOST_AUTO_TEST_CASE(a_loop_that_answers_tells_of_all_its_tasks_and_who_awaits_whom) {
  const captured_stderr told;
  int asked_at = 0;
  const auto body = [&]() -> awaitable<void> {
    const auto napping = create_task(nap_in_vain(), "napping");
    const auto waiting = create_task(await_it(napping), "waiting");
    const auto other = create_task(await_it(napping), "other");
    co_await asyncio::sleep(0s);
    const auto late = create_task(nap(), "late");
    co_await asyncio::sleep(0s);
    do { // on a machine that is very busy the loop may be late, and be told of from outside
      told.clear();
      ask_for_dump();
      asked_at = __LINE__ + 1;
      co_await wait_until_told(told);
    } while (!told.has("answers"));
  };
  asyncio::run(body(), dumping());
  const std::string nap_and_awaiters = "* task \"napping\" waits for a sleep\n"
                                       "  + call stack:\n"
                                       "  |   " +
                                       at(naps_at) +
                                       ", in nap\n"
                                       "  |   " +
                                       at(naps_in_vain_at) +
                                       ", in nap_in_vain\n"
                                       "  + awaited by:\n"
                                       "    * task \"waiting\" waits for task \"napping\"\n"
                                       "      + call stack:\n"
                                       "      |   " +
                                       at(awaits_at) +
                                       ", in await_it\n"
                                       "    * task \"other\" waits for task \"napping\"\n"
                                       "      + call stack:\n"
                                       "      |   " +
                                       at(awaits_at) + ", in await_it\n";
  BOOST_TEST(told.text() == "loop of MainThread (thread N): answers between two steps, 5 tasks\n"
                            "* task \"Task-1\" waits for a sleep\n"
                            "  + call stack:\n"
                            "  |   " +
                                at(polls_at) +
                                ", in wait_until_told\n"
                                "  |   " +
                                at(asked_at) + ", in a lambda\n" + nap_and_awaiters +
                                "* task \"late\" waits for a sleep\n"
                                "  + call stack:\n"
                                "  |   " +
                                at(naps_at) + ", in nap\n");
}

BOOST_AUTO_TEST_CASE(a_task_that_has_been_told_of_is_only_named_where_it_comes_again) {
  const captured_stderr told;
  const auto body = [&]() -> awaitable<void> {
    const auto both = asyncio::gather(create_task(nap(), "one"), create_task(nap(), "two"));
    ask_for_dump();
    const auto seen = create_task(wait_until_told(told), "asking");
    seen.add_done_callback([&] { both.cancel(); });
    co_await both;
  };
  BOOST_CHECK_THROW(asyncio::run(body(), dumping()), asyncio::cancelled_error);
  const std::string text = told.text();
  const std::string main = "* task \"Task-1\" waits for a gather of task \"one\", task \"two\"\n";
  BOOST_TEST(text.find(main) != std::string::npos);
  BOOST_TEST(text.find(main) == text.rfind(main));
  BOOST_TEST(told.has("  + awaited by:\n    * task \"Task-1\", see above\n"));
}

BOOST_AUTO_TEST_CASE(tasks_that_wait_for_each_other_in_a_circle_are_told_of) {
  const captured_stderr told;
  const auto body = [&]() -> awaitable<void> {
    asyncio::task<> first;
    const auto await_first = [](asyncio::task<>& which) -> awaitable<void> { co_await which; };
    const auto second = create_task(await_first(first), "second");
    first = create_task(await_it(second), "first");
    co_await asyncio::sleep(0s);
    ask_for_dump();
    co_await wait_until_told(told);
    first.cancel();
    const std::string ended = co_await how_it_ends(await_it(second));
    BOOST_TEST(ended == "cancelled");
  };
  asyncio::run(body(), dumping());
  BOOST_TEST(told.has("* task \"second\" waits for task \"first\"\n"));
  BOOST_TEST(told.has("    * task \"first\" waits for task \"second\"\n"));
  BOOST_TEST(told.has("        * task \"second\", see above\n"));
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_blocked_is_told_of_from_outside) {
  const captured_stderr told;
  int resumed_from = 0;
  int created_at = 0;
  const auto calculate = [&]() -> awaitable<void> {
    resumed_from = __LINE__ + 1;
    co_await asyncio::sleep(0s);
    ask_for_dump();
    block_until_told(told);
  };
  const auto body = [&]() -> awaitable<void> {
    const auto napping = create_task(nap(), "napping");
    created_at = __LINE__ + 1;
    const auto calculating = create_task(calculate(), "calculating");
    const auto waiting = create_task(await_it(calculating), "waiting");
    co_await calculating;
  };
  asyncio::run(body(), dumping());
  const std::string text = told.text();
  BOOST_TEST(text ==
             "loop of MainThread (thread N): blocked for T seconds by task \"calculating\", created at " +
                 at(created_at) +
                 ", its thread computes, 4 tasks\n"
                 "* task \"napping\" waits for a sleep\n"
                 "  + call stack:\n"
                 "  |   " +
                 at(naps_at) +
                 ", in nap\n"
                 "* task \"calculating\" runs, and had waited at this\n"
                 "  + call stack:\n"
                 "  |   " +
                 at(resumed_from) +
                 ", in a lambda\n"
                 "  + awaited by:\n"
                 "    * task \"Task-1\" waits for task \"calculating\"\n"
                 "      + call stack:\n"
                 "      |   " +
                 at(created_at + 2) +
                 ", in a lambda\n"
                 "    * task \"waiting\" waits for task \"calculating\"\n"
                 "      + call stack:\n"
                 "      |   " +
                 at(awaits_at) + ", in await_it\n");
}

BOOST_AUTO_TEST_CASE(a_loop_blocked_in_its_first_step_by_a_system_call_is_told_of) {
  const captured_stderr told;
  std::array<int, 2> ends{};
  BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
  const auto read_it = [&]() -> awaitable<void> {
    std::thread outside([&, reader = ::pthread_self()] {
      ask_for_dump();
      block_until_told(told);
      ::pthread_kill(reader, SIGUSR1);
      ::close(ends[1]);
    });
    char byte = 0;
    BOOST_TEST(::read(ends[0], &byte, 1) == 0); // no signal ends it
    outside.join();
    co_return;
  };
  asyncio::run(read_it(), dumping());
  BOOST_TEST(told.has("blocked for T seconds by task \"Task-1\""));
  BOOST_TEST(told.has(", its thread sleeps in a call of the system, 1 task\n"));
  BOOST_TEST(told.has("* task \"Task-1\" runs its first step\n"));
  ::close(ends[0]);
}

BOOST_AUTO_TEST_CASE(a_loop_blocked_by_a_mutex_within_a_callback_is_told_of) {
  const captured_stderr told;
  std::mutex mutex;
  const auto body = [&]() -> awaitable<void> {
    asyncio::get_running_loop().call_soon([&] {
      std::promise<void> held;
      std::thread outside([&] {
        const std::lock_guard lock(mutex);
        held.set_value();
        ask_for_dump();
        block_until_told(told);
      });
      held.get_future().wait();
      const std::lock_guard lock(mutex);
      outside.join();
    });
    co_await nap();
  };
  asyncio::run(body(), dumping());
  BOOST_TEST(
      told.has("blocked for T seconds by a callback, its thread sleeps in a call of the system, 1 task\n"
               "* task \"Task-1\" waits for a sleep\n"));
}

BOOST_AUTO_TEST_CASE(a_loop_blocked_by_a_handler_of_asios_is_told_of) {
  const captured_stderr told;
  const auto body = [&]() -> awaitable<void> {
    boost::asio::post(asyncio::get_running_loop().context(), [&] {
      ask_for_dump();
      block_until_told(told);
    });
    co_await nap();
  };
  asyncio::run(body(), dumping());
  BOOST_TEST(
      told.has("does not answer, and is in no step: a handler of Boost.Asio's may block it, its thread "
               "computes, 1 task\n* task \"Task-1\" waits for a sleep\n"));
}

BOOST_AUTO_TEST_CASE(a_loop_whose_steps_take_their_time_answers_after_the_next_one) {
  const captured_stderr told;
  const auto body = [&]() -> awaitable<void> {
    for (int i = 1; i <= 3; ++i) {
      ask_for_dump();
      while (told.count() < i) {
        std::this_thread::sleep_for(20ms);
        co_await asyncio::sleep(0s);
      }
    }
  };
  asyncio::run(body(), dumping());
  BOOST_TEST(told.has("answers"));
}

BOOST_AUTO_TEST_CASE(a_step_that_changes_all_the_time_ends_no_program) {
  const captured_stderr told;
  const auto body = [&]() -> awaitable<void> {
    std::vector<asyncio::task<>> tasks;
    for (int i = 0; i < 100; ++i) {
      tasks.push_back(create_task(nap()));
      tasks.push_back(create_task(await_it(tasks.back())));
    }
    co_await asyncio::sleep(0s);
    ask_for_dump();
    for (std::size_t i = 0; told.count() == 0; ++i) {
      for (const asyncio::task<>& each : tasks) {
        each.set_name("a name that is too long for the string itself, and then " + std::string(i % 40, 'x'));
        const asyncio::future<> short_lived;
        short_lived.add_done_callback([] {});
      }
    }
  };
  asyncio::run(body(), dumping());
  BOOST_TEST(
      (told.has("blocked for T seconds by task \"Task-1\"") || told.has("changed while it was looked at")));
}

BOOST_AUTO_TEST_CASE(it_can_be_asked_many_times_under_load) {
  const captured_stderr told;
  constexpr int times = 30;
  std::atomic<bool> stop{false};
  const auto switch_to_and_fro = [&](int depth, auto again) -> awaitable<void> {
    while (!stop) {
      if (depth > 0) {
        co_await again(depth - 1, again);
      }
      co_await asyncio::sleep(0s);
      co_await create_task(asyncio::sleep(0s));
    }
  };
  const auto body = [&]() -> awaitable<void> {
    std::vector<asyncio::task<>> load;
    for (int i = 0; i < 8; ++i) {
      load.push_back(create_task(switch_to_and_fro(0, switch_to_and_fro)));
      load.push_back(create_task(await_it(load.back())));
    }
    for (int i = 1; i <= times; ++i) {
      ask_for_dump();
      co_await wait_until_told(told, i);
    }
    stop = true;
    for (const asyncio::task<>& each : load) {
      co_await each;
    }
  };
  asyncio::run(body(), dumping());
  BOOST_TEST(told.count() == times);
}

BOOST_AUTO_TEST_CASE(a_storm_of_signals_is_weathered) {
  const captured_stderr told;
  const auto body = [&]() -> awaitable<void> {
    for (int i = 0; i < 10'000; ++i) {
      ask_for_dump();
    }
    co_await wait_until_told(told);
    const int during = told.count();
    BOOST_TEST(during < 10'000); // those that come together are one
    ask_for_dump();
    co_await wait_until_told(told, during + 1);
  };
  asyncio::run(body(), dumping());
}

BOOST_AUTO_TEST_CASE(each_loop_is_told_of_by_the_name_of_its_thread) {
  const captured_stderr told;
  const auto wait_for_both = [&]() -> awaitable<void> { co_await wait_until_told(told, 2); };
  const auto body = [&]() -> awaitable<void> {
    std::promise<void> runs;
    std::thread other([&] {
      asyncio::set_current_thread_name("other");
      asyncio::run(
          [](std::promise<void>& here, auto wait) -> awaitable<void> {
            const auto waiting = create_task(wait(), "in the other loop");
            co_await asyncio::sleep(0s);
            here.set_value();
            co_await waiting;
          }(runs, wait_for_both),
          asyncio::run_options().dump_on_signal());
    });
    runs.get_future().wait();
    ask_for_dump();
    co_await wait_for_both();
    other.join();
  };
  asyncio::run(body(), asyncio::run_options().dump_on_signal());
  BOOST_TEST(told.has("loop of MainThread (thread N): "));
  BOOST_TEST(told.has("loop of other (thread N): "));
  BOOST_TEST(told.has("* task \"in the other loop\" waits for a sleep\n"));
}

BOOST_AUTO_TEST_CASE(threads_with_a_name_are_told_of) {
  const captured_stderr told;
  const auto body = [&]() -> awaitable<void> {
    std::promise<void> runs;
    asyncio::thread working("at work", [&] {
      runs.set_value();
      block_until_told(told);
    });
    runs.get_future().wait();
    ask_for_dump();
    co_await wait_until_told(told);
    working.join();
  };
  asyncio::run(body(), asyncio::run_options().dump_on_signal());
  BOOST_TEST(told.has("thread N (at work) computes\n"));
}

BOOST_AUTO_TEST_CASE(between_two_runs_the_loop_and_what_is_left_in_it_are_told_of) {
  const captured_stderr told;
  asyncio::runner runner(dumping());
  const auto leave_a_task = []() -> awaitable<void> {
    create_task(nap(), "left");
    co_await asyncio::sleep(0s);
  };
  runner.run(leave_a_task());
  ask_for_dump();
  block_until_told(told);
  BOOST_TEST(told.text() == "loop of MainThread (thread N): does not run now, 1 task\n"
                            "* task \"left\" waits for a sleep\n"
                            "  + call stack:\n"
                            "  |   " +
                                at(naps_at) + ", in nap\n");
}

BOOST_AUTO_TEST_CASE(the_handler_comes_with_the_first_run_that_asks) {
  const captured_stderr told;
  std::signal(SIGUSR1, SIG_DFL);
  const auto default_within = []() -> awaitable<bool> { co_return handler_is_default(); };
  BOOST_TEST(asyncio::run(default_within(), in_virtual_time()));
  asyncio::runner outer(dumping());
  BOOST_TEST(!outer.run(default_within()));
  BOOST_TEST(!asyncio::run(default_within(), dumping()));
  BOOST_TEST(!handler_is_default());
}

BOOST_AUTO_TEST_CASE(who_asks_after_the_last_run_gets_no_answer_and_ends_no_program) {
  const captured_stderr told;
  const auto body = []() -> awaitable<void> { co_await asyncio::sleep(1s); };
  asyncio::run(body(), dumping());
  ask_for_dump();
  asyncio::run(body(), dumping());
  BOOST_TEST(told.count() == 0);
}

BOOST_AUTO_TEST_CASE(who_asks_a_worker_of_a_pool_does_not_end_it) {
  const auto body = []() -> awaitable<void> {
    asyncio::process_pool_executor pool(1);
    const int failed = co_await asyncio::run_in_executor(pool, raise_signal, SIGUSR1);
    BOOST_TEST(failed == 0);
  };
  asyncio::run(body(), asyncio::run_options().dump_on_signal());
}

BOOST_AUTO_TEST_CASE(the_next_run_can_be_asked_as_well) {
  const auto body = []() -> awaitable<void> {
    const captured_stderr told;
    ask_for_dump();
    co_await wait_until_told(told);
    BOOST_TEST(told.has("1 task\n"));
  };
  asyncio::run(body(), dumping());
  asyncio::run(body(), dumping());
  const auto fail = [&]() -> awaitable<void> {
    co_await body();
    throw std::runtime_error("failed");
  };
  BOOST_CHECK_THROW(asyncio::run(fail(), dumping()), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_handler_of_the_programs_own_stays) {
  static volatile std::sig_atomic_t caught = 0;
  std::signal(SIGUSR1, [](int) { caught = caught + 1; });
  const captured_log log;
  const auto body = []() -> awaitable<void> {
    std::raise(SIGUSR1);
    co_return;
  };
  asyncio::run(body(), dumping());
  std::raise(SIGUSR1);
  BOOST_TEST(caught == 2);
  BOOST_TEST(log.has("SIGUSR1 has a handler already"));
  std::signal(SIGUSR1, SIG_DFL);
}

BOOST_AUTO_TEST_CASE(a_handler_that_the_program_sets_meanwhile_stays) {
  const auto body = []() -> awaitable<void> {
    std::signal(SIGUSR1, SIG_IGN);
    co_return;
  };
  asyncio::run(body(), dumping());
  BOOST_TEST(!handler_is_default());
  std::signal(SIGUSR1, SIG_DFL);
}

BOOST_AUTO_TEST_CASE(debug_mode_by_the_environment_asks_for_it) {
  BOOST_TEST(!asyncio::run_options().debug().dump_on_signal_wanted());
  ::setenv("ASYNCIO_DEBUG", "1", 1);
  const asyncio::run_options from_environment;
  ::unsetenv("ASYNCIO_DEBUG");
  BOOST_TEST(from_environment.dump_on_signal_wanted());
  BOOST_TEST(!asyncio::run_options(from_environment).dump_on_signal(false).dump_on_signal_wanted());
}

BOOST_AUTO_TEST_SUITE_END()
