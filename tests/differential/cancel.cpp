// cancel.py, translated.

#include "say.hpp"

#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

using asyncio::awaitable;
using asyncio::cancelled_error;
using asyncio::create_task;
using asyncio::future;
using namespace std::chrono_literals;
using namespace std::string_literals;
using delays = std::vector<asyncio::clock::duration>;

namespace {

awaitable<void> steps(std::string name, delays all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    try {
      co_await asyncio::sleep(all[i]);
    } catch (const cancelled_error& error) {
      say(name + " cancelled at " + std::to_string(i + 1) + ' ' + error.message());
      throw;
    }
  }
  say(name + " ends");
}

awaitable<int> wait_for(std::string name, future<int> what) {
  try {
    const int value = co_await what;
    say(name + " got " + std::to_string(value));
    co_return value;
  } catch (const cancelled_error& error) {
    say(name + " cancelled " + error.message());
    throw;
  }
}

awaitable<void> at_each_point() {
  for (int point = 0; point < 5; ++point) {
    const delays all{0s, 0s, 100ms, 0s};
    const auto task = create_task(steps("task", all));
    co_await passes(point);
    if (point == 4) {
      co_await asyncio::sleep(100ms);
    }
    const bool accepted = task.cancel("at " + std::to_string(point));
    say("point " + std::to_string(point) + ": " + word(accepted) + ' ' + ending(task));
    for (int count = 0; count < 4; ++count) {
      co_await passes(1);
      say(std::to_string(count) + ' ' + ending(task));
    }
  }
}

awaitable<void> clean_up(std::string name, delays all) {
  std::exception_ptr cancelled;
  try {
    co_await asyncio::sleep(50s);
  } catch (const cancelled_error& error) {
    say(name + " cleans up after " + error.message());
    cancelled = std::current_exception();
  }
  co_await steps(name, all);
  std::rethrow_exception(cancelled);
}

awaitable<void> twice() {
  const delays one{100ms};
  auto task = create_task(clean_up("twice", one));
  co_await passes(1);
  task.cancel("one");
  task.cancel("two");
  say(std::to_string(task.cancelling()));
  co_await end_of(task);
  say(ending(task) + ' ' + std::to_string(task.cancelling()));

  const delays two{100ms, 100ms};
  task = create_task(clean_up("again", two));
  co_await passes(1);
  task.cancel("one");
  co_await passes(1);
  task.cancel("two");
  co_await end_of(task);
  say(ending(task) + ' ' + std::to_string(task.cancelling()));

  const delays zeros{0s, 0s};
  task = create_task(steps("runnable", zeros));
  co_await passes(1);
  task.cancel("one");
  task.cancel("two");
  co_await end_of(task);
  say(ending(task));
}

awaitable<void> cancels_itself(std::string first, bool then) {
  asyncio::current_task().cancel("by itself");
  if (first == "zero") {
    co_await asyncio::sleep(0s);
  } else if (first == "sleep") {
    co_await asyncio::sleep(1s);
  } else if (first == "finished") {
    const future<int> finished;
    finished.set_result(7);
    const int value = co_await finished;
    say(std::to_string(value));
  } else if (first == "throws") {
    throw std::runtime_error("thrown");
  } else if (first == "swallows") {
    try {
      co_await asyncio::sleep(1s);
    } catch (const cancelled_error&) {
      say("swallowed");
    }
  }
  if (then) {
    co_await asyncio::sleep(0s);
  }
  say("at its end");
}

awaitable<void> by_themselves() {
  for (const std::string first : {"nothing", "zero", "sleep", "finished", "throws", "swallows"}) {
    for (const bool then : {false, true}) {
      const auto task = create_task(cancels_itself(first, then));
      co_await end_of(task);
      say(first + ' ' + word(then) + ": " + ending(task) + ' ' + std::to_string(task.cancelling()));
    }
  }
}

awaitable<void> taken_back() {
  const delays zero{0s};
  auto task = create_task(steps("before it began", zero));
  task.cancel();
  say(std::to_string(task.uncancel()));
  co_await end_of(task);
  say(ending(task));

  const delays zeros{0s, 0s};
  task = create_task(steps("runnable", zeros));
  co_await passes(1);
  task.cancel();
  task.cancel();
  const auto first = task.uncancel();
  const auto second = task.uncancel();
  const auto third = task.uncancel();
  say(std::to_string(first) + ' ' + std::to_string(second) + ' ' + std::to_string(third));
  co_await end_of(task);
  say(ending(task));

  const delays one{100ms};
  task = create_task(steps("sleeping", one));
  co_await passes(1);
  task.cancel();
  say(std::to_string(task.uncancel()));
  co_await end_of(task);
  say(ending(task) + ' ' + std::to_string(task.cancelling()));

  const future<int> awaited;
  const auto woken = create_task(wait_for("woken", awaited));
  co_await passes(1);
  awaited.set_result(1);
  woken.cancel();
  say(std::to_string(woken.uncancel()));
  co_await end_of(woken);
  say(ending(woken));
}

awaitable<void> against_wake_ups() {
  for (const bool cancel_first : {false, true}) {
    for (const std::string end : {"result", "exception", "cancel"}) {
      const future<int> awaited;
      const auto task = create_task(wait_for(end, awaited));
      co_await passes(1);
      if (cancel_first) {
        task.cancel("task");
      }
      if (!awaited.done()) {
        if (end == "result") {
          awaited.set_result(1);
        } else if (end == "exception") {
          awaited.set_exception(std::runtime_error("failed"));
        } else {
          awaited.cancel("future");
        }
      }
      if (!cancel_first) {
        task.cancel("task");
      }
      co_await end_of(task);
      say(ending(task) + ", the future " + ending(awaited));
    }
  }
}

awaitable<void> wait_quietly(future<int> what) {
  co_await what;
}

awaitable<void> through_tasks() {
  const future<int> awaited;
  const auto innermost = create_task(wait_for("innermost", awaited));
  const auto middle = create_task(wait_for("middle", innermost));
  const auto other = create_task(wait_quietly(innermost));
  const auto outer = create_task(wait_for("outer", middle));
  const auto say_endings = [&] {
    say(ending(awaited) + ' ' + ending(innermost) + ' ' + ending(middle) + ' ' + ending(other) + ' ' +
        ending(outer));
  };
  co_await passes(1);
  outer.cancel("down");
  say_endings();
  for (int i = 0; i < 4; ++i) {
    co_await passes(1);
    say_endings();
  }
  say(std::to_string(innermost.cancelling()) + ' ' + std::to_string(middle.cancelling()) + ' ' +
      std::to_string(other.cancelling()) + ' ' + std::to_string(outer.cancelling()));
}

awaitable<std::string> go_on(std::string name, future<std::string> what) {
  try {
    co_await asyncio::sleep(50s);
  } catch (const cancelled_error&) {
    say(name + " goes on");
  }
  const std::string got = co_await what;
  say(name + " got " + got);
  co_return name;
}

awaitable<void> wait_for_text(std::string name, future<std::string> what) {
  try {
    const std::string value = co_await what;
    say(name + " got " + value);
  } catch (const cancelled_error& error) {
    say(name + " cancelled " + error.message());
    throw;
  }
}

awaitable<void> swallowed() {
  const future<std::string> awaited;
  const auto inside = create_task(go_on("inside", awaited));
  const auto outside = create_task(wait_for_text("outside", inside));
  co_await passes(1);
  outside.cancel();
  co_await passes(3);
  say(ending(outside) + ' ' + std::to_string(outside.cancelling()) + ' ' + ending(inside) + ' ' +
      std::to_string(inside.cancelling()) + ' ' + ending(awaited));
  awaited.set_result("it");
  co_await end_of(outside);
  say(ending(outside) + ' ' + ending(inside));
}

awaitable<void> time_limit_by_hand(std::string name, asyncio::clock::duration limit,
                                   asyncio::clock::duration delay) {
  const asyncio::any_task task = asyncio::current_task();
  asyncio::handle handle = asyncio::get_running_loop().call_later(limit, [task] { task.cancel("too late"); });
  try {
    co_await asyncio::sleep(delay);
    say(name + " in time");
  } catch (const cancelled_error& error) {
    handle.cancel();
    if (task.uncancel() > 0) {
      throw;
    }
    say(name + ' ' + error.message());
  }
  handle.cancel();
  co_await asyncio::sleep(100ms);
  say(name + ' ' + std::to_string(task.cancelling()));
}

awaitable<void> limits() {
  const std::vector<asyncio::task<>> tasks{
      create_task(time_limit_by_hand("a", 200ms, 100ms)), create_task(time_limit_by_hand("b", 100ms, 200ms)),
      create_task(time_limit_by_hand("c", 300ms, 5s)), create_task(time_limit_by_hand("d", 300ms, 5s))};
  asyncio::loop& loop = asyncio::get_running_loop();
  loop.call_later(300ms, [&] { tasks[2].cancel("from outside"); });
  loop.call_later(250ms, [&] { tasks[3].cancel("from outside"); });
  for (const asyncio::task<>& task : tasks) {
    co_await end_of(task);
    say(ending(task));
  }
}

} // namespace

int main() {
  return asyncio::run_main(play({{"at_each_point", at_each_point},
                                 {"twice", twice},
                                 {"by_themselves", by_themselves},
                                 {"taken_back", taken_back},
                                 {"against_wake_ups", against_wake_ups},
                                 {"through_tasks", through_tasks},
                                 {"swallowed", swallowed},
                                 {"limits", limits}}));
}
