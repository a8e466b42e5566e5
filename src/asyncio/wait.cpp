// CPython's wait: a callback on each future counts, and the one that sees that it is enough
// completes a future that the task waits for. So it takes two passes from the end of the last
// child to the task's turn, and what ends meanwhile counts as done, too.

#include <asyncio/wait.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/scheduler.hpp>
#include <asyncio/errors.hpp>

#include <algorithm>
#include <cstddef>

namespace asyncio::detail {

namespace {

void drop_repeated(std::vector<future_ref>& futures) {
  std::vector<std::pair<const future_base*, std::size_t>> sorted;
  sorted.reserve(futures.size());
  for (const future_ref& each : futures) {
    sorted.emplace_back(each.get(), sorted.size());
  }
  std::ranges::sort(sorted);
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].first == sorted[i - 1].first) {
      futures[sorted[i].second] = nullptr;
    }
  }
  std::erase_if(futures, [](const future_ref& each) { return !each; });
}

} // namespace

waiting::waiting(std::vector<future_ref> futures, return_when condition, time_limit limit)
    : condition_(condition), limit_(limit.duration()) {
  if (futures.empty()) {
    throw invalid_argument_error("wait was given nothing to wait for");
  }
  if (condition > all_completed) {
    throw invalid_argument_error(
        "wait was given an unknown condition: first_completed, first_exception or all_completed");
  }
  if (!std::ranges::all_of(futures, &future_ref::operator bool)) {
    throw misuse_error("an empty handle was given to wait: it belongs to no future");
  }
  drop_repeated(futures);
  places_.reserve(futures.size());
  for (future_ref& each : futures) {
    places_.emplace_back(std::move(each));
  }
}

bool waiting::ready() const {
  for (const place& each : places_) {
    if (!each.future->done() && each.future->owner() != running_scheduler) {
      throw misuse_error("a future given to wait belongs to another loop than the task that waits");
    }
  }
  return false;
}

void waiting::start() {
  scheduler& s = get_scheduler();
  if (limit_) {
    s.set_timer(alarm_, later(s.now(), *limit_));
  }
  left_ = places_.size();
  for (place& each : places_) {
    each.of = this;
    each.taken = true;
    if (each.future->done()) {
      s.ready(each);
    } else {
      each.future->add_waiter(each);
    }
  }
}

void waiting::place::on_queue_turn(node& n, turn t) {
  auto& self = static_cast<place&>(n);
  self.taken = false;
  if (t == turn::run) {
    self.of->child_done(*self.future);
  }
}

void waiting::child_done(future_base& child) {
  --left_;
  const bool enough = left_ == 0 || condition_ == first_completed ||
                      (condition_ == first_exception && !child.cancelled() && child.exception() != nullptr);
  if (enough && settle()) {
    wake();
  }
}

void waiting::alarm::on_queue_turn(node& n, turn t) {
  waiting& self = static_cast<alarm&>(n).of;
  if (t == turn::run && self.settle()) {
    self.wake();
  }
}

bool waiting::cancel(const std::string&) {
  if (!settle()) {
    return false;
  }
  wake_cancelled();
  return true;
}

// True for the first who ends the wait. The task resumes in a later pass than this one: by
// then an alarm that is in the loop's queue already has had its turn.
bool waiting::settle() noexcept {
  if (std::exchange(over_, true)) {
    return false;
  }
  if (alarm_.is_set()) {
    alarm_.cancel();
  }
  return true;
}

void waiting::end() {
  leave();
  check_cancelled();
}

void waiting::leave() noexcept {
  if (alarm_.is_set()) { // its frame is destroyed while it waits
    alarm_.cancel();
  }
  for (place& each : places_) {
    if (!std::exchange(each.taken, false)) {
      continue;
    }
    if (each.future->done()) {
      get_scheduler().withdraw(each);
    } else {
      each.future->remove_waiter(each);
    }
  }
}

std::string waiting::waits_for() const {
  std::string text = condition_ == first_completed ? "one of" : "all of";
  const char* separator = " ";
  for (const place& each : places_) {
    if (!each.future->done()) {
      text += separator + each.future->describe();
      separator = ", ";
    }
  }
  return text;
}

} // namespace asyncio::detail
