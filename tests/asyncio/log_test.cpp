#include <asyncio/errors.hpp>
#include <asyncio/log.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_options.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread_name.hpp>
#include <support/captured.hpp>

#include <boost/log/trivial.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <iostream>
#include <ostream>
#include <sstream>
#include <streambuf>
#include <string>
#include <thread>

using asyncio::awaitable;
using asyncio::log;
using asyncio::severity;
using namespace std::chrono_literals;

namespace {

/// Each test begins with the threshold of a program that says nothing.
struct usual_threshold {
  usual_threshold() { asyncio::set_log_level(severity::warning); }
  ~usual_threshold() { asyncio::set_log_level(severity::warning); }
};

asyncio::run_options virtual_time() {
  return asyncio::run_options().virtual_time();
}

awaitable<void> log_in_a_task(std::string name) {
  const auto speak = []() -> awaitable<void> {
    co_await asyncio::sleep(3661s);
    log(severity::error, "over there");
  };
  co_await asyncio::create_task(speak(), std::move(name));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(log_test, usual_threshold)

BOOST_AUTO_TEST_CASE(a_line_has_a_stamp_the_severity_the_task_and_the_message) {
  const captured lines(std::clog);
  asyncio::run(log_in_a_task("speaker"), virtual_time());
  BOOST_TEST(lines.text() == "01:01:01 error [speaker] over there\n");
}

BOOST_AUTO_TEST_CASE(a_task_without_a_name_has_a_number) {
  const captured lines(std::clog);
  asyncio::run(log_in_a_task(""), virtual_time());
  BOOST_TEST(lines.text() == "01:01:01 error [Task-2] over there\n");
}

BOOST_AUTO_TEST_CASE(outside_a_task_the_line_has_the_name_of_the_thread) {
  const captured lines(std::clog);
  log(severity::error, "here");
  BOOST_TEST(lines.text().ends_with(" error [MainThread] here\n"));
}

BOOST_AUTO_TEST_CASE(in_a_callback_the_line_has_the_name_of_the_thread) {
  const auto main = []() -> awaitable<void> {
    asyncio::get_running_loop().call_soon([] { log(severity::error, "in a callback"); });
    co_await asyncio::sleep(0s);
  };
  const captured lines(std::clog);
  asyncio::run(main(), virtual_time());
  BOOST_TEST(lines.text() == "00:00:00 error [MainThread] in a callback\n");
}

BOOST_AUTO_TEST_CASE(another_thread_has_its_own_name_while_a_task_runs) {
  const auto main = []() -> awaitable<void> {
    std::thread([] {
      asyncio::set_current_thread_name("worker_7");
      log(severity::error, "elsewhere");
    }).join();
    co_return;
  };
  const captured lines(std::clog);
  asyncio::run(main(), virtual_time());
  BOOST_TEST(lines.text() == "00:00:00 error [worker_7] elsewhere\n");
}

BOOST_AUTO_TEST_CASE(in_real_time_the_stamp_is_a_time_of_day) {
  const captured lines(std::clog);
  log(severity::error, "now");
  const std::string line = lines.text();
  BOOST_TEST_REQUIRE(line.size() > 8U);
  BOOST_TEST(line[2] == ':');
  BOOST_TEST(line[5] == ':');
  BOOST_TEST(std::stoi(line.substr(0, 2)) < 24);
  BOOST_TEST(std::stoi(line.substr(3, 2)) < 60);
  BOOST_TEST(std::stoi(line.substr(6, 2)) < 60);
}

BOOST_AUTO_TEST_CASE(what_is_less_than_a_warning_is_left_out) {
  const captured lines(std::clog);
  log(severity::trace, "no");
  log(severity::debug, "no");
  log(severity::info, "no");
  BOOST_TEST(lines.text().empty());
  log(severity::warning, "yes");
  log(severity::fatal, "yes");
  BOOST_TEST(lines.text().find("warning") != std::string::npos);
  BOOST_TEST(lines.text().find("fatal") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_threshold_can_be_set) {
  const captured lines(std::clog);
  asyncio::set_log_level(severity::trace);
  log(severity::trace, "quiet");
  BOOST_TEST(lines.text().find("trace [MainThread] quiet") != std::string::npos);
  asyncio::set_log_level(severity::fatal);
  log(severity::error, "dropped");
  BOOST_TEST(lines.text().find("dropped") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_run_sets_the_threshold_it_was_given) {
  const auto main = []() -> awaitable<void> {
    log(severity::debug, "in detail");
    co_return;
  };
  const captured lines(std::clog);
  asyncio::run(main(), virtual_time().log(severity::debug));
  BOOST_TEST(lines.text().find("in detail") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lines_of_boost_log_look_the_same) {
  const captured lines(std::clog);
  const auto main = []() -> awaitable<void> {
    asyncio::current_task().set_name("main");
    BOOST_LOG_TRIVIAL(error) << "from " << "Boost.Log";
    BOOST_LOG_TRIVIAL(info) << "left out";
    co_return;
  };
  asyncio::run(main(), virtual_time());
  BOOST_TEST(lines.text() == "00:00:00 error [main] from Boost.Log\n");
}

BOOST_AUTO_TEST_CASE(stdout_stays_the_programs_own) {
  const captured output(std::cout);
  const captured lines(std::clog);
  log(severity::fatal, "not there");
  BOOST_TEST(output.text().empty());
}

BOOST_AUTO_TEST_CASE(each_line_is_there_at_once) {
  const captured lines(std::clog);
  log(severity::error, "first");
  const std::size_t first = lines.text().size();
  BOOST_TEST(first > 0U);
  log(severity::error, "second");
  BOOST_TEST(lines.text().size() > first);
}

BOOST_AUTO_TEST_CASE(severities_have_boost_logs_names) {
  BOOST_TEST((asyncio::severity_of("trace") == severity::trace));
  BOOST_TEST((asyncio::severity_of("debug") == severity::debug));
  BOOST_TEST((asyncio::severity_of("info") == severity::info));
  BOOST_TEST((asyncio::severity_of("warning") == severity::warning));
  BOOST_TEST((asyncio::severity_of("error") == severity::error));
  BOOST_TEST((asyncio::severity_of("fatal") == severity::fatal));
}

BOOST_AUTO_TEST_CASE(another_name_is_refused_with_a_list_of_those_there_are) {
  BOOST_CHECK_EXCEPTION(static_cast<void>(asyncio::severity_of("loud")), asyncio::invalid_argument_error,
                        [](const asyncio::invalid_argument_error& e) {
                          const std::string what = e.what();
                          return what.find("loud") != std::string::npos &&
                                 what.find("warning") != std::string::npos;
                        });
  BOOST_CHECK_THROW(static_cast<void>(asyncio::severity_of("")), asyncio::invalid_argument_error);
}

BOOST_AUTO_TEST_CASE(setting_up_twice_adds_no_second_sink) {
  asyncio::set_up_logging();
  asyncio::set_up_logging();
  const captured lines(std::clog);
  log(severity::error, "once");
  const std::string text = lines.text();
  BOOST_TEST(text.find("once") == text.rfind("once"));
}

BOOST_AUTO_TEST_SUITE_END()
