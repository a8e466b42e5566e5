#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/detail/safe_temporary.hpp>
#include <asyncio/detail/timer_heap.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/time_limit.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {
class task_base;
class timeout_block;
} // namespace detail

/// How a timeout stands (Python: what its repr says).
enum class timeout_state {
  created,  ///< its block has not begun
  active,   ///< its block runs
  expiring, ///< the deadline has passed, and its block was cancelled, but has not ended yet
  expired,  ///< its block ended after that
  finished, ///< its block ended in time
};

/// A deadline for a block of code: what with_timeout() goes by, and gives to its body.
/// Mirrors asyncio.Timeout.
///
/// Have one of your own to ask afterwards whether it has expired; it serves one block.
/// Everything belongs to the loop's thread.
///
///     asyncio::timeout limit(10s);
///     try {
///       co_await asyncio::with_timeout(limit, fetch_all, urls);
///     } catch (const asyncio::timeout_error&) {
///     }
///     if (limit.expired()) { ... }
class timeout {
public:
  /// The deadline is that long from now, by the running loop's clock; misuse_error where none
  /// runs. Mirrors asyncio.timeout(delay).
  explicit timeout(time_limit delay);

  /// Mirrors asyncio.timeout_at(when).
  explicit timeout(std::optional<clock::time_point> when) noexcept : when_(when) {}

  /// Without a deadline: there may be one later, by reschedule().
  explicit timeout(std::nullopt_t) noexcept {}

  timeout(const timeout&) = delete;
  timeout& operator=(const timeout&) = delete;

  /// The deadline, if there is one.
  [[nodiscard]] std::optional<clock::time_point> when() const noexcept { return when_; }

  /// Moves the deadline, or removes it, while the block runs. One that has passed already
  /// cancels the block in the next pass. misuse_error if the block hasn't begun, if it has
  /// ended, or if it was cancelled already; and where another loop runs, or none.
  void reschedule(std::optional<clock::time_point> when);

  /// Whether the deadline has cancelled the block. It says so while the block still cleans
  /// up, and for good.
  [[nodiscard]] bool expired() const noexcept {
    return state_ == timeout_state::expiring || state_ == timeout_state::expired;
  }

  [[nodiscard]] timeout_state state() const noexcept { return state_; }

private:
  friend class detail::timeout_block;

  struct alarm : detail::timer_node {
    explicit alarm(timeout& of_) noexcept : timer_node(&on_queue_turn), of(of_) {}
    static void on_queue_turn(node& n, detail::turn t);
    timeout& of;
  };

  void enter();
  bool leave() noexcept;
  void arm(detail::scheduler& in);
  void disarm() noexcept;

  std::optional<clock::time_point> when_;
  alarm alarm_{*this};
  detail::task_base* task_ = nullptr;
  std::uint32_t cancelling_ = 0; // how many cancels were open when the block began
  timeout_state state_ = timeout_state::created;
  bool armed_ = false;
};

namespace detail {

/// The stretch of a coroutine for which a timeout is in force.
class timeout_block {
public:
  explicit timeout_block(timeout& of) : of_(of) { of_.enter(); }
  ~timeout_block() { of_.leave(); }
  timeout_block(const timeout_block&) = delete;
  timeout_block& operator=(const timeout_block&) = delete;

  /// For the handler of a cancelled_error: throws a timeout_error that holds it if nobody
  /// but the deadline has cancelled, and else the same again.
  [[noreturn]] void cancelled();

private:
  timeout& of_;
};

/// Of the error that is being handled.
[[noreturn]] void throw_timeout_error();

/// Whether the body wants to see its timeout is its own choice.
template <class F, class... Args>
auto call_with_timeout(timeout& limit, F& body, Args&... args) {
  if constexpr (std::invocable<F&, timeout&, Args...>) {
    return std::invoke(body, limit, std::move(args)...);
  } else {
    return std::invoke(body, std::move(args)...);
  }
}

template <class F, class... Args>
using result_with_timeout = typename decltype(call_with_timeout(std::declval<timeout&>(), std::declval<F&>(),
                                                                std::declval<Args&>()...))::value_type;

template <class F, class... Args>
concept timeout_body = (std::invocable<F&, timeout&, Args...> || std::invocable<F&, Args...>) &&
                       requires { typename result_with_timeout<F, Args...>; };

/// Given is what the timeout is made of, or a reference to one that there is.
template <class Given, class F, class... Args>
awaitable<result_with_timeout<F, Args...>> run_with_timeout(Given given, F body, Args... args) {
  std::conditional_t<std::is_reference_v<Given>, timeout&, timeout> limit(given);
  timeout_block block(limit);
  try {
    co_return co_await call_with_timeout(limit, body, args...);
  } catch (const cancelled_error&) {
    block.cancelled();
  }
}

template <class Given, class F, class... Args>
auto make_with_timeout(Given given, F&& body, Args&&... args) {
  ASYNCIO_ASSERT_SAFE_CALLABLE(F);
  ([] { ASYNCIO_ASSERT_SAFE_VALUE(Args); }(), ...);
  return run_with_timeout<Given, std::decay_t<F>, std::decay_t<Args>...>(given, std::forward<F>(body),
                                                                         std::forward<Args>(args)...);
}

} // namespace detail

/// Runs body(args...) within the caller, and cancels it when `delay` has passed; gives what it
/// gives. The time runs from when this is awaited. Without a limit (std::nullopt) there is no
/// deadline.
///
/// The body is a function that returns an awaitable; a first parameter `timeout&`, if it has
/// one, is the deadline, to look at or to move. At the deadline it gets a cancelled_error where
/// it is suspended. It may clean up, taking its time; if the cancelled_error comes out of
/// it, a timeout_error is thrown in its place, which holds it (std::rethrow_if_nested). Whatever
/// else comes out, a value or another error, counts. A deadline that has passed already
/// cancels the body when it first suspends.
///
/// A cancel of the task from elsewhere is never taken for the deadline's: cancelled_error
/// comes out then, even if both meet. So timeouts can be nested. Mirrors
/// `async with asyncio.timeout(delay)`.
///
///     int n = co_await asyncio::with_timeout(10s, [&](asyncio::timeout& t) -> asyncio::awaitable<int> {
///       std::string answer = co_await ask(server);
///       t.reschedule(asyncio::clock::now() + 20s); // it is worth waiting for the rest
///       co_return co_await parse(answer);
///     });
///     co_await asyncio::with_timeout(10s, fetch, url); // a function and its arguments
template <class F, class... Args>
  requires detail::timeout_body<std::decay_t<F>, std::decay_t<Args>...>
auto with_timeout(time_limit delay, F&& body, Args&&... args) {
  return detail::make_with_timeout<time_limit>(delay, std::forward<F>(body), std::forward<Args>(args)...);
}

/// The same with a timeout of the caller's, which has to outlive it. misuse_error if it has
/// served a block already.
template <class F, class... Args>
  requires detail::timeout_body<std::decay_t<F>, std::decay_t<Args>...>
auto with_timeout(timeout& limit, F&& body, Args&&... args) {
  return detail::make_with_timeout<timeout&>(limit, std::forward<F>(body), std::forward<Args>(args)...);
}

/// The same with the deadline at a time of the program's clock, or std::nullopt. Mirrors
/// `async with asyncio.timeout_at(when)`.
template <class F, class... Args>
  requires detail::timeout_body<std::decay_t<F>, std::decay_t<Args>...>
auto with_timeout_at(std::optional<clock::time_point> when, F&& body, Args&&... args) {
  return detail::make_with_timeout<std::optional<clock::time_point>>(when, std::forward<F>(body),
                                                                     std::forward<Args>(args)...);
}

} // namespace asyncio
