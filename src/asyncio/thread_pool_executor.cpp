// Each worker is a boost::asio::thread_pool of one thread, made when a job needs it. One pool for all would
// start its threads at once, and where the system has fewer its constructor never returns.

#include <asyncio/thread_pool_executor.hpp>

#include <asyncio/blocking.hpp>
#include <asyncio/detail/clock_condition.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/node.hpp>
#include <asyncio/detail/virtual_time.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/interrupt.hpp>
#include <asyncio/log.hpp>
#include <asyncio/thread_name.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace asyncio {

class thread_pool_executor::workers {
public:
  workers(std::size_t most, std::string prefix)
      : most_(most), prefix_(std::move(prefix)), there_is_work_([] { return std::string("a job"); }),
        all_ended_([this] { return "the jobs of " + prefix_; }) {}

  [[nodiscard]] std::size_t most() const noexcept { return most_; }

  void enqueue(const detail::job_ref& job) {
    // Whoever submits has the turn; waited for before the lock is taken, which others need.
    std::optional<detail::visit> here;
    if (detail::clock_is_virtual()) {
      here.emplace();
    }
    const std::lock_guard lock(mutex_);
    begin_era();
    if (closed_) {
      throw misuse_error("this thread_pool_executor was shut down: it takes no more jobs");
    }
    if (idle_ > jobs_.size()) {
      there_is_work_.notify_one();
    } else if (at_work_ < most_) {
      start_worker();
    }
    job->retain(); // the queue's share
    jobs_.push(*job);
  }

  void shut_down(bool wait, bool cancel_futures) {
    detail::ready_queue dropped;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      begin_era();
      if (cancel_futures) {
        std::swap(dropped, jobs_);
      }
      there_is_work_.notify_all();
    }
    while (!dropped.empty()) {
      auto& job = static_cast<detail::job_base&>(dropped.pop());
      job.cancel();
      job.release();
    }
    if (wait) {
      check_interrupt();
      join([this](std::unique_lock<std::mutex>& lock) {
        all_ended_.wait(lock, [&] { return at_work_ == ended_; });
      });
    }
  }

  /// shut_down() for the destructor.
  void shut_down_whatever_comes() {
    shut_down(false, false);
    join([this](std::unique_lock<std::mutex>& lock) {
      all_ended_.wait_whatever_comes(lock, [&] { return at_work_ == ended_; });
    });
  }

  /// What the workers wait for, and those who wait for them, can never be.
  void end_in_vain() {
    const std::lock_guard lock(mutex_);
    for (worker& each : threads_) {
      if (each.participant) {
        detail::virtual_time::instance().end_in_vain(*each.participant);
      }
    }
  }

private:
  struct worker {
    std::optional<detail::participant> participant;
    bool is_over = false;
    boost::asio::thread_pool thread{1}; // last: it is joined before the rest goes
  };

  template <class Wait>
  void join(Wait wait) {
    std::unique_lock lock(mutex_);
    wait(lock);
    std::list<worker> ending = std::exchange(threads_, {});
    std::optional<detail::away_from_virtual_time> away;
    if (strangers_ > 0) {
      away.emplace();
    }
    lock.unlock();
    for (worker& each : ending) {
      each.thread.join();
    }
  }

  // Workers that were put to work before virtual time began, or began afresh, don't take part
  // in it. They end, and others take their place.
  void begin_era() {
    const std::uint64_t now = detail::virtual_time::era();
    if (now == era_) {
      return;
    }
    era_ = now;
    ++generation_;
    strangers_ += at_work_ - ended_;
    at_work_ = ended_ = idle_ = 0;
    there_is_work_.notify_all();
  }

  void start_worker() {
    threads_.remove_if([](const worker& each) { return each.is_over; });
    try {
      threads_.emplace_back();
    } catch (const boost::system::system_error& error) { // the system has no thread left
      if (at_work_ == 0) {
        throw std::system_error(error.code(), "a worker's thread could not be started");
      }
      return; // the others will come to it
    }
    worker& newcomer = threads_.back();
    const std::string name = prefix_ + '_' + std::to_string(at_work_++);
    if (detail::clock_is_virtual()) {
      detail::virtual_time::instance().add(newcomer.participant.emplace(name));
    }
    boost::asio::post(newcomer.thread, [this, &newcomer, name, generation = generation_] {
      set_current_thread_name(name);
      run(newcomer, generation);
    });
  }

  void run(worker& self, std::uint64_t generation) {
    if (self.participant) {
      detail::virtual_time::instance().begin_to_run(*self.participant);
    }
    work(self, generation);
    if (self.participant) {
      detail::virtual_time::instance().leave(*self.participant);
    }
  }

  void work(worker& self, std::uint64_t generation) {
    std::unique_lock lock(mutex_);
    for (;;) {
      while (jobs_.empty() && !closed_ && generation == generation_) {
        ++idle_;
        there_is_work_.wait(lock);
        if (generation == generation_) {
          --idle_;
        }
      }
      if (generation != generation_ && (jobs_.empty() || at_work_ > ended_)) {
        --strangers_;
        self.is_over = true;
        return;
      }
      if (jobs_.empty()) {
        ++ended_;
        all_ended_.notify_all();
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
  detail::clock_condition there_is_work_;
  detail::clock_condition all_ended_;
  detail::ready_queue jobs_;
  std::size_t idle_ = 0;
  std::size_t at_work_ = 0;
  std::size_t ended_ = 0;
  std::size_t strangers_ = 0; // workers of earlier eras
  std::uint64_t era_ = detail::virtual_time::era();
  std::uint64_t generation_ = 0; // real time, for one, is an era that comes back
  bool closed_ = false;
  std::list<worker> threads_; // last: they are joined before the rest goes
};

namespace {

std::string next_prefix() {
  static std::atomic<int> pools{0};
  return "ThreadPoolExecutor-" + std::to_string(pools++);
}

} // namespace

void detail::check_number_of_workers(std::size_t max_workers, const char* of) {
  if (max_workers == 0) {
    throw invalid_argument_error(std::string("a ") + of + " needs at least one worker");
  }
  if (max_workers > std::numeric_limits<std::int32_t>::max()) { // such as -1, converted
    throw invalid_argument_error(std::string("a ") + of + " cannot have " + std::to_string(max_workers) +
                                 " workers: no system has so many threads");
  }
}

thread_pool_executor::thread_pool_executor(std::size_t max_workers, std::string thread_name_prefix) {
  detail::check_number_of_workers(max_workers, "thread_pool_executor");
  workers_ = std::make_unique<workers>(
      max_workers, thread_name_prefix.empty() ? next_prefix() : std::move(thread_name_prefix));
}

thread_pool_executor::~thread_pool_executor() {
  for (;;) {
    try {
      workers_->shut_down_whatever_comes();
      return;
    } catch (const deadlock_error& error) {
      log(severity::error,
          std::string("the end of a thread_pool_executor waits in vain: its jobs are thrown a "
                      "deadlock_error: ") +
              error.what());
      workers_->end_in_vain();
    }
  }
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
