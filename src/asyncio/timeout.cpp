#include <asyncio/timeout.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/scheduler.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/loop.hpp>

#include <exception>

namespace asyncio {

timeout::timeout(time_limit delay) {
  const clock::time_point now = detail::scheduler_of(get_running_loop()).now();
  if (delay.duration()) {
    when_ = detail::later(now, *delay.duration());
  }
}

void timeout::enter() {
  if (state_ != timeout_state::created) {
    throw misuse_error("this timeout has served a block already: each block needs one of its own");
  }
  detail::task_base* const running =
      detail::running_scheduler != nullptr ? detail::running_scheduler->running_task : nullptr;
  if (running == nullptr) {
    throw misuse_error("a timeout was entered outside a task: there is nothing that it could cancel");
  }
  arm(*running->owner());
  task_ = running;
  cancelling_ = running->cancelling();
  state_ = timeout_state::active;
}

// True if its end is a timeout: the deadline has cancelled, and nobody else.
bool timeout::leave() noexcept {
  if (task_ == nullptr) {
    return false;
  }
  disarm();
  detail::task_base& task = *std::exchange(task_, nullptr);
  if (state_ == timeout_state::active) {
    state_ = timeout_state::finished;
    return false;
  }
  state_ = timeout_state::expired;
  return task.uncancel() <= cancelling_;
}

void timeout::reschedule(std::optional<clock::time_point> when) {
  switch (state_) {
  case timeout_state::created:
    throw misuse_error("a timeout cannot be rescheduled before its block begins");
  case timeout_state::expiring:
    throw misuse_error("a timeout cannot be rescheduled: its deadline has passed");
  case timeout_state::expired:
  case timeout_state::finished:
    throw misuse_error("a timeout cannot be rescheduled after its block");
  case timeout_state::active:
    break;
  }
  if (task_->owner() != detail::running_scheduler) {
    throw misuse_error("a timeout can only be rescheduled where its loop runs");
  }
  when_ = when;
  disarm();
  arm(*detail::running_scheduler);
}

// A deadline that has passed is a call_soon, the rest a call_at, as in CPython.
void timeout::arm(detail::scheduler& in) {
  if (!when_) {
    return;
  }
  if (*when_ <= in.now()) {
    in.ready(alarm_);
  } else {
    in.set_timer(alarm_, *when_);
  }
  armed_ = true;
}

void timeout::disarm() noexcept {
  if (!std::exchange(armed_, false)) {
    return;
  }
  if (alarm_.is_set()) {
    alarm_.cancel();
  } else {
    task_->owner()->withdraw(alarm_);
  }
}

void timeout::alarm::on_queue_turn(node& n, detail::turn t) {
  timeout& self = static_cast<alarm&>(n).of;
  self.armed_ = false;
  if (t == detail::turn::run) {
    self.task_->cancel({});
    self.state_ = timeout_state::expiring;
  }
}

namespace detail {

void timeout_block::cancelled() {
  if (of_.leave()) {
    throw_timeout_error();
  }
  throw;
}

void throw_timeout_error() {
  std::throw_with_nested(timeout_error("the deadline passed"));
}

} // namespace detail
} // namespace asyncio
