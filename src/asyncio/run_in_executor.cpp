#include <asyncio/run_in_executor.hpp>

#include <memory>
#include <utility>

namespace asyncio {

namespace detail {

thread_pool_executor& default_executor_of(loop& of) {
  std::shared_ptr<thread_pool_executor>& executor = scheduler_of(of).default_executor;
  if (!executor) {
    executor = std::make_shared<thread_pool_executor>(thread_pool_executor::default_workers(), "asyncio");
  }
  return *executor;
}

} // namespace detail

awaitable<void> shutdown_default_executor(loop& of) {
  const auto executor = std::exchange(detail::scheduler_of(of).default_executor, nullptr);
  if (!executor) {
    co_return;
  }
  // A job like any other: it may end after this coroutine was cancelled, or after the loop.
  thread_pool_executor waiting(1, "asyncio-shutdown");
  co_await wrap_future(waiting.submit([&] { executor->shutdown(); }), of);
}

} // namespace asyncio
