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

/// Waits for an executor's end. Ctrl-C interrupts that one's jobs, not who waits for them.
struct wait_for_end {
  using runs_whatever_comes = void;

  void operator()() const {
    const detail::block_interrupts to_the_end;
    of.shutdown();
  }

  thread_pool_executor& of;
};

/// An executor that ends, on a thread that waits for it.
class ending_executor {
public:
  explicit ending_executor(std::shared_ptr<thread_pool_executor> ending)
      : executor_(std::move(ending)), ended_(waiting_.submit(wait_for_end{*executor_})) {}

  [[nodiscard]] thread_pool_executor& executor() const noexcept { return *executor_; }
  [[nodiscard]] const concurrent_future<>& ended() const noexcept { return ended_; }

private:
  std::shared_ptr<thread_pool_executor> executor_;
  thread_pool_executor waiting_{1, "asyncio-shutdown"};
  concurrent_future<> ended_;
};

/// Who waits for an executor that has not ended when the shutdown is over.
class rest_of_shutdown {
public:
  rest_of_shutdown(loop& of, std::shared_ptr<ending_executor> ending) noexcept
      : of_(of), ending_(std::move(ending)) {}
  rest_of_shutdown(const rest_of_shutdown&) = delete;
  rest_of_shutdown& operator=(const rest_of_shutdown&) = delete;

  // It was cancelled, or the loop goes away: the loop has it again, and waits in its end.
  ~rest_of_shutdown() {
    auto& executor_of_loop = detail::scheduler_of(of_).default_executor;
    if (!left_ && !ending_->ended().done() && !executor_of_loop) {
      executor_of_loop = std::shared_ptr<thread_pool_executor>(ending_, &ending_->executor());
    }
  }

  // Nobody will join it before that, not even if it ends: in virtual time that may block.
  void leave_to_the_end_of_the_process() {
    static std::mutex mutex;
    static std::vector<std::shared_ptr<ending_executor>> all;
    const std::lock_guard lock(mutex);
    all.push_back(ending_);
    left_ = true;
  }

private:
  loop& of_;
  std::shared_ptr<ending_executor> ending_;
  bool left_ = false;
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
  rest_of_shutdown rest(of, ending);
  const future<> ended = wrap_future(ending->ended(), of);
  if (timeout) {
    const bool in_time = co_await done_within(ended, *timeout, of);
    if (!in_time) {
      rest.leave_to_the_end_of_the_process();
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
