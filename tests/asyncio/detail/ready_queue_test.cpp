#include <asyncio/detail/node.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <list>
#include <vector>

using asyncio::detail::node;
using asyncio::detail::ready_queue;
using boost::test_tools::per_element;

namespace {

struct numbered : node {
  explicit numbered(int number_) : node(nullptr), number(number_) {}
  int number;
};

// A queue of 0, 1, 2, 3, from which something was taken before.
struct queue_of_four {
  queue_of_four() {
    queue.push(gone);
    for (int i = 0; i < 4; ++i) {
      queue.push(nodes.emplace_back(i));
    }
    queue.pop();
  }

  numbered& operator[](int i) {
    for (numbered& each : nodes) {
      if (each.number == i) {
        return each;
      }
    }
    return gone;
  }

  std::vector<int> pop_all() {
    std::vector<int> popped;
    while (!queue.empty()) {
      popped.push_back(static_cast<numbered&>(queue.pop()).number);
    }
    return popped;
  }

  numbered gone{-1};
  std::list<numbered> nodes;
  ready_queue queue;
};

using numbers = std::vector<int>;

} // namespace

BOOST_AUTO_TEST_SUITE(ready_queue_test)

BOOST_AUTO_TEST_CASE(first_in_is_first_out) {
  queue_of_four four;
  BOOST_TEST(four.queue.size() == 4U);
  BOOST_TEST(four.pop_all() == (numbers{0, 1, 2, 3}), per_element());
}

BOOST_AUTO_TEST_CASE(one_takes_the_place_of_another_wherever_that_is) {
  for (int place = 0; place < 4; ++place) {
    queue_of_four four;
    numbered other(7);
    numbered last(8);
    four.queue.replace(four[place], other);
    BOOST_TEST(four.queue.size() == 4U);
    four.queue.push(last);
    numbers expected{0, 1, 2, 3, 8};
    expected[static_cast<std::size_t>(place)] = 7;
    BOOST_TEST(four.pop_all() == expected, per_element());
  }
}

BOOST_AUTO_TEST_CASE(one_takes_the_place_of_the_only_one) {
  ready_queue queue;
  numbered only(0);
  numbered other(7);
  queue.push(only);
  queue.replace(only, other);
  BOOST_TEST(&queue.pop() == &other);
  BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_CASE(one_is_brought_to_the_front_and_the_others_keep_their_order) {
  for (int place = 0; place < 4; ++place) {
    queue_of_four four;
    numbered other(7);
    numbered last(8);
    four.queue.bring_to_front(static_cast<std::size_t>(place));
    four.queue.replace(four[place], other); // its neighbours know of each other
    four.queue.push(last);
    numbers expected{0, 1, 2, 3, 8};
    expected.erase(expected.begin() + place);
    expected.insert(expected.begin(), 7);
    BOOST_TEST(four.pop_all() == expected, per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()
