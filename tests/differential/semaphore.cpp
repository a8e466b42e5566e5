// semaphore.py, translated.

#include <asyncio/semaphore.hpp>

#include "say.hpp"

#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using tasks = std::vector<asyncio::task<>>;

namespace {

struct release_at_the_end {
  release_at_the_end(asyncio::semaphore& held_, std::string name_) : held(held_), name(std::move(name_)) {}
  ~release_at_the_end() {
    say(name + " releases");
    held.release();
  }
  release_at_the_end(const release_at_the_end&) = delete;
  release_at_the_end& operator=(const release_at_the_end&) = delete;

  asyncio::semaphore& held;
  std::string name;
};

awaitable<void> hold(asyncio::semaphore& semaphore, std::string name, asyncio::clock::duration delay = 0s) {
  try {
    co_await semaphore.acquire();
  } catch (const asyncio::cancelled_error&) {
    say(name + " cancelled");
    throw;
  }
  say(name + " has one");
  const release_at_the_end held(semaphore, name);
  co_await asyncio::sleep(delay);
}

tasks begin(asyncio::semaphore& semaphore, const std::vector<std::string>& names,
            asyncio::clock::duration delay = 0s) {
  tasks begun;
  for (const std::string& name : names) {
    begun.push_back(asyncio::create_task(hold(semaphore, name, delay)));
  }
  return begun;
}

void add(tasks& to, const tasks& more) {
  to.insert(to.end(), more.begin(), more.end());
}

awaitable<void> take_all(asyncio::semaphore& semaphore) {
  while (!semaphore.locked()) {
    co_await semaphore.acquire();
  }
}

void release(asyncio::semaphore& semaphore, int times) {
  for (; times > 0; --times) {
    semaphore.release();
  }
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
  asyncio::semaphore semaphore(2);
  const tasks all = begin(semaphore, {"a", "b", "c", "d", "e"}, 100ms);
  for (int count = 0; count < 3; ++count) {
    say(word(semaphore.locked()));
    co_await passes(1);
  }
  co_await end(all);
  say(word(semaphore.locked()));
}

awaitable<void> newcomers() {
  for (int released = 1; released < 4; ++released) {
    asyncio::semaphore semaphore(3);
    co_await take_all(semaphore);
    tasks all = begin(semaphore, {"a", "b"});
    co_await passes(1);
    release(semaphore, released);
    say(std::to_string(released) + ' ' + word(semaphore.locked()));
    add(all, begin(semaphore, {"newcomer"}));
    co_await hold(semaphore, "main");
    co_await end(all);
    say(word(semaphore.locked()));
  }
}

awaitable<void> cancel_and_release(bool cancel_first, std::size_t cancelled, int released) {
  asyncio::semaphore semaphore(2);
  co_await take_all(semaphore);
  tasks all = begin(semaphore, {"a", "b", "c"});
  co_await passes(1);
  if (cancel_first) {
    all[cancelled].cancel();
  }
  release(semaphore, released);
  if (!cancel_first) {
    all[cancelled].cancel();
  }
  add(all, begin(semaphore, {"d"}));
  say(word(cancel_first) + ' ' + std::to_string(cancelled) + ' ' + std::to_string(released) + ' ' +
      word(semaphore.locked()));
  co_await end(all);
}

awaitable<void> cancelled_and_released() {
  for (const bool cancel_first : {true, false}) {
    for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
      for (const int released : {1, 2}) {
        co_await cancel_and_release(cancel_first, cancelled, released);
      }
    }
  }
}

awaitable<void> only_one_waits() {
  for (int step = 0; step < 4; ++step) {
    for (const bool cancel_first : {true, false}) {
      asyncio::semaphore semaphore(1);
      co_await take_all(semaphore);
      tasks all = begin(semaphore, {"a"});
      co_await passes(1);
      if (cancel_first) {
        all[0].cancel();
        co_await passes(step);
        semaphore.release();
      } else {
        semaphore.release();
        co_await passes(step);
        all[0].cancel();
      }
      say(std::to_string(step) + ' ' + word(cancel_first) + ' ' + word(semaphore.locked()));
      add(all, begin(semaphore, {"b"}));
      co_await hold(semaphore, "main");
      co_await end(all);
    }
  }
}

awaitable<void> all_cancelled() {
  for (const bool cancelled_in_order : {true, false}) {
    asyncio::semaphore semaphore(2);
    co_await take_all(semaphore);
    tasks all = begin(semaphore, {"a", "b", "c"});
    co_await passes(1);
    semaphore.release();
    tasks cancelled = all;
    if (!cancelled_in_order) {
      std::ranges::reverse(cancelled);
    }
    for (const asyncio::task<>& each : cancelled) {
      each.cancel();
    }
    semaphore.release();
    add(all, begin(semaphore, {"d", "e"}));
    co_await end(all);
    say(word(semaphore.locked()));
  }
}

awaitable<void> holders_cancelled() {
  asyncio::semaphore semaphore(2);
  const tasks all = begin(semaphore, {"a", "b", "c", "d", "e"}, 1s);
  co_await asyncio::sleep(100ms);
  all[0].cancel();
  co_await passes(1);
  all[2].cancel();
  co_await passes(1);
  all[1].cancel();
  all[3].cancel();
  co_await end(all);
}

awaitable<void> more_than_there_were() {
  asyncio::semaphore semaphore(0);
  say(word(semaphore.locked()));
  const tasks all = begin(semaphore, {"a", "b", "c"}, 100ms);
  co_await passes(1);
  release(semaphore, 2);
  co_await end(all);
  for (int count = 0; count < 2; ++count) {
    co_await semaphore.acquire();
    say(word(semaphore.locked()));
  }
}

awaitable<void> bounded() {
  asyncio::bounded_semaphore semaphore(2);
  const tasks all = begin(semaphore, {"a", "b", "c", "d"}, 100ms);
  co_await passes(1);
  all[2].cancel();
  co_await end(all);
  for (const bool held : {false, true}) {
    if (held) {
      co_await semaphore.acquire();
    }
    for (int count = 0; count < 2; ++count) {
      try {
        semaphore.release();
        say("released");
      } catch (const asyncio::invalid_argument_error&) {
        say("refused");
      }
    }
  }
  try {
    const asyncio::bounded_semaphore none(-1);
  } catch (const asyncio::invalid_argument_error&) {
    say("negative");
  }
}

awaitable<void> take_turns(asyncio::semaphore& semaphore, std::string name, int rounds) {
  for (int number = 0; number < rounds; ++number) {
    auto held = co_await semaphore.hold();
    say(name + ' ' + std::to_string(number));
    co_await asyncio::sleep(0s);
  }
}

awaitable<void> turns() {
  asyncio::semaphore semaphore(2);
  co_await asyncio::gather(take_turns(semaphore, "a", 3), take_turns(semaphore, "b", 3),
                           take_turns(semaphore, "c", 3));
}

} // namespace

int main() {
  return asyncio::run_main(play({{"in_order", in_order},
                                 {"newcomers", newcomers},
                                 {"cancelled_and_released", cancelled_and_released},
                                 {"only_one_waits", only_one_waits},
                                 {"all_cancelled", all_cancelled},
                                 {"holders_cancelled", holders_cancelled},
                                 {"more_than_there_were", more_than_there_were},
                                 {"bounded", bounded},
                                 {"turns", turns}}));
}
