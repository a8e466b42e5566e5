#include <asyncio/detail/waiter.hpp>

#include <asyncio/detail/scheduler.hpp>
#include <asyncio/errors.hpp>

namespace asyncio::detail {

waiters::~waiters() {
  for (node* each = line_.first(); each != nullptr; each = each->next) {
    waiter::owner_of(*each).line_ = nullptr;
  }
}

void waiters::bind_to_running_loop() {
  const std::uint64_t running = running_scheduler->id();
  if (loop_ != 0 && loop_ != running) {
    throw misuse_error(
        "a task of one loop would wait for what tasks of another loop have waited for: what tasks "
        "use to wait for each other serves one loop");
  }
  loop_ = running;
}

bool waiters::any_left() const noexcept {
  for (node* each = line_.first(); each != nullptr; each = each->next) {
    if (waiter::owner_of(*each).state_ != waiter::state::cancelled) {
      return true;
    }
  }
  return false;
}

waiter* waiters::first() const noexcept {
  return line_.empty() ? nullptr : &waiter::owner_of(*line_.first());
}

waiter* waiters::first_asleep() noexcept {
  while (first_asleep_ != nullptr && !waiter::owner_of(*first_asleep_).asleep()) {
    first_asleep_ = first_asleep_->next;
  }
  return first_asleep_ == nullptr ? nullptr : &waiter::owner_of(*first_asleep_);
}

bool waiters::wake_next() {
  waiter* const next = first_asleep();
  if (next != nullptr) {
    next->wake_up();
  }
  return next != nullptr;
}

void waiters::wake(std::size_t count) {
  while (count > 0 && wake_next()) {
    --count;
  }
}

void waiters::push(node& place) noexcept {
  line_.push(place);
  if (first_asleep_ == nullptr) {
    first_asleep_ = &place;
  }
}

void waiters::remove(node& place) noexcept {
  if (first_asleep_ == &place) {
    first_asleep_ = place.next;
  }
  line_.remove(place);
}

void waiter::start() {
  state_ = state::asleep;
  in_line_ = true;
  line_->push(entry_);
}

void waiter::leave() noexcept {
  if (in_line()) {
    line_->remove(entry_);
  }
  in_line_ = false;
}

void waiter::check_not_abandoned() const {
  if (abandoned()) {
    throw misuse_error("what this task waited for was destroyed before the task resumed");
  }
}

void waiter::wake_up() {
  state_ = state::woken;
  wake();
}

bool waiter::cancel(const std::string&) {
  if (!asleep()) {
    return false; // it resumes anyway, and the cancel is thrown then
  }
  state_ = state::cancelled;
  wake_cancelled();
  return true;
}

} // namespace asyncio::detail
