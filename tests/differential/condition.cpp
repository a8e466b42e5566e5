// condition.py, translated.

#include <asyncio/condition.hpp>

#include "say.hpp"

#include <asyncio/barrier.hpp>
#include <asyncio/event.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/run.hpp>
#include <asyncio/task.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::create_task;
using asyncio::misuse_error;
using tasks = std::vector<asyncio::task<>>;
using names = std::vector<std::string>;

namespace {

awaitable<void> wait(asyncio::condition& condition, std::string name) {
  const auto held = co_await condition.hold();
  say(name + " waits");
  try {
    co_await condition.wait();
    say(name + " notified");
  } catch (const asyncio::cancelled_error& error) {
    say(name + " cancelled " + error.message() + ", " + word(condition.locked()));
    throw;
  }
  co_await passes(1);
}

/// A task for each name.
template <class Shared, class... Args>
tasks begin(awaitable<void> (*what)(Shared&, std::string, Args...), Shared& shared, const names& all,
            Args... args) {
  tasks begun;
  for (const std::string& name : all) {
    begun.push_back(create_task(what(shared, name, args...)));
  }
  return begun;
}

void add(tasks& to, const tasks& more) {
  to.insert(to.end(), more.begin(), more.end());
}

awaitable<void> notify(asyncio::condition& condition, int count) {
  const auto held = co_await condition.hold();
  condition.notify(count);
}

std::string endings(const tasks& all) {
  std::string words;
  for (const asyncio::task<>& each : all) {
    words += (words.empty() ? "" : " ") + ending(each);
  }
  return words;
}

awaitable<void> end(tasks all) {
  co_await passes(8);
  for (const asyncio::task<>& each : all) {
    if (!each.done()) {
      each.cancel();
      co_await end_of(each);
    }
  }
  say(endings(all));
}

awaitable<void> in_order() {
  asyncio::condition condition;
  tasks all = begin(wait, condition, {"a", "b", "c", "d", "e"});
  co_await passes(6);
  for (const int count : {1, 2, 5}) {
    {
      const auto held = co_await condition.hold();
      condition.notify(count);
      add(all, begin(wait, condition, {"after " + std::to_string(count)}));
      co_await passes(2);
      say("releases");
    }
    co_await passes(8);
  }
  {
    const auto held = co_await condition.hold();
    condition.notify_all();
  }
  co_await end(all);
}

awaitable<void> cancel_and_notify(bool cancel_first, std::size_t cancelled, int count) {
  asyncio::condition condition;
  const tasks all = begin(wait, condition, {"a", "b", "c"});
  co_await passes(5);
  {
    const auto held = co_await condition.hold();
    if (cancel_first) {
      all[cancelled].cancel("enough");
    }
    condition.notify(count);
    if (!cancel_first) {
      all[cancelled].cancel("enough");
    }
  }
  say(word(cancel_first) + ' ' + std::to_string(cancelled) + ' ' + std::to_string(count));
  co_await end(all);
}

awaitable<void> cancelled_and_notified() {
  for (const bool cancel_first : {true, false}) {
    for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
      for (const int count : {1, 2}) {
        co_await cancel_and_notify(cancel_first, cancelled, count);
      }
    }
  }
}

awaitable<void> steps_between() {
  for (int step = 0; step < 5; ++step) {
    asyncio::condition condition;
    tasks all = begin(wait, condition, {"a", "b"});
    co_await passes(4);
    {
      const auto held = co_await condition.hold();
      condition.notify();
      co_await passes(step);
      say(std::to_string(step) + ' ' + word(all[0].cancel("holding")));
    }
    co_await end(all);

    all = begin(wait, condition, {"c", "d"});
    co_await passes(4);
    co_await notify(condition, 1);
    co_await passes(step);
    say(std::to_string(step) + ' ' + word(all[0].cancel("released")));
    co_await end(all);
  }
}

awaitable<void> cancelled_while_it_wants_the_lock() {
  asyncio::condition condition;
  const tasks all = begin(wait, condition, {"a", "b"});
  co_await passes(4);
  {
    const auto held = co_await condition.hold();
    all[0].cancel("one");
    co_await passes(2);
    all[0].cancel("two");
    co_await passes(2);
    say(endings(all));
    condition.notify_all();
    co_await passes(1);
    all[1].cancel("three");
    co_await passes(2);
    say(endings(all));
  }
  co_await end(all);
  say(std::to_string(all[0].cancelling()) + ' ' + std::to_string(all[1].cancelling()) + ' ' +
      word(condition.locked()));
}

awaitable<void> wait_for(asyncio::condition& condition, const int& number, int least) {
  const auto held = co_await condition.hold();
  const int found = co_await condition.wait_for([&] { return number >= least ? number : 0; });
  say(std::to_string(least) + ": " + std::to_string(found));
}

awaitable<void> waiting_for() {
  asyncio::condition condition;
  int number = 0;
  tasks all;
  for (const int least : {2, 1, 3, -1, 2}) {
    all.push_back(create_task(wait_for(condition, number, least)));
  }
  co_await passes(8);
  for (int count = 0; count < 2; ++count) {
    ++number;
    co_await notify(condition, 2);
    co_await passes(8);
    say("at " + std::to_string(number));
  }
  all[2].cancel();
  co_await notify(condition, 5);
  co_await end(all);
}

template <class Call>
void refused(Call call) {
  try {
    call();
  } catch (const misuse_error&) {
    say("refused");
  }
}

awaitable<void> without_the_lock() {
  asyncio::condition condition;
  refused([&] { condition.notify(); });
  refused([&] { condition.notify_all(); });
  refused([&] { condition.release(); });
  try {
    co_await condition.wait();
  } catch (const misuse_error&) {
    say("refused");
  }

  asyncio::lock lock;
  asyncio::condition one(lock);
  asyncio::condition other(lock);
  tasks all = begin(wait, one, {"one"});
  add(all, begin(wait, other, {"other"}));
  co_await passes(4);
  {
    const auto held = co_await lock.hold();
    other.notify();
    say(word(one.locked()) + ' ' + word(other.locked()));
  }
  co_await end(all);
}

awaitable<void> wait_for_event(asyncio::event& event, std::string name) {
  try {
    const bool given = co_await event.wait();
    say(name + ' ' + word(given) + ' ' + word(event.is_set()));
  } catch (const asyncio::cancelled_error&) {
    say(name + " cancelled");
    throw;
  }
}

awaitable<void> events() {
  asyncio::event event;
  for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
    for (const bool set_first : {true, false}) {
      tasks all = begin(wait_for_event, event, {"a", "b", "c"});
      co_await passes(1);
      if (set_first) {
        event.set();
      }
      all[cancelled].cancel();
      if (!set_first) {
        event.set();
      }
      say(std::to_string(cancelled) + ' ' + word(set_first) + ' ' + word(event.is_set()));
      add(all, begin(wait_for_event, event, {"d"}));
      co_await passes(static_cast<int>(cancelled));
      event.clear();
      add(all, begin(wait_for_event, event, {"e"}));
      co_await end(all);
    }
  }
}

awaitable<void> pass_barrier(asyncio::barrier& barrier, std::string name, int rounds) {
  try {
    for (int round = 0; round < rounds; ++round) {
      const int index = co_await barrier.wait();
      say(name + ' ' + std::to_string(index) + ' ' + std::to_string(barrier.n_waiting()));
    }
  } catch (const asyncio::broken_barrier_error&) {
    say(name + " broken " + word(barrier.broken()));
  }
}

awaitable<void> barriers() {
  asyncio::barrier barrier(3);
  tasks all = begin(pass_barrier, barrier, {"a", "b", "c"}, 3);
  for (int count = 0; count < 12; ++count) {
    say(std::to_string(barrier.n_waiting()));
    co_await passes(1);
  }
  co_await end(all);

  all = begin(pass_barrier, barrier, {"d", "e", "f", "g", "h"}, 1);
  co_await passes(8);
  say(std::to_string(barrier.n_waiting()));
  co_await pass_barrier(barrier, "main", 1);
  co_await end(all);
}

awaitable<void> broken_barriers() {
  for (const bool abort : {false, true}) {
    asyncio::barrier barrier(3);
    tasks all = begin(pass_barrier, barrier, {"a", "b"}, 1);
    co_await passes(3);
    if (abort) {
      co_await barrier.abort();
    } else {
      co_await barrier.reset();
    }
    say(word(abort) + ' ' + word(barrier.broken()) + ' ' + std::to_string(barrier.n_waiting()));
    add(all, begin(pass_barrier, barrier, {"c", "d", "e"}, 1));
    co_await passes(8);
    co_await barrier.reset();
    say(word(barrier.broken()) + ' ' + std::to_string(barrier.n_waiting()));
    add(all, begin(pass_barrier, barrier, {"f", "g", "h"}, 1));
    co_await end(all);
  }
}

} // namespace

int main() {
  return asyncio::run_main(play({{"in_order", in_order},
                                 {"cancelled_and_notified", cancelled_and_notified},
                                 {"steps_between", steps_between},
                                 {"cancelled_while_it_wants_the_lock", cancelled_while_it_wants_the_lock},
                                 {"waiting_for", waiting_for},
                                 {"without_the_lock", without_the_lock},
                                 {"events", events},
                                 {"barriers", barriers},
                                 {"broken_barriers", broken_barriers}}));
}
