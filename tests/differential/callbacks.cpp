// callbacks.py, translated.

#include "say.hpp"

#include <asyncio/exception_context.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
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
using asyncio::create_task;
using asyncio::future;
using asyncio::get_running_loop;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

std::string error_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  }
}

awaitable<void> wait_for(std::string name, future<int> what) {
  try {
    const int value = co_await what;
    say(name + " got " + std::to_string(value));
  } catch (const std::runtime_error& error) {
    say(name + " caught " + error.what());
  }
}

awaitable<void> order_of_a_pass() {
  asyncio::loop& loop = get_running_loop();
  const future<int> awaited;
  const auto task = create_task(wait_for("task", awaited));
  co_await passes(1);
  loop.call_soon(say, "soon 1");
  awaited.add_done_callback([] { say("done 1"); });
  loop.call_later(0s, say, "later 0");
  awaited.set_result(1);
  awaited.add_done_callback([] { say("done 2"); });
  loop.call_soon(say, "soon 2");
  loop.call_soon_threadsafe(say, "threadsafe");
  loop.call_soon([&] { loop.call_soon(say, "next pass"); });
  say("set");
  co_await passes(3);
  say(ending(task));
}

// What remove_done_callback finds again: it compares equal.
struct second {
  void operator()(const future<>& done) const {
    say("second");
    say(std::to_string(done.remove_done_callback(*this)));
  }
  friend bool operator==(second, second) { return true; }
};

awaitable<void> a_callback_among_callbacks() {
  asyncio::loop& loop = get_running_loop();
  const future<> done;
  const future<> other;
  other.add_done_callback([] { say("other"); });
  done.add_done_callback([&] {
    say("first");
    other.set_result();
    done.add_done_callback([] { say("added"); });
    loop.call_soon(say, "soon");
  });
  done.add_done_callback(second());
  done.add_done_callback(second());
  done.add_done_callback([] { say("third"); });
  done.cancel();
  co_await passes(3);
}

struct same {
  void operator()(const future<>& of) const { say("same " + ending(of)); }
  friend bool operator==(same, same) { return true; }
};

awaitable<void> removed() {
  const future<> failing;
  failing.add_done_callback(same());
  failing.add_done_callback([] { say("between"); });
  failing.add_done_callback(same());
  say(std::to_string(failing.remove_done_callback(same())));
  say(std::to_string(failing.remove_done_callback(same())));
  failing.add_done_callback(same());
  failing.set_exception(std::runtime_error("failed"));
  co_await passes(2);
}

awaitable<void> timers() {
  asyncio::loop& loop = get_running_loop();
  const auto start = loop.time();
  loop.call_at(start + 200ms, say, "at 0.2");
  loop.call_later(100ms, say, "later 0.1");
  asyncio::handle cancelled = loop.call_later(150ms, say, "cancelled");
  loop.call_later(-1s, say, "overdue");
  loop.call_later(100ms, [&] { cancelled.cancel(); });
  loop.call_later(100ms, [&] { loop.call_soon(say, "after the timers"); });
  loop.call_later(100ms, say, "later 0.1, too");
  co_await asyncio::sleep(300ms);
  say(cancelled.cancelled() ? "True" : "False");
}

struct nap {
  nap(std::string shown_, asyncio::clock::duration delay_) : shown(std::move(shown_)), delay(delay_) {}
  std::string shown;
  asyncio::clock::duration delay;
};

awaitable<void> sleeper(std::string name, std::vector<nap> naps) {
  for (const nap& each : naps) {
    co_await asyncio::sleep(each.delay);
    say(name + " after " + each.shown);
  }
}

awaitable<void> sleeps() {
  std::vector<awaitable<void>> all;
  all.push_back(sleeper("a", {nap("0.2", 200ms), nap("0", 0s)}));
  all.push_back(sleeper("b", {nap("0.1", 100ms), nap("0.05", 50ms)}));
  all.push_back(sleeper("c", {nap("0", 0s), nap("0.2", 200ms)}));
  all.push_back(sleeper("d", {nap("0.2", 200ms)}));
  co_await asyncio::gather(std::move(all));
}

awaitable<void> many_wait() {
  const future<int> news;
  std::vector<asyncio::task<>> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(create_task(wait_for("waiter " + std::to_string(i), news)));
  }
  co_await passes(1);
  tasks.push_back(create_task(wait_for("late", news)));
  news.set_exception(std::runtime_error("bad news"));
  tasks.push_back(create_task(wait_for("too late", news)));
  for (const auto& task : tasks) {
    co_await task;
  }
  say("all told");
}

awaitable<void> fail() {
  throw std::runtime_error("in a task");
  co_return;
}

void fail_in_a_callback() {
  throw std::runtime_error("in a callback");
}

awaitable<void> reports() {
  asyncio::loop& loop = get_running_loop();
  loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context& context) {
    say("reported: " + error_of(context.exception));
  });
  loop.call_soon(fail_in_a_callback);
  loop.call_soon(say, "and on");
  {
    const future<> finished;
    finished.add_done_callback(fail_in_a_callback);
    finished.add_done_callback([] { say("the next one"); });
    finished.set_result();
  }
  co_await passes(2);
  {
    const future<> failed;
    failed.set_exception(std::runtime_error("never read"));
  }
  {
    const future<> failed;
    failed.set_exception(std::runtime_error("read"));
    say(error_of(failed.exception()));
  }
  {
    const auto task = create_task(fail());
    co_await passes(2);
    say(ending(task));
  }
  {
    const auto task = create_task(fail());
    co_await passes(2);
    say("dropped");
  }
  loop.set_exception_handler(nullptr);
}

} // namespace

int main() {
  return asyncio::run_main(play({{"order_of_a_pass", order_of_a_pass},
                                 {"a_callback_among_callbacks", a_callback_among_callbacks},
                                 {"removed", removed},
                                 {"timers", timers},
                                 {"sleeps", sleeps},
                                 {"many_wait", many_wait},
                                 {"reports", reports}}));
}
