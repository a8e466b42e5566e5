#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/detail/awaited_at.hpp>
#include <asyncio/ensure_future.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/time_limit.hpp>
#include <asyncio/timeout.hpp>
#include <asyncio/wait.hpp>

#include <ranges>
#include <source_location>
#include <utility>

namespace asyncio {

/// Awaits a coroutine, task, future or operation, and cancels it when `limit` has passed;
/// gives what it gives.
///
/// A coroutine runs within the caller. At the deadline what is awaited is cancelled; when it
/// has ended, timeout_error is thrown, which holds its cancelled_error
/// (std::rethrow_if_nested). If it chose to go on, its value or its own error counts. With a
/// limit of zero or less: of what is done already the result, and everything else is
/// cancelled at once, a coroutine before any of it has run. std::nullopt waits for ever.
///
/// Cancelling the caller cancels what it awaits, and is never taken for a timeout. A future or
/// task that is to outlive the deadline goes through shield(). Mirrors asyncio.wait_for().
///
///     std::string answer = co_await asyncio::wait_for(ask(server), 10s);
template <detail::gatherable Awaitable>
awaitable<detail::value_of<Awaitable>>
wait_for(Awaitable what, time_limit limit, std::source_location where = std::source_location::current()) {
  if (limit.duration() && *limit.duration() <= clock::duration::zero()) {
    auto begun = detail::ensure_child(std::move(what));
    if (begun.done()) {
      co_return std::move(begun).result();
    }
    begun.cancel();
    co_await detail::awaited_at(where, wait(std::views::single(begun)));
    try {
      co_return std::move(begun).result();
    } catch (const cancelled_error&) {
      detail::throw_timeout_error();
    }
  }
  timeout deadline(limit);
  detail::timeout_block block(deadline);
  try {
    if constexpr (detail::operation<Awaitable>) {
      co_return co_await detail::awaited_at(where, what);
    } else if constexpr (detail::has_wait_operation<Awaitable>) {
      detail::wait_operation_of<Awaitable> waiting(std::move(what));
      co_return co_await detail::awaited_at(where, waiting);
    } else {
      co_return co_await std::move(what);
    }
  } catch (const cancelled_error&) {
    block.cancelled();
  }
}

} // namespace asyncio
