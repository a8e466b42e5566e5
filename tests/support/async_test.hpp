#pragma once

#include <asyncio/run.hpp>
#include <support/row.hpp>

#include <boost/test/unit_test.hpp>

/// A test case whose body is a coroutine, run in virtual time:
///
///     ASYNC_TEST_CASE(a_sleep_takes_its_time) {
///       const auto start = asyncio::clock::now();
///       co_await asyncio::sleep(20s);
///       BOOST_TEST((asyncio::clock::now() - start == 20s));
///     }
///
/// co_await in a line of its own, never inside BOOST_TEST: the macro evaluates lazily.
/// Decorators follow the name, as with BOOST_AUTO_TEST_CASE.
#define ASYNC_TEST_CASE(name, ...)                                                                           \
  static ::asyncio::awaitable<void> name##_body();                                                           \
  BOOST_AUTO_TEST_CASE(name __VA_OPT__(, ) __VA_ARGS__) {                                                    \
    ::asyncio::run(name##_body(), ::asyncio::run_options().virtual_time());                                  \
  }                                                                                                          \
  static ::asyncio::awaitable<void> name##_body()
