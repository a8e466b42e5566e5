// What names_test.py looks at: tasks and coroutines with uncommon names, at checkpoint().

#include <asyncio/asyncio.hpp>

#include <chrono>
#include <string>
#include <vector>

using asyncio::awaitable;
using asyncio::create_task;
using asyncio::sleep;
using namespace std::chrono_literals;

namespace {

[[gnu::noinline]] void checkpoint() {
  asm volatile("");
}

struct with_operators {
  awaitable<int> operator()(int n) {
    co_await sleep(10s); // @call
    co_return n;
  }
  awaitable<int> operator<<(int n) {
    co_await sleep(10s); // @shift
    co_return n;
  }
  awaitable<int> operator->*(int n) {
    co_await sleep(10s); // @member
    co_return n;
  }
  template <class T>
  awaitable<T> operator<(T n) {
    co_await sleep(10s); // @less
    co_return n;
  }
  operator awaitable<int>() { // NOLINT(google-explicit-constructor)
    co_await sleep(10s);      // @conversion
    co_return 1;
  }
};

awaitable<void> nap(int number) {
  co_await sleep(10s); // @nap
  static_cast<void>(number);
}

// Each waits for the next one.
awaitable<void> link(int below) {
  if (below > 0) {
    const auto next = create_task(link(below - 1), "link " + std::to_string(below - 1));
    co_await next; // @link
  }
  co_await sleep(10s);
}

awaitable<void> async_main() {
  with_operators here;
  std::vector<asyncio::any_task> tasks;
  int number = 0;
  for (const char* name : {"two words", "quote\"d", "it's", "back\\slash", "-waiting", "twelve 12",
                           "two\nlines", "\x1b[31mred", "caf\xc3\xa9", "off-by-one"}) {
    tasks.push_back(create_task(nap(++number), name));
  }
  tasks.push_back(create_task(nap(++number), std::string(300, 'x')));
  tasks.push_back(create_task(here(1), "call"));
  tasks.push_back(create_task(here << 1, "shift"));
  tasks.push_back(create_task(here->*1, "member"));
  tasks.push_back(create_task(here < 1, "less"));
  tasks.push_back(create_task(static_cast<awaitable<int>>(here), "conversion"));
  const auto later = asyncio::get_running_loop().call_later(5s, [] {});
  co_await sleep(1s);
  checkpoint();
}

awaitable<void> long_line() {
  const auto first = create_task(link(1500), "link 1500");
  co_await sleep(1s);
  checkpoint();
}

} // namespace

int main(int argc, char**) {
  return asyncio::run_main(argc == 1 ? async_main() : long_line());
}
