#pragma once

#include <asyncio/concurrent_future.hpp>
#include <asyncio/detail/job.hpp>

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

/// invalid_argument_error for a number of workers that no executor can have.
void check_number_of_workers(std::size_t max_workers, const char* of);

} // namespace detail

/// The results of thread_pool_executor::map, in the order of what was given. Going through
/// them blocks until the next one is there; one that failed throws when it is reached.
template <class T>
class mapped_results {
public:
  explicit mapped_results(std::vector<concurrent_future<T>> futures) : futures_(std::move(futures)) {}

  class iterator {
  public:
    using value_type = std::remove_cvref_t<T>;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    decltype(auto) operator*() const { return at_->result(); }
    iterator& operator++() {
      ++at_;
      return *this;
    }
    void operator++(int) { ++at_; }
    friend bool operator==(const iterator&, const iterator&) = default;

  private:
    friend class mapped_results;
    using position = typename std::vector<concurrent_future<T>>::const_iterator;
    explicit iterator(position at) noexcept : at_(at) {}
    position at_;
  };

  [[nodiscard]] iterator begin() const { return iterator(futures_.begin()); }
  [[nodiscard]] iterator end() const { return iterator(futures_.end()); }

private:
  std::vector<concurrent_future<T>> futures_;
};

/// Threads that do blocking jobs, each a boost::asio::thread_pool (Python:
/// concurrent.futures.ThreadPoolExecutor).
///
/// Jobs start in the order of submission, at most max_workers at once. A worker's thread is
/// started when a job finds nobody idle; they are named `prefix_0`, `prefix_1`, ..., by
/// default ThreadPoolExecutor-0_0. Any thread may submit. The destructor waits for all jobs,
/// as leaving Python's `with` block does. Ctrl-C cancels the jobs that no worker has begun, and ends what
/// blocks the others with interrupt_error: see interrupt_scope.
///
///     asyncio::thread_pool_executor pool(4);
///     int n = co_await asyncio::run_in_executor(pool, count_words, path);
class thread_pool_executor {
public:
  /// invalid_argument_error for no workers, and for more than 2^31 - 1.
  explicit thread_pool_executor(std::size_t max_workers = default_workers(),
                                std::string thread_name_prefix = {});
  ~thread_pool_executor();
  thread_pool_executor(const thread_pool_executor&) = delete;
  thread_pool_executor& operator=(const thread_pool_executor&) = delete;

  /// Queues f(args...), which are copied or moved in; misuse_error after shutdown(). If no thread can
  /// be started the job waits for one that there is; std::system_error if there is none. What it
  /// throws is in the result: if nobody asks for that, nobody hears of it, as in Python.
  template <class F, class... Args>
  auto submit(F&& f, Args&&... args) {
    using job = detail::job<std::decay_t<F>, std::decay_t<Args>...>;
    detail::job_ref queued(new job(std::forward<F>(f), std::forward<Args>(args)...));
    enqueue(queued);
    return detail::concurrent_access::make<typename job::result>(std::move(queued));
  }

  /// Queues f(x) for each x of the range.
  template <class F, std::ranges::input_range Range>
  auto map(F f, Range&& range) {
    using result = std::decay_t<std::invoke_result_t<F&, std::ranges::range_value_t<Range>>>;
    std::vector<concurrent_future<result>> futures;
    for (auto&& each : range) {
      futures.push_back(submit(f, std::ranges::range_value_t<Range>(each)));
    }
    return mapped_results<result>(std::move(futures));
  }

  /// Takes no more jobs. `wait`: blocks until all have been done, interrupt_error after Ctrl-C.
  /// `cancel_futures`: those that no worker has begun are cancelled. May be called again.
  void shutdown(bool wait = true, bool cancel_futures = false);

  [[nodiscard]] std::size_t max_workers() const noexcept;

  /// Python's default: four more than there are processors, 32 at most.
  [[nodiscard]] static std::size_t default_workers() noexcept;

private:
  void enqueue(const detail::job_ref& queued);

  class workers;
  std::unique_ptr<workers> workers_;
};

} // namespace asyncio
