// timeout.py, translated.

#include <asyncio/timeout.hpp>

#include "say.hpp"

#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/wait_for.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

using asyncio::awaitable;
using asyncio::wait_for;
using namespace std::chrono_literals;
using namespace std::string_literals;
using duration = asyncio::clock::duration;

namespace {

awaitable<std::string> work(std::string name, duration delay, duration clean_up = 0s) {
  std::exception_ptr cancelled;
  try {
    co_await asyncio::sleep(delay);
    say(name + " ends");
  } catch (const asyncio::cancelled_error&) {
    say(name + " cancelled");
    cancelled = std::current_exception();
  }
  if (cancelled) {
    if (clean_up > 0s) {
      co_await asyncio::sleep(clean_up);
    }
    std::rethrow_exception(cancelled);
  }
  co_return name;
}

awaitable<std::string> stubborn(std::string name) {
  try {
    co_await asyncio::sleep(50s);
  } catch (const asyncio::cancelled_error&) {
    say(name + " goes on");
  }
  co_await asyncio::sleep(100ms);
  co_return name;
}

awaitable<std::string> fail_late(std::string name) {
  try {
    co_await asyncio::sleep(50s);
  } catch (const asyncio::cancelled_error&) {
    throw std::runtime_error(name + " late");
  }
  co_return name;
}

awaitable<std::string> nothing() {
  co_return "nothing";
}

/// Says how it went, and which cancels are left.
awaitable<std::string> limited(std::string name, asyncio::time_limit limit, awaitable<std::string> body) {
  asyncio::timeout timeout(limit);
  const auto state = [&] {
    return ", " + word(timeout.expired()) + ' ' + std::to_string(asyncio::current_task().cancelling());
  };
  try {
    const std::string given =
        co_await asyncio::with_timeout(timeout, [&]() -> awaitable<std::string> { return std::move(body); });
    say(name + " gives " + given);
  } catch (const asyncio::cancelled_error& error) {
    say(name + " cancelled " + error.message() + state());
    throw;
  } catch (const asyncio::timeout_error&) {
    say(name + " too late" + state());
  } catch (const std::runtime_error& error) {
    say(name + ' ' + error.what() + state());
  }
  co_return name;
}

awaitable<void> ends() {
  co_await limited("in time", 200ms, work("a", 100ms));
  co_await limited("late", 100ms, work("b", 200ms));
  co_await limited("cleans up", 100ms, work("c", 5s, 100ms));
  co_await limited("goes on", 100ms, stubborn("d"));
  co_await limited("fails", 100ms, fail_late("e"));
  co_await limited("without", std::nullopt, work("f", 100ms));
  co_await limited("never suspends", -1s, nothing());
  co_await limited("already over", -1s, work("now", 0s));
  co_await limited("at zero", 0s, work("g", 0s));
}

awaitable<void> nested() {
  co_await limited("outer", 200ms, limited("inner", 100ms, work("h", 5s)));
  co_await limited("outer", 100ms, limited("inner", 200ms, work("i", 5s)));
  co_await limited("outer", 200ms, limited("inner", 100ms, work("j", 5s, 200ms)));
  co_await limited("outer", 100ms, limited("inner", 200ms, work("k", 5s, 200ms)));
  co_await limited("outer", 300ms, limited("inner", 100ms, stubborn("l")));
  co_await limited("outer", -1s, limited("inner", -1s, work("m", 5s)));
  co_await limited("outer", -1s, limited("inner", 100ms, stubborn("n")));
}

awaitable<void> rescheduled() {
  try {
    co_await asyncio::with_timeout(100ms, [](asyncio::timeout& later) -> awaitable<void> {
      later.reschedule(asyncio::clock::now() + 300ms);
      co_await work("o", 200ms);
      later.reschedule(asyncio::clock::now() + 200ms);
      co_await work("p", 5s);
    });
  } catch (const asyncio::timeout_error&) {
    say("p too late");
  }

  co_await asyncio::with_timeout(100ms, [](asyncio::timeout& never) -> awaitable<void> {
    never.reschedule(std::nullopt);
    say(word(!never.when()));
    co_await work("q", 200ms);
  });

  for (const bool passed : {false, true}) {
    asyncio::timeout sooner(std::nullopt);
    try {
      co_await asyncio::with_timeout(sooner, [&]() -> awaitable<void> {
        sooner.reschedule(asyncio::clock::now() + (passed ? -1s : 100ms));
        say("moved");
        co_await work("r", 5s);
      });
    } catch (const asyncio::timeout_error&) {
      say("r " + word(sooner.expired()));
    }
    try {
      sooner.reschedule(std::nullopt);
    } catch (const asyncio::misuse_error&) {
      say("over");
    }
  }
}

awaitable<void> moved_from_outside() {
  asyncio::timeout moved(5s);
  const auto task = asyncio::create_task(asyncio::with_timeout(moved, [] { return work("s", 5s); }));
  co_await asyncio::sleep(100ms);
  moved.reschedule(asyncio::clock::now() + 100ms);
  try {
    co_await task;
  } catch (const asyncio::timeout_error&) {
    say("s too late");
  }
}

awaitable<void> cancelled_outside() {
  for (const bool before : {false, true}) {
    for (const bool expired : {false, true}) {
      auto inner = limited("inner", expired ? -1s : 1s, work("t", 5s));
      const auto task = asyncio::create_task(limited("outer", 2s, std::move(inner)));
      co_await passes(before ? 1 : 2);
      say(word(before) + ' ' + word(expired) + ' ' + word(task.cancel("outside")));
      co_await end_of(task);
      say(ending(task) + ' ' + std::to_string(task.cancelling()));
    }
  }

  auto task = asyncio::create_task(limited("cleaning up", 100ms, work("u", 5s, 200ms)));
  co_await asyncio::sleep(200ms);
  task.cancel("outside");
  co_await end_of(task);
  say(ending(task));

  task = asyncio::create_task(limited("cancelled before", 100ms, work("v", 5s)));
  task.cancel("outside");
  co_await end_of(task);
  say(ending(task));
}

awaitable<void> swallow() {
  try {
    co_await asyncio::sleep(5s);
  } catch (const asyncio::cancelled_error&) {
    say("swallowed");
  }
  co_await limited("with one open", 100ms, work("w", 5s));
  co_await limited("with one open", 100ms, limited("inner", 200ms, work("x", 5s)));
}

awaitable<void> cancelled_already() {
  const auto task = asyncio::create_task(swallow());
  co_await passes(1);
  task.cancel();
  co_await end_of(task);
  say(ending(task) + ' ' + std::to_string(task.cancelling()));
}

template <class Waiting>
awaitable<void> tell(std::string name, Waiting waiting) {
  try {
    const std::string given = co_await std::move(waiting);
    say(name + " got " + given);
  } catch (const asyncio::cancelled_error&) {
    say(name + " cancelled");
    throw;
  } catch (const asyncio::timeout_error&) {
    say(name + " too late");
  } catch (const std::runtime_error& error) {
    say(name + ' ' + error.what());
  }
}

awaitable<void> waiting_for() {
  co_await tell("in time", wait_for(work("A", 100ms), 200ms));
  co_await tell("late", wait_for(work("B", 5s), 100ms));
  co_await tell("goes on", wait_for(stubborn("C"), 100ms));
  co_await tell("fails", wait_for(fail_late("D"), 100ms));
  co_await tell("not begun", wait_for(work("E", 0s), 0s));
  co_await tell("without", wait_for(work("F", 100ms), std::nullopt));
  co_await tell("nested", wait_for(wait_for(work("G", 5s, 200ms), 100ms), 200ms));

  auto task = asyncio::create_task(work("H", 5s, 100ms));
  co_await tell("a task", wait_for(task, 100ms));
  say(ending(task));
  task = asyncio::create_task(work("I", 0s));
  co_await end_of(task);
  co_await tell("a task that is done", wait_for(task, 0s));

  task = asyncio::create_task(work("J", 300ms));
  co_await tell("shielded", wait_for(asyncio::shield(task), 100ms));
  co_await tell("again", task);
}

awaitable<void> waiting_cancelled() {
  asyncio::future<std::string> future;
  auto task = asyncio::create_task(tell("a future", wait_for(future, 5s)));
  co_await passes(1);
  task.cancel();
  co_await end_of(task);
  say(ending(task) + ' ' + ending(future));

  auto child = asyncio::create_task(stubborn("K"));
  task = asyncio::create_task(tell("a stubborn one", wait_for(child, 5s)));
  co_await passes(1);
  task.cancel();
  co_await end_of(task);
  say(ending(task) + ' ' + ending(child));

  child = asyncio::create_task(work("L", 5s));
  task = asyncio::create_task(tell("a cancelled one", wait_for(child, 5s)));
  co_await passes(1);
  child.cancel();
  co_await end_of(task);
  say(ending(task) + ' ' + std::to_string(task.cancelling()));

  future = asyncio::future<std::string>();
  task = asyncio::create_task(tell("a result and a cancel", wait_for(future, 5s)));
  co_await passes(1);
  future.set_result("it");
  task.cancel();
  co_await end_of(task);
  say(ending(task) + ' ' + ending(future));
}

} // namespace

int main() {
  return asyncio::run_main(play({{"ends", ends},
                                 {"nested", nested},
                                 {"rescheduled", rescheduled},
                                 {"moved_from_outside", moved_from_outside},
                                 {"cancelled_outside", cancelled_outside},
                                 {"cancelled_already", cancelled_already},
                                 {"waiting_for", waiting_for},
                                 {"waiting_cancelled", waiting_cancelled}}));
}
