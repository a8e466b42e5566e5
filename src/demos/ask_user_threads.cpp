// ask_user_threads: the calculation is done while the user still thinks about the answer.
//
// The thread that asks is blocked, and the other one runs: together they take as long as the
// user. A thread gives no result and throws nothing at its creator; std::packaged_task puts
// what came of the call into a std::future, where it is found after join().
//
//   run    cmake --build --preset dev -t run-ask_user_threads
//   debug  cmake --build --preset dev -t debug-ask_user_threads
//   try    Ctrl-D instead of a name; then leave out asked.get(), and the error is never heard of

#include <asyncio/clock.hpp>
#include <asyncio/thread.hpp>

#include <future>
#include <utility>

#include <demos/support/ask_user.hpp>
#include <demos/support/print.hpp>
#include <demos/support/thread_main.hpp>

void both_at_once() {
  std::packaged_task<void()> ask(demos::ask_user);
  std::future<void> asked = ask.get_future();

  const auto start = asyncio::clock::now();
  asyncio::thread calculating("calculating", demos::complex_calculation);
  asyncio::thread asking("asking", std::move(ask));
  calculating.join();
  asking.join(); // stop here: the calculation has ended, and the user hasn't answered
  asked.get();   // throws what ask_user() threw
  demos::print("Two thread total time:  ", demos::seconds{asyncio::clock::now() - start, 6});
}

int main() {
  return demos::thread_main(both_at_once);
}

// | Started calculating...
// | complex_calculation:  0.000549
// | Enter your name: Hello, Jose
// | ask_user:  1.060342
// | Two thread total time:  1.061087
