// The workers are loops of our own, posted to a boost::asio::thread_pool as jobs need them:
// who takes which job is then ours to decide, and each worker has a name and a number.

#include <asyncio/thread_pool_executor.hpp>

#include <asyncio/detail/node.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/thread_name.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace asyncio {

class thread_pool_executor::workers {
public:
  workers(std::size_t most, std::string prefix) : most_(most), prefix_(std::move(prefix)) {}

  [[nodiscard]] std::size_t most() const noexcept { return most_; }

  void enqueue(const detail::job_ref& job) {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      throw misuse_error("this thread_pool_executor was shut down: it takes no more jobs");
    }
    if (idle_ > jobs_.size()) {
      there_is_work_.notify_one();
    } else if (at_work_ < most_) {
      if (!threads_) {
        threads_.emplace(most_);
      }
      boost::asio::post(*threads_, [this, number = at_work_] { work(number); });
      ++at_work_;
    }
    job->retain(); // the queue's share
    jobs_.push(*job);
  }

  void shut_down(bool wait, bool cancel_futures) {
    detail::ready_queue dropped;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      if (cancel_futures) {
        std::swap(dropped, jobs_);
      }
    }
    there_is_work_.notify_all();
    while (!dropped.empty()) {
      auto& job = static_cast<detail::job_base&>(dropped.pop());
      job.cancel();
      job.release();
    }
    if (wait && threads_) {
      threads_->join();
    }
  }

private:
  void work(std::size_t number) {
    set_current_thread_name(prefix_ + '_' + std::to_string(number));
    std::unique_lock lock(mutex_);
    for (;;) {
      while (jobs_.empty() && !closed_) {
        ++idle_;
        there_is_work_.wait(lock);
        --idle_;
      }
      if (jobs_.empty()) {
        return;
      }
      auto& job = static_cast<detail::job_base&>(jobs_.pop());
      lock.unlock();
      job.run();
      job.release();
      lock.lock();
    }
  }

  const std::size_t most_;
  const std::string prefix_;
  std::mutex mutex_;
  std::condition_variable there_is_work_;
  detail::ready_queue jobs_;
  std::size_t idle_ = 0;
  std::size_t at_work_ = 0;
  bool closed_ = false;
  std::optional<boost::asio::thread_pool> threads_; // last: it joins before the rest goes
};

namespace {

std::string next_prefix() {
  static std::atomic<int> pools{0};
  return "ThreadPoolExecutor-" + std::to_string(pools++);
}

} // namespace

thread_pool_executor::thread_pool_executor(std::size_t max_workers, std::string thread_name_prefix) {
  if (max_workers == 0) {
    throw invalid_argument_error("a thread_pool_executor needs at least one worker");
  }
  workers_ = std::make_unique<workers>(
      max_workers, thread_name_prefix.empty() ? next_prefix() : std::move(thread_name_prefix));
}

thread_pool_executor::~thread_pool_executor() {
  workers_->shut_down(true, false);
}

void thread_pool_executor::shutdown(bool wait, bool cancel_futures) {
  workers_->shut_down(wait, cancel_futures);
}

std::size_t thread_pool_executor::max_workers() const noexcept {
  return workers_->most();
}

std::size_t thread_pool_executor::default_workers() noexcept {
  return std::min<std::size_t>(32, std::thread::hardware_concurrency() + 4);
}

void thread_pool_executor::enqueue(const detail::job_ref& queued) {
  workers_->enqueue(queued);
}

} // namespace asyncio
