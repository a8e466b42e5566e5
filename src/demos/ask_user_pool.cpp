// ask_user_pool: the same two at once, on the threads of an executor.
//
// submit() gives each call to a thread and returns a future at once; the end of the block
// waits for both, so there is no join() to forget. Notice what replaced the packaged_task of
// ask_user_threads.cpp: the future is the pool's own, and result() throws what the call threw.
//
//   run    cmake --build --preset dev -t run-ask_user_pool
//   debug  cmake --build --preset dev -t debug-ask_user_pool
//   try    a pool of one thread: who has to wait for whom?

#include <asyncio/clock.hpp>
#include <asyncio/concurrent_future.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <demos/support/ask_user.hpp>
#include <demos/support/print.hpp>
#include <demos/support/thread_main.hpp>

asyncio::concurrent_future<> both_at_once() {
  asyncio::thread_pool_executor pool(2);
  pool.submit(demos::complex_calculation);
  return pool.submit(demos::ask_user);
} // stop here: the pool's end waits for its threads, as Python's `with` does

void ask_and_calculate() {
  const auto start = asyncio::clock::now();
  const auto asked = both_at_once();
  asked.result(); // throws what ask_user() threw
  demos::print("Two thread total time:  ", demos::seconds{asyncio::clock::now() - start, 6});
}

int main() {
  return demos::thread_main(ask_and_calculate);
}

// | Started calculating...
// | complex_calculation:  0.000512
// | Enter your name: Hello, Ana
// | ask_user:  1.553046
// | Two thread total time:  1.554169
