#include <asyncio/clock.hpp>
#include <asyncio/detail/timer_heap.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

using asyncio::detail::timer_node;
using namespace std::chrono_literals;
using time_point = asyncio::clock::time_point;

namespace {

constexpr time_point start{};

struct timer : timer_node {
  timer() : timer_node(nullptr) {}
};

/// Counts what is put in, as a scheduler does.
struct timer_heap : asyncio::detail::timer_heap {
  void insert(timer_node& timer, time_point when, time_point now) {
    asyncio::detail::timer_heap::insert(timer, when, now, ++sequence);
  }
  std::uint64_t sequence = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(timer_heap_test)

BOOST_AUTO_TEST_CASE(it_begins_empty) {
  const timer_heap heap;
  BOOST_TEST(heap.empty());
  BOOST_TEST(heap.size() == 0U);
}

BOOST_AUTO_TEST_CASE(the_earliest_deadline_comes_first) {
  timer_heap heap;
  timer late;
  timer early;
  heap.insert(late, start + 2s, start);
  heap.insert(early, start + 1s, start);
  BOOST_TEST((heap.next_deadline() == start + 1s));
  BOOST_TEST(&heap.next() == &early);
  BOOST_TEST(&heap.pop() == &early);
  BOOST_TEST(&heap.pop() == &late);
  BOOST_TEST(heap.empty());
}

BOOST_AUTO_TEST_CASE(equal_deadlines_come_in_the_order_of_insertion) {
  timer_heap heap;
  std::vector<timer> timers(100);
  for (timer& each : timers) {
    heap.insert(each, start + 1s, start);
  }
  for (timer& each : timers) {
    BOOST_TEST(&heap.pop() == &each);
  }
}

BOOST_AUTO_TEST_CASE(a_timer_knows_whether_and_when_it_was_set) {
  timer_heap heap;
  timer one;
  BOOST_TEST(!one.is_set());
  heap.insert(one, start + 2s, start + 1s);
  BOOST_TEST(one.is_set());
  BOOST_TEST((one.set_at == start + 1s));
  heap.pop();
  BOOST_TEST(!one.is_set());
  heap.insert(one, start + 3s, start + 2s); // and can be set again
  heap.remove(one);
  BOOST_TEST(!one.is_set());
  BOOST_TEST(heap.empty());
}

BOOST_AUTO_TEST_CASE(removing_the_first_and_the_last_keeps_the_rest) {
  timer_heap heap;
  std::vector<timer> timers(10);
  for (std::size_t i = 0; i < timers.size(); ++i) {
    heap.insert(timers[i], start + std::chrono::seconds(i), start);
  }
  heap.remove(timers.front());
  heap.remove(timers.back());
  for (std::size_t i = 1; i + 1 < timers.size(); ++i) {
    BOOST_TEST(&heap.pop() == &timers[i]);
  }
  BOOST_TEST(heap.empty());
}

BOOST_AUTO_TEST_CASE(the_ends_of_time_are_deadlines_too) {
  timer_heap heap;
  timer never;
  timer at_once;
  heap.insert(never, time_point::max(), start);
  heap.insert(at_once, time_point::min(), start);
  BOOST_TEST(&heap.pop() == &at_once);
  BOOST_TEST((heap.next_deadline() == time_point::max()));
}

// Against a sorted list, through a hundred thousand steps that are the same each time.
BOOST_AUTO_TEST_CASE(it_agrees_with_a_sorted_list) {
  struct entry {
    time_point when;
    std::size_t sequence;
    timer* which;
    bool operator<(const entry& other) const {
      return std::pair(when, sequence) < std::pair(other.when, other.sequence);
    }
  };
  std::mt19937 random(7); // NOLINT(cert-msc51-cpp): the same sequence each time is the point
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };

  timer_heap heap;
  std::vector<entry> model;
  std::vector<std::unique_ptr<timer>> timers;
  std::vector<timer*> idle;
  for (int i = 0; i < 500; ++i) {
    idle.push_back(timers.emplace_back(std::make_unique<timer>()).get());
  }

  std::size_t sequence = 0;
  for (int step = 0; step < 100'000; ++step) {
    const std::size_t what = below(10);
    if (what < 5 && !idle.empty()) {
      timer* const chosen = idle.back();
      idle.pop_back();
      const time_point when = start + std::chrono::seconds(below(50)); // many are equal
      heap.insert(*chosen, when, start);
      const entry added{when, ++sequence, chosen};
      model.insert(std::upper_bound(model.begin(), model.end(), added), added);
    } else if (what < 8 && !model.empty()) {
      const auto chosen = model.begin() + static_cast<std::ptrdiff_t>(below(model.size()));
      heap.remove(*chosen->which);
      idle.push_back(chosen->which);
      model.erase(chosen);
    } else if (!model.empty()) {
      BOOST_TEST_REQUIRE(&heap.pop() == model.front().which);
      idle.push_back(model.front().which);
      model.erase(model.begin());
    }
    BOOST_TEST_REQUIRE(heap.size() == model.size());
    if (!model.empty()) {
      BOOST_TEST_REQUIRE((heap.next_deadline() == model.front().when));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
