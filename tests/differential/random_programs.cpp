// random_programs.py, translated.

#include "say.hpp"

#include <asyncio/asyncio.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using asyncio::clock;

namespace {

constexpr std::uint64_t programs = 400;
constexpr std::size_t most_tasks = 30;

// Numbers that look random, the same in both languages.
class lot {
public:
  explicit lot(std::uint64_t seed) : state_(seed) {}

  std::size_t draw(std::size_t below) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33U) % below;
  }
  clock::duration delay() { return draw(4) * 10ms; }

private:
  std::uint64_t state_;
};

// What its tasks share.
struct program {
  explicit program(std::uint64_t seed) : drawn(seed) {}

  void say(const std::string& what) const {
    const std::chrono::duration<double> now = clock::now() - began;
    std::printf("%.2f %s\n", now.count(), what.c_str());
  }
  [[nodiscard]] bool is_full() const { return tasks.size() + 2 > most_tasks; }

  asyncio::task<int> begin();
  asyncio::task<int> begin(asyncio::task_group& group);

  // Nobody waits for an older one, which might be waiting for it.
  [[nodiscard]] std::vector<asyncio::task<int>> younger(int number) const {
    std::vector<asyncio::task<int>> younger;
    for (const auto& [other, task] : tasks) {
      if (other > number) {
        younger.push_back(task);
      }
    }
    return younger;
  }
  asyncio::task<int> one_younger(int number) {
    const auto all = younger(number);
    return all.empty() ? asyncio::task<int>() : all[drawn.draw(all.size())];
  }

  lot drawn;
  clock::time_point began = clock::now();
  std::vector<std::pair<int, asyncio::task<int>>> tasks; // with their numbers
  std::array<asyncio::lock, 2> locks;
  asyncio::semaphore semaphore{2};
  asyncio::queue<int> queue{2};
  asyncio::event event;
  asyncio::condition condition;
};

std::string outcome(const asyncio::task<int>& task) {
  const std::string how = ending(task);
  return how == "finished" ? std::to_string(task.result()) : how;
}

awaitable<int> live(program& all, int number);

asyncio::task<int> program::begin() {
  const int number = static_cast<int>(tasks.size()) + 1;
  return tasks.emplace_back(number, asyncio::create_task(live(*this, number))).second;
}

asyncio::task<int> program::begin(asyncio::task_group& group) {
  const int number = static_cast<int>(tasks.size()) + 1;
  return tasks.emplace_back(number, group.create_task(live(*this, number))).second;
}

// What a task may do. Each returns what came of it.

awaitable<std::string> pass_once(program& /*all*/, int /*number*/) {
  co_await asyncio::sleep(0s);
  co_return "goes on";
}

awaitable<std::string> sleep(program& all, int /*number*/) {
  co_await asyncio::sleep(all.drawn.delay());
  co_return "slept";
}

awaitable<std::string> spawn(program& all, int /*number*/) {
  if (all.is_full()) {
    co_return "full";
  }
  all.begin();
  co_return "began " + std::to_string(all.tasks.size());
}

awaitable<std::string> await_task(program& all, int number) {
  const asyncio::task<int> task = all.one_younger(number);
  if (!task) {
    co_return "nobody";
  }
  const int result = co_await task;
  co_return "got " + std::to_string(result);
}

awaitable<std::string> await_task_for_a_while(program& all, int number) {
  const asyncio::task<int> task = all.one_younger(number);
  if (!task) {
    co_return "nobody";
  }
  const int result = co_await asyncio::wait_for(task, all.drawn.delay());
  co_return "got " + std::to_string(result);
}

awaitable<std::string> await_shielded(program& all, int number) {
  const asyncio::task<int> task = all.one_younger(number);
  if (!task) {
    co_return "nobody";
  }
  const int result = co_await asyncio::wait_for(asyncio::shield(task), all.drawn.delay());
  co_return "got " + std::to_string(result);
}

awaitable<std::string> cancel(program& all, int /*number*/) {
  const auto [other, task] = all.tasks[all.drawn.draw(all.tasks.size())];
  co_return "cancels " + std::to_string(other) + ": " + word(task.cancel());
}

awaitable<std::size_t> hold_lock(program& all, int number) {
  const std::size_t which = all.drawn.draw(2);
  const clock::duration delay = all.drawn.delay();
  const auto held = co_await all.locks[which].hold();
  all.say(std::to_string(number) + " has lock " + std::to_string(which));
  co_await asyncio::sleep(delay);
  co_return which;
}

awaitable<std::string> hold_lock_for_a_while(program& all, int number) {
  const clock::duration limit = all.drawn.delay();
  const std::size_t which = co_await asyncio::wait_for(hold_lock(all, number), limit);
  co_return "had lock " + std::to_string(which);
}

awaitable<std::string> hold_slot(program& all, int number) {
  const clock::duration delay = all.drawn.delay();
  const auto held = co_await all.semaphore.hold();
  all.say(std::to_string(number) + " has a slot");
  co_await asyncio::sleep(delay);
  co_return "had a slot";
}

awaitable<std::string> put(program& all, int number) {
  co_await asyncio::wait_for(all.queue.put(number), all.drawn.delay());
  co_return "put";
}

awaitable<std::string> get(program& all, int /*number*/) {
  const int item = co_await asyncio::wait_for(all.queue.get(), all.drawn.delay());
  co_return "got " + std::to_string(item) + " from the queue";
}

awaitable<std::string> set_or_clear(program& all, int /*number*/) {
  if (all.drawn.draw(2) == 0) {
    all.event.set();
    co_return "set";
  }
  all.event.clear();
  co_return "cleared";
}

awaitable<std::string> wait_for_event(program& all, int /*number*/) {
  co_await asyncio::wait_for(all.event.wait(), all.drawn.delay());
  co_return "was set";
}

awaitable<void> be_notified(program& all, int number) {
  const auto held = co_await all.condition.hold();
  co_await all.condition.wait();
  all.say(std::to_string(number) + " is notified");
}

awaitable<std::string> be_notified_in_a_while(program& all, int number) {
  co_await asyncio::wait_for(be_notified(all, number), all.drawn.delay());
  co_return "was notified";
}

awaitable<std::string> notify(program& all, int /*number*/) {
  const int count = 1 + static_cast<int>(all.drawn.draw(2));
  const auto held = co_await all.condition.hold();
  all.condition.notify(count);
  co_return "notified";
}

awaitable<std::string> gather_two(program& all, int /*number*/) {
  if (all.is_full()) {
    co_return "full";
  }
  const asyncio::task<int> first = all.begin();
  const asyncio::task<int> second = all.begin();
  const auto [one, other] = co_await asyncio::gather(first, second);
  co_return "gathered " + std::to_string(one) + ' ' + std::to_string(other);
}

awaitable<std::string> gather_all(program& all, int number) {
  const auto tasks = all.younger(number);
  if (tasks.empty()) {
    co_return "nobody";
  }
  const auto gathered = asyncio::gather(asyncio::return_exceptions, tasks);
  static_cast<void>(co_await asyncio::wait_for(gathered, all.drawn.delay()));
  std::string outcomes = "gathered";
  for (const asyncio::task<int>& each : tasks) {
    outcomes += ' ' + outcome(each);
  }
  co_return outcomes;
}

awaitable<std::string> group_two(program& all, int number) {
  if (all.is_full()) {
    co_return "full";
  }
  const clock::duration delay = all.drawn.delay();
  co_await asyncio::with_task_group([&](asyncio::task_group& group) -> awaitable<void> {
    all.begin(group);
    all.begin(group);
    co_await asyncio::sleep(delay);
    all.say(std::to_string(number) + " grouped");
  });
  co_return "group ended";
}

awaitable<std::string> wait_for_some(program& all, int number) {
  const auto tasks = all.younger(number);
  if (tasks.empty()) {
    co_return "nobody";
  }
  const std::array conditions{asyncio::first_completed, asyncio::first_exception, asyncio::all_completed};
  const auto condition = conditions[all.drawn.draw(3)];
  const clock::duration limit = all.drawn.delay();
  const auto [done, pending] = co_await asyncio::wait(tasks, condition, limit);
  co_return std::to_string(done.size()) + " done, " + std::to_string(pending.size()) + " pending";
}

awaitable<std::string> nest_timeouts(program& all, int number) {
  const clock::duration outer = all.drawn.delay();
  const clock::duration inner = all.drawn.delay();
  const auto body = [&](asyncio::timeout& /*limit*/) -> awaitable<void> {
    co_await asyncio::sleep(all.drawn.delay());
    co_await hold_lock(all, number);
  };
  co_await asyncio::with_timeout(outer, [&](asyncio::timeout& /*limit*/) -> awaitable<void> {
    co_await asyncio::with_timeout(inner, body);
  });
  co_return "in time";
}

awaitable<std::string> call_others(program& all, int number) {
  asyncio::loop& loop = asyncio::get_running_loop();
  loop.call_later(all.drawn.delay(), [&all, number] { all.say(std::to_string(number) + " later"); });
  loop.call_soon([&all, number] { all.say(std::to_string(number) + " soon"); });
  co_return "called";
}

awaitable<std::string> be_told(program& all, int number) {
  const asyncio::task<int> task = all.one_younger(number);
  if (!task) {
    co_return "nobody";
  }
  task.add_done_callback([&all, number] { all.say(std::to_string(number) + " told"); });
  co_return "will be told";
}

awaitable<std::string> fail(program& /*all*/, int number) {
  throw std::runtime_error(std::to_string(number) + " failed");
  co_return ""; // what makes it a coroutine
}

constexpr std::array actions{pass_once,
                             sleep,
                             spawn,
                             await_task,
                             await_task_for_a_while,
                             await_shielded,
                             cancel,
                             hold_lock_for_a_while,
                             hold_slot,
                             put,
                             get,
                             set_or_clear,
                             wait_for_event,
                             be_notified_in_a_while,
                             notify,
                             gather_two,
                             gather_all,
                             group_two,
                             wait_for_some,
                             nest_timeouts,
                             call_others,
                             be_told,
                             fail};

// One action, and what came of it.
awaitable<std::string> attempt(program& all, int number, std::size_t action) {
  try {
    co_return co_await actions[action](all, number);
  } catch (const asyncio::exception_group& errors) {
    co_return "group: " + words_for(errors);
  } catch (const asyncio::timeout_error&) {
    co_return "too late";
  } catch (const std::runtime_error& error) {
    co_return error.what();
  }
}

// A cancel may be minded, withdrawn, or neither.
awaitable<void> act(program& all, int number) {
  const std::size_t action = all.drawn.draw(actions.size());
  const std::string who = std::to_string(number) + ' ' + std::to_string(action) + ' ';
  try {
    const std::string what = co_await attempt(all, number, action);
    all.say(who + what);
  } catch (const asyncio::cancelled_error&) {
    all.say(who + "cancelled");
    const std::size_t mood = all.drawn.draw(3);
    if (mood == 0) {
      throw;
    }
    const asyncio::any_task self = asyncio::current_task();
    if (mood == 1 && self.cancelling() > 0) {
      all.say(std::to_string(number) + " takes it back: " + std::to_string(self.uncancel()));
    }
  }
}

awaitable<int> live(program& all, int number) {
  const std::size_t actions_left = 1 + all.drawn.draw(5);
  for (std::size_t i = 0; i < actions_left; ++i) {
    co_await act(all, number);
  }
  if (all.drawn.draw(4) == 0) {
    all.say(std::to_string(number) + " fails");
    throw std::runtime_error(std::to_string(number) + " failed at its end");
  }
  all.say(std::to_string(number) + " ends");
  co_return number;
}

awaitable<void> async_main(std::uint64_t seed) {
  std::printf("-- %d\n", static_cast<int>(seed));
  asyncio::get_running_loop().set_exception_handler([](asyncio::loop&, const auto&) {});
  program all(seed);
  for (int i = 0; i < 4; ++i) {
    all.begin();
  }
  const auto done = [](const auto& each) { return each.second.done(); };
  while (!std::ranges::all_of(all.tasks, done)) {
    co_await asyncio::sleep(100ms);
  }
  co_await asyncio::sleep(100ms);
  for (const auto& [number, task] : all.tasks) {
    all.say(std::to_string(number) + ' ' + outcome(task));
  }
}

} // namespace

int main() {
  for (std::uint64_t seed = 0; seed < programs; ++seed) {
    asyncio::run(async_main(seed));
  }
}
