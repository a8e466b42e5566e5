#include <asyncio/blocking.hpp>
#include <asyncio/blocking_lock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/thread.hpp>
#include <support/virtual_threads.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using names = std::vector<std::string>;
using boost::test_tools::per_element;

BOOST_AUTO_TEST_SUITE(blocking_lock_test)

BOOST_AUTO_TEST_CASE(is_held_from_lock_to_unlock) {
  asyncio::blocking_lock lock("one");
  BOOST_TEST(!lock.locked());
  lock.lock();
  BOOST_TEST(lock.locked());
  lock.unlock();
  BOOST_TEST(!lock.locked());
}

BOOST_AUTO_TEST_CASE(unlocking_what_nobody_holds_is_refused) {
  asyncio::blocking_lock lock;
  BOOST_CHECK_THROW(lock.unlock(), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(a_try_fails_at_once_while_it_is_held) {
  asyncio::blocking_lock lock;
  BOOST_TEST(lock.try_lock());
  BOOST_TEST(!lock.try_lock());
  BOOST_TEST(!lock.try_lock_for(0s));
  BOOST_TEST(!lock.try_lock_for(-1s));
  lock.unlock();
  BOOST_TEST(lock.try_lock());
}

BOOST_AUTO_TEST_CASE(fits_the_guards_of_the_standard_library) {
  asyncio::blocking_lock first;
  asyncio::blocking_lock second;
  {
    const std::scoped_lock both(first, second);
    BOOST_TEST(first.locked());
    BOOST_TEST(second.locked());
  }
  try {
    const std::lock_guard held(first);
    throw std::runtime_error("out of it");
  } catch (const std::runtime_error&) { // what matters is below
  }
  BOOST_TEST(!first.locked());
}

BOOST_AUTO_TEST_CASE(serves_those_who_wait_in_the_order_in_which_they_came) {
  const virtual_threads scope;
  asyncio::blocking_lock lock;
  story seen;
  std::vector<asyncio::thread> threads;
  {
    const std::lock_guard held(lock);
    for (const std::string name : {"a", "b", "c"}) {
      threads.emplace_back(name, [&, name] {
        const std::lock_guard held_here(lock);
        seen.tell(name);
        asyncio::blocking_sleep(1s);
      });
    }
    asyncio::blocking_sleep(1s);
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  BOOST_TEST(seen.lines() == (names{"a", "b", "c"}), per_element());
  BOOST_TEST(seconds_now() == 4.0);
}

BOOST_AUTO_TEST_CASE(a_newcomer_cannot_overtake_whom_it_was_handed_to) {
  const virtual_threads scope;
  asyncio::blocking_lock lock;
  story seen;
  lock.lock();
  asyncio::thread waits("waits", [&] {
    const std::lock_guard held(lock);
    seen.tell("waits");
  });
  asyncio::blocking_sleep(0s); // now it waits
  lock.unlock();
  BOOST_TEST(!lock.try_lock());
  {
    const std::lock_guard held(lock);
    seen.tell("newcomer");
  }
  BOOST_TEST(seen.lines() == (names{"waits", "newcomer"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_wait_ends_after_its_timeout) {
  const virtual_threads scope;
  asyncio::blocking_lock lock;
  lock.lock();
  bool had = true;
  asyncio::thread tries("tries", [&] { had = lock.try_lock_for(2s); });
  tries.join();
  BOOST_TEST(!had);
  BOOST_TEST(seconds_now() == 2.0);
  lock.unlock();
  BOOST_TEST(!lock.locked());
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_freed_in_time_is_had) {
  const virtual_threads scope;
  asyncio::blocking_lock lock;
  lock.lock();
  double when = -1;
  asyncio::thread tries("tries", [&] {
    if (lock.try_lock_for(2s)) {
      when = seconds_now();
      lock.unlock();
    }
  });
  asyncio::blocking_sleep(1s);
  lock.unlock();
  tries.join();
  BOOST_TEST(when == 1.0);
}

BOOST_AUTO_TEST_CASE(who_gives_up_leaves_the_lock_to_the_next) {
  const virtual_threads scope;
  asyncio::blocking_lock lock;
  story seen;
  lock.lock();
  asyncio::thread first("first",
                        [&] { seen.tell(lock.try_lock_for(1s) ? "first had it" : "first gave up"); });
  asyncio::thread second("second", [&] {
    const std::lock_guard held(lock);
    seen.tell("second had it");
  });
  asyncio::blocking_sleep(2s);
  lock.unlock();
  second.join();
  BOOST_TEST(seen.lines() == (names{"first gave up", "second had it"}), per_element());
}

// The timeout and the release come at the same instant.
BOOST_AUTO_TEST_CASE(a_release_at_the_moment_of_a_timeout_is_not_lost) {
  const virtual_threads scope;
  asyncio::blocking_lock lock;
  int had = 0;
  lock.lock();
  asyncio::thread releases("releases", [&] {
    asyncio::blocking_sleep(1s);
    lock.unlock();
  });
  const auto take = [&] {
    if (lock.try_lock_for(1s)) {
      ++had;
      lock.unlock();
    }
  };
  asyncio::thread first("first", take);
  asyncio::thread second("second", take);
  first.join();
  second.join();
  releases.join();
  BOOST_TEST(!lock.locked());
  BOOST_TEST(lock.try_lock());
  BOOST_TEST(had >= 1);
}

BOOST_AUTO_TEST_CASE(in_real_time_a_waiter_gets_it_when_it_is_freed) {
  asyncio::blocking_lock lock;
  lock.lock();
  std::promise<void> tried;
  bool had = false;
  asyncio::thread waits("waits", [&] {
    BOOST_TEST(!lock.try_lock());
    tried.set_value();
    const std::lock_guard held(lock);
    had = true;
  });
  tried.get_future().wait();
  lock.unlock();
  waits.join();
  BOOST_TEST(had);
}

BOOST_AUTO_TEST_CASE(in_real_time_a_wait_ends_after_its_timeout) {
  asyncio::blocking_lock lock;
  lock.lock();
  bool had = true;
  asyncio::thread tries("tries", [&] { had = lock.try_lock_for(1ms); });
  tries.join();
  BOOST_TEST(!had);
}

BOOST_AUTO_TEST_CASE(in_real_time_it_keeps_others_out) {
  asyncio::blocking_lock lock;
  int counter = 0;
  std::vector<asyncio::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back("counts", [&] {
      for (int n = 0; n < 5000; ++n) {
        const std::lock_guard held(lock);
        ++counter;
      }
    });
  }
  for (asyncio::thread& each : threads) {
    each.join();
  }
  BOOST_TEST(counter == 20'000);
}

BOOST_AUTO_TEST_SUITE_END()
