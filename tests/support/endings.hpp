#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

/// What a test throws, and how ending_of() puts it.
inline const std::runtime_error boom("Boom!");
inline const std::string boom_line = "std::runtime_error: Boom!";

/// Waits until a future or task is done, however it ends.
template <class Future>
asyncio::awaitable<void> end_of(Future ending) {
  try {
    static_cast<void>(co_await ending);
  } catch (...) { // whoever asks looks at the handle
  }
}

/// Lets the others have so many passes of the loop.
inline asyncio::awaitable<void> passes(int count) {
  for (; count > 0; --count) {
    co_await asyncio::sleep(std::chrono::seconds(0));
  }
}

/// The exception that is being handled, in a word: `cancelled: why`, or what it is.
inline std::string ending_by_exception() {
  try {
    throw;
  } catch (const asyncio::cancelled_error& error) {
    const std::string why = error.message();
    return why.empty() ? "cancelled" : "cancelled: " + why;
  } catch (...) {
    return asyncio::describe(std::current_exception());
  }
}

/// How a future or task stands, in a word: pending, done, `cancelled: why`, or what it threw.
template <class Future>
std::string ending_of(const Future& of) {
  if (!of.done()) {
    return "pending";
  }
  try {
    static_cast<void>(of.result());
    return "done";
  } catch (...) {
    return ending_by_exception();
  }
}

/// Awaits a coroutine within the caller, and tells how it ended, in the same words.
template <class T>
asyncio::awaitable<std::string> how_it_ends(asyncio::awaitable<T> coroutine) {
  try {
    static_cast<void>(co_await std::move(coroutine));
  } catch (...) {
    co_return ending_by_exception();
  }
  co_return "done";
}
