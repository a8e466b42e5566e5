#include <asyncio/detail/waiter.hpp>

namespace asyncio::detail {

waiters::~waiters() {
  for (node* each = line_.first(); each != nullptr; each = each->next) {
    waiter::owner_of(*each).line_ = nullptr;
  }
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

waiter* waiters::first_asleep() const noexcept {
  for (node* each = line_.first(); each != nullptr; each = each->next) {
    if (waiter::owner_of(*each).asleep()) {
      return &waiter::owner_of(*each);
    }
  }
  return nullptr;
}

bool waiters::wake_next() {
  waiter* const next = first_asleep();
  if (next != nullptr) {
    next->wake_up();
  }
  return next != nullptr;
}

void waiter::start() {
  state_ = state::asleep;
  line_->line_.push(entry_);
}

void waiter::leave() noexcept {
  if (state_ != state::outside && line_ != nullptr) {
    line_->line_.remove(entry_);
  }
  state_ = state::outside;
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
