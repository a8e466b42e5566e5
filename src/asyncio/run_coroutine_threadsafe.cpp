#include <asyncio/run_coroutine_threadsafe.hpp>

#include <asyncio/detail/arrival.hpp>

namespace asyncio::detail {
namespace {

class cancel_link final : public awaited_job {
public:
  cancel_link(task_base& cancelled, job_ref job)
      : awaited_job(*cancelled.owner(), std::move(job)), task_(&cancelled) {}

private:
  void job_ended(job_base& job) override {
    if (job.state() == job_state::cancelled) {
      task_->cancel({});
    }
    finish(future_state::finished);
  }

  task_ref task_;
};

} // namespace

void cancel_with(job_base& job, task_base& task) {
  (new cancel_link(task, job_ref(&job)))->begin();
}

} // namespace asyncio::detail
