// queues.py, translated.

#include "say.hpp"

#include <asyncio/gather.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::create_task;
using namespace std::chrono_literals;
using namespace std::string_literals;
using numbers = asyncio::queue<int>;
using tasks = std::vector<asyncio::task<>>;

namespace {

template <class T>
awaitable<void> tell(std::string name, awaitable<T> waiting) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(waiting);
      say(name + " done");
    } else {
      const T got = co_await std::move(waiting);
      say(name + " got " + std::to_string(got));
    }
  } catch (const asyncio::cancelled_error&) {
    say(name + " cancelled");
    throw;
  } catch (const asyncio::queue_shut_down&) {
    say(name + " shut out");
  }
}

tasks get(auto& queue, const std::vector<std::string>& names) {
  tasks begun;
  for (const std::string& name : names) {
    begun.push_back(create_task(tell<int>(name, queue.get())));
  }
  return begun;
}

tasks put(auto& queue, const std::vector<int>& items) {
  tasks begun;
  for (const int item : items) {
    begun.push_back(create_task(tell<void>("put " + std::to_string(item), queue.put(item))));
  }
  return begun;
}

void add(tasks& to, const tasks& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void fill(numbers& queue, const std::vector<int>& items) {
  for (const int item : items) {
    queue.put_nowait(item);
  }
}

/// Does something with a queue if that can be done at once.
template <class Act>
void now(Act act) {
  try {
    say("now " + act());
  } catch (const asyncio::queue_empty&) {
    say("empty");
  } catch (const asyncio::queue_full&) {
    say("full");
  } catch (const asyncio::queue_shut_down&) {
    say("shut");
  }
}

void get_now(auto& queue) {
  now([&] { return std::to_string(queue.get_nowait()); });
}

void put_now(auto& queue, int item) {
  now([&] {
    queue.put_nowait(item);
    return "in " + std::to_string(item);
  });
}

template <class Queue>
awaitable<void> end(Queue& queue, tasks all) {
  co_await passes(5);
  for (const asyncio::task<>& each : all) {
    if (!each.done()) {
      each.cancel();
      co_await end_of(each);
    }
  }
  std::string endings;
  for (const asyncio::task<>& each : all) {
    endings += (endings.empty() ? "" : " ") + ending(each);
  }
  say(endings + ", " + std::to_string(queue.qsize()) + " left");
}

awaitable<void> produce(numbers& queue, int first, int last) {
  for (int item = first; item <= last; ++item) {
    co_await queue.put(item);
    say(std::to_string(item) + " in, " + std::to_string(queue.qsize()));
  }
}

awaitable<void> consume(numbers& queue, std::string name, asyncio::clock::duration delay) {
  for (;;) {
    const int item = co_await queue.get();
    say(name + " got " + std::to_string(item));
    co_await asyncio::sleep(delay);
    queue.task_done();
  }
}

awaitable<void> bounded() {
  numbers queue(2);
  const tasks consumers{create_task(consume(queue, "slow", 330ms)),
                        create_task(consume(queue, "quick", 100ms))};
  co_await asyncio::gather(produce(queue, 1, 4), produce(queue, 11, 13));
  say("all in");
  co_await queue.join();
  say("all done");
  co_await end(queue, consumers);
}

awaitable<void> cancel_getter(bool cancel_first, std::size_t cancelled, int items) {
  numbers queue;
  tasks all = get(queue, {"a", "b", "c"});
  co_await passes(1);
  if (cancel_first) {
    all[cancelled].cancel();
  }
  for (int item = 0; item < items; ++item) {
    queue.put_nowait(item);
  }
  if (!cancel_first) {
    all[cancelled].cancel();
  }
  add(all, get(queue, {"d"}));
  say(word(cancel_first) + ' ' + std::to_string(cancelled) + ' ' + std::to_string(items));
  co_await end(queue, all);
}

awaitable<void> cancel_putter(bool cancel_first, std::size_t cancelled, int room) {
  numbers queue(2);
  fill(queue, {1, 2});
  tasks all = put(queue, {3, 4, 5});
  co_await passes(1);
  if (cancel_first) {
    all[cancelled].cancel();
  }
  for (int count = 0; count < room; ++count) {
    get_now(queue);
  }
  if (!cancel_first) {
    all[cancelled].cancel();
  }
  add(all, put(queue, {6}));
  say(word(cancel_first) + ' ' + std::to_string(cancelled) + ' ' + std::to_string(room));
  co_await end(queue, all);
  get_now(queue);
}

/// Which of three tasks is cancelled, before or after one or two of them can go on.
awaitable<void> in_each_order(awaitable<void> (*scene)(bool, std::size_t, int)) {
  for (const bool cancel_first : {true, false}) {
    for (std::size_t cancelled = 0; cancelled < 3; ++cancelled) {
      for (const int can_go_on : {1, 2}) {
        co_await scene(cancel_first, cancelled, can_go_on);
      }
    }
  }
}

awaitable<void> cancelled_getters() {
  return in_each_order(cancel_getter);
}

awaitable<void> cancelled_putters() {
  return in_each_order(cancel_putter);
}

awaitable<void> get_and_cancel(int step) {
  numbers queue(1);
  tasks all = get(queue, {"a"});
  co_await passes(1);
  put_now(queue, 1);
  co_await passes(step);
  say(std::to_string(step) + ' ' + word(all[0].cancel()));
  add(all, get(queue, {"b"}));
  co_await end(queue, all);
}

awaitable<void> put_and_cancel(int step) {
  numbers queue(1);
  fill(queue, {1});
  tasks all = put(queue, {2});
  co_await passes(1);
  get_now(queue);
  co_await passes(step);
  say(std::to_string(step) + ' ' + word(all[0].cancel()));
  add(all, put(queue, {3}));
  co_await end(queue, all);
}

awaitable<void> steps_between() {
  for (int step = 0; step < 4; ++step) {
    co_await get_and_cancel(step);
    co_await put_and_cancel(step);
  }
}

awaitable<void> taken_by_others() {
  numbers empty(1);
  tasks all = get(empty, {"a", "b"});
  co_await passes(1);
  put_now(empty, 1);
  put_now(empty, 2);
  get_now(empty);
  get_now(empty);
  co_await passes(2);
  add(all, put(empty, {3, 4}));
  co_await end(empty, all);

  numbers full(1);
  fill(full, {1});
  all = put(full, {2, 3});
  co_await passes(1);
  get_now(full);
  put_now(full, 4);
  co_await passes(2);
  add(all, get(full, {"c", "d"}));
  co_await end(full, all);
}

awaitable<void> joined() {
  numbers queue;
  fill(queue, {1, 2});
  tasks all;
  for (int number = 0; number < 3; ++number) {
    all.push_back(create_task(tell<void>("join " + std::to_string(number), queue.join())));
  }
  co_await passes(1);
  get_now(queue);
  queue.task_done();
  all[1].cancel();
  co_await passes(2);
  queue.task_done();
  queue.put_nowait(3);
  co_await passes(3);
  all.push_back(create_task(tell<void>("join 3", queue.join())));
  co_await passes(2);
  queue.task_done();
  try {
    queue.task_done();
  } catch (const asyncio::invalid_argument_error&) {
    say("too often");
  }
  co_await end(queue, all);
  co_await queue.join();
}

awaitable<void> shut_down_full(bool immediate) {
  numbers queue(2);
  fill(queue, {1, 2});
  tasks all = put(queue, {3, 4});
  all.push_back(create_task(tell<void>("join", queue.join())));
  co_await passes(1);
  queue.shutdown(immediate);
  say(word(immediate) + ' ' + std::to_string(queue.qsize()));
  put_now(queue, 5);
  get_now(queue);
  add(all, get(queue, {"a", "b"}));
  co_await passes(3);
  if (!immediate) {
    queue.task_done();
    queue.task_done();
  }
  co_await end(queue, all);
}

awaitable<void> shut_down_empty(bool immediate) {
  numbers queue;
  const tasks all = get(queue, {"c", "d", "e"});
  co_await passes(1);
  put_now(queue, 6);
  queue.shutdown(immediate);
  all[1].cancel();
  co_await end(queue, all);
}

awaitable<void> shut_down() {
  for (const bool immediate : {false, true}) {
    co_await shut_down_full(immediate);
    co_await shut_down_empty(immediate);
  }
}

awaitable<void> orders() {
  asyncio::priority_queue<int> smallest;
  asyncio::lifo_queue<int> last(3);
  for (const int number : {3, 1, 4, 1, 5, 9, 2, 6}) {
    smallest.put_nowait(number);
    put_now(last, number);
  }
  for (int count = 0; count < 4; ++count) {
    get_now(smallest);
    get_now(last);
  }
  tasks all = put(smallest, {2, 1, 3});
  add(all, get(smallest, {"a", "b"}));
  add(all, get(last, {"c"}));
  add(all, put(last, {7, 8}));
  co_await end(last, all);
  while (!smallest.empty()) {
    get_now(smallest);
  }
}

} // namespace

int main() {
  return asyncio::run_main(play({{"bounded", bounded},
                                 {"cancelled_getters", cancelled_getters},
                                 {"cancelled_putters", cancelled_putters},
                                 {"steps_between", steps_between},
                                 {"taken_by_others", taken_by_others},
                                 {"joined", joined},
                                 {"shut_down", shut_down},
                                 {"orders", orders}}));
}
