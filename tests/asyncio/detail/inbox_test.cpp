#include <asyncio/detail/inbox.hpp>
#include <asyncio/detail/node.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

using asyncio::detail::inbox;
using asyncio::detail::node;
using asyncio::detail::ready_queue;

namespace {

struct letter : node {
  letter(std::size_t from_, std::size_t number_) : node(nullptr), from(from_), number(number_) {}
  std::size_t from;
  std::size_t number;
};

using letters = std::deque<letter>;

letters written_by(std::size_t writer, std::size_t count) {
  letters all;
  for (std::size_t i = 0; i < count; ++i) {
    all.emplace_back(writer, i);
  }
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(inbox_test)

BOOST_AUTO_TEST_CASE(letters_are_collected_in_the_order_in_which_they_were_left) {
  boost::asio::io_context context;
  inbox box(context);
  letters all = written_by(0, 10);
  for (letter& each : all) {
    BOOST_TEST(box.leave(each));
  }
  ready_queue collected;
  box.collect(collected);
  BOOST_TEST(collected.size() == 10U);
  for (letter& each : all) {
    BOOST_TEST(&collected.pop() == &each);
  }
}

BOOST_AUTO_TEST_CASE(they_stand_behind_what_is_ready_already) {
  boost::asio::io_context context;
  inbox box(context);
  letter ready(0, 0);
  letter left(0, 1);
  ready_queue queue;
  queue.push(ready);
  box.leave(left);
  box.collect(queue);
  BOOST_TEST(&queue.pop() == &ready);
  BOOST_TEST(&queue.pop() == &left);
}

BOOST_AUTO_TEST_CASE(collecting_from_an_empty_one_gives_nothing) {
  boost::asio::io_context context;
  inbox box(context);
  ready_queue collected;
  box.collect(collected);
  BOOST_TEST(collected.empty());
}

BOOST_AUTO_TEST_CASE(only_the_first_letter_wakes_the_loop) {
  boost::asio::io_context context;
  inbox box(context);
  letters all = written_by(0, 3);
  box.leave(all[0]);
  box.leave(all[1]);
  BOOST_TEST(context.poll() == 1U);
  ready_queue collected;
  box.collect(collected);
  context.restart();
  box.leave(all[2]); // the first again
  BOOST_TEST(context.poll() == 1U);
  box.collect(collected);
}

BOOST_AUTO_TEST_CASE(closing_gives_the_last_and_refuses_what_comes_later) {
  boost::asio::io_context context;
  inbox box(context);
  letters all = written_by(0, 3);
  box.leave(all[0]);
  box.leave(all[1]);
  ready_queue last;
  box.close(last);
  BOOST_TEST(last.size() == 2U);
  BOOST_TEST(!box.leave(all[2]));
  ready_queue nothing;
  box.close(nothing); // twice is harmless
  BOOST_TEST(nothing.empty());
  BOOST_TEST(!box.leave(all[2]));
}

BOOST_AUTO_TEST_CASE(closed_it_does_not_touch_the_context) {
  auto context = std::make_unique<boost::asio::io_context>();
  inbox box(*context);
  ready_queue last;
  box.close(last);
  context.reset();
  letter late(0, 0);
  BOOST_TEST(!box.leave(late));
}

BOOST_AUTO_TEST_CASE(letters_of_several_threads_all_arrive_each_threads_in_order) {
  constexpr std::size_t writers = 4;
  constexpr std::size_t each = 20'000;
  boost::asio::io_context context;
  const auto guard = boost::asio::make_work_guard(context);
  inbox box(context);
  std::vector<letters> written;
  for (std::size_t w = 0; w < writers; ++w) {
    written.push_back(written_by(w, each));
  }

  std::latch start(writers);
  std::vector<std::jthread> threads;
  for (letters& own : written) {
    threads.emplace_back([&box, &start, &own] {
      start.arrive_and_wait();
      for (letter& l : own) {
        box.leave(l);
      }
    });
  }

  std::vector<std::size_t> next(writers, 0);
  std::size_t count = 0;
  while (count < writers * each) {
    context.run_one(); // asleep until a letter wakes it: a lost wake-up would hang here
    ready_queue collected;
    box.collect(collected);
    for (; !collected.empty(); ++count) {
      const auto& l = static_cast<letter&>(collected.pop());
      BOOST_TEST_REQUIRE(l.number == next[l.from]++);
    }
  }
  BOOST_TEST(count == writers * each);
}

BOOST_AUTO_TEST_CASE(closed_under_several_threads_each_letter_is_given_or_refused) {
  constexpr std::size_t writers = 4;
  constexpr std::size_t each = 5'000;
  for (int round = 0; round < 10; ++round) {
    auto context = std::make_unique<boost::asio::io_context>();
    inbox box(*context);
    std::vector<letters> written;
    for (std::size_t w = 0; w < writers; ++w) {
      written.push_back(written_by(w, each));
    }
    std::atomic<std::size_t> refused{0};
    std::latch start(writers + 1);
    std::vector<std::jthread> threads;
    for (letters& own : written) {
      threads.emplace_back([&box, &start, &refused, &own] {
        start.arrive_and_wait();
        for (letter& l : own) {
          if (!box.leave(l)) {
            ++refused;
          }
        }
      });
    }
    start.arrive_and_wait();
    ready_queue all;
    while (all.size() < each) {
      box.collect(all);
    }
    box.close(all);
    context.reset(); // whoever is still leaving letters must not notice
    threads.clear();
    BOOST_TEST(all.size() + refused.load() == writers * each);
  }
}

BOOST_AUTO_TEST_SUITE_END()
