// chained_results: a second step needs the first one's result, and such chains run side by side.
//
// part2() takes what part1() gives, so chain() awaits them one after the other. The chains
// need nothing of each other: 4 + 7, 4 + 4 and 0 + 4 seconds take eleven, and chain 3 is
// done first. Notice that all of them draw from one row of random numbers, and who comes
// first gets the first. Only because their order is always the same does each always get
// the same ones: those that Python gives after random.seed(444).
//
//   run    cmake --build --preset dev -t run-chained_results
//   debug  cmake --build --preset dev -t debug-chained_results
//   try    chained_results 7; chained_results 1 2 3 4 5

#include <asyncio/clock.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <demos/support/arguments.hpp>
#include <demos/support/print.hpp>
#include <demos/support/python_random.hpp>

using asyncio::awaitable;
using demos::print;

demos::python_random random_numbers(444); // one row for all, as in Python

awaitable<std::string> part1(int n) {
  const int i = random_numbers.randint(0, 10);
  print("part1(", n, ") sleeping for ", i, " seconds.");
  co_await asyncio::sleep(std::chrono::seconds(i));
  std::string result = "result" + std::to_string(n) + "-1";
  print("Returning part1(", n, ") == ", result, ".");
  co_return result;
}

awaitable<std::string> part2(int n, std::string arg) {
  const int i = random_numbers.randint(0, 10);
  print("part2(", n, ", '", arg, "') sleeping for ", i, " seconds.");
  co_await asyncio::sleep(std::chrono::seconds(i));
  std::string result = "result" + std::to_string(n) + "-2 derived from " + arg;
  print("Returning part2(", n, ", '", arg, "') == ", result, ".");
  co_return result;
}

awaitable<void> chain(int n) {
  const auto start = asyncio::clock::now();
  std::string p1 = co_await part1(n);
  std::string p2 = co_await part2(n, p1); // stop here: p1 is there, and which chains are ahead?
  const demos::seconds took{asyncio::clock::now() - start, 2};
  print("-->Chained result", n, " => ", p2, " (took ", took, " seconds).");
}

awaitable<void> async_main(std::vector<int> numbers) {
  std::vector<awaitable<void>> chains;
  for (const int n : numbers) {
    chains.push_back(chain(n));
  }
  co_await asyncio::gather(std::move(chains));
}

int main(int argc, char** argv) {
  demos::arguments arguments("chained_results", "Chains of two steps, side by side.");
  const std::vector<int>& numbers =
      arguments.numbers("n", {1, 2, 3}, 0, 1'000'000, "a chain for each number");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return asyncio::run_main(async_main(numbers));
}

// | part1(1) sleeping for 4 seconds.
// | part1(2) sleeping for 4 seconds.
// | part1(3) sleeping for 0 seconds.
// | Returning part1(3) == result3-1.
// | part2(3, 'result3-1') sleeping for 4 seconds.
// | Returning part1(1) == result1-1.
// | part2(1, 'result1-1') sleeping for 7 seconds.
// | Returning part1(2) == result2-1.
// | part2(2, 'result2-1') sleeping for 4 seconds.
// | Returning part2(3, 'result3-1') == result3-2 derived from result3-1.
// | -->Chained result3 => result3-2 derived from result3-1 (took 4.00 seconds).
// | Returning part2(2, 'result2-1') == result2-2 derived from result2-1.
// | -->Chained result2 => result2-2 derived from result2-1 (took 8.00 seconds).
// | Returning part2(1, 'result1-1') == result1-2 derived from result1-1.
// | -->Chained result1 => result1-2 derived from result1-1 (took 11.00 seconds).
