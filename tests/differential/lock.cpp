// lock.py, translated.

#include <asyncio/lock.hpp>

#include "say.hpp"

#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <string>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using tasks = std::vector<asyncio::task<>>;

namespace {

struct release_at_the_end {
  release_at_the_end(asyncio::lock& held_, std::string name_) : held(held_), name(std::move(name_)) {}
  ~release_at_the_end() {
    say(name + " releases");
    held.release();
  }
  release_at_the_end(const release_at_the_end&) = delete;
  release_at_the_end& operator=(const release_at_the_end&) = delete;

  asyncio::lock& held;
  std::string name;
};

awaitable<void> hold(asyncio::lock& lock, std::string name, asyncio::clock::duration delay = 0s) {
  try {
    co_await lock.acquire();
  } catch (const asyncio::cancelled_error&) {
    say(name + " cancelled");
    throw;
  }
  say(name + " has it");
  const release_at_the_end held(lock, name);
  co_await asyncio::sleep(delay);
}

tasks begin(asyncio::lock& lock, const std::vector<std::string>& names, asyncio::clock::duration delay = 0s) {
  tasks begun;
  for (const std::string& name : names) {
    begun.push_back(asyncio::create_task(hold(lock, name, delay)));
  }
  return begun;
}

awaitable<void> end(tasks all) {
  std::string endings;
  for (const asyncio::task<>& each : all) {
    co_await end_of(each);
    endings += (endings.empty() ? "" : " ") + ending(each);
  }
  say(endings);
}

awaitable<void> in_order() {
  asyncio::lock lock;
  const tasks all = begin(lock, {"a", "b", "c"}, 100ms);
  co_await end(all);
  say(word(lock.locked()));
}

awaitable<void> newcomers() {
  asyncio::lock lock;
  co_await lock.acquire();
  tasks all = begin(lock, {"a", "b"});
  co_await passes(1);
  lock.release();
  say(word(lock.locked()));
  all.push_back(begin(lock, {"newcomer"})[0]);
  co_await hold(lock, "main");
  co_await end(all);
}

awaitable<void> cancelled_and_released() {
  for (const bool cancel_first : {true, false}) {
    for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
      asyncio::lock lock;
      co_await lock.acquire();
      tasks all = begin(lock, {"a", "b", "c"});
      co_await passes(1);
      if (cancel_first) {
        all[cancelled].cancel();
      }
      lock.release();
      if (!cancel_first) {
        all[cancelled].cancel();
      }
      all.push_back(begin(lock, {"d"})[0]);
      say(word(cancel_first) + ' ' + std::to_string(cancelled));
      co_await end(all);
    }
  }
}

awaitable<void> only_one_waits() {
  for (int step = 0; step < 4; ++step) {
    asyncio::lock lock;
    co_await lock.acquire();
    tasks all = begin(lock, {"a"});
    co_await passes(1);
    all[0].cancel();
    if (step > 1) {
      co_await passes(step - 1);
    }
    lock.release();
    say(std::to_string(step) + ' ' + word(lock.locked()));
    if (step != 1) {
      all.push_back(begin(lock, {"b"})[0]);
    }
    co_await hold(lock, "main");
    co_await end(all);
  }
}

awaitable<void> all_cancelled() {
  asyncio::lock lock;
  co_await lock.acquire();
  const tasks all = begin(lock, {"a", "b", "c"});
  co_await passes(1);
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    each->cancel();
  }
  lock.release();
  co_await end(all);
  say(word(lock.locked()));
}

awaitable<void> holder_cancelled() {
  asyncio::lock lock;
  const tasks all = begin(lock, {"a", "b", "c", "d"}, 1s);
  co_await asyncio::sleep(100ms);
  all[0].cancel();
  co_await passes(1);
  all[1].cancel();
  co_await passes(2);
  all[2].cancel();
  co_await end(all);
}

awaitable<void> not_held() {
  asyncio::lock lock;
  try {
    lock.release();
  } catch (const asyncio::misuse_error&) {
    say("refused");
  }
  co_return;
}

awaitable<void> take_turns(asyncio::lock& lock, std::string name, int rounds) {
  for (int number = 0; number < rounds; ++number) {
    auto held = co_await lock.hold();
    say(name + ' ' + std::to_string(number));
    co_await asyncio::sleep(0s);
  }
}

awaitable<void> turns() {
  asyncio::lock lock;
  co_await asyncio::gather(take_turns(lock, "a", 3), take_turns(lock, "b", 3), take_turns(lock, "c", 3));
}

} // namespace

int main() {
  return asyncio::run_main(play({{"in_order", in_order},
                                 {"newcomers", newcomers},
                                 {"cancelled_and_released", cancelled_and_released},
                                 {"only_one_waits", only_one_waits},
                                 {"all_cancelled", all_cancelled},
                                 {"holder_cancelled", holder_cancelled},
                                 {"not_held", not_held},
                                 {"turns", turns}}));
}
