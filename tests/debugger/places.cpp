// What places_test.py steps through, and sets breakpoints in: `places SCENARIO`.

#include <asyncio/asyncio.hpp>

#include <chrono>
#include <iostream>
#include <string>

using asyncio::awaitable;
using asyncio::sleep;
using namespace std::chrono_literals;

namespace {

awaitable<void> left_early(bool at_once) {
  if (at_once) { // @left_early
    co_return;   // @left_early.return
  }
  co_await sleep(1s);   // @left_early.await
  std::cout << "end\n"; // @left_early.end
}

awaitable<void> leaving() {
  co_await left_early(false); // @leaving
  co_await left_early(true);  // @leaving.again
  std::cout << "left\n";      // @leaving.end
}

// clang-format off: of one line only
awaitable<void> left_twice() { co_await left_early(true); co_await left_early(true); }
// clang-format on

awaitable<void> endless() {
  int rounds = 0;         // @endless
  for (int i = 0;; ++i) { // @endless.for
    co_await sleep(1s);   // @endless.await
    rounds += i;          // @endless.after
  }
}

awaitable<void> stopping() {
  const auto task = asyncio::create_task(endless(), "endless");
  co_await sleep(10s);
  task.cancel();
}

struct shop {
  awaitable<int> buy(int count) {
    const int price = 2; // @buy.number
    co_await sleep(1s);
    co_return count* price;
  }
  awaitable<int> buy(const std::string& name) {
    const int letters = static_cast<int>(name.size()); // @buy.name
    co_await sleep(1s);
    co_return letters;
  }
};

template <class T>
awaitable<T> same(T value) {
  T copy = value; // @same
  co_await sleep(1s);
  co_return copy;
}

// clang-format off: of one line only
awaitable<int> in_a_line(int n) { co_await sleep(1s); co_return n; } // @in_a_line
// clang-format on

awaitable<void> shopping() {
  shop here;
  co_await here.buy("tea");
  co_await here.buy(3);
  co_await same(std::string("text"));
  co_await same(7);
  co_await in_a_line(8);
  co_await in_a_line(9);
}

// Two tasks run these lines.
awaitable<void> worker(int first) {
  for (int i = first; i < first + 2; ++i) { // @worker
    std::cout << i << '\n';                 // @worker.print
    co_await sleep(1s);                     // @worker.await
  }
}

awaitable<void> working() {
  const auto first = asyncio::create_task(worker(10), "first");
  const auto second = asyncio::create_task(worker(20), "second");
  co_await first; // @working
  co_await second;
}

} // namespace

int main(int, char** argv) {
  const std::string scenario = argv[1];
  return asyncio::run_main(scenario == "leaving"    ? leaving()
                           : scenario == "twice"    ? left_twice()
                           : scenario == "stopping" ? stopping()
                           : scenario == "shopping" ? shopping()
                                                    : working());
}
