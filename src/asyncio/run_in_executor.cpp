#include <asyncio/run_in_executor.hpp>

#include <asyncio/log.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <sstream>
#include <utility>
#include <vector>

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

namespace {

/// An executor that ends, on a thread that waits for it. It may take longer than anybody cares
/// to wait; then the end of the process waits, as Python's does.
class ending_executor {
public:
  explicit ending_executor(std::shared_ptr<thread_pool_executor> ending)
      : executor_(std::move(ending)), ended_(waiting_.submit([this] { executor_->shutdown(); })) {}

  [[nodiscard]] const concurrent_future<>& ended() const noexcept { return ended_; }

  /// For as long as somebody waits.
  class guard {
  public:
    explicit guard(std::shared_ptr<ending_executor> of) noexcept : of_(std::move(of)) {}
    ~guard() {
      if (!of_->ended().done()) {
        leave_to_the_process(std::move(of_));
      }
    }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

  private:
    std::shared_ptr<ending_executor> of_;
  };

private:
  static void leave_to_the_process(std::shared_ptr<ending_executor> left) {
    static std::mutex mutex;
    static std::vector<std::shared_ptr<ending_executor>> all;
    const std::lock_guard lock(mutex);
    all.push_back(std::move(left)); // and nobody joins it before, not even if it ends: that may block
  }

  std::shared_ptr<thread_pool_executor> executor_;
  thread_pool_executor waiting_{1, "asyncio-shutdown"};
  concurrent_future<> ended_;
};

// Whether it was done in time.
awaitable<bool> done_within(future<> awaited, clock::duration timeout, loop& of) {
  const future<bool> in_time(of);
  awaited.add_done_callback([in_time] {
    if (!in_time.done()) {
      in_time.set_result(true);
    }
  });
  handle timer = of.call_later(timeout, [in_time] {
    if (!in_time.done()) {
      in_time.set_result(false);
    }
  });
  in_time.add_done_callback([timer]() mutable { timer.cancel(); });
  co_return co_await in_time;
}

} // namespace

awaitable<void> shutdown_default_executor(loop& of, std::optional<clock::duration> timeout) {
  auto executor = std::exchange(detail::scheduler_of(of).default_executor, nullptr);
  if (!executor) {
    co_return;
  }
  const auto ending = std::make_shared<ending_executor>(std::move(executor));
  const ending_executor::guard left_behind(ending);
  const future<> ended = wrap_future(ending->ended(), of);
  if (timeout) {
    const bool in_time = co_await done_within(ended, *timeout, of);
    if (!in_time) {
      std::ostringstream warning;
      warning << "the default executor did not end its jobs within "
              << std::chrono::duration<double>(*timeout).count() << " seconds";
      log(severity::warning, warning.str());
      co_return;
    }
  }
  co_await ended;
}

} // namespace asyncio
