// ask_user_sequential: the calculation does not begin before the user has answered.
//
// One thread does one thing after the other, so the total is the sum of both. While the user
// thinks the processor has nothing to do, and the calculation has not even started: let it
// wait for some seconds, and compare the figures. (In virtual time all of them are 0: that
// clock moves only where somebody sleeps.)
//
//   run    cmake --build --preset dev -t run-ask_user_sequential
//   debug  cmake --build --preset dev -t debug-ask_user_sequential
//   try    echo Jose | ask_user_sequential; and Ctrl-D or Ctrl-C instead of a name

#include <asyncio/clock.hpp>

#include <demos/support/ask_user.hpp>
#include <demos/support/print.hpp>
#include <demos/support/thread_main.hpp>

void one_after_the_other() {
  const auto start = asyncio::clock::now();
  demos::ask_user();
  demos::complex_calculation();
  demos::print("Single thread total time:  ", demos::seconds{asyncio::clock::now() - start, 6});
}

int main() {
  return demos::thread_main(one_after_the_other);
}

// | Enter your name: Hello, Jose
// | ask_user:  1.434593
// | Started calculating...
// | complex_calculation:  0.000543
// | Single thread total time:  1.435201
