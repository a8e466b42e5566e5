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

bool job_base::begin() noexcept {
  if (cancelled_by_ctrl_c_ && interrupts() != interrupts_before_) {
    cancel();
  }
  job_state expected = job_state::pending;
  return state_.compare_exchange_strong(expected, job_state::running);
}

void job_base::finish() noexcept {
  job_state how = job_state::finished;
  try {
    const interruptible_thread here(interrupts_before_);
    call();
  } catch (const interrupt_error&) {
    exception_ = std::current_exception();
    if (interrupts() != interrupts_before_) { // else it's the function's own
      exception_ = make_cancelled_error({});
      how = job_state::cancelled;
    }
  } catch (...) {
    exception_ = std::current_exception();
  }
  let_go();
  ended(how);
}

job_base::job_base(const char* what) : node(&on_queue_turn), done_([what] { return std::string(what); }) {}

void job_base::wait() {
  check_interrupt();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return done(); });
  lock.unlock();
  check_interrupt(); // it may have ended because of that
}

bool job_base::wait_until(clock::time_point deadline) {
  check_interrupt();
  std::unique_lock lock(mutex_);
  const bool in_time = done_.wait_until(lock, deadline, [&] { return done(); });
  lock.unlock();
  check_interrupt();
  return in_time;
}

void job_base::ended(job_state how) noexcept {
  const job_ref kept(this);
  job_hook* hook = nullptr;
  {
    const std::lock_guard lock(mutex_);
    state_.store(how, std::memory_order_release);
    hooks_told_ = true;
    hook = first_hook_;
    done_.notify_all();
  }
  while (hook != nullptr) {
    job_hook* const following = hook->next_hook;
    hook->job_done();
    hook = following;
  }
}

void job_base::add_hook(job_hook& hook) {
  {
    const std::lock_guard lock(mutex_);
    if (!hooks_told_) {
      *last_hook_ = &hook;
      last_hook_ = &hook.next_hook;
      return;
    }
  }
  hook.job_done();
}

} // namespace asyncio::detail
