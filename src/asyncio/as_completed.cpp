// CPython's as_completed: a queue of what is done, filled by a done-callback on each future. When
// the time is over, one empty place for each that is missing comes behind what is in it.

#include <asyncio/as_completed.hpp>

#include <asyncio/detail/scheduler.hpp>

#include <typeinfo>
#include <unordered_set>
#include <utility>

namespace asyncio::detail {

/// The callback on a future that is pending. It may come too late: when the time is over, or the
/// queue is gone.
class completions::entry final : public done_callback {
public:
  entry(completions& of, const future_ref& pending) noexcept
      : done_callback(*pending), of_(&of), pending_(pending) {
    of.pending_.push(place_);
  }
  ~entry() override { leave(); }
  entry(const entry&) = delete;
  entry& operator=(const entry&) = delete;

  [[nodiscard]] bool equals(const void*, const std::type_info&) const noexcept override { return false; }

  static entry& at(node& place) noexcept { return static_cast<place_node&>(place).of; }
  [[nodiscard]] future_base& pending() const noexcept { return *pending_; }

  void withdraw() noexcept {
    leave();
    if (!pending_->done()) { // else it has its turn still, and does nothing
      pending_->remove_waiter(*this);
      delete this;
    }
  }

private:
  void call() override {
    if (completions* const of = leave()) {
      of->completed(pending_);
    }
  }

  completions* leave() noexcept {
    if (of_ != nullptr) {
      of_->pending_.remove(place_);
    }
    return std::exchange(of_, nullptr);
  }

  // In the list of those that are pending; the base is in the future's.
  struct place_node : node {
    explicit place_node(entry& of_) noexcept : node(nullptr), of(of_) {}
    entry& of;
  };

  completions* of_;
  future_ref pending_;
  place_node place_{*this};
};

completions::~completions() {
  while (!pending_.empty()) {
    entry::at(*pending_.first()).withdraw();
  }
}

void completions::begin(const std::vector<future_ref>& futures) {
  std::unordered_set<const future_base*> told;
  for (const future_ref& each : futures) {
    if (told.insert(each.get()).second) {
      each->add_done_callback(*new entry(*this, each));
    }
  }
  left_ = told.size();
  done_.reserve(left_);
}

void completions::set_timeout(clock::duration timeout) {
  if (!pending_.empty()) {
    timer_ = loop_of(owner_).call_later(timeout, [self = completions_ref(this)] { self->time_out(); });
  }
}

void completions::completed(const future_ref& future) {
  const completions_ref kept(this); // the timer may hold the last reference
  done_.push_back(future);
  waiting_.wake_next();
  if (pending_.empty() && timer_) {
    timer_->cancel();
  }
}

void completions::time_out() {
  while (!pending_.empty()) {
    entry::at(*pending_.first()).withdraw();
    ++timeouts_;
    waiting_.wake_next();
  }
}

future_ref completions::take_next() {
  if (taken_ < done_.size()) {
    return std::move(done_[taken_++]);
  }
  --timeouts_;
  throw timeout_error("the time for as_completed() is over");
}

void completion_wait::resume() {
  const bool was_woken = woken();
  leave();
  try {
    check_cancelled();
  } catch (...) {
    if (was_woken && of_->has_next()) {
      of_->waiting_.wake_next();
    }
    throw;
  }
}

std::string completion_wait::waits_for() const {
  std::string text = "the first of";
  const char* separator = " ";
  for (node* each = of_->pending_.first(); each != nullptr; each = each->next) {
    text += separator + completions::entry::at(*each).pending().describe();
    separator = ", ";
  }
  return text;
}

} // namespace asyncio::detail
