// What may be given to to_thread(), with_task_group() and the like, and to co_await, and what the compiler
// has to refuse. One of these is compiled at a time: see CMakeLists.txt beside this file.

#include <asyncio/awaitable.hpp>
#include <asyncio/condition.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/thread_pool_executor.hpp>
#include <asyncio/timeout.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace {

struct aggregate {
  std::string text;
};

struct with_constructor {
  explicit with_constructor(std::string text_) : text(std::move(text_)) {}
  std::string text;
};

[[maybe_unused]] std::size_t size_of(const std::string& text) {
  return text.size();
}

[[maybe_unused]] std::size_t size_of_aggregate(const aggregate& given) {
  return given.text.size();
}

[[maybe_unused]] asyncio::awaitable<void> other() {
  co_return;
}

[[maybe_unused]] asyncio::awaitable<void> take(std::string) {
  co_return;
}

[[maybe_unused]] asyncio::awaitable<std::size_t> size_in_group(asyncio::task_group&, std::string text) {
  co_return text.size();
}

[[maybe_unused]] asyncio::awaitable<void> take_in_group(asyncio::task_group&, const aggregate&) {
  co_return;
}

[[maybe_unused]] asyncio::awaitable<void> snippet(std::string s, asyncio::thread_pool_executor& pool) {
  static_cast<void>(pool);
#if defined(lambda_with_references)
  co_await asyncio::to_thread([&] { return s.size(); });
#elif defined(lambda_with_a_name)
  auto size = [s] { return s.size(); };
  co_await asyncio::to_thread(size);
  co_await asyncio::run_in_executor(pool, size);
#elif defined(function_and_arguments)
  co_await asyncio::to_thread(size_of, s);
  co_await asyncio::to_thread([](const std::string& text) { return text.size(); }, std::move(s));
#elif defined(group_of_references)
  co_await asyncio::with_task_group([&](asyncio::task_group& group) -> asyncio::awaitable<void> {
    group.create_task(take(s));
    co_return;
  });
#elif defined(group_and_arguments)
  const std::size_t size = co_await asyncio::with_task_group(size_in_group, s);
  static_cast<void>(size);
#elif defined(group_with_a_string)
  co_await asyncio::with_task_group([s](asyncio::task_group& group) -> asyncio::awaitable<void> {
    group.create_task(take(s));
    co_return;
  });
#elif defined(group_with_an_aggregate)
  co_await asyncio::with_task_group(take_in_group, aggregate{s});
#elif defined(group_without_a_coroutine)
  co_await asyncio::with_task_group([&](asyncio::task_group& group) { group.create_task(take(s)); });
#elif defined(a_bool_is_awaited)
  co_await true;
#elif defined(lambda_with_a_string)
  co_await asyncio::to_thread([s] { return s.size(); });
#elif defined(lambda_with_a_string_for_a_pool)
  co_await asyncio::run_in_executor(pool, [s] { return s.size(); });
#elif defined(lambda_with_both)
  co_await asyncio::to_thread([&s, copy = s] { return s.size() + copy.size(); });
#elif defined(lambda_with_a_string_for_a_condition)
  asyncio::condition changed;
  co_await changed.wait_for([s] { return s.empty(); });
#elif defined(aggregate_as_an_argument)
  co_await asyncio::to_thread(size_of_aggregate, aggregate{s});
#elif defined(aggregate_as_a_sleeps_value)
  co_await asyncio::sleep(std::chrono::seconds(1), aggregate{s});
#elif defined(aggregate_in_a_queue)
  asyncio::queue<aggregate> queue;
  co_await queue.put(aggregate{s});
#elif defined(aggregate_in_braces_in_a_queue)
  asyncio::queue<aggregate> queue;
  co_await queue.put({s});
#elif defined(lambda_in_a_queue)
  asyncio::queue<std::function<std::size_t()>> queue;
  co_await queue.put([s] { return s.size(); });
#elif defined(class_in_a_queue)
  asyncio::queue<aggregate> aggregates;
  aggregate named{s};
  co_await aggregates.put(named);
  aggregates.put_nowait(aggregate{s});
  asyncio::queue<with_constructor> queue;
  co_await queue.put(with_constructor(s));
  asyncio::queue<std::function<std::size_t()>> jobs;
  co_await jobs.put([&s] { return s.size(); });
  co_await jobs.put([] { return std::size_t{1}; });
#elif defined(timeout_of_a_lambda_with_references)
  co_await asyncio::with_timeout(std::chrono::seconds(1), [&](asyncio::timeout&) -> asyncio::awaitable<void> {
    s += "!";
    co_return;
  });
#elif defined(timeout_of_a_lambda_with_a_string)
  co_await asyncio::with_timeout(std::chrono::seconds(1),
                                 [s](asyncio::timeout&) -> asyncio::awaitable<void> { co_return; });
#elif defined(timeout_of_a_function_that_is_no_coroutine)
  co_await asyncio::with_timeout(std::chrono::seconds(1), size_of, s);
#elif defined(named_coroutine_moved)
  auto named = other();
  co_await std::move(named);
#elif defined(named_coroutine)
  auto named = other();
  co_await named;
#elif defined(coroutine_in_a_thread)
  co_await asyncio::to_thread(other);
#else
#error "name a snippet"
#endif
}

} // namespace
