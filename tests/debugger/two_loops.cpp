// What two_loops_test.py looks at: a loop on the main thread, and one on another with 10,000 tasks. At
// checkpoint() all of them wait.

#include <asyncio/asyncio.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;

namespace {

[[gnu::noinline]] void checkpoint() {
  asm volatile("");
}

std::atomic<bool> main_waits = false;

awaitable<void> note_that_main_waits() {
  main_waits = true; // it runs when its maker is suspended
  main_waits.notify_all();
  co_return;
}

awaitable<void> wait_in_main() {
  const auto noting = asyncio::create_task(note_that_main_waits(), "noting");
  co_await asyncio::sleep(1h); // @main
}

awaitable<int> innermost(int number) {
  co_await asyncio::sleep(1h); // @one_of_many
  co_return number;
}

awaitable<int> outer(int number) {
  const int result = co_await innermost(number);
  co_return result;
}

awaitable<void> make_many() {
  std::vector<asyncio::task<int>> all;
  for (int i = 0; i < 10000; ++i) {
    all.push_back(asyncio::create_task(outer(i)));
  }
  co_await asyncio::sleep(0s);
  co_await asyncio::sleep(0s);
  checkpoint();
}

} // namespace

int main() {
  std::thread other([] {
    main_waits.wait(false);
    asyncio::run(make_many());
  });
  asyncio::run(wait_in_main());
  other.join();
}
