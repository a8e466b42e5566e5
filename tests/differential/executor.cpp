// executor.py, translated.

#include "say.hpp"

#include <asyncio/blocking.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <future>
#include <stdexcept>
#include <string>

using asyncio::awaitable;
using namespace std::string_literals;

namespace {

class gate {
public:
  void open() { open_.set_value(); }
  void wait() {
    asyncio::blocking_region([&] { opened_.wait(); });
  }

private:
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

int add(int one, int other) {
  return one + other;
}

int fail(const std::string& what) {
  throw std::runtime_error(what);
}

awaitable<void> results() {
  asyncio::thread_pool_executor pool(1);
  auto first = asyncio::run_in_executor(pool, add, 1, 2);
  auto second = asyncio::run_in_executor(pool, add, 3, 4);
  say(ending(first));
  const int seven = co_await second;
  say(std::to_string(seven));
  const std::string first_ended = ending(first);
  const int three = co_await first;
  say(first_ended + ' ' + std::to_string(three));
  const auto [one, other] =
      co_await asyncio::gather(asyncio::to_thread(add, 5, 6), asyncio::run_in_executor(add, 7, 8));
  say(std::to_string(one + other));
}

awaitable<void> failures() {
  {
    asyncio::thread_pool_executor pool(1);
    for (int i = 0; i < 2; ++i) {
      try {
        co_await asyncio::run_in_executor(pool, fail, "in a job");
      } catch (const std::runtime_error& error) {
        say("caught "s + error.what());
      }
    }
  }
  try {
    co_await asyncio::gather(asyncio::to_thread(fail, "in a thread"), asyncio::to_thread(add, 1, 2));
  } catch (const std::runtime_error& error) {
    say("caught "s + error.what());
  }
}

awaitable<void> cancelled_before_it_began() {
  gate held;
  int calls = 0;
  {
    asyncio::thread_pool_executor pool(1);
    auto holding = asyncio::run_in_executor(pool, [&] { held.wait(); });
    auto waiting = asyncio::run_in_executor(pool, [&] { ++calls; });
    say(waiting.cancel("no longer needed") ? "True" : "False");
    const std::string ended = ending(waiting);
    say(ended + (waiting.cancel() ? " True" : " False"));
    co_await passes(1);
    held.open();
    co_await holding;
  }
  say(std::to_string(calls));
}

awaitable<void> wait_for(std::string name, asyncio::future<> job) {
  try {
    co_await job;
    say(name + " got it");
  } catch (const asyncio::cancelled_error& error) {
    say(name + " cancelled " + error.message());
    throw;
  }
}

awaitable<void> cancelled_while_it_runs() {
  gate began;
  gate held;
  int calls = 0;
  {
    asyncio::thread_pool_executor pool(1);
    auto job = asyncio::run_in_executor(pool, [&] {
      began.open();
      held.wait();
      ++calls;
    });
    const auto task = asyncio::create_task(wait_for("task", job));
    began.wait();
    co_await passes(1);
    task.cancel("enough");
    co_await end_of(task);
    say(ending(task) + ' ' + std::to_string(calls));
    held.open();
  }
  say(std::to_string(calls));
}

awaitable<void> after_the_end() {
  asyncio::thread_pool_executor pool(1);
  gate held;
  pool.submit([&] { held.wait(); });
  const auto job = pool.submit(add, 1, 2);
  const auto failing = pool.submit(fail, "at once");
  const auto cancelled = pool.submit(add, 3, 4);
  cancelled.cancel();
  held.open();
  pool.shutdown();
  const std::vector<asyncio::future<int>> wrapped{asyncio::wrap_future(job), asyncio::wrap_future(failing),
                                                  asyncio::wrap_future(cancelled)};
  auto late = asyncio::wrap_future(job);
  late.cancel();
  for (const auto& each : wrapped) {
    co_await end_of(each);
    say(ending(each));
  }
  say(ending(late) + ' ' + std::to_string(job.result()));
}

} // namespace

int main() {
  return asyncio::run_main(play({{"results", results},
                                 {"failures", failures},
                                 {"cancelled_before_it_began", cancelled_before_it_began},
                                 {"cancelled_while_it_runs", cancelled_while_it_runs},
                                 {"after_the_end", after_the_end}}));
}
