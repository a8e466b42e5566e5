#include <asyncio/detail/task_base.hpp>
#include <asyncio/future.hpp>
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
#include <stdexcept>
#include <string>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using names = std::vector<std::string>;

namespace {

class noting final : public asyncio::loop_observer {
public:
  void task_created(asyncio::detail::task_base& task) override { note(task, "created"); }
  void step_began(asyncio::detail::task_base& task) override { note(task, "began"); }
  void step_ended(asyncio::detail::task_base& task) override { note(task, "ended"); }
  void task_waits(asyncio::detail::task_base& task) override { note(task, "waits"); }
  void task_done(asyncio::detail::task_base& task) override { note(task, "done"); }

  names seen;

private:
  void note(asyncio::detail::task_base& task, const char* what) { seen.push_back(task.name() + ' ' + what); }
};

/// A loop that is observed.
struct observed {
  observed() { loop.set_observer(&observer); }

  asyncio::loop loop;
  noting observer;
};

awaitable<void> at_once() {
  co_return;
}

awaitable<void> one_pass() {
  co_await asyncio::sleep(0s);
}

awaitable<void> fail() {
  throw std::runtime_error("Boom!");
  co_return;
}

awaitable<void> join(asyncio::task<> other) {
  co_await other;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(observer_test, observed)

BOOST_AUTO_TEST_CASE(a_task_without_an_await_has_one_step) {
  loop.run_until_complete(at_once());
  BOOST_TEST(observer.seen == (names{"Task-1 created", "Task-1 began", "Task-1 done", "Task-1 ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_task_that_waits_says_so_at_the_end_of_its_step) {
  loop.run_until_complete(one_pass());
  BOOST_TEST(observer.seen == (names{"Task-1 created", "Task-1 began", "Task-1 waits", "Task-1 ended",
                                     "Task-1 began", "Task-1 done", "Task-1 ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_failure_is_an_end_as_well) {
  BOOST_CHECK_THROW(loop.run_until_complete(fail()), std::runtime_error);
  BOOST_TEST(observer.seen == (names{"Task-1 created", "Task-1 began", "Task-1 done", "Task-1 ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(steps_of_two_tasks_do_not_overlap) {
  auto first = loop.create_task(one_pass());
  loop.run_until_complete(join(first));
  BOOST_TEST(observer.seen ==
                 (names{"Task-1 created", "Task-2 created", "Task-1 began", "Task-1 waits", "Task-1 ended",
                        "Task-2 began", "Task-2 waits", "Task-2 ended", "Task-1 began", "Task-1 done",
                        "Task-1 ended", "Task-2 began", "Task-2 done", "Task-2 ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_task_cancelled_before_it_began_is_done_without_a_step) {
  auto cancelled = loop.create_task(at_once());
  cancelled.cancel();
  loop.run_until_complete(one_pass());
  names of_the_first;
  std::copy_if(observer.seen.begin(), observer.seen.end(), std::back_inserter(of_the_first),
               [](const std::string& line) { return line.starts_with("Task-1 "); });
  BOOST_TEST(of_the_first == (names{"Task-1 created", "Task-1 done"}), boost::test_tools::per_element());
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
  const auto began = std::count(observer.seen.begin(), observer.seen.end(), "Task-2 began");
  const auto ended = std::count(observer.seen.begin(), observer.seen.end(), "Task-2 ended");
  BOOST_TEST(began == ended);
}

BOOST_AUTO_TEST_CASE(what_co_spawn_begins_is_observed_too) {
  asyncio::future<> over(loop);
  boost::asio::co_spawn(loop.get_executor(), one_pass(),
                        [&](const std::exception_ptr&) { over.set_result(); });
  loop.run_until_complete(over);
  loop.run_until_complete(one_pass());
  const auto count = [&](const char* what) {
    return std::count(observer.seen.begin(), observer.seen.end(), std::string("Task-1 ") + what);
  };
  BOOST_TEST(count("created") == 1);
  BOOST_TEST(count("done") == 1);
  BOOST_TEST(count("began") >= 1);
  BOOST_TEST(count("began") == count("ended"));
}

BOOST_AUTO_TEST_CASE(callbacks_are_no_tasks) {
  loop.call_soon([this] { loop.stop(); });
  loop.run_forever();
  BOOST_TEST(observer.seen.empty());
}

BOOST_AUTO_TEST_CASE(an_observer_can_be_taken_away) {
  loop.set_observer(nullptr);
  loop.run_until_complete(at_once());
  BOOST_TEST(observer.seen.empty());
}

BOOST_AUTO_TEST_SUITE_END()
