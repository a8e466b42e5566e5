#pragma once

#include <asyncio/detail/future_base.hpp>
#include <asyncio/detail/job.hpp>

#include <string>

namespace asyncio::detail {

/// A future of a loop that is done when a job on another thread is.
///
/// The thread that ends the job leaves an arrival in the loop's inbox, and touches nothing
/// else of the loop: by then the loop, and this future with it, may be gone.
class awaited_job : public future_base {
public:
  awaited_job(scheduler& of, job_ref job);

  /// From here until the arrival, the loop holds it.
  void begin();

  /// Cancels the job too, if no thread has begun it.
  bool cancel(const std::string& message) override;

  void detach() noexcept override;

protected:
  /// Ends this one as the job ended, if that left no value; else false.
  bool fail_like(const job_base& job) noexcept;

private:
  class arrival;

  /// The job is over, and this one is not: it has to end.
  virtual void job_ended(job_base& job) = 0;
  void arrived() noexcept;

  job_ref job_;
  bool under_way_ = false;
};

} // namespace asyncio::detail
