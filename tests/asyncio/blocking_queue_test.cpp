#include <asyncio/blocking.hpp>
#include <asyncio/blocking_queue.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/thread.hpp>
#include <support/virtual_threads.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using names = std::vector<std::string>;
using boost::test_tools::per_element;

namespace {

std::string told(int number, const std::string& who) {
  return who + ' ' + std::to_string(number);
}

} // namespace

BOOST_AUTO_TEST_SUITE(blocking_queue_test)

BOOST_AUTO_TEST_CASE(gives_what_was_put_first) {
  asyncio::blocking_queue<int> queue;
  queue.put(1);
  queue.put(2);
  BOOST_TEST(queue.qsize() == 2U);
  BOOST_TEST(queue.get() == 1);
  BOOST_TEST(queue.get() == 2);
  BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_CASE(takes_what_can_only_be_moved) {
  asyncio::blocking_queue<std::unique_ptr<int>> queue;
  queue.put(std::make_unique<int>(5));
  BOOST_TEST(*queue.get() == 5);
}

BOOST_AUTO_TEST_CASE(an_empty_one_says_so_without_waiting) {
  asyncio::blocking_queue<int> queue;
  BOOST_CHECK_THROW(queue.get_nowait(), asyncio::queue_empty);
}

BOOST_AUTO_TEST_CASE(a_full_one_says_so_without_waiting) {
  asyncio::blocking_queue<int> queue(1);
  BOOST_TEST(queue.maxsize() == 1U);
  queue.put_nowait(1);
  BOOST_TEST(queue.full());
  BOOST_CHECK_THROW(queue.put_nowait(2), asyncio::queue_full);
  BOOST_TEST(queue.qsize() == 1U);
}

BOOST_AUTO_TEST_CASE(one_without_a_size_is_never_full) {
  asyncio::blocking_queue<int> queue;
  for (int i = 0; i < 1000; ++i) {
    queue.put_nowait(i);
  }
  BOOST_TEST(!queue.full());
}

BOOST_AUTO_TEST_CASE(get_waits_for_a_put) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> queue;
  asyncio::thread puts("puts", [&] {
    asyncio::blocking_sleep(3s);
    queue.put(7);
  });
  BOOST_TEST(queue.get() == 7);
  BOOST_TEST(seconds_now() == 3.0);
}

BOOST_AUTO_TEST_CASE(put_waits_for_room) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> queue(1);
  asyncio::thread gets("gets", [&] {
    asyncio::blocking_sleep(3s);
    queue.get();
  });
  queue.put(1);
  BOOST_TEST(seconds_now() == 0.0);
  queue.put(2);
  BOOST_TEST(seconds_now() == 3.0);
}

BOOST_AUTO_TEST_CASE(a_get_that_waits_too_long_gives_up) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> queue;
  BOOST_CHECK_THROW(queue.get(2s), asyncio::queue_empty);
  BOOST_TEST(seconds_now() == 2.0);
}

BOOST_AUTO_TEST_CASE(a_put_that_waits_too_long_gives_up) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> queue(1);
  queue.put(1);
  BOOST_CHECK_THROW(queue.put(2, 2s), asyncio::queue_full);
  BOOST_TEST(seconds_now() == 2.0);
  BOOST_TEST(queue.qsize() == 1U);
}

BOOST_AUTO_TEST_CASE(serves_those_who_wait_in_the_order_in_which_they_came) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> queue;
  story seen;
  std::vector<asyncio::thread> threads;
  for (const std::string name : {"a", "b", "c"}) {
    threads.emplace_back(name, [&, name] { seen.tell(told(queue.get(), name)); });
  }
  asyncio::blocking_sleep(1s);
  for (int i = 1; i <= 3; ++i) {
    queue.put(i);
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  BOOST_TEST(seen.lines() == (names{"a 1", "b 2", "c 3"}), per_element());
}

BOOST_AUTO_TEST_CASE(what_is_put_at_the_moment_of_a_timeout_is_not_lost) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> queue;
  int got = 0;
  const auto get = [&] {
    try {
      got += queue.get(1s);
    } catch (const asyncio::queue_empty&) { // the other one has it
    }
  };
  asyncio::thread puts("puts", [&] {
    asyncio::blocking_sleep(1s);
    queue.put(1);
  });
  asyncio::thread first("first", get);
  asyncio::thread second("second", get);
  first.join();
  second.join();
  puts.join();
  BOOST_TEST(got + static_cast<int>(queue.qsize()) == 1);
}

BOOST_AUTO_TEST_CASE(join_waits_until_each_element_is_done) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> queue;
  queue.put(1);
  queue.put(2);
  asyncio::thread works("works", [&] {
    for (int i = 0; i < 2; ++i) {
      queue.get();
      asyncio::blocking_sleep(1s);
      queue.task_done();
    }
  });
  queue.join();
  BOOST_TEST(seconds_now() == 2.0);
}

BOOST_AUTO_TEST_CASE(join_of_a_queue_that_nothing_was_put_into_does_not_wait) {
  asyncio::blocking_queue<int> queue;
  queue.join();
  BOOST_CHECK_THROW(queue.task_done(), asyncio::invalid_argument_error);
}

BOOST_AUTO_TEST_CASE(after_a_shutdown_it_gives_what_is_left_and_takes_nothing) {
  asyncio::blocking_queue<int> queue;
  queue.put(1);
  queue.shutdown();
  BOOST_CHECK_THROW(queue.put(2), asyncio::queue_shut_down);
  BOOST_TEST(queue.get() == 1);
  BOOST_CHECK_THROW(queue.get(), asyncio::queue_shut_down);
}

BOOST_AUTO_TEST_CASE(after_an_immediate_shutdown_it_gives_nothing) {
  asyncio::blocking_queue<int> queue;
  queue.put(1);
  queue.shutdown(true);
  BOOST_CHECK_THROW(queue.get(), asyncio::queue_shut_down);
  queue.join(); // what was dropped counts as done
}

BOOST_AUTO_TEST_CASE(a_shutdown_ends_every_wait) {
  const virtual_threads scope;
  asyncio::blocking_queue<int> empty;
  asyncio::blocking_queue<int> full(1);
  full.put(1);
  int ended = 0;
  const auto wait_for = [&](auto call) {
    try {
      call();
    } catch (const asyncio::queue_shut_down&) {
      ++ended;
    }
  };
  std::vector<asyncio::thread> threads;
  threads.emplace_back("gets", [&] { wait_for([&] { empty.get(); }); });
  threads.emplace_back("gets too", [&] { wait_for([&] { empty.get(1h); }); });
  threads.emplace_back("puts", [&] { wait_for([&] { full.put(2); }); });
  asyncio::blocking_sleep(1s);
  empty.shutdown();
  full.shutdown();
  for (asyncio::thread& each : threads) {
    each.join();
  }
  BOOST_TEST(ended == 3);
  BOOST_TEST(seconds_now() == 1.0);
}

BOOST_AUTO_TEST_CASE(in_real_time_nothing_is_lost_between_threads) {
  asyncio::blocking_queue<int> queue(4);
  std::atomic<int> sum{0};
  std::vector<asyncio::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back("gets", [&] {
      try {
        for (;;) {
          sum += queue.get();
          queue.task_done();
        }
      } catch (const asyncio::queue_shut_down&) { // the end
      }
    });
  }
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back("puts", [&] {
      for (int n = 1; n <= 1000; ++n) {
        queue.put(n);
      }
    });
  }
  threads[3].join();
  threads[4].join();
  queue.join();
  queue.shutdown();
  threads.clear();
  BOOST_TEST(sum == 1'001'000);
}

BOOST_AUTO_TEST_CASE(in_real_time_a_get_that_waits_too_long_gives_up) {
  asyncio::blocking_queue<int> queue;
  BOOST_CHECK_THROW(queue.get(1ms), asyncio::queue_empty);
}

BOOST_AUTO_TEST_CASE(in_real_time_a_put_that_waits_too_long_gives_up) {
  asyncio::blocking_queue<int> queue(1);
  queue.put(1);
  BOOST_CHECK_THROW(queue.put(2, 1ms), asyncio::queue_full);
}

BOOST_AUTO_TEST_SUITE_END()
