#include <asyncio/detail/arrival.hpp>

#include <asyncio/detail/inbox.hpp>
#include <asyncio/detail/scheduler.hpp>

#include <memory>
#include <utility>

namespace asyncio::detail {

// Told by the job, left in the inbox, run by the loop: it belongs to whoever has it.
class awaited_job::arrival final : public job_hook, public node, public pooled {
public:
  arrival(awaited_job& target, std::shared_ptr<inbox> to)
      : node(&on_queue_turn), target_(target), inbox_(std::move(to)) {}

  void job_done() noexcept override {
    // Once it is left there, the loop's thread may be done with it already.
    const std::shared_ptr<inbox> to = inbox_;
    if (!to->leave(*this)) {
      delete this;
    }
  }

private:
  static void on_queue_turn(node& n, turn t) {
    const std::unique_ptr<arrival> self(static_cast<arrival*>(&n));
    if (t == turn::run) {
      self->target_.arrived();
    }
  }

  awaited_job& target_; // for the loop's thread only
  std::shared_ptr<inbox> inbox_;
};

awaited_job::awaited_job(scheduler& of, job_ref job) : future_base(of), job_(std::move(job)) {}

void awaited_job::begin() {
  scheduler& s = *owner();
  auto* const coming = new arrival(*this, s.get_inbox());
  under_way_ = true;
  retain();
  job_->add_hook(*coming);
}

bool awaited_job::cancel(const std::string& message) {
  if (!done()) {
    job_->cancel();
  }
  return future_base::cancel(message);
}

void awaited_job::arrived() noexcept {
  under_way_ = false;
  if (!done()) {
    job_ended(*job_);
  }
  release();
}

bool awaited_job::fail_like(const job_base& job) noexcept {
  if (job.state() == job_state::cancelled) {
    finish_cancelled(job.exception());
  } else if (job.exception()) {
    finish_with(job.exception());
  }
  return done();
}

void awaited_job::detach() noexcept {
  future_base::detach();
  if (std::exchange(under_way_, false)) {
    release(); // what arrives now finds the inbox closed
  }
}

} // namespace asyncio::detail
