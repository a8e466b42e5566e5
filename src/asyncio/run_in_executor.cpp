#include <asyncio/run_in_executor.hpp>

#include <thread>
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
  const future<> ended(of);
  detail::scheduler& inside = detail::scheduler_of(of);
  inside.outside_begins();
  const std::jthread waiting([&] {
    executor->shutdown();
    of.call_soon_threadsafe([&] {
      inside.outside_ends();
      ended.set_result();
    });
  });
  co_await ended;
}

} // namespace asyncio
