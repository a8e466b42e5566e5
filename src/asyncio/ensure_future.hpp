#pragma once

#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/task.hpp>

#include <concepts>
#include <source_location>
#include <utility>

namespace asyncio {

/// A future or task as it is; anything else that can be awaited as a new task of the running
/// loop. Mirrors asyncio.ensure_future().
template <std::derived_from<any_future> Future>
Future ensure_future(Future already) {
  return already;
}

template <class Awaitable>
  requires(!std::derived_from<Awaitable, any_future>)
auto ensure_future(Awaitable coroutine, std::source_location where = std::source_location::current())
    -> decltype(create_task(std::move(coroutine))) {
  return create_task(std::move(coroutine), {}, where);
}

/// The same as a task of that loop; invalid_argument_error for a future or task of another.
template <std::derived_from<any_future> Future>
Future ensure_future(Future already, loop& of) {
  if (&already.get_loop() != &of) {
    throw invalid_argument_error("the future belongs to another loop than the one that was asked for");
  }
  return already;
}

template <class Awaitable>
  requires(!std::derived_from<Awaitable, any_future>)
auto ensure_future(Awaitable coroutine, loop& of,
                   std::source_location where = std::source_location::current())
    -> decltype(of.create_task(std::move(coroutine))) {
  return of.create_task(std::move(coroutine), {}, where);
}

namespace detail {

/// What gather() and the like make of what they are given. Their caller's place doesn't reach them
/// behind any number of arguments, so a task counts as created where its coroutine is written.
template <class Awaitable>
auto ensure_child(Awaitable given) -> decltype(ensure_future(std::move(given))) {
  if constexpr (std::derived_from<Awaitable, any_future>) {
    return given;
  } else {
    const std::source_location where = place_of(given);
    return ensure_future(std::move(given), where);
  }
}

} // namespace detail
} // namespace asyncio
