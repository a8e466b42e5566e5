#include <asyncio/blocking.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/thread.hpp>
#include <asyncio/thread_name.hpp>
#include <support/virtual_threads.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(thread_test)

BOOST_AUTO_TEST_CASE(calls_the_function_with_its_arguments) {
  std::string got;
  asyncio::thread calls(
      "calls", [](const std::string& text, int n, std::string& into) { into = text + std::to_string(n); },
      "n=", 7, std::ref(got));
  calls.join();
  BOOST_TEST(got == "n=7");
}

BOOST_AUTO_TEST_CASE(moves_what_can_only_be_moved) {
  int got = 0;
  asyncio::thread calls("calls", [&](std::unique_ptr<int> n) { got = *n; }, std::make_unique<int>(7));
  calls.join();
  BOOST_TEST(got == 7);
}

BOOST_AUTO_TEST_CASE(has_the_name_inside_and_outside) {
  std::string inside;
  asyncio::thread named("worker-1", [&] { inside = asyncio::current_thread_name(); });
  BOOST_TEST(named.name() == "worker-1");
  named.join();
  BOOST_TEST(inside == "worker-1");
}

BOOST_AUTO_TEST_CASE(is_alive_until_it_has_ended) {
  std::promise<void> go;
  asyncio::thread waits("waits", [&] { go.get_future().wait(); });
  BOOST_TEST(waits.is_alive());
  BOOST_TEST(waits.joinable());
  go.set_value();
  waits.join();
  BOOST_TEST(!waits.is_alive());
  BOOST_TEST(!waits.joinable());
}

BOOST_AUTO_TEST_CASE(is_alive_in_virtual_time_until_it_has_had_its_turn) {
  const virtual_threads scope;
  asyncio::thread sleeps("sleeps", [] { asyncio::blocking_sleep(1s); });
  BOOST_TEST(sleeps.is_alive());
  asyncio::blocking_sleep(2s);
  BOOST_TEST(!sleeps.is_alive());
  sleeps.join();
}

BOOST_AUTO_TEST_CASE(join_takes_as_long_as_the_thread) {
  const virtual_threads scope;
  asyncio::thread sleeps("sleeps", [] { asyncio::blocking_sleep(3s); });
  sleeps.join();
  BOOST_TEST(seconds_now() == 3.0);
}

BOOST_AUTO_TEST_CASE(the_destructor_joins) {
  const virtual_threads scope;
  {
    asyncio::thread sleeps("sleeps", [] { asyncio::blocking_sleep(3s); });
  }
  BOOST_TEST(seconds_now() == 3.0);
}

BOOST_AUTO_TEST_CASE(an_exception_ends_that_thread_only) {
  const virtual_threads scope;
  bool other_ended = false;
  asyncio::thread fails("fails", [] { throw std::runtime_error("no luck"); });
  asyncio::thread other("other", [&] {
    asyncio::blocking_sleep(1s);
    other_ended = true;
  });
  fails.join();
  other.join();
  BOOST_TEST(other_ended);
}

BOOST_AUTO_TEST_CASE(an_exception_in_real_time_ends_that_thread_only) {
  asyncio::thread fails("fails", [] { throw 5; });
  fails.join();
  BOOST_TEST(!fails.is_alive());
}

BOOST_AUTO_TEST_CASE(what_it_was_given_goes_when_it_ends_not_when_it_is_joined) {
  auto given = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = given;
  asyncio::thread holds("holds", [given] {});
  given.reset();
  while (holds.is_alive()) {
    std::this_thread::yield();
  }
  BOOST_TEST(watched.expired());
}

BOOST_AUTO_TEST_CASE(can_be_joined_once) {
  asyncio::thread once("once", [] {});
  once.join();
  BOOST_CHECK_THROW(once.join(), asyncio::misuse_error);
  BOOST_CHECK_THROW((void)once.name(), asyncio::misuse_error);
  asyncio::thread never;
  BOOST_CHECK_THROW(never.join(), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(cannot_join_itself) {
  std::promise<asyncio::thread*> to_itself;
  bool refused = false;
  asyncio::thread one("one", [&] {
    asyncio::thread& self = *to_itself.get_future().get();
    try {
      self.join();
    } catch (const asyncio::misuse_error&) {
      refused = true;
    }
  });
  to_itself.set_value(&one);
  one.join();
  BOOST_TEST(refused);
}

BOOST_AUTO_TEST_CASE(a_moved_one_is_the_same_thread) {
  std::promise<void> go;
  asyncio::thread first("first", [&] { go.get_future().wait(); });
  asyncio::thread second(std::move(first));
  BOOST_TEST(!first.joinable());
  BOOST_TEST(second.name() == "first");
  go.set_value();
  second.join();
}

BOOST_AUTO_TEST_CASE(an_assignment_joins_what_was_there) {
  const virtual_threads scope;
  asyncio::thread one("one", [] { asyncio::blocking_sleep(2s); });
  one = asyncio::thread("other", [] { asyncio::blocking_sleep(1s); });
  BOOST_TEST(one.name() == "other");
  BOOST_TEST(seconds_now() == 2.0);
}

BOOST_AUTO_TEST_CASE(one_that_began_in_real_time_is_joined_in_virtual_time) {
  std::promise<void> go;
  asyncio::thread real("real", [&] { go.get_future().wait(); });
  const virtual_threads scope;
  go.set_value();
  real.join();
  BOOST_TEST(!real.joinable());
}

BOOST_AUTO_TEST_CASE(one_that_began_in_virtual_time_is_joined_in_real_time) {
  std::promise<void> go;
  std::optional<asyncio::thread> away;
  {
    const virtual_threads scope;
    away.emplace("away", [&] { asyncio::blocking_region([&] { go.get_future().wait(); }); });
    asyncio::blocking_sleep(1s);
  }
  go.set_value();
  away->join();
  BOOST_TEST(!away->joinable());
}

BOOST_AUTO_TEST_SUITE_END()
