#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/log.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_options.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/captured.hpp>
#include <support/row.hpp>
#include <support/virtual_loop.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using asyncio::awaitable;
using asyncio::run_options;
using namespace std::chrono_literals;
using names = std::vector<std::string>;

namespace {

/// An environment variable, for as long as this lives.
class variable {
public:
  variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) {
      before_ = before;
    }
    ::setenv(name, value, 1);
  }
  ~variable() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

private:
  const char* name_;
  std::optional<std::string> before_;
};

awaitable<int> answer() {
  co_return 42;
}

awaitable<void> nothing() {
  co_return;
}

boost::asio::awaitable<int> plain_answer() {
  co_return 42;
}

awaitable<int> answer_later() {
  co_await asyncio::sleep(1h);
  co_return 42;
}

awaitable<void> fail() {
  co_await asyncio::sleep(0s);
  throw std::out_of_range("far out");
}

awaitable<void> note_the_run(bool& ran) {
  ran = true;
  co_return;
}

struct counted_loop : asyncio::loop {
  counted_loop() { ++made; }
  static inline int made = 0;
};

/// Sleeps until it is cancelled, and takes its time to clean up.
awaitable<void> stay(std::string name, names& seen) {
  try {
    co_await asyncio::sleep(1000h);
  } catch (const asyncio::cancelled_error&) {
    seen.push_back(name + " cancelled");
  }
  co_await asyncio::sleep(1h);
  seen.push_back(name + " ended");
}

awaitable<void> stay_and_fail() {
  try {
    co_await asyncio::sleep(1000h);
  } catch (const asyncio::cancelled_error&) {
  }
  throw std::domain_error("while cleaning up");
}

/// What the loop's exception handler is told, as lines.
void report_to(names& lines) {
  asyncio::get_running_loop().set_exception_handler(
      [&lines](asyncio::loop&, const asyncio::exception_context& context) {
        lines.push_back(context.source + ": " + asyncio::describe(context.exception));
      });
}

/// Runs `program` in a child process; its wait status.
template <class Program>
int status_of_child(Program program) {
  std::cout.flush();
  const ::pid_t child = ::fork();
  if (child == 0) {
    std::freopen("/dev/null", "w", stderr);
    std::signal(SIGINT, SIG_DFL);
    ::_exit(program());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_test)

// ---------------------------------------------------------------- run

BOOST_AUTO_TEST_CASE(run_returns_what_main_returns, *row("runner-01")) {
  BOOST_TEST(asyncio::run(answer()) == 42);
  asyncio::run(nothing());
}

BOOST_AUTO_TEST_CASE(run_throws_what_main_throws, *row("runner-02")) {
  BOOST_CHECK_EXCEPTION(asyncio::run(fail()), std::out_of_range,
                        [](const std::out_of_range& e) { return e.what() == std::string("far out"); });
}

BOOST_AUTO_TEST_CASE(run_throws_cancelled_error_if_main_was_cancelled) {
  const auto cancel_itself = []() -> awaitable<void> {
    asyncio::current_task().cancel("enough");
    co_await asyncio::sleep(0s);
  };
  BOOST_CHECK_EXCEPTION(
      asyncio::run(cancel_itself()), asyncio::cancelled_error,
      [](const asyncio::cancelled_error& e) { return e.message() == std::string("enough"); });
}

BOOST_AUTO_TEST_CASE(run_inside_a_running_loop_is_refused, *row("runner-03")) {
  bool refused = false;
  bool ran = false;
  const auto main = [&]() -> awaitable<void> {
    try {
      asyncio::run(note_the_run(ran));
    } catch (const asyncio::misuse_error&) {
      refused = true;
    }
    co_return;
  };
  asyncio::run(main());
  BOOST_TEST(refused);
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(the_debug_option_is_the_loops_debug_mode, *row("runner-04")) {
  const auto is_debug = []() -> awaitable<bool> { co_return asyncio::get_running_loop().get_debug(); };
  BOOST_TEST(asyncio::run(is_debug(), run_options().debug()));
  BOOST_TEST(!asyncio::run(is_debug(), run_options().debug(false)));
  asyncio::runner runner(run_options().debug());
  BOOST_TEST(runner.get_loop().get_debug());
}

BOOST_AUTO_TEST_CASE(tasks_that_main_leaves_are_cancelled_and_end_before_run_returns, *row("runner-05")) {
  names seen;
  const auto main = [&]() -> awaitable<int> {
    asyncio::create_task(stay("leftover", seen));
    co_await asyncio::sleep(0s);
    co_return 42;
  };
  BOOST_TEST(asyncio::run(main(), in_virtual_time()) == 42);
  BOOST_TEST(seen == (names{"leftover cancelled", "leftover ended"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(leftovers_are_cancelled_in_the_order_of_creation) {
  names seen;
  const auto main = [&]() -> awaitable<void> {
    asyncio::create_task(stay("a", seen));
    asyncio::create_task(stay("b", seen));
    asyncio::create_task(stay("c", seen));
    co_await asyncio::sleep(0s);
  };
  asyncio::run(main(), in_virtual_time());
  BOOST_TEST(seen == (names{"a cancelled", "b cancelled", "c cancelled", "a ended", "b ended", "c ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_leftover_just_created_takes_its_first_step_as_in_python) {
  names seen;
  const auto main = [&]() -> awaitable<void> {
    asyncio::create_task(stay("leftover", seen));
    co_return;
  };
  asyncio::run(main(), in_virtual_time());
  BOOST_TEST(seen == (names{"leftover cancelled", "leftover ended"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_a_leftover_throws_is_reported_and_main_keeps_its_value, *row("runner-06")) {
  names reported;
  const auto main = [&]() -> awaitable<int> {
    report_to(reported);
    asyncio::create_task(stay_and_fail(), "leftover");
    co_await asyncio::sleep(0s);
    co_return 42;
  };
  BOOST_TEST(asyncio::run(main(), in_virtual_time()) == 42);
  BOOST_TEST(reported == names{"leftover: std::domain_error: while cleaning up"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_main_throws_is_thrown_also_if_a_leftover_throws, *row("runner-07")) {
  names reported;
  const auto main = [&]() -> awaitable<void> {
    report_to(reported);
    asyncio::create_task(stay_and_fail(), "leftover");
    co_await fail();
  };
  BOOST_CHECK_THROW(asyncio::run(main(), in_virtual_time()), std::out_of_range);
  BOOST_TEST(reported == names{"leftover: std::domain_error: while cleaning up"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_result_that_cannot_be_copied_is_returned, *row("runner-22")) {
  const auto main = []() -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(42); };
  BOOST_TEST(*asyncio::run(main()) == 42);
}

BOOST_AUTO_TEST_CASE(runs_follow_each_other) {
  BOOST_TEST(asyncio::run(answer_later(), in_virtual_time()) == 42);
  BOOST_TEST(asyncio::run(answer_later(), in_virtual_time()) == 42);
  BOOST_TEST(asyncio::run(answer(), run_options().speed(2)) == 42);
}

// Only the main thread gets signals.
BOOST_AUTO_TEST_CASE(a_run_in_another_thread_works, *row("runner-21")) {
  int got = 0;
  std::thread([&] { got = asyncio::run(answer()); }).join();
  BOOST_TEST(got == 42);
}

BOOST_AUTO_TEST_CASE(two_runs_at_a_time_need_the_same_clock) {
  bool refused = false;
  const auto main = [&]() -> awaitable<void> {
    std::thread([&] {
      try {
        asyncio::run(answer(), run_options().speed(2));
      } catch (const asyncio::misuse_error&) {
        refused = true;
      }
    }).join();
    co_return;
  };
  asyncio::run(main(), in_virtual_time());
  BOOST_TEST(refused);
}

// ---------------------------------------------------------------- runner

BOOST_AUTO_TEST_CASE(a_runner_keeps_one_loop_for_all_its_runs, *row("runner-08")) {
  asyncio::runner runner;
  const auto which = []() -> awaitable<asyncio::loop*> { co_return &asyncio::get_running_loop(); };
  asyncio::loop* const first = runner.run(which());
  BOOST_TEST(first == runner.run(which()));
  BOOST_TEST(first == &runner.get_loop());
  BOOST_CHECK_THROW(static_cast<void>(asyncio::get_running_loop()),
                    asyncio::misuse_error); // not between runs
}

BOOST_AUTO_TEST_CASE(a_runner_gives_values_and_throws_exceptions, *row("runner-11")) {
  asyncio::future<> of_its_loop(nullptr);
  {
    asyncio::runner runner;
    BOOST_TEST(runner.run(answer()) == 42);
    BOOST_CHECK_THROW(runner.run(fail()), std::out_of_range);
    BOOST_TEST(runner.run(answer()) == 42);
    of_its_loop = asyncio::future<>(runner.get_loop());
    BOOST_TEST(!of_its_loop.get_loop().is_closed());
  }
  BOOST_CHECK_THROW((void)of_its_loop.get_loop(), asyncio::misuse_error); // the loop went with it
}

BOOST_AUTO_TEST_CASE(what_one_run_leaves_goes_on_in_the_next, *row("runner-12")) {
  names seen;
  const auto note_later = [&]() -> awaitable<void> {
    co_await asyncio::sleep(0s);
    seen.push_back("left by the first");
  };
  const auto leave = [&]() -> awaitable<asyncio::task<>> { co_return asyncio::create_task(note_later()); };
  const auto join = [](asyncio::task<> left) -> awaitable<void> { co_await left; };
  asyncio::runner runner(in_virtual_time());
  const asyncio::task<> left = runner.run(leave());
  runner.run(join(left));
  BOOST_TEST(seen == names{"left by the first"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_loop_factory_is_called_once_and_main_runs_on_the_loop_it_made, *row("runner-09")) {
  int calls = 0;
  const auto loop = std::make_shared<asyncio::loop>();
  const auto which = []() -> awaitable<asyncio::loop*> { co_return &asyncio::get_running_loop(); };
  const auto options = run_options().loop_factory([&] {
    ++calls;
    return loop;
  });
  BOOST_TEST(asyncio::run(which(), options) == loop.get());
  BOOST_TEST(calls == 1);
  BOOST_TEST(loop->is_closed());

  calls = 0;
  const auto other = std::make_shared<asyncio::loop>();
  asyncio::runner runner(run_options().loop_factory([&] {
    ++calls;
    return other;
  }));
  BOOST_TEST(calls == 0);
  BOOST_TEST(runner.run(which()) == other.get());
  BOOST_TEST(runner.run(which()) == other.get());
  BOOST_TEST(&runner.get_loop() == other.get());
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_loop_factory_can_be_a_type_of_loop, *row("runner-10")) {
  BOOST_TEST(asyncio::run(answer_later(), in_virtual_time().loop_factory<asyncio::loop>()) == 42);
  BOOST_TEST(counted_loop::made == 0);
  BOOST_TEST(asyncio::run(answer_later(), in_virtual_time().loop_factory<counted_loop>()) == 42);
  BOOST_TEST(counted_loop::made == 1);
}

BOOST_AUTO_TEST_CASE(what_a_loop_factory_throws_run_throws_and_main_does_not_run) {
  bool ran = false;
  const auto refuse = []() -> std::shared_ptr<asyncio::loop> { throw std::domain_error("no loop today"); };
  BOOST_CHECK_THROW(asyncio::run(note_the_run(ran), run_options().loop_factory(refuse)), std::domain_error);
  const auto forget = []() -> std::shared_ptr<asyncio::loop> { return nullptr; };
  BOOST_CHECK_THROW(asyncio::run(note_the_run(ran), run_options().loop_factory(forget)),
                    asyncio::invalid_argument_error);
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(a_loop_of_a_factory_keeps_its_debug_mode_unless_the_options_say_otherwise) {
  const auto make = [] {
    auto made = std::make_shared<asyncio::loop>();
    made->set_debug(true);
    return made;
  };
  const auto is_debug = []() -> awaitable<bool> { co_return asyncio::get_running_loop().get_debug(); };
  BOOST_TEST(asyncio::run(is_debug(), run_options().loop_factory(make)));
  BOOST_TEST(!asyncio::run(is_debug(), run_options().loop_factory(make).debug(false)));
}

// CPython accepts coroutines only, until 3.14.
BOOST_AUTO_TEST_CASE(a_runner_takes_anything_that_can_be_awaited, *row("runner-13")) {
  asyncio::runner runner(in_virtual_time());
  asyncio::loop& loop = runner.get_loop();
  const asyncio::future<int> future(loop);
  loop.call_later(1h, [&] { future.set_result(42); });
  BOOST_TEST(runner.run(future) == 42);
  const asyncio::task<int> task = loop.create_task(answer_later());
  BOOST_TEST(runner.run(task) == 42);
  BOOST_TEST(runner.run(asyncio::sleep(1h, 42)) == 42);
  runner.run(asyncio::sleep(1h));
  BOOST_TEST(runner.run(plain_answer()) == 42);
  const asyncio::future<std::unique_ptr<int>> unique(loop);
  unique.set_result(std::make_unique<int>(42));
  BOOST_TEST(*runner.run(unique) == 42);
}

BOOST_AUTO_TEST_CASE(a_future_that_fails_or_is_cancelled_is_thrown_by_the_run) {
  asyncio::runner runner(in_virtual_time());
  const asyncio::future<> failed(runner.get_loop());
  failed.set_exception(std::domain_error("Boom!"));
  BOOST_CHECK_THROW(runner.run(failed), std::domain_error);
  const asyncio::future<> cancelled(runner.get_loop());
  cancelled.cancel();
  BOOST_CHECK_THROW(runner.run(cancelled), asyncio::cancelled_error);
}

BOOST_AUTO_TEST_CASE(a_future_of_another_loop_is_refused) {
  asyncio::loop other;
  const asyncio::future<> foreign(other);
  asyncio::runner runner;
  BOOST_CHECK_THROW(runner.run(foreign), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(run_and_a_loop_take_operations_and_plain_coroutines_too) {
  BOOST_TEST(asyncio::run(asyncio::sleep(1h, 42), in_virtual_time()) == 42);
  asyncio::run(asyncio::sleep(1h), in_virtual_time());
  BOOST_TEST(asyncio::run(plain_answer()) == 42);
  asyncio::loop loop;
  BOOST_TEST(loop.run_until_complete(asyncio::sleep(0s, 42)) == 42);
  BOOST_TEST(loop.run_until_complete(loop.create_task(plain_answer(), "plain")) == 42);
}

BOOST_AUTO_TEST_CASE(a_closed_runner_runs_nothing_more, *row("runner-14") * row("runner-16")) {
  bool ran = false;
  asyncio::runner runner;
  runner.run(nothing());
  const asyncio::future<> of_its_loop(runner.get_loop());
  runner.close();
  BOOST_CHECK_THROW((void)of_its_loop.get_loop(), asyncio::misuse_error);
  BOOST_CHECK_THROW(static_cast<void>(runner.get_loop()), asyncio::misuse_error);
  BOOST_CHECK_THROW(runner.run(note_the_run(ran)), asyncio::misuse_error);
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(closing_a_runner_twice_is_harmless, *row("runner-15")) {
  asyncio::runner runner;
  runner.run(nothing());
  runner.close();
  runner.close();
  asyncio::runner unused;
  unused.close();
  unused.close();
  BOOST_CHECK_THROW(static_cast<void>(unused.get_loop()), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(a_runner_inside_its_own_run_is_refused, *row("runner-17")) {
  asyncio::runner runner;
  bool run_refused = false;
  bool close_refused = false;
  const auto main = [&]() -> awaitable<void> {
    try {
      runner.run(nothing());
    } catch (const asyncio::misuse_error&) {
      run_refused = true;
    }
    try {
      runner.close();
    } catch (const asyncio::misuse_error&) {
      close_refused = true;
    }
    co_return;
  };
  runner.run(main());
  BOOST_TEST(run_refused);
  BOOST_TEST(close_refused);
  BOOST_TEST(runner.run(answer()) == 42);
}

BOOST_AUTO_TEST_CASE(a_runner_cancels_what_is_left_when_it_goes) {
  names seen;
  const auto leave = [&]() -> awaitable<void> {
    asyncio::create_task(stay("leftover", seen));
    co_await asyncio::sleep(0s);
  };
  {
    asyncio::runner runner(in_virtual_time());
    runner.run(leave());
    BOOST_TEST(seen.empty());
  }
  BOOST_TEST(seen == (names{"leftover cancelled", "leftover ended"}), boost::test_tools::per_element());
}

// ---------------------------------------------------------------- options and environment

BOOST_AUTO_TEST_CASE(without_anything_time_is_real_and_debug_is_off) {
  const run_options options;
  BOOST_TEST(!options.clock_wanted().is_virtual);
  BOOST_TEST(options.clock_wanted().speed == 1.0);
  BOOST_TEST(!options.debug_wanted().has_value());
  BOOST_TEST(!options.log_wanted().has_value());
  BOOST_TEST(options.elapsed_file_wanted().empty());
  options.check();
}

BOOST_AUTO_TEST_CASE(the_environment_gives_the_defaults) {
  const variable speed("ASYNCIO_SPEED", "20");
  const variable debug("ASYNCIO_DEBUG", "1");
  const variable log("ASYNCIO_LOG", "debug");
  const variable elapsed("ASYNCIO_ELAPSED", "/tmp/elapsed");
  const run_options options;
  options.check();
  BOOST_TEST(options.clock_wanted().speed == 20.0);
  BOOST_TEST((options.debug_wanted() == true));
  BOOST_TEST((options.log_wanted() == asyncio::severity::debug));
  BOOST_TEST(options.elapsed_file_wanted() == "/tmp/elapsed");
}

BOOST_AUTO_TEST_CASE(the_environment_can_ask_for_virtual_time) {
  const variable clock("ASYNCIO_CLOCK", "virtual");
  BOOST_TEST(run_options().clock_wanted().is_virtual);
  BOOST_TEST(asyncio::run(answer_later()) == 42); // an hour
}

BOOST_AUTO_TEST_CASE(the_environment_can_ask_for_debug_mode) {
  const variable debug("ASYNCIO_DEBUG", "1");
  const auto is_debug = []() -> awaitable<bool> { co_return asyncio::get_running_loop().get_debug(); };
  BOOST_TEST(asyncio::run(is_debug()));
}

BOOST_AUTO_TEST_CASE(what_is_set_to_nothing_is_not_set) {
  const variable clock("ASYNCIO_CLOCK", "");
  const variable speed("ASYNCIO_SPEED", "");
  const variable debug("ASYNCIO_DEBUG", "");
  const variable log("ASYNCIO_LOG", "");
  const variable elapsed("ASYNCIO_ELAPSED", "");
  const run_options options;
  options.check();
  BOOST_TEST(!options.clock_wanted().is_virtual);
  BOOST_TEST(options.clock_wanted().speed == 1.0);
}

BOOST_AUTO_TEST_CASE(the_defaults_can_be_said_aloud) {
  const variable clock("ASYNCIO_CLOCK", "real");
  const variable speed("ASYNCIO_SPEED", "1");
  const variable debug("ASYNCIO_DEBUG", "0");
  const variable log("ASYNCIO_LOG", "warning");
  BOOST_TEST(asyncio::run(answer()) == 42);
}

BOOST_AUTO_TEST_CASE(the_program_has_the_last_word) {
  const variable clock("ASYNCIO_CLOCK", "virtual");
  const variable debug("ASYNCIO_DEBUG", "1");
  const variable log("ASYNCIO_LOG", "fatal");
  const auto options = run_options().virtual_time(false).debug(false).log(asyncio::severity::error);
  BOOST_TEST(!options.clock_wanted().is_virtual);
  BOOST_TEST((options.debug_wanted() == false));
  BOOST_TEST((options.log_wanted() == asyncio::severity::error));
  BOOST_TEST(!run_options().speed(2).clock_wanted().is_virtual);
}

BOOST_AUTO_TEST_CASE(virtual_time_overrides_a_speed_of_the_environment) {
  const variable speed("ASYNCIO_SPEED", "20");
  BOOST_TEST(asyncio::run(answer_later(), in_virtual_time()) == 42);
}

BOOST_AUTO_TEST_CASE(values_that_make_no_sense_are_refused_by_run) {
  struct {
    const char* name;
    const char* value;
  } const wrong[] = {
      {"ASYNCIO_CLOCK", "sundial"}, {"ASYNCIO_CLOCK", "VIRTUAL"}, {"ASYNCIO_SPEED", "fast"},
      {"ASYNCIO_SPEED", "0"},       {"ASYNCIO_SPEED", "-1"},      {"ASYNCIO_SPEED", "20x"},
      {"ASYNCIO_SPEED", " 20"},     {"ASYNCIO_SPEED", "nan"},     {"ASYNCIO_SPEED", "inf"},
      {"ASYNCIO_SPEED", "1e400"},   {"ASYNCIO_SPEED", "0.0001"},  {"ASYNCIO_SPEED", "10000000"},
      {"ASYNCIO_DEBUG", "yes"},     {"ASYNCIO_DEBUG", "2"},       {"ASYNCIO_LOG", "loud"},
      {"ASYNCIO_LOG", "Debug"},
  };
  for (const auto& each : wrong) {
    BOOST_TEST_CONTEXT(each.name << '=' << each.value) {
      const variable set(each.name, each.value);
      bool ran = false;
      BOOST_CHECK_EXCEPTION(asyncio::run(note_the_run(ran)), asyncio::invalid_argument_error,
                            [&](const asyncio::invalid_argument_error& e) {
                              const std::string what = e.what();
                              return what.find(each.name) != std::string::npos &&
                                     what.find(each.value) != std::string::npos;
                            });
      BOOST_TEST(!ran);
    }
  }
}

BOOST_AUTO_TEST_CASE(virtual_time_and_a_speed_exclude_each_other_in_the_environment) {
  const variable clock("ASYNCIO_CLOCK", "virtual");
  const variable speed("ASYNCIO_SPEED", "20");
  BOOST_CHECK_THROW(asyncio::run(nothing()), asyncio::invalid_argument_error);
}

BOOST_AUTO_TEST_CASE(a_speed_given_by_the_program_has_to_make_sense_too) {
  BOOST_CHECK_THROW(asyncio::run(nothing(), run_options().speed(0)), asyncio::invalid_argument_error);
  BOOST_CHECK_THROW(asyncio::run(nothing(), run_options().speed(-2)), asyncio::invalid_argument_error);
  asyncio::runner runner(run_options().speed(0));
  BOOST_CHECK_THROW(static_cast<void>(runner.get_loop()), asyncio::invalid_argument_error);
}

BOOST_AUTO_TEST_CASE(the_run_appends_how_long_it_took_to_a_file) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("run_test." + std::to_string(::getpid()));
  const auto sleep_for = [](std::chrono::nanoseconds duration) -> awaitable<void> {
    co_await asyncio::sleep(duration);
  };
  asyncio::run(sleep_for(11s), in_virtual_time().elapsed_file(path));
  {
    const variable elapsed("ASYNCIO_ELAPSED", path.c_str());
    asyncio::run(sleep_for(2500ms), in_virtual_time());
  }
  std::ifstream file(path);
  names lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
  }
  BOOST_TEST(lines == (names{"11", "2.5"}), boost::test_tools::per_element());
  std::filesystem::remove(path);
}

// ---------------------------------------------------------------- run_main

BOOST_AUTO_TEST_CASE(run_main_gives_zero_or_mains_own_status) {
  BOOST_TEST(asyncio::run_main(nothing()) == 0);
  BOOST_TEST(asyncio::run_main(answer()) == 42);
}

BOOST_AUTO_TEST_CASE(run_main_prints_what_escapes_and_gives_1) {
  const captured error(std::cerr);
  const captured output(std::cout);
  BOOST_TEST(asyncio::run_main(fail()) == 1);
  BOOST_TEST(error.text().starts_with("error: std::out_of_range: far out\n"));
  BOOST_TEST(error.text().find("run_test.cpp:") != std::string::npos);
  BOOST_TEST(output.text().empty());
}

BOOST_AUTO_TEST_CASE(run_main_gives_1_for_a_cancelled_main_and_for_what_is_no_exception) {
  const captured error(std::cerr);
  const auto cancel_itself = []() -> awaitable<void> {
    asyncio::current_task().cancel();
    co_await asyncio::sleep(0s);
  };
  const auto throw_a_number = []() -> awaitable<void> {
    throw 42;
    co_return;
  };
  BOOST_TEST(asyncio::run_main(cancel_itself()) == 1);
  BOOST_TEST(error.text().find("asyncio::cancelled_error") != std::string::npos);
  BOOST_TEST(asyncio::run_main(throw_a_number()) == 1);
  BOOST_TEST(error.text().find("unknown type") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(run_main_gives_2_and_runs_nothing_where_a_value_makes_no_sense) {
  const captured error(std::cerr);
  const variable clock("ASYNCIO_CLOCK", "sundial");
  bool ran = false;
  BOOST_TEST(asyncio::run_main(note_the_run(ran)) == 2);
  BOOST_TEST(!ran);
  const std::string line = error.text();
  BOOST_TEST(line.find("ASYNCIO_CLOCK='sundial'") != std::string::npos);
  BOOST_TEST(line.find('\n') == line.size() - 1); // one line
}

BOOST_AUTO_TEST_CASE(a_run_inside_a_loop_begins_nothing_that_would_have_to_end) {
  const captured_log log;
  const auto main = []() -> awaitable<void> {
    BOOST_CHECK_THROW(asyncio::run(nothing()), asyncio::misuse_error);
    co_return;
  };
  asyncio::run(main());
  BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(run_main_gives_130_after_ctrl_c_and_main_has_cleaned_up) {
  names seen;
  const auto main = [&]() -> awaitable<void> {
    std::raise(SIGINT);
    std::exception_ptr cancelled;
    try {
      co_await asyncio::sleep(1000h);
    } catch (const asyncio::cancelled_error&) {
      cancelled = std::current_exception();
    }
    co_await asyncio::sleep(0s); // clean-up awaits go undisturbed
    seen.push_back("cleaned up");
    std::rethrow_exception(cancelled);
  };
  const captured error(std::cerr);
  BOOST_TEST(asyncio::run_main(main()) == 130);
  BOOST_TEST(seen == names{"cleaned up"}, boost::test_tools::per_element());
  BOOST_TEST(error.text().empty());
}

BOOST_AUTO_TEST_CASE(run_main_takes_the_word_of_a_main_that_swallows_ctrl_c) {
  const auto main = []() -> awaitable<int> {
    std::raise(SIGINT);
    try {
      co_await asyncio::sleep(1000h);
    } catch (const asyncio::cancelled_error&) {
    }
    co_return 7;
  };
  BOOST_TEST(asyncio::run_main(main()) == 7);
}

// ---------------------------------------------------------------- Ctrl-C

BOOST_AUTO_TEST_CASE(ctrl_c_cancels_a_main_that_only_does_zero_sleeps, *row("runner-18")) {
  bool cancelled = false;
  const auto main = [&]() -> awaitable<void> {
    std::raise(SIGINT);
    try {
      for (;;) {
        co_await asyncio::sleep(0s);
      }
    } catch (const asyncio::cancelled_error&) {
      cancelled = true;
      throw;
    }
  };
  BOOST_CHECK_THROW(asyncio::run(main()), asyncio::interrupt_error);
  BOOST_TEST(cancelled);
}

BOOST_AUTO_TEST_CASE(ctrl_c_cancels_the_future_that_main_awaits, *row("runner-19")) {
  std::optional<asyncio::future<>> awaited;
  const auto main = [&]() -> awaitable<void> {
    awaited.emplace();
    std::raise(SIGINT);
    co_await *awaited;
  };
  asyncio::runner runner;
  BOOST_CHECK_THROW(runner.run(main()), asyncio::interrupt_error);
  BOOST_TEST(awaited->cancelled());
  BOOST_TEST(runner.run(answer()) == 42); // and the runner is as good as before
}

BOOST_AUTO_TEST_CASE(ctrl_c_of_a_main_that_was_cancelled_otherwise_is_a_cancel, *row("runner-20")) {
  const auto main = []() -> awaitable<void> {
    const asyncio::any_task self = asyncio::current_task();
    asyncio::get_running_loop().call_soon([self] {
      std::raise(SIGINT);
      self.cancel();
    });
    while (self.cancelling() < 2) { // until the loop has looked for signals, too
      try {
        co_await asyncio::sleep(0s);
      } catch (const asyncio::cancelled_error&) {
      }
    }
    throw asyncio::cancelled_error();
  };
  BOOST_CHECK_THROW(asyncio::run(main()), asyncio::cancelled_error);
}

BOOST_AUTO_TEST_CASE(ctrl_c_ends_a_wait_in_virtual_time) {
  const auto main = []() -> awaitable<void> {
    std::raise(SIGINT);
    const asyncio::future<> never;
    co_await never;
  };
  BOOST_CHECK_THROW(asyncio::run(main(), in_virtual_time()), asyncio::interrupt_error);
}

BOOST_AUTO_TEST_CASE(ctrl_c_that_arrives_from_outside_wakes_a_sleeping_loop) {
  const auto main = []() -> awaitable<void> {
    const asyncio::future<> never;
    const std::jthread other([] { ::kill(::getpid(), SIGINT); });
    co_await never;
  };
  BOOST_CHECK_THROW(asyncio::run(main()), asyncio::interrupt_error);
}

BOOST_AUTO_TEST_CASE(leftovers_are_cancelled_after_ctrl_c_too) {
  names seen;
  const auto main = [&]() -> awaitable<void> {
    asyncio::create_task(stay("leftover", seen));
    co_await asyncio::sleep(0s);
    std::raise(SIGINT);
    const asyncio::future<> never;
    co_await never;
  };
  BOOST_CHECK_THROW(asyncio::run(main(), in_virtual_time()), asyncio::interrupt_error);
  BOOST_TEST(seen == (names{"leftover cancelled", "leftover ended"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_run_has_its_own_first_ctrl_c) {
  const auto main = []() -> awaitable<void> {
    std::raise(SIGINT);
    const asyncio::future<> never;
    co_await never;
  };
  asyncio::runner runner;
  BOOST_CHECK_THROW(runner.run(main()), asyncio::interrupt_error);
  BOOST_CHECK_THROW(runner.run(main()), asyncio::interrupt_error);
}

BOOST_AUTO_TEST_CASE(after_the_run_ctrl_c_has_its_default_action_again) {
  asyncio::run(nothing());
  struct sigaction now{};
  BOOST_TEST(::sigaction(SIGINT, nullptr, &now) == 0);
  BOOST_TEST((now.sa_handler == SIG_DFL));
}

BOOST_AUTO_TEST_CASE(a_handler_of_the_programs_own_is_left_alone, *row("runner-21")) {
  static volatile std::sig_atomic_t heard = 0;
  struct sigaction before{};
  struct sigaction own{};
  own.sa_handler = [](int) { heard = 1; };
  BOOST_TEST_REQUIRE(::sigaction(SIGINT, &own, &before) == 0);
  const auto main = []() -> awaitable<int> {
    std::raise(SIGINT);
    co_await asyncio::sleep(0s);
    co_return 42;
  };
  const int got = asyncio::run(main());
  ::sigaction(SIGINT, &before, nullptr);
  BOOST_TEST(got == 42);
  BOOST_TEST(heard == 1);
}

BOOST_AUTO_TEST_CASE(a_second_ctrl_c_ends_the_process_at_once) {
  const int status = status_of_child([] {
    const auto main = []() -> awaitable<void> {
      std::raise(SIGINT);
      std::raise(SIGINT); // the loop has not even seen the first
      co_return;
    };
    return asyncio::run_main(main());
  });
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(WTERMSIG(status) == SIGINT);
}

BOOST_AUTO_TEST_CASE(a_second_ctrl_c_ends_a_main_that_ignores_the_first) {
  const int status = status_of_child([] {
    const auto main = []() -> awaitable<void> {
      std::raise(SIGINT);
      try {
        co_await asyncio::sleep(1000h);
      } catch (const asyncio::cancelled_error&) {
      }
      std::raise(SIGINT);
    };
    return asyncio::run_main(main());
  });
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(WTERMSIG(status) == SIGINT);
}

BOOST_AUTO_TEST_SUITE_END()
