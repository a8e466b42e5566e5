#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/safe_temporary.hpp>
#include <asyncio/detail/timer_heap.hpp>
#include <asyncio/errors.hpp>

#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

/// Any duration in the clock's, held at the ends of its range; refuses not-a-number.
template <class Rep, class Period>
clock::duration to_clock_duration(std::chrono::duration<Rep, Period> given) {
  using exact = std::chrono::duration<long double, clock::period>;
  if constexpr (std::is_floating_point_v<Rep>) {
    if (std::isnan(given.count())) {
      throw invalid_argument_error("a duration must be a number, and this one is not");
    }
  }
  const auto wide = std::chrono::duration_cast<exact>(given);
  if (wide >= exact(clock::duration::max())) {
    return clock::duration::max();
  }
  if (wide <= exact(clock::duration::min())) {
    return clock::duration::min();
  }
  return std::chrono::ceil<clock::duration>(given); // never shorter than asked for
}

/// The waiting part of a sleep; a node of the timer heap.
class sleeper : public operation_base {
public:
  explicit sleeper(clock::duration duration) noexcept : duration_(duration) {}
  sleeper(sleeper&& other) noexcept : duration_(other.duration_) {}
  ~sleeper() override;

  [[nodiscard]] bool ready() const noexcept { return false; }
  bool cancel(const std::string& message) override;
  [[nodiscard]] std::string waits_for() const override { return "a sleep"; }

private:
  void start() override;

  struct alarm : timer_node {
    explicit alarm(sleeper& of_) noexcept : timer_node(&on_queue_turn), of(of_) {}
    static void on_queue_turn(node& n, turn t);
    sleeper& of;
  };

  clock::duration duration_;
  alarm alarm_{*this};
  bool over_ = false;
};

} // namespace detail

/// A sleep that can be awaited once, or given to create_task() or gather().
class [[nodiscard]] sleep_operation final : public detail::sleeper {
public:
  using sleeper::sleeper;
  void resume() { check_cancelled(); }

  operator awaitable<void>() && { // NOLINT(google-explicit-constructor): it is an awaitable
    return detail::as_coroutine(std::move(*this));
  }
};

/// Suspends the calling coroutine for at least `duration`; others run meanwhile.
///
/// Zero or less still gives everything that is ready its turn. The loop resumes it, in the
/// order of deadlines, and for equal ones in the order of the calls. Cancelling ends it at
/// once with cancelled_error. A duration that is not a number throws invalid_argument_error.
/// Mirrors asyncio.sleep().
///
///     co_await asyncio::sleep(250ms);
template <class Rep, class Period>
sleep_operation sleep(std::chrono::duration<Rep, Period> duration) {
  return sleep_operation(detail::to_clock_duration(duration));
}

/// A sleep that gives a value.
template <class T>
class [[nodiscard]] value_sleep_operation final : public detail::sleeper {
public:
  value_sleep_operation(clock::duration duration, T value) : sleeper(duration), value_(std::move(value)) {}

  T resume() {
    check_cancelled();
    return std::move(value_);
  }

  operator awaitable<T>() && { // NOLINT(google-explicit-constructor): it is an awaitable
    return detail::as_coroutine(std::move(*this));
  }

private:
  T value_;
};

/// Sleeps, and gives `result`: a stand-in for work that takes its time.
///
///     int n = co_await asyncio::sleep(1s, 42);
template <class Rep, class Period, class T>
value_sleep_operation<std::decay_t<T>> sleep(std::chrono::duration<Rep, Period> duration, T&& result) {
  ASYNCIO_ASSERT_SAFE_VALUE(T);
  return value_sleep_operation<std::decay_t<T>>(detail::to_clock_duration(duration), std::forward<T>(result));
}

} // namespace asyncio
