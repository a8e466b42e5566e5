#pragma once

#include <asyncio/concurrent_future.hpp>
#include <asyncio/detail/process_call.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio {

/// Processes that do jobs, each with memory of its own (Python:
/// concurrent.futures.ProcessPoolExecutor).
///
/// A worker is this program's executable, started again when a job finds nobody idle: with the
/// same arguments and environment, nothing to read on stdin, and no other files. It does jobs
/// instead of what main() is for. run_main(), run() and runner see to that, and what main() does
/// before them is done in each worker, too; other programs call serve_if_worker() first. A pool
/// may be a static object, if its first job comes after that.
///
/// A job is a function of the program, or a lambda without captures. Its arguments and its result
/// are copied, as bytes, by Boost.Serialization: numbers, enums, strings, the standard
/// containers, and types with a serialize() member; by themselves also tuples, optionals and
/// durations. What isn't in the arguments stays behind: variables, context variables, a
/// clock that run_options chose. What a job leaves in static variables, the worker's next one finds.
///
/// What a job throws is thrown by its result: what <stdexcept>, <new> and <system_error> define,
/// and this library's errors, cancelled_error included, as themselves, and the rest, an exception_group
/// too, as remote_error. If the worker ends in the middle of a job, that's a broken_process_pool for this job
/// alone, and another worker takes its place. If no worker can be started the job waits for one that there
/// is; it is std::system_error if there is none. What a job prints is flushed before its result is there.
///
/// Jobs start in the order of submission, at most max_workers at once. Any thread may submit. The
/// destructor waits for all jobs. Workers end with the pool, killed if that takes five seconds, and with the
/// pool's process, however that ends. They take no notice of Ctrl-C, except that sleep(), poll() and
/// the like return early, with EINTR: the pool's process does, and cancels
/// queued jobs and terminates the workers of the others, see interrupt_scope. In virtual time a job counts as
/// awaited I/O: the clock stands still.
///
///     long count_steps(long first, long stride);
///
///     asyncio::process_pool_executor pool(4);
///     long n = co_await asyncio::run_in_executor(pool, count_steps, 1, 4);
class process_pool_executor {
public:
  /// invalid_argument_error for no workers, and for more than 2^31 - 1.
  explicit process_pool_executor(std::size_t max_workers = default_workers());
  ~process_pool_executor();
  process_pool_executor(const process_pool_executor&) = delete;
  process_pool_executor& operator=(const process_pool_executor&) = delete;

  /// Queues f(args...), with the arguments' values of now. misuse_error after shutdown(),
  /// for null and a function in a shared library, and in a worker whose main() came here without
  /// serve_if_worker(). A cancel of the result takes the job off the queue; one that
  /// runs goes on.
  template <class F, class... Args>
  auto submit(F&& f, Args&&... args) {
    using call = detail::process_call<std::decay_t<F>, std::decay_t<Args>...>;
    return enqueue(detail::remote_job<typename call::result>(
        *workers_, call::request(std::forward<F>(f), std::forward<Args>(args)...)));
  }

  /// Queues f(x) for each x of the range.
  template <class F, std::ranges::input_range Range>
  auto map(F f, Range&& range) {
    using call = detail::process_call<F, std::ranges::range_value_t<Range>>;
    std::vector<concurrent_future<typename call::result>> futures;
    for (auto&& each : range) {
      futures.push_back(submit(f, std::ranges::range_value_t<Range>(each)));
    }
    return mapped_results<typename call::result>(std::move(futures));
  }

  /// Takes no more jobs; the workers end when all have been done. `wait`: blocks until then.
  /// `cancel_futures`: those that no worker has begun are cancelled. May be called again.
  void shutdown(bool wait = true, bool cancel_futures = false);

  /// shutdown(false, true), and ends the workers by SIGTERM: jobs that run fail with
  /// broken_process_pool.
  void terminate_workers();

  /// The same by SIGKILL, which no job can withstand.
  void kill_workers();

  [[nodiscard]] std::size_t max_workers() const noexcept;

  /// Python's default: as many as there are processors.
  [[nodiscard]] static std::size_t default_workers() noexcept;

private:
  void expect_job();

  template <class Job>
  auto enqueue(Job job) {
    expect_job();
    try {
      auto future = threads_->submit(std::move(job));
      future.add_done_callback([workers = workers_] { workers->job_ended(); });
      return future;
    } catch (...) {
      workers_->job_ended();
      throw;
    }
  }

  std::shared_ptr<detail::process_workers> workers_;
  std::optional<thread_pool_executor> threads_; // one for each worker, which waits for it
};

} // namespace asyncio
