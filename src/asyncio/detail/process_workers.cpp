#include <asyncio/detail/process_workers.hpp>

#include <asyncio/blocking.hpp>
#include <asyncio/detail/interrupt.hpp>
#include <asyncio/detail/program_address.hpp>
#include <asyncio/errors.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <system_error>
#include <utility>

namespace asyncio::detail {
namespace {

// For what workers have to do at their end: static objects, atexit().
constexpr std::chrono::seconds grace{5};
constexpr std::chrono::seconds grace_after_ctrl_c{1};

/// Something real that will come, and no clock knows when.
struct wait_for_process {
  outside_guard no_deadline_passes;
  away_from_virtual_time others_run;
};

std::string function_of(const std::string& request) {
  call_target target;
  request.copy(reinterpret_cast<char*>(&target), sizeof target);
  return function_name(target.function);
}

[[noreturn]] void throw_broken(worker_process& worker, const worker_process::outcome& result,
                               const std::string& request) {
  std::string text = "worker process " + std::to_string(worker.id()) + ' ' + worker.how_it_ended();
  if (result.begun) {
    text += " in " + function_of(request);
  } else {
    text += " before it took " + function_of(request);
    if (!worker.was_ready()) {
      text += ": does main() come to run_main() or serve_if_worker()?";
    }
  }
  throw broken_process_pool(text);
}

} // namespace

/// A worker that is not idle. If it isn't given back, it's killed.
class process_workers::borrowed {
public:
  borrowed(process_workers& from, std::unique_ptr<worker_process> worker)
      : from_(from), worker_(std::move(worker)) {}
  ~borrowed() {
    if (worker_) {
      from_.forget(*worker_);
    }
  }
  borrowed(const borrowed&) = delete;
  borrowed& operator=(const borrowed&) = delete;

  [[nodiscard]] worker_process* operator->() const noexcept { return worker_.get(); }
  [[nodiscard]] worker_process& operator*() const noexcept { return *worker_; }
  void give_back() { from_.give_back(std::move(worker_)); }

private:
  process_workers& from_;
  std::unique_ptr<worker_process> worker_;
};

void process_workers::expect_job() {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    throw misuse_error("this process_pool_executor was shut down: it takes no more jobs");
  }
  ++jobs_;
}

void process_workers::job_ended() noexcept {
  const std::lock_guard lock(mutex_);
  --jobs_;
  finish_if_done();
}

void process_workers::close() noexcept {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  finish_if_done();
}

// Whoever ends the last job must not wait for the workers' end: others wait for the job.
void process_workers::finish_if_done() noexcept {
  if (closed_ && jobs_ == 0) {
    for (const auto& each : idle_) {
      each->finish();
    }
  }
}

std::string process_workers::call(const std::string& request) {
  for (;;) {
    bool was_idle = false;
    borrowed worker(*this, take_one(was_idle));
    const wait_for_process waiting;
    worker_process::outcome result = worker->call(request);
    if (result.answered) {
      worker.give_back();
      if (result.error) {
        std::rethrow_exception(result.error);
      }
      return std::move(result.value);
    }
    if (interrupt_pending()) {
      worker->signal(SIGTERM);
      worker->signal(SIGCONT);
      worker->end(std::chrono::steady_clock::now() + grace_after_ctrl_c);
      check_interrupt();
    }
    if (result.begun || !was_idle) {
      throw_broken(*worker, result, request);
    } // else it died while it was idle
  }
}

std::unique_ptr<worker_process> process_workers::take_one(bool& was_idle) {
  for (;;) {
    std::unique_lock lock(mutex_);
    was_idle = !idle_.empty();
    if (was_idle) {
      std::unique_ptr<worker_process> worker = std::move(idle_.back());
      idle_.pop_back();
      return worker;
    }
    lock.unlock();
    try {
      return start_one();
    } catch (const std::system_error&) { // there is no room for it
      lock.lock();
      if (all_.empty()) {
        throw;
      }
    }
    if (idle_.empty()) {
      there_may_be_one_.wait(lock);
    }
  }
}

std::unique_ptr<worker_process> process_workers::start_one() {
  auto worker = std::make_unique<worker_process>();
  const std::lock_guard lock(mutex_);
  if (ended_by_force_) {
    throw broken_process_pool("the workers of this process_pool_executor were ended");
  }
  all_.push_back(worker.get());
  return worker;
}

void process_workers::give_back(std::unique_ptr<worker_process> worker) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(worker));
  there_may_be_one_.notify_one();
}

void process_workers::forget(const worker_process& worker) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase(all_, &worker);
  there_may_be_one_.notify_all(); // there may be room now, or nothing to wait for
}

void process_workers::end_idle_ones() noexcept {
  std::vector<std::unique_ptr<worker_process>> ending;
  {
    const std::lock_guard lock(mutex_);
    std::swap(ending, idle_);
  }
  if (ending.empty()) {
    return;
  }
  const wait_for_process waiting;
  for (const auto& each : ending) {
    each->finish();
  }
  auto deadline = std::chrono::steady_clock::now() + (interrupt_came() ? grace_after_ctrl_c : grace);
  for (const auto& each : ending) {
    if (!each->wait_for_end(deadline) && interrupt_came()) {
      deadline = std::min(deadline, std::chrono::steady_clock::now() + grace_after_ctrl_c);
    }
    each->end(deadline);
    forget(*each);
  }
}

// A stopped process hears of the signal when it goes on.
void process_workers::end_all_by(int signal) noexcept {
  const std::lock_guard lock(mutex_);
  ended_by_force_ = true;
  for (const worker_process* each : all_) {
    each->signal(signal);
    each->signal(SIGCONT);
  }
}

} // namespace asyncio::detail
