// dining_philosophers: five share five forks, and a waiter sees to it that nobody starves.
//
// Each needs both forks beside the plate, so no more than two can eat at a time. The waiter
// serves one after the other, first come, first served, and stays until that one has both
// forks: nobody sits there with one of them while a neighbour does the same. A helping is a
// slice of time; then the forks go back, and who is still hungry asks again, last in the line.
//
// The waiter and the forks are locks, which are fair. Notice who eats at the same time, that
// ten helpings of a second take five, and that nobody gets a second one before all had one.
//
//   run    cmake --build --preset dev -t run-dining_philosophers
//   debug  cmake --build --preset dev -t debug-dining_philosophers
//   try    an order_of_arrival of 0 1 2 3 4: why does only one eat at a time?

#include <asyncio/clock.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <demos/support/print.hpp>
#include <demos/support/story.hpp>

using asyncio::awaitable;
using namespace std::chrono_literals;

constexpr std::size_t seats = 5;
constexpr std::array<std::size_t, seats> order_of_arrival{0, 2, 4, 1, 3}; // neighbours not in a row
constexpr std::size_t helpings = 2;
using both_forks = std::pair<asyncio::held_lock, asyncio::held_lock>;

struct dining_table {
  asyncio::lock waiter{"waiter"};
  std::array<asyncio::lock, seats> forks; // fork n lies between the seats n - 1 and n
};

awaitable<both_forks> ask_waiter(dining_table& table, std::size_t seat) {
  auto served = co_await table.waiter.hold();
  auto left = co_await table.forks[seat].hold(); // a neighbour may be eating with it
  auto right = co_await table.forks[(seat + 1) % seats].hold();
  co_return both_forks(std::move(left), std::move(right));
} // and the waiter turns to the next

awaitable<void> philosopher(dining_table& table, std::size_t seat) {
  for (std::size_t helping = 1; helping <= helpings; ++helping) {
    auto forks = co_await ask_waiter(table, seat);
    demos::story("philosopher " + std::to_string(seat) + " eats helping " + std::to_string(helping));
    co_await asyncio::sleep(1s); // stop here: how many wait for the waiter, and who for a fork?
  } // here the forks go back
}

awaitable<void> async_main() {
  dining_table table;
  std::vector<awaitable<void>> hungry;
  for (std::size_t seat : order_of_arrival) {
    hungry.push_back(philosopher(table, seat));
  }
  const auto start = asyncio::clock::now();
  co_await asyncio::gather(std::move(hungry));
  demos::print(seats * helpings, " helpings in ", demos::seconds{asyncio::clock::now() - start}, " s");
}

int main() {
  return asyncio::run_main(async_main());
}

// | 00:00:00: philosopher 0 eats helping 1
// | 00:00:00: philosopher 2 eats helping 1
// | 00:00:01: philosopher 4 eats helping 1
// | 00:00:01: philosopher 1 eats helping 1
// | 00:00:02: philosopher 3 eats helping 1
// | 00:00:02: philosopher 0 eats helping 2
// | 00:00:03: philosopher 2 eats helping 2
// | 00:00:03: philosopher 4 eats helping 2
// | 00:00:04: philosopher 1 eats helping 2
// | 00:00:04: philosopher 3 eats helping 2
// | 10 helpings in 5.0 s
