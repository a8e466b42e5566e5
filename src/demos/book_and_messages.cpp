// book_and_messages: reading a book and checking messages at the same time, by the clock.
//
// Three coroutines that know nothing of each other: one turns a page every four seconds, one
// looks at messages when they come, one counts seconds. Each sleeps until it has something
// to do, and one thread is enough for them all. Notice second 4: the page is turned before
// the second is counted, because that sleep was begun first.
//
//   run    cmake --build --preset dev -t run-book_and_messages
//   debug  cmake --build --preset dev -t debug-book_and_messages
//   try    ASYNCIO_SPEED=10 book_and_messages; or add a coroutine that cooks an egg

#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <iostream>

using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<void> reading_book() {
  std::cout << "reading page 1\n";
  co_await asyncio::sleep(4s);
  std::cout << "reading page 2\n";
  co_await asyncio::sleep(4s);
  std::cout << "reading page 3\n";
  co_await asyncio::sleep(4s);
  std::cout << "reading page 4\n"; // stop here: the messages are all read
}

awaitable<void> seconds() {
  for (int i = 0; i <= 20; ++i) {
    std::cout << '\t' << i << " seconds\n";
    co_await asyncio::sleep(1s);
  }
}

awaitable<void> checking_whatsapp() {
  std::cout << "reading new message 1\n";
  co_await asyncio::sleep(2s);
  std::cout << "reading new message 2\n";
  co_await asyncio::sleep(4s);
  std::cout << "reading new message 3\n";
  co_await asyncio::sleep(1s);
  std::cout << "reading new message 4\n";
}

awaitable<void> async_main() {
  co_await asyncio::gather(reading_book(), checking_whatsapp(), seconds());
}

int main() {
  return asyncio::run_main(async_main());
}

// | reading page 1
// | reading new message 1
// | 	0 seconds
// | 	1 seconds
// | reading new message 2
// | 	2 seconds
// | 	3 seconds
// | reading page 2
// | 	4 seconds
// | 	5 seconds
// | reading new message 3
// | 	6 seconds
// | reading new message 4
// | 	7 seconds
// | reading page 3
// | 	8 seconds
// | 	9 seconds
// | 	10 seconds
// | 	11 seconds
// | reading page 4
// | 	12 seconds
// | 	13 seconds
// | 	14 seconds
// | 	15 seconds
// | 	16 seconds
// | 	17 seconds
// | 	18 seconds
// | 	19 seconds
// | 	20 seconds
