// Programs that Ctrl-C doesn't end, because they hang after it: it takes a second one. They say "ready"
// when it's time for the first.
//
//   main     a coroutine that blocks its thread in its clean-up
//   static   a static object that hangs in its destructor
//   thread   a thread that calculates for ever, and is waited for

#include <asyncio/errors.hpp>
#include <asyncio/interrupt.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/thread.hpp>

#include <atomic>
#include <chrono>
#include <iostream>
#include <string_view>

using asyncio::awaitable;
using namespace std::chrono_literals;

namespace {

void hang() {
  std::cout << "hanging" << std::endl;
  for (const std::atomic<bool> never{true}; never;) {
  }
}

struct hanging_at_its_end {
  hanging_at_its_end() { std::cout << "ready" << std::endl; }
  ~hanging_at_its_end() { hang(); }
};

awaitable<void> clean_up_for_ever() {
  const hanging_at_its_end at_the_end;
  co_await asyncio::sleep(1h);
}

awaitable<void> sleep_long() {
  static const hanging_at_its_end at_the_end;
  co_await asyncio::sleep(1h);
}

int calculate_on_a_thread() {
  const asyncio::interrupt_scope ctrl_c;
  try {
    asyncio::thread calculating("calculating", hang);
    std::cout << "ready" << std::endl;
    calculating.join();
  } catch (const asyncio::interrupt_error&) {
    return 130;
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view how = argc == 2 ? argv[1] : "";
  if (how == "main") {
    return asyncio::run_main(clean_up_for_ever());
  }
  if (how == "static") {
    return asyncio::run_main(sleep_long());
  }
  return how == "thread" ? calculate_on_a_thread() : 2;
}
