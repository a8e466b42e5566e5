#include <asyncio/process_pool_executor.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/serve_if_worker.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

namespace asyncio {
namespace {

std::string thread_name_prefix() {
  static std::atomic<int> pools{0};
  return "ProcessPoolExecutor-" + std::to_string(pools++);
}

std::size_t checked(std::size_t max_workers) {
  detail::check_number_of_workers(max_workers, "process_pool_executor");
  return max_workers;
}

} // namespace

process_pool_executor::process_pool_executor(std::size_t max_workers)
    : workers_(std::make_shared<detail::process_workers>()),
      threads_(std::in_place, checked(max_workers), thread_name_prefix()) {}

process_pool_executor::~process_pool_executor() {
  workers_->close();
  threads_.reset();
  workers_->end_idle_ones();
}

void process_pool_executor::expect_job() {
  if (detail::is_worker_astray()) {
    throw misuse_error(
        "this process is a worker of a process_pool_executor, and its main() came to one of its "
        "own: call asyncio::serve_if_worker() at the top of main(), or run the program by "
        "asyncio::run_main()");
  }
  workers_->expect_job();
}

void process_pool_executor::shutdown(bool wait, bool cancel_futures) {
  workers_->close();
  threads_->shutdown(wait, cancel_futures);
  if (wait) {
    workers_->end_idle_ones();
  }
}

void process_pool_executor::terminate_workers() {
  shutdown(false, true);
  workers_->end_all_by(SIGTERM);
}

void process_pool_executor::kill_workers() {
  shutdown(false, true);
  workers_->end_all_by(SIGKILL);
}

std::size_t process_pool_executor::max_workers() const noexcept {
  return threads_->max_workers();
}

std::size_t process_pool_executor::default_workers() noexcept {
  return std::max(1U, std::thread::hardware_concurrency());
}

} // namespace asyncio
