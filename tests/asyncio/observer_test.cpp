#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/observer.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using names = std::vector<std::string>;

namespace {

class noting final : public asyncio::loop_observer {
public:
  void task_created(const asyncio::any_task& task) override { note(task, "created"); }
  void step_began(const asyncio::any_task& task) override { note(task, "began"); }
  void step_ended(const asyncio::any_task& task) override { note(task, "ended"); }
  void task_waits(const asyncio::any_task& task) override { note(task, "waits"); }
  void task_woken(const asyncio::any_task& task) override { note(task, "woken"); }
  void task_done(const asyncio::any_task& task) override { note(task, "done"); }

  names seen;

private:
  void note(const asyncio::any_task& task, const char* what) { seen.push_back(task.name() + ' ' + what); }
};

/// A loop that is observed.
struct observed {
  observed() { loop.set_observer(observer); }

  const names& seen() const { return observer->seen; }

  names seen_of(const std::string& task) const {
    names found;
    std::copy_if(seen().begin(), seen().end(), std::back_inserter(found),
                 [&](const std::string& line) { return line.starts_with(task + ' '); });
    return found;
  }

  std::shared_ptr<noting> observer = std::make_shared<noting>();
  asyncio::loop loop;
};

awaitable<void> at_once() {
  co_return;
}

awaitable<int> forty_two() {
  co_return 42;
}

awaitable<void> one_pass() {
  co_await asyncio::sleep(0s);
}

awaitable<void> fail() {
  throw std::runtime_error("Boom!");
  co_return;
}

awaitable<void> sleep_long() {
  co_await asyncio::sleep(1h);
}

awaitable<void> join(asyncio::task<> other) {
  co_await other;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(observer_test, observed)

BOOST_AUTO_TEST_CASE(a_task_without_an_await_has_one_step) {
  loop.run_until_complete(at_once());
  BOOST_TEST(seen() == (names{"Task-1 created", "Task-1 began", "Task-1 done", "Task-1 ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_task_that_waits_says_so_at_the_end_of_its_step) {
  loop.run_until_complete(one_pass());
  BOOST_TEST(seen() == (names{"Task-1 created", "Task-1 began", "Task-1 waits", "Task-1 ended",
                              "Task-1 woken", "Task-1 began", "Task-1 done", "Task-1 ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_failure_is_an_end_as_well) {
  BOOST_CHECK_THROW(loop.run_until_complete(fail()), std::runtime_error);
  BOOST_TEST(seen() == (names{"Task-1 created", "Task-1 began", "Task-1 done", "Task-1 ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(steps_of_two_tasks_do_not_overlap) {
  auto first = loop.create_task(one_pass());
  loop.run_until_complete(join(first));
  BOOST_TEST(seen() == (names{"Task-1 created", "Task-2 created", "Task-1 began", "Task-1 waits",
                              "Task-1 ended", "Task-1 woken", "Task-2 began", "Task-2 waits", "Task-2 ended",
                              "Task-1 began", "Task-2 woken", "Task-1 done", "Task-1 ended", "Task-2 began",
                              "Task-2 done", "Task-2 ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_task_cancelled_before_it_began_is_done_without_a_step) {
  auto cancelled = loop.create_task(at_once());
  cancelled.cancel();
  loop.run_until_complete(one_pass());
  BOOST_TEST(seen_of("Task-1") == (names{"Task-1 created", "Task-1 done"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_task_is_woken_when_what_it_waits_for_is_there_not_when_it_runs) {
  auto first = loop.create_task(one_pass());
  auto second = loop.create_task(one_pass());
  loop.run_until_complete(asyncio::gather(first, second));
  const auto at = [&](const char* event) { return std::find(seen().begin(), seen().end(), event); };
  BOOST_TEST((at("Task-2 woken") < std::find(at("Task-1 woken"), seen().end(), "Task-1 began")));
}

BOOST_AUTO_TEST_CASE(a_cancel_wakes) {
  auto waiting = loop.create_task(join(asyncio::task<>(loop.create_task(sleep_long()))));
  const auto cancel_it = [&]() -> awaitable<void> {
    co_await one_pass();
    waiting.cancel();
    co_await one_pass();
  };
  loop.run_until_complete(cancel_it());
  BOOST_TEST(seen_of("Task-1") == (names{"Task-1 created", "Task-1 began", "Task-1 waits", "Task-1 ended",
                                         "Task-1 woken", "Task-1 began", "Task-1 done", "Task-1 ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_cancel_ends_the_wait_in_a_step_of_its_own) {
  auto waiting = loop.create_task(join(loop.create_task(one_pass())));
  const auto cancel_it = [&]() -> awaitable<void> {
    waiting.cancel();
    co_await one_pass();
    co_await one_pass();
  };
  loop.run_until_complete(cancel_it());
  BOOST_TEST(waiting.cancelled());
  const auto began = std::count(seen().begin(), seen().end(), "Task-2 began");
  const auto ended = std::count(seen().begin(), seen().end(), "Task-2 ended");
  BOOST_TEST(began == ended);
}

BOOST_AUTO_TEST_CASE(what_co_spawn_begins_is_observed_too) {
  asyncio::future<> over(loop);
  boost::asio::co_spawn(loop.get_executor(), one_pass(),
                        [&](const std::exception_ptr&) { over.set_result(); });
  loop.run_until_complete(over);
  loop.run_until_complete(one_pass());
  const auto count = [&](const char* what) {
    return std::count(seen().begin(), seen().end(), std::string("Task-1 ") + what);
  };
  BOOST_TEST(count("created") == 1);
  BOOST_TEST(count("done") == 1);
  BOOST_TEST(count("began") >= 1);
  BOOST_TEST(count("began") == count("ended"));
}

BOOST_AUTO_TEST_CASE(callbacks_are_no_tasks) {
  loop.call_soon([this] { loop.stop(); });
  loop.run_forever();
  BOOST_TEST(seen().empty());
}

BOOST_AUTO_TEST_CASE(an_observer_can_be_taken_away) {
  loop.set_observer(nullptr);
  loop.run_until_complete(at_once());
  BOOST_TEST(seen().empty());
}

BOOST_AUTO_TEST_CASE(an_observer_can_take_its_leave) {
  class one_event final : public asyncio::loop_observer {
  public:
    explicit one_event(int& count) : count_(count) {}
    void task_created(const asyncio::any_task& task) override {
      task.get_loop().set_observer(nullptr); // which destroys it
      ++count_;
    }

  private:
    int& count_;
  };
  int count = 0;
  loop.set_observer(std::make_shared<one_event>(count));
  loop.run_until_complete(join(loop.create_task(one_pass())));
  BOOST_TEST(count == 1);
}

BOOST_AUTO_TEST_CASE(what_an_observer_throws_goes_to_the_exception_handler) {
  class failing final : public asyncio::loop_observer {
    void step_began(const asyncio::any_task&) override { throw std::runtime_error("Boom!"); }
  };
  loop.set_observer(std::make_shared<failing>());
  names reported;
  loop.set_exception_handler([&](asyncio::loop&, const asyncio::exception_context& context) {
    reported.push_back(context.message + " (" + context.source +
                       "): " + asyncio::describe(context.exception));
  });
  BOOST_TEST(loop.run_until_complete(forty_two()) == 42);
  BOOST_TEST(reported == (names{"Exception in the loop's observer (Task-1): std::runtime_error: Boom!"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_task_has_its_name_from_the_start) {
  loop.run_until_complete(loop.create_task(at_once(), "tea"));
  BOOST_TEST(seen() == (names{"tea created", "tea began", "tea done", "tea ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_observer_sees_what_a_task_waits_for_and_where) {
  class asking final : public asyncio::loop_observer {
  public:
    void step_began(const asyncio::any_task& task) override { ask(task); }
    void task_waits(const asyncio::any_task& task) override { ask(task); }
    void task_woken(const asyncio::any_task& task) override { ask(task); }
    void task_done(const asyncio::any_task& task) override { ask(task); }

    names answers;

  private:
    void ask(const asyncio::any_task& task) {
      answers.push_back(task.waits_for() + (task.waits_at().line() == 0 ? "" : ", somewhere"));
    }
  };
  const auto asked = std::make_shared<asking>();
  loop.set_observer(asked);
  loop.run_until_complete(one_pass());
  BOOST_TEST(asked->answers == (names{"", "a sleep, somewhere", "a sleep, somewhere", "", ""}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_loop_that_goes_away_ends_its_tasks) {
  auto observed_too = std::make_shared<noting>();
  {
    asyncio::loop short_lived;
    short_lived.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    short_lived.set_observer(observed_too);
    auto left = short_lived.create_task(sleep_long());
    short_lived.run_until_complete(one_pass());
    BOOST_TEST(left.waits_for() == "a sleep");
  }
  BOOST_TEST(observed_too->seen.back() == "Task-1 done");
}

BOOST_AUTO_TEST_SUITE_END()
