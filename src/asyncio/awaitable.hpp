#pragma once

#include <asyncio/detail/asio_operation.hpp>
#include <asyncio/detail/awaited_at.hpp>
#include <asyncio/detail/executor.hpp>
#include <asyncio/detail/promise.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <source_location>
#include <utility>

namespace asyncio {

/// What a coroutine of this library returns (Python: `async def`). It is Boost.Asio's
/// awaitable on this library's executor, so co_spawn and everything of Asio's work with it.
///
///     asyncio::awaitable<int> answer() { co_return 42; }
///
/// Calling the function runs none of its body; `co_await answer()` runs it within the
/// caller, create_task(answer()) beside it. A coroutine keeps copies of its parameters, but
/// not of what a reference refers to, nor of a lambda's captures. It is awaited once: a named
/// one with `co_await std::move(name)`.
///
/// Inside, co_await takes: another awaitable, a future or task, what sleep() and the other
/// operations return, an operation of Boost.Asio made with `boost::asio::deferred` or
/// asyncio::use_awaitable, and a coroutine of plain Asio, whatever its executor. A cancel of
/// the task is thrown at the await, once, whatever the completion token; an operation of
/// Asio's is cancelled first and has ended by then. Awaiting a plain Asio coroutine passes
/// the cancel on to it and then takes what comes: its value, if it chose to go on.
///
/// Timers of Boost.Asio go by real time, whatever the program's clock does; sleep() and
/// loop::call_later() go by the program's.
template <class T = void>
using awaitable = boost::asio::awaitable<T, executor>;

/// The completion token that makes an operation of Boost.Asio an awaitable of this library.
///
///     std::size_t n = co_await socket.async_read_some(buffer, asyncio::use_awaitable);
inline constexpr boost::asio::use_awaitable_t<executor> use_awaitable{};

namespace detail {

/// A coroutine that only awaits something else which can be awaited, for whoever is at `where`.
template <class T, class OtherExecutor>
awaitable<T> as_coroutine(boost::asio::awaitable<T, OtherExecutor> foreign, std::source_location where = {}) {
  foreign_operation<T, OtherExecutor> what(std::move(foreign));
  co_return co_await awaited_at(where, what);
}

template <operation Operation>
auto as_coroutine(Operation what, std::source_location where = {}) -> awaitable<decltype(what.resume())> {
  co_return co_await awaited_at(where, what);
}

/// What can become a task but isn't a coroutine of ours.
template <class T>
concept other_awaitable = requires(T what) { as_coroutine(std::move(what)); };

} // namespace detail

} // namespace asyncio
