#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/future_base.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/safe_temporary.hpp>
#include <asyncio/detail/timer_heap.hpp>
#include <asyncio/future.hpp>
#include <asyncio/time_limit.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

namespace asyncio {

/// What a wait() waits for.
enum class return_when : std::uint8_t {
  first_completed, ///< until one is done
  first_exception, ///< until one has failed, being cancelled not counted, or all are done
  all_completed,   ///< until all are done
};
using enum return_when;

/// What came of a wait(): those that are done, however they ended, and those that are not,
/// both in the order in which they were given.
template <class Future>
struct wait_result {
  std::vector<Future> done;
  std::vector<Future> pending;
};

namespace detail {

/// A task's wait for several futures at once: it has a place in the list of each.
class waiting : public operation_base {
public:
  waiting(std::vector<future_ref> futures, return_when condition, time_limit limit);
  waiting(waiting&& other) noexcept
      : places_(std::move(other.places_)), condition_(other.condition_), limit_(other.limit_) {}
  ~waiting() override { leave(); }

  [[nodiscard]] bool ready() const;
  bool cancel(const std::string& message) override;
  [[nodiscard]] std::string waits_for() const override;

  /// In the list of a future: the task awaits it.
  static awaiter_kind as_awaiter() noexcept {
    return {&place::on_queue_turn,
            [](const node& n) -> const future_base* { return &static_cast<const place&>(n).of->task(); }};
  }

protected:
  struct place : node {
    explicit place(future_ref future_) noexcept : node(&on_queue_turn), future(std::move(future_)) {}
    place(place&& other) noexcept : place(std::move(other.future)) {}
    static void on_queue_turn(node& n, turn t);

    future_ref future;
    waiting* of = nullptr;
    bool taken = false; // in the future's list, or in the loop's queue
  };

  /// First in resume(): throws if the wait was cancelled.
  void end();
  [[nodiscard]] const std::vector<place>& places() const noexcept { return places_; }

private:
  struct alarm : timer_node {
    explicit alarm(waiting& of_) noexcept : timer_node(&on_queue_turn), of(of_) {}
    static void on_queue_turn(node& n, turn t);
    waiting& of;
  };

  void start() override;
  void child_done(future_base& child);
  bool settle() noexcept;
  void leave() noexcept;

  std::vector<place> places_;
  return_when condition_;
  std::optional<clock::duration> limit_;
  alarm alarm_{*this};
  std::size_t left_ = 0;
  bool over_ = false;
};

} // namespace detail

/// A wait() that can be awaited once, or given to create_task() or gather().
template <class Future>
class [[nodiscard]] wait_operation final : public detail::waiting {
public:
  using waiting::waiting;

  wait_result<Future> resume() {
    end();
    wait_result<Future> result;
    for (const place& each : places()) {
      (each.future->done() ? result.done : result.pending)
          .push_back(detail::future_access::make<Future>(*each.future));
    }
    return result;
  }
};

/// Waits until futures or tasks are done, all of them, or as `condition` says, or until
/// `limit` has passed; gives those that are done by then, and those that are not.
///
/// It takes any range of handles, any_future where their types differ; the same one twice
/// counts once. It throws nothing that they failed with (exception() and result() of each
/// tell), no timeout_error, and cancels none of them. Cancelling the caller throws
/// cancelled_error here, and leaves them running. Coroutines go through create_task() first.
/// invalid_argument_error for an empty range or an unknown condition, misuse_error for a future
/// of another loop. Mirrors asyncio.wait(). g++ 12 wants a list of handles to have a name:
///
///     std::vector all{asyncio::create_task(fetch(1)), asyncio::create_task(fetch(2))};
///     auto [done, pending] = co_await asyncio::wait(all, asyncio::first_completed, 10s);
template <std::ranges::input_range Futures>
  requires std::derived_from<std::ranges::range_value_t<Futures>, any_future>
wait_operation<std::ranges::range_value_t<Futures>>
wait(Futures&& futures, return_when condition = all_completed, time_limit limit = std::nullopt) {
  ASYNCIO_ASSERT_SAFE_VALUE(Futures);
  std::vector<detail::future_ref> states;
  for (const any_future& each : futures) {
    states.push_back(detail::future_access::state(each));
  }
  return {std::move(states), condition, limit};
}

/// Until all are done, or `limit` has passed.
template <std::ranges::input_range Futures>
  requires std::derived_from<std::ranges::range_value_t<Futures>, any_future>
wait_operation<std::ranges::range_value_t<Futures>> wait(Futures&& futures, time_limit limit) {
  return wait(std::forward<Futures>(futures), all_completed, limit);
}

} // namespace asyncio
