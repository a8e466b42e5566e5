#include <asyncio/detail/scheduler.hpp>

#include <asyncio/detail/clock_source.hpp>

#include <chrono>

namespace asyncio::detail {

constinit thread_local scheduler* running_scheduler = nullptr;

namespace {

// I/O is looked at when nothing is ready, and else once in so many steps: a system call
// for each pass would cost more than the pass.
constexpr int steps_between_polls = 256;

// With this many timers, deadlines are rounded up to the millisecond when the loop goes to
// sleep: it wakes at most a thousand times a second, however many sleepers there are.
constexpr std::size_t many_timers = 256;
constexpr clock::duration grain = std::chrono::milliseconds(1);

} // namespace

scheduler::scheduler()
    : stay_alive_(context_.get_executor()), wake_up_(context_), inbox_(std::make_shared<inbox>(context_)) {}

void scheduler::turn(bool wait) {
  inbox_->collect(ready_);
  move_due_timers();
  if (ready_.empty() && wait) {
    wait_for_something();
    inbox_->collect(ready_);
    move_due_timers();
  } else if (until_poll_ <= 0 || !wait) {
    poll();
    inbox_->collect(ready_);
    move_due_timers();
  }
  std::size_t ready_now = ready_.size();
  until_poll_ -= static_cast<int>(ready_now);
  for (; ready_now > 0; --ready_now) {
    node& next = ready_.pop();
    next.on_turn(next, detail::turn::run);
  }
}

void scheduler::poll() {
  until_poll_ = steps_between_polls;
  if (context_.stopped()) {
    context_.restart();
  }
  context_.poll();
  now();
}

void scheduler::wait_for_something() {
  if (clock_is_virtual()) {
    poll();
    if (!ready_.empty()) {
      return;
    }
    if (outside_ == 0 && !timers_.empty() && timers_.next_deadline() != clock::time_point::max()) {
      jump();
      return;
    }
  } else {
    arm();
  }
  if (context_.stopped()) {
    context_.restart();
  }
  context_.run_one();
  poll();
}

// In virtual time the instant of a jump has several moments: timers that were set at the
// same time fire in one pass; those set later fire when nothing is ready again. In real
// time they would be a hair later, because setting them took time.
void scheduler::jump() {
  const clock::time_point when = timers_.next_deadline();
  const clock::time_point set_at = timers_.next().set_at;
  advance_clock(when);
  now();
  do {
    ready_.push(timers_.pop());
  } while (!timers_.empty() && timers_.next_deadline() == when && timers_.next().set_at == set_at);
}

void scheduler::move_due_timers() {
  const bool jumps = clock_is_virtual();
  while (!timers_.empty() && timers_.next_deadline() <= now_ && (!jumps || timers_.next().set_at == now_)) {
    ready_.push(timers_.pop());
  }
}

void scheduler::arm() {
  clock::time_point deadline = timers_.empty() ? clock::time_point::max() : timers_.next_deadline();
  if (timers_.size() >= many_timers && deadline < clock::time_point::max() - grain) {
    deadline = std::chrono::ceil<std::chrono::milliseconds>(deadline);
  }
  if (deadline == armed_for_) {
    return;
  }
  armed_for_ = deadline;
  if (deadline == clock::time_point::max()) {
    wake_up_.cancel();
    return;
  }
  wake_up_.expires_at(due_on_steady_clock(deadline));
  wake_up_.async_wait([this](boost::system::error_code error) {
    if (!error) {
      armed_for_ = clock::time_point::max();
    }
  });
}

void scheduler::drop_all() noexcept {
  inbox_->close(ready_);
  while (!timers_.empty()) {
    ready_.push(timers_.pop());
  }
  while (!ready_.empty()) {
    node& next = ready_.pop();
    next.on_turn(next, detail::turn::drop);
  }
  wake_up_.cancel();
}

void scheduler::enlist(future_base& f) noexcept {
  f.previous_alive = last_alive_;
  (last_alive_ == nullptr ? first_alive_ : last_alive_->next_alive) = &f;
  last_alive_ = &f;
}

void scheduler::delist(future_base& f) noexcept {
  (f.previous_alive == nullptr ? first_alive_ : f.previous_alive->next_alive) = f.next_alive;
  (f.next_alive == nullptr ? last_alive_ : f.next_alive->previous_alive) = f.previous_alive;
}

} // namespace asyncio::detail
