#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// Prints a line with the time since the start, as each .py has it.
inline void say(const std::string& what) {
  const std::chrono::duration<double> now = asyncio::clock::now().time_since_epoch();
  std::printf("%.1f %s\n", now.count(), what.c_str());
}

/// A truth as Python prints it.
inline std::string word(bool value) {
  return value ? "True" : "False";
}

/// How a future ended, in a word.
template <class Future>
std::string ending(const Future& of) {
  if (!of.done()) {
    return "pending";
  }
  if (of.cancelled()) {
    return "cancelled";
  }
  if (const std::exception_ptr error = of.exception()) {
    try {
      std::rethrow_exception(error);
    } catch (const asyncio::cancelled_error&) {
      return "failed with a cancel";
    } catch (const std::exception& e) {
      return std::string("failed with ") + e.what();
    }
  }
  return "finished";
}

/// What the exceptions of a group say, in parentheses.
inline std::string words_for(const asyncio::exception_group& errors) {
  std::string words;
  for (const std::exception_ptr& each : errors.exceptions()) {
    words += words.empty() ? "(" : " ";
    try {
      std::rethrow_exception(each);
    } catch (const asyncio::exception_group& inner) {
      words += words_for(inner);
    } catch (const std::exception& error) {
      words += error.what();
    }
  }
  return words + ')';
}

/// Lets others have so many passes of the loop.
inline asyncio::awaitable<void> passes(int count) {
  for (; count > 0; --count) {
    co_await asyncio::sleep(std::chrono::seconds(0));
  }
}

/// Waits for the end, however it ends.
template <class Future>
asyncio::awaitable<void> end_of(Future what) {
  try {
    static_cast<void>(co_await what);
  } catch (...) { // whoever asks looks at the handle
  }
}

inline asyncio::awaitable<void> end_of(asyncio::awaitable<void> what) {
  try {
    co_await std::move(what);
  } catch (...) { // its end is all that is asked for
  }
}

struct scene {
  scene(const char* name_, asyncio::awaitable<void> (*body_)()) : name(name_), body(body_) {}
  const char* name;
  asyncio::awaitable<void> (*body)();
};

/// One scene after the other; each has to clear up what it began.
inline asyncio::awaitable<void> play(std::vector<scene> scenes) {
  for (const scene& each : scenes) {
    say(std::string("-- ") + each.name);
    co_await each.body();
  }
  say(std::to_string(asyncio::all_tasks().size() - 1) + " left");
}
