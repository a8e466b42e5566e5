#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/detail/future_base.hpp>
#include <asyncio/detail/intrusive_ref.hpp>
#include <asyncio/detail/node.hpp>
#include <asyncio/detail/waiter.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

/// The futures given to as_completed: those that are pending, and a queue of those that are done.
class completions : public pooled {
public:
  explicit completions(scheduler& owner) noexcept : owner_(owner) {}
  completions(const completions&) = delete;
  completions& operator=(const completions&) = delete;

  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0) {
      delete this;
    }
  }

  void begin(const std::vector<future_ref>& futures);

  /// Only so long from now on; then timeout_error for each that is missing.
  void set_timeout(clock::duration timeout);

  /// How many nobody has asked for yet.
  [[nodiscard]] std::size_t left() const noexcept { return left_; }
  void ask() noexcept { --left_; }

  [[nodiscard]] bool has_next() const noexcept { return taken_ < done_.size() || timeouts_ > 0; }

  /// The next in the queue, or throws its timeout_error.
  [[nodiscard]] future_ref take_next();

private:
  class entry;
  friend class completion_wait;

  ~completions();
  void completed(const future_ref& future);
  void time_out();

  wait_list pending_;
  std::vector<future_ref> done_; // in order of their ends
  waiters waiting_;
  std::optional<handle> timer_;
  scheduler& owner_;
  std::size_t left_ = 0;
  std::size_t taken_ = 0;    // how many of those that are done
  std::size_t timeouts_ = 0; // how many will ask in vain
  std::uint32_t references_ = 0;
};

using completions_ref = intrusive_ref<completions>;

/// A task's wait for the next. Who was woken may find that another has taken it meanwhile.
class completion_wait final : public waiter {
public:
  explicit completion_wait(completions& of) noexcept : waiter(of.waiting_), of_(&of) {}

  [[nodiscard]] bool ready() const noexcept { return of_->has_next(); }
  void resume();
  [[nodiscard]] std::string waits_for() const override;

private:
  completions* of_;
};

} // namespace detail

/// What as_completed() gives: true while there is something to get. Copies share what is left.
template <class Future>
class as_completed_iterator {
public:
  using value_type = typename Future::value_type;

  explicit as_completed_iterator(detail::completions_ref state) noexcept : state_(std::move(state)) {}

  /// Whether any is left that nobody has asked for.
  explicit operator bool() const noexcept { return state_ && state_->left() > 0; }

  /// The result of the next that is done: waits for it, and throws what it failed with, or
  /// timeout_error. Of several that wait the first to begin gets the first result. Cancelling
  /// ends the wait alone. misuse_error if none is left.
  [[nodiscard]] awaitable<value_type> get() { return result_of(get_task()); }

  /// The same, but gives the task or future itself, done: the one that was given to
  /// as_completed(), or the task that a coroutine became. Python's `async for`.
  [[nodiscard]] awaitable<Future> get_task() {
    if (!*this) {
      throw misuse_error("as_completed() has nothing left to give: test it before each get()");
    }
    state_->ask();
    return next_of(state_);
  }

private:
  static awaitable<Future> next_of(detail::completions_ref state) {
    while (!state->has_next()) {
      co_await detail::completion_wait(*state);
    }
    co_return detail::future_access::make<Future>(*state->take_next());
  }

  static awaitable<value_type> result_of(awaitable<Future> next) {
    Future done = co_await std::move(next);
    co_return std::move(done).result();
  }

  detail::completions_ref state_;
};

namespace detail {

template <class Awaitable>
completions_ref begin_as_completed(std::vector<Awaitable>&& awaitables) {
  std::vector<future_ref> futures;
  futures.reserve(awaitables.size());
  for (Awaitable& each : awaitables) {
    futures.push_back(future_access::state(ensure_child(std::move(each))));
  }
  completions_ref begun(new completions(owner_of_children(futures, "as_completed")));
  begun->begin(futures);
  return begun;
}

} // namespace detail

/// Runs coroutines, futures and tasks beside each other, and gives their results as they come:
/// the first that is done first.
///
/// Coroutines become tasks at once. A handle that is given twice counts once. Nothing is
/// cancelled: what nobody gets goes on. misuse_error outside a running loop,
/// invalid_argument_error for futures of two loops. Mirrors asyncio.as_completed().
///
///     auto next = asyncio::as_completed(std::move(downloads));
///     while (next) {
///       std::string page = co_await next.get();
///       show(page);
///     }
template <detail::gatherable Awaitable>
auto as_completed(std::vector<Awaitable> awaitables) {
  return as_completed_iterator<detail::future_of<Awaitable>>(
      detail::begin_as_completed(std::move(awaitables)));
}

/// The same, for so long from now: after that each get() that finds nothing throws timeout_error.
template <detail::gatherable Awaitable, class Rep, class Period>
auto as_completed(std::vector<Awaitable> awaitables, std::chrono::duration<Rep, Period> timeout) {
  const clock::duration time = detail::to_clock_duration(timeout);
  const detail::completions_ref state = detail::begin_as_completed(std::move(awaitables));
  state->set_timeout(time);
  return as_completed_iterator<detail::future_of<Awaitable>>(state);
}

} // namespace asyncio
