// run.py, translated.

#include <asyncio/run.hpp>

#include "say.hpp"

#include <asyncio/exception_context.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

using asyncio::awaitable;
using namespace std::chrono_literals;

namespace {

awaitable<void> leave(std::string name, bool fails = false) {
  say(name + " begins");
  try {
    co_await asyncio::sleep(50s);
  } catch (const asyncio::cancelled_error&) {
    say(name + " cleans up");
  }
  co_await asyncio::sleep(100ms);
  if (fails) {
    say(name + " fails");
    throw std::runtime_error(name);
  }
  say(name + " ends");
}

void report(asyncio::loop&, const asyncio::exception_context& context) {
  try {
    std::rethrow_exception(context.exception);
  } catch (const std::exception& error) {
    std::printf("reported: %s\n", error.what());
  }
}

awaitable<int> run_that_returns() {
  asyncio::get_running_loop().set_exception_handler(report);
  asyncio::create_task(leave("leftover", true));
  co_await passes(1);
  say("main returns");
  co_return 42;
}

awaitable<void> run_that_fails() {
  asyncio::get_running_loop().set_exception_handler(report);
  asyncio::create_task(leave("leftover"));
  co_await passes(1);
  say("main fails");
  throw std::invalid_argument("main");
}

awaitable<void> run_that_cancels_itself() {
  asyncio::create_task(leave("leftover"));
  co_await passes(1);
  asyncio::current_task().cancel("by itself");
  co_await asyncio::sleep(0s);
}

awaitable<void> run_whose_leftover_has_not_begun() {
  asyncio::create_task(leave("unbegun"));
  say("main returns");
  co_return;
}

awaitable<int> run_that_goes_on() {
  co_await asyncio::sleep(100ms);
  say("goes on");
  co_return 43;
}

} // namespace

int main() {
  std::printf("%d\n", asyncio::run(run_that_returns()));
  try {
    asyncio::run(run_that_fails());
  } catch (const std::invalid_argument& error) {
    std::printf("thrown: %s\n", error.what());
  }
  try {
    asyncio::run(run_that_cancels_itself());
  } catch (const asyncio::cancelled_error& error) {
    std::printf("cancelled: %s\n", error.message());
  }
  asyncio::run(run_whose_leftover_has_not_begun());
  {
    asyncio::runner runner;
    std::printf("%d\n", runner.run(run_that_returns()));
    std::printf("%d\n", runner.run(run_that_goes_on()));
  }
  std::printf("closed\n");
}
