#pragma once

#include <asyncio/detail/clock_condition.hpp>
#include <asyncio/detail/worker_process.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace asyncio::detail {

/// The workers of a process pool. Each thread of the pool takes one for a job and gives it back.
class process_workers {
public:
  /// A job is coming; misuse_error once closed.
  void expect_job();
  void job_ended() noexcept;

  /// Blocks the thread until a worker has made the call: the bytes of its result, or throws.
  [[nodiscard]] std::string call(const std::string& request);

  /// No more jobs: idle workers finish when those that are expected have ended.
  void close() noexcept;

  /// Blocks until they have ended; those that take too long are killed.
  void end_idle_ones() noexcept;

  /// Sends the signal to all workers, and starts no more.
  void end_all_by(int signal) noexcept;

private:
  class borrowed;

  void finish_if_done() noexcept;
  /// An idle one or a new one. Where the system has no room for that, the next that is idle;
  /// std::system_error if there are no others.
  [[nodiscard]] std::unique_ptr<worker_process> take_one(bool& was_idle);
  [[nodiscard]] std::unique_ptr<worker_process> start_one();
  void give_back(std::unique_ptr<worker_process> worker);
  void forget(const worker_process& worker) noexcept;

  std::mutex mutex_;
  clock_condition there_may_be_one_{[] { return std::string("a worker process"); }};
  std::vector<std::unique_ptr<worker_process>> idle_;
  std::vector<const worker_process*> all_;
  std::size_t jobs_ = 0;
  bool closed_ = false;
  bool ended_by_force_ = false;
};

} // namespace asyncio::detail
