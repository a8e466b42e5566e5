// As in CPython, all is a condition: who has to wait waits for the state to change, and goes
// on when it has the lock. So those who leave do it one after the other.

#include <asyncio/barrier.hpp>

#include <asyncio/detail/awaited_at.hpp>
#include <asyncio/errors.hpp>

#include <ostream>
#include <utility>

namespace asyncio {

/// One who counts, in its frame.
class barrier::party : public detail::node {
public:
  explicit party(barrier& of) noexcept : node(nullptr), of_(&of) {
    of_->present_.push(*this);
    ++of_->count_;
  }
  ~party() {
    if (of_ != nullptr) {
      of_->present_.remove(*this);
      --of_->count_;
      of_->left();
    }
  }

  int index = 0;

private:
  friend class barrier;
  barrier* of_;
};

barrier::barrier(int parties, std::string name) : changed_("barrier", std::move(name)), parties_(parties) {
  if (parties < 1) {
    throw invalid_argument_error("a barrier for " + std::to_string(parties) +
                                 " parties: it needs one at least");
  }
}

barrier::~barrier() {
  while (!present_.empty()) {
    static_cast<party&>(present_.pop()).of_ = nullptr;
  }
}

awaitable<int> barrier::wait(std::source_location where) {
  const auto held = co_await detail::awaited_at(where, changed_.hold());
  while (state_ == barrier_state::draining || state_ == barrier_state::resetting) {
    co_await changed_.wait(where);
  }
  if (state_ == barrier_state::broken) {
    throw broken_barrier_error("the barrier was aborted");
  }
  const party self(*this);
  if (count_ == parties_) {
    begin_draining();
  }
  while (state_ == barrier_state::filling) {
    co_await changed_.wait(where);
  }
  if (state_ != barrier_state::draining) {
    throw broken_barrier_error(broken() ? "the barrier was aborted" : "the barrier was reset");
  }
  co_return self.index;
}

awaitable<void> barrier::reset(std::source_location where) {
  const auto held = co_await detail::awaited_at(where, changed_.hold());
  state_ = count_ > 0 ? barrier_state::resetting : barrier_state::filling;
  changed_.notify_all();
}

awaitable<void> barrier::abort(std::source_location where) {
  const auto held = co_await detail::awaited_at(where, changed_.hold());
  state_ = barrier_state::broken;
  changed_.notify_all();
}

// The indexes are given only now: whoever was cancelled meanwhile leaves no gap, and nobody
// has another's.
void barrier::begin_draining() {
  int index = 0;
  for (detail::node* each = present_.first(); each != nullptr; each = each->next) {
    static_cast<party&>(*each).index = index++;
  }
  state_ = barrier_state::draining;
  changed_.notify_all();
}

void barrier::left() {
  if (count_ == 0) {
    if (state_ == barrier_state::draining || state_ == barrier_state::resetting) {
      state_ = barrier_state::filling;
    }
    changed_.waiters_.wake_all(); // with the lock held, unless the loop goes away
  }
}

std::ostream& operator<<(std::ostream& out, barrier_state state) {
  switch (state) {
  case barrier_state::filling:
    return out << "filling";
  case barrier_state::draining:
    return out << "draining";
  case barrier_state::resetting:
    return out << "resetting";
  case barrier_state::broken:
    return out << "broken";
  }
  return out;
}

} // namespace asyncio
