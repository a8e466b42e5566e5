// task_group.py, translated.

#include <asyncio/task_group.hpp>

#include "say.hpp"

#include <asyncio/exception_group.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

using asyncio::awaitable;
using asyncio::task_group;
using asyncio::with_task_group;
using namespace std::chrono_literals;
using namespace std::string_literals;
using duration = asyncio::clock::duration;

namespace {

std::string cancelling() {
  return std::to_string(asyncio::current_task().cancelling());
}

awaitable<void> work(std::string name, duration delay, bool fails = false) {
  try {
    co_await asyncio::sleep(delay);
  } catch (const asyncio::cancelled_error&) {
    say(name + " cancelled");
    throw;
  }
  if (fails) {
    say(name + " fails");
    throw std::runtime_error(name);
  }
  say(name + " ends");
}

awaitable<void> fail_late(std::string name, std::optional<duration> clean_up = {}) {
  bool cancelled = false;
  try {
    co_await work(name, 50s);
  } catch (const asyncio::cancelled_error&) {
    cancelled = true;
  }
  if (cancelled) {
    if (clean_up) {
      co_await work(name + " cleaning up", *clean_up);
    }
    throw std::runtime_error(name + " late");
  }
}

template <class... Children>
awaitable<void> in_group(std::string name, awaitable<void> body, Children... children) {
  try {
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      (group.create_task(std::move(children)), ...);
      co_await std::move(body);
    });
    say(name + " ends");
  } catch (const asyncio::exception_group& errors) {
    say(name + " failed with " + words_for(errors) + ", " + cancelling() + " cancels");
    throw;
  } catch (const asyncio::cancelled_error& error) {
    say(name + " cancelled " + error.message() + ", " + cancelling() + " cancels");
    throw;
  }
}

awaitable<void> grow(task_group group, int depth) {
  say("at " + std::to_string(depth));
  if (depth > 0) {
    group.create_task(grow(group, depth - 1));
    group.create_task(depth > 1 ? grow(group, depth - 2) : work("leaf", 100ms));
  }
  co_return;
}

awaitable<void> children_of_children() {
  co_await with_task_group([](task_group& group) -> awaitable<void> {
    group.create_task(grow(group, 3));
    say("body ends");
    co_return;
  });
  say("all ended");
}

awaitable<void> failing_child() {
  co_await end_of(in_group("early", work("body", 5s), work("a", 100ms), work("b", 200ms, true),
                           fail_late("c", 100ms), work("d", 5s)));
  co_await end_of(in_group("exiting", passes(0), work("e", 200ms, true), work("f", 100ms), fail_late("g", 0s),
                           fail_late("h")));
  co_await end_of(in_group("at once", passes(1), work("i", 0s, true), work("j", 0s, true), work("k", 0s)));
}

awaitable<void> nested() {
  auto inner = in_group("inner", work("body", 5s), work("l", 100ms, true), work("m", 5s));
  co_await end_of(in_group("outer", passes(0), std::move(inner), work("n", 5s), fail_late("o")));

  inner = in_group("inner", work("body", 5s), work("p", 5s), fail_late("q"));
  co_await end_of(in_group("outer", passes(0), std::move(inner), work("r", 100ms, true)));
}

awaitable<void> both(duration delay, duration other) {
  try {
    co_await with_task_group([&](task_group& outer) -> awaitable<void> {
      outer.create_task(work("of outer", delay, true));
      try {
        co_await with_task_group([&](task_group& inner) -> awaitable<void> {
          inner.create_task(work("of inner", other, true));
          co_await work("body", 5s);
        });
      } catch (const asyncio::exception_group& errors) {
        say("inner " + words_for(errors) + ' ' + cancelling());
      }
      co_await work("after", 300ms);
    });
  } catch (const asyncio::exception_group& errors) {
    say("outer " + words_for(errors) + ' ' + cancelling());
  }
}

awaitable<void> one_in_the_other() {
  for (const auto& [delay, other] : {std::pair{100ms, 200ms}, {200ms, 100ms}, {0ms, 0ms}}) {
    co_await both(delay, other);
    co_await passes(1);
  }
}

awaitable<void> failing_body() {
  co_await end_of(in_group("alone", work("body", 100ms, true)));
  co_await end_of(in_group("with others", work("body", 200ms, true), work("s", 5s), fail_late("t", 100ms),
                           work("u", 100ms)));
  co_await end_of(in_group("both", fail_late("body"), work("v", 100ms, true)));
}

awaitable<void> cancelled_outside() {
  for (const std::string moment : {"unbegun", "body", "exit", "failing", "twice"}) {
    auto inner = in_group("inner", passes(0), work("w", 5s),
                          moment == "failing" ? fail_late("x", 200ms) : work("y", 5s));
    auto body = moment == "body" ? work("body", 5s) : passes(0);
    const auto outer =
        asyncio::create_task(in_group("outer", std::move(body), std::move(inner), work("z", 5s)));
    if (moment != "unbegun") {
      co_await asyncio::sleep(100ms);
    }
    say(moment + ' ' + word(outer.cancel("one")));
    if (moment == "twice") {
      co_await passes(1);
      outer.cancel("two");
    }
    co_await end_of(outer);
    say(word(outer.cancelled()) + ' ' + std::to_string(outer.cancelling()));
  }
}

awaitable<void> cancel_other(asyncio::any_task task) {
  task.cancel("by a child");
  co_await work("after it", 100ms);
}

awaitable<void> cancel_oneself() {
  co_await with_task_group([](task_group& group) -> awaitable<void> {
    group.create_task(work("child", 100ms));
    asyncio::current_task().cancel("by itself");
    co_return;
  });
}

awaitable<void> cancels_within() {
  auto task = asyncio::create_task(in_group("group", passes(0), work("other", 200ms)));
  co_await passes(2);
  const auto child = asyncio::create_task(cancel_other(task));
  co_await end_of(task);
  co_await end_of(child);
  say(ending(task));

  co_await with_task_group([](task_group& group) -> awaitable<void> {
    group.create_task(work("cancelled alone", 5s)).cancel();
    const auto begun = group.create_task(work("cancelled later", 5s));
    group.create_task(work("not cancelled", 100ms));
    co_await passes(1);
    begun.cancel();
  });
  say("no failure");

  task = asyncio::create_task(cancel_oneself());
  co_await end_of(task);
  say(ending(task));
}

awaitable<void> add_to(task_group group, std::string name) {
  try {
    group.create_task(work(name, 0s));
    say(name + " added");
  } catch (const asyncio::misuse_error&) {
    say(name + " refused");
  }
  co_return;
}

awaitable<void> add_at_the_end(task_group group) {
  co_await end_of(work("adder", 5s));
  co_await add_to(group, "shutting down");
}

awaitable<void> too_late() {
  const task_group group;
  co_await add_to(group, "not entered");
  try {
    co_await with_task_group(group, [&](task_group&) -> awaitable<void> {
      group.create_task(add_at_the_end(group));
      group.create_task(add_to(group, "exiting"));
      group.create_task(work("the one", 100ms, true));
      co_return;
    });
  } catch (const asyncio::exception_group& errors) {
    say(words_for(errors));
  }
  co_await add_to(group, "ended");
}

} // namespace

int main() {
  return asyncio::run_main(play({{"children_of_children", children_of_children},
                                 {"failing_child", failing_child},
                                 {"nested", nested},
                                 {"one_in_the_other", one_in_the_other},
                                 {"failing_body", failing_body},
                                 {"cancelled_outside", cancelled_outside},
                                 {"cancels_within", cancels_within},
                                 {"too_late", too_late}}));
}
