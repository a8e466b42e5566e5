// shield.py, translated.

#include <asyncio/shield.hpp>

#include "say.hpp"

#include <asyncio/as_completed.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/wait.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::create_task;
using asyncio::shield;
using namespace std::chrono_literals;
using namespace std::string_literals;
using future = asyncio::future<std::string>;
using tasks = std::vector<asyncio::task<std::string>>;

namespace {

awaitable<std::string> work(std::string name, asyncio::clock::duration delay, bool fails = false) {
  try {
    co_await asyncio::sleep(delay);
  } catch (const asyncio::cancelled_error& error) {
    say(name + " cancelled " + error.message());
    throw;
  }
  if (fails) {
    say(name + " fails");
    throw std::runtime_error(name);
  }
  say(name + " ends");
  co_return name;
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
    say(name + " failed with " + error.what());
  }
}

template <class Future>
std::string endings(const std::vector<Future>& futures) {
  std::string all;
  for (const Future& each : futures) {
    all += (all.empty() ? "" : " ") + ending(each);
  }
  return all;
}

template <class... Futures>
std::string endings(const Futures&... futures) {
  std::string all;
  ((all += (all.empty() ? "" : " ") + ending(futures)), ...);
  return all;
}

awaitable<void> ends() {
  co_await tell("result", shield(work("a", 100ms)));
  co_await tell("failure", shield(work("b", 100ms, true)));
  const auto done = create_task(work("c", 0s));
  co_await end_of(done);
  say(word(shield(done) == done));
  co_await tell("done", shield(done));
}

awaitable<void> in_passes() {
  for (const std::string end : {"result", "exception", "cancel"}) {
    const future inner;
    const future outer = shield(inner);
    const auto task = create_task(tell("task", outer));
    co_await passes(1);
    if (end == "result") {
      inner.set_result("it");
    } else if (end == "exception") {
      inner.set_exception(std::make_exception_ptr(std::runtime_error("failed")));
    } else {
      inner.cancel();
    }
    for (int count = 0; count < 4; ++count) {
      say(endings(inner, outer, task));
      co_await passes(1);
    }
  }
}

awaitable<void> cancelled_outside() {
  auto inner = create_task(work("d", 200ms));
  const future outer = shield(inner);
  const auto task = create_task(tell("task", outer));
  co_await asyncio::sleep(100ms);
  say(word(task.cancel()));
  say(endings(inner, outer, task));
  co_await end_of(task);
  say(endings(inner, outer, task));
  say(word(outer.cancel()));
  co_await tell("again", inner);

  inner = create_task(work("e", 100ms));
  const future one = shield(inner);
  const future other = shield(inner);
  one.cancel();
  say(endings(one, other));
  co_await tell("the other", other);
}

awaitable<void> cancelled_inside() {
  const auto inner = create_task(work("f", 5s));
  const auto task = create_task(tell("task", shield(inner)));
  co_await passes(1);
  inner.cancel("inside");
  co_await end_of(task);
  say(endings(inner, task) + ' ' + std::to_string(task.cancelling()));
}

awaitable<void> both_at_once() {
  for (const std::string first : {"result", "cancel"}) {
    const future inner;
    const future outer = shield(inner);
    const auto task = create_task(tell("task", outer));
    co_await passes(1);
    if (first == "result") {
      inner.set_result("it");
      task.cancel();
    } else {
      task.cancel();
      inner.set_result("it");
    }
    co_await end_of(task);
    say(endings(inner, outer, task));
  }
}

awaitable<void> shield_in_a_shield() {
  const auto inner = create_task(work("g", 100ms));
  const future middle = shield(inner);
  const future outer = shield(middle);
  middle.cancel();
  say(endings(inner, middle, outer));
  co_await end_of(outer);
  say(endings(inner, middle, outer));
  co_await inner;
}

awaitable<void> gathered() {
  const auto inner = create_task(work("h", 200ms));
  const auto both = asyncio::gather(shield(inner), work("i", 5s));
  co_await asyncio::sleep(100ms);
  both.cancel();
  co_await end_of(both);
  say(endings(inner, both));
  co_await inner;
}

awaitable<void> completed() {
  tasks all{create_task(work("j", 300ms)), create_task(work("k", 100ms, true)),
            create_task(work("l", 200ms))};
  for (auto next = asyncio::as_completed(all); next;) {
    co_await tell("next", next.get());
  }

  all = {create_task(work("m", 200ms)), create_task(work("n", 100ms)), create_task(work("o", 5s))};
  all[2].cancel();
  for (auto next = asyncio::as_completed(all); next;) {
    const auto done = co_await next.get_task();
    say(std::to_string(std::ranges::find(all, done) - all.begin()) + ' ' + ending(done));
  }

  all = {create_task(work("p", 100ms)), create_task(work("q", 300ms)), create_task(work("r", 400ms))};
  for (auto next = asyncio::as_completed(all, 200ms); next;) {
    co_await tell("limited", next.get());
  }
  say(endings(all));
  co_await asyncio::sleep(300ms);
}

awaitable<void> take(std::string name, asyncio::as_completed_iterator<future> waiting) {
  co_await tell(name, waiting.get());
}

awaitable<void> completed_for_several() {
  const std::vector<future> futures(3);
  const auto waiting = asyncio::as_completed(futures);
  const std::vector<asyncio::task<>> takers{create_task(take("taker 0", waiting)),
                                            create_task(take("taker 1", waiting)),
                                            create_task(take("taker 2", waiting))};
  co_await passes(1);
  takers[0].cancel();
  futures[2].set_result("third");
  futures[0].set_result("first");
  for (int count = 0; count < 3; ++count) {
    co_await passes(1);
    say(endings(takers));
  }
  futures[1].set_result("second");
  co_await passes(3);
  say(endings(takers));
}

template <class Future>
awaitable<void> until(const std::vector<Future>& all, asyncio::return_when condition,
                      asyncio::time_limit limit = std::nullopt) {
  const auto [done, pending] = co_await asyncio::wait(all, condition, limit);
  say(std::to_string(done.size()) + " done, " + std::to_string(pending.size()) + " pending: " + endings(all));
}

awaitable<void> waiting() {
  tasks all{create_task(work("s", 100ms)), create_task(work("t", 200ms, true)), create_task(work("u", 400ms)),
            create_task(work("v", 600ms))};
  co_await until(all, asyncio::first_completed);
  co_await until(all, asyncio::first_completed);
  co_await until(all, asyncio::first_exception);
  co_await until(all, asyncio::all_completed, 0s);
  co_await until(all, asyncio::all_completed, 300ms);
  co_await until(all, asyncio::all_completed);

  all = {create_task(work("w", 100ms)), create_task(work("x", 200ms, true)), create_task(work("y", 5s))};
  all[2].cancel("unbegun");
  co_await until(all, asyncio::first_exception);
  const auto waiter = create_task(until(all, asyncio::all_completed));
  co_await passes(1);
  waiter.cancel();
  co_await end_of(waiter);
  say(ending(waiter) + ": " + endings(all));
}

awaitable<void> waiting_for_a_moment() {
  std::vector<future> futures(2);
  auto task = create_task(until(futures, asyncio::first_completed));
  co_await passes(1);
  futures[0].set_result("one");
  co_await passes(1);
  futures[1].set_result("two");
  co_await end_of(task);

  futures[1] = future();
  task = create_task(until(futures, asyncio::all_completed));
  co_await passes(1);
  futures[1].set_result("two");
  task.cancel();
  co_await end_of(task);
  say(ending(task));
}

} // namespace

int main() {
  return asyncio::run_main(play({{"ends", ends},
                                 {"in_passes", in_passes},
                                 {"cancelled_outside", cancelled_outside},
                                 {"cancelled_inside", cancelled_inside},
                                 {"both_at_once", both_at_once},
                                 {"shield_in_a_shield", shield_in_a_shield},
                                 {"gathered", gathered},
                                 {"completed", completed},
                                 {"completed_for_several", completed_for_several},
                                 {"waiting", waiting},
                                 {"waiting_for_a_moment", waiting_for_a_moment}}));
}
