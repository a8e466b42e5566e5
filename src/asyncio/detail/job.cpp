#include <asyncio/detail/job.hpp>

namespace asyncio::detail {

bool job_base::cancel() noexcept {
  job_state expected = job_state::pending;
  if (!state_.compare_exchange_strong(expected, job_state::running)) { // so that no thread takes it now
    return false;
  }
  exception_ = make_cancelled_error({});
  let_go();
  ended(job_state::cancelled);
  return true;
}

void job_base::run() noexcept {
  job_state expected = job_state::pending;
  if (!state_.compare_exchange_strong(expected, job_state::running)) {
    return;
  }
  try {
    call();
  } catch (...) {
    exception_ = std::current_exception();
  }
  let_go();
  ended(job_state::finished);
}

void job_base::wait() const noexcept {
  for (job_state now = state(); now < job_state::finished; now = state()) {
    state_.wait(now, std::memory_order_acquire);
  }
}

void job_base::ended(job_state how) noexcept {
  const job_ref kept(this);
  state_.store(how, std::memory_order_release);
  state_.notify_all();
  job_hook* hook = nullptr;
  {
    const std::lock_guard lock(hooks_mutex_);
    hooks_told_ = true;
    hook = first_hook_;
  }
  while (hook != nullptr) {
    job_hook* const following = hook->next_hook;
    hook->job_done();
    hook = following;
  }
}

void job_base::add_hook(job_hook& hook) {
  {
    const std::lock_guard lock(hooks_mutex_);
    if (!hooks_told_) {
      *last_hook_ = &hook;
      last_hook_ = &hook.next_hook;
      return;
    }
  }
  hook.job_done();
}

} // namespace asyncio::detail
