#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/clock_scope.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_options.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>

namespace asyncio {

/// The first seed under which something failed.
struct failing_seed {
  failing_seed(std::uint64_t seed_, std::exception_ptr error_) : seed(seed_), error(std::move(error_)) {}

  std::uint64_t seed;
  std::exception_ptr error;

  /// `seed 37: std::runtime_error: an update was lost (run_options().virtual_time().seed(37) replays it)`
  [[nodiscard]] std::string message() const;
};

namespace detail {

[[noreturn]] void throw_returned_false();
void check_no_loop_runs();

} // namespace detail

/// For tests: runs a program under seed after seed, from `first`, in virtual time, and gives
/// the first under which it fails; nothing if it holds under all of them.
///
/// `body` is called once for each seed and returns a coroutine, or does its work itself, with
/// threads. It fails if it throws, or if it gives false. What fails under a seed fails under
/// it again: run it alone, or with run_options().seed(n), and step through it. misuse_error
/// inside a running loop.
///
///     auto failure = asyncio::explore([] { return two_clients_update(); }, 1000);
///     BOOST_TEST(!failure, (failure ? failure->message() : ""));
template <std::invocable Body>
std::optional<failing_seed> explore(Body body, std::uint64_t seeds, std::uint64_t first = 1) {
  using result = std::invoke_result_t<Body&>;
  detail::check_no_loop_runs();
  for (std::uint64_t seed = first; seed - first < seeds; ++seed) {
    const run_options options = run_options().virtual_time().seed(seed);
    try {
      bool held = true;
      if constexpr (std::same_as<result, awaitable<void>>) {
        run(body(), options);
      } else if constexpr (std::same_as<result, awaitable<bool>>) {
        held = run(body(), options);
      } else {
        const detail::clock_scope scope(options.clock_wanted());
        if constexpr (std::same_as<result, bool>) {
          held = body();
        } else {
          static_assert(std::is_void_v<result>,
                        "the body gives a coroutine of bool or nothing, bool, or nothing");
          body();
        }
      }
      if (!held) {
        detail::throw_returned_false();
      }
    } catch (...) {
      return failing_seed(seed, std::current_exception());
    }
  }
  return std::nullopt;
}

} // namespace asyncio
