// gather.py, translated.

#include <asyncio/gather.hpp>

#include "say.hpp"

#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

using asyncio::awaitable;
using asyncio::gather;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

awaitable<std::string> work(std::string name, asyncio::clock::duration delay, bool fails = false) {
  say(name + " begins");
  try {
    co_await asyncio::sleep(delay);
  } catch (const asyncio::cancelled_error& error) {
    say(name + " cancelled " + error.message());
    throw;
  }
  if (fails) {
    say(name + " fails");
    throw std::runtime_error(name);
  }
  say(name + " ends");
  co_return name;
}

awaitable<std::string> stubborn(std::string name) {
  try {
    co_await asyncio::sleep(50s);
  } catch (const asyncio::cancelled_error&) {
    say(name + " goes on");
  }
  co_await asyncio::sleep(100ms);
  co_return name;
}

awaitable<void> results() {
  const auto [a, b, c] = co_await gather(work("slow", 300ms), work("quick", 100ms), work("middling", 200ms));
  say(a + ' ' + b + ' ' + c);
}

awaitable<void> first_failure() {
  auto gathered = gather(work("a", 300ms), work("b", 100ms, true), work("c", 200ms, true), work("d", 400ms));
  gathered.add_done_callback([] { say("told"); });
  co_await end_of(gathered);
  say(ending(gathered));
  co_await asyncio::sleep(500ms);
}

std::string words_for(const asyncio::outcome<std::string>& of) {
  if (of.has_value()) {
    return of.value();
  }
  try {
    std::rethrow_exception(of.exception());
  } catch (const std::runtime_error& error) {
    return "error "s + error.what();
  } catch (...) {
    return "cancel";
  }
}

awaitable<void> failures_as_results() {
  const auto child = asyncio::create_task(work("cancelled", 5s));
  asyncio::get_running_loop().call_later(100ms, [child] { child.cancel(); });
  const auto [a, b, c] =
      co_await gather(asyncio::return_exceptions, work("e", 200ms), work("f", 100ms, true), child);
  say(words_for(a));
  say(words_for(b));
  say(words_for(c));
}

awaitable<void> cancelled_child() {
  const auto child = asyncio::create_task(work("child", 5s));
  auto both = gather(child, work("other", 300ms));
  co_await asyncio::sleep(100ms);
  child.cancel("enough");
  co_await end_of(both);
  say(ending(both));
  co_await asyncio::sleep(500ms);
}

awaitable<std::string> inner(std::string name) {
  std::string caught;
  try {
    co_await gather(work(name + '1', 200ms), work(name + '2', 100ms, name == "x"));
  } catch (const std::runtime_error& error) {
    caught = error.what();
    say(name + " caught " + caught);
  }
  if (!caught.empty()) {
    throw std::runtime_error(name + " after " + caught);
  }
  co_return name;
}

awaitable<void> nested() {
  try {
    co_await gather(inner("x"), gather(inner("y"), inner("z")));
  } catch (const std::runtime_error& error) {
    say("outer caught "s + error.what());
  }
  co_await asyncio::sleep(500ms);
}

template <class... Children>
awaitable<void> gather_the(Children... children) {
  co_await gather(std::move(children)...);
  say("not reached");
}

awaitable<void> cancelled_outside() {
  const auto outer = asyncio::create_task(
      gather_the(work("g", 5s), gather_the(work("h", 5s), work("i", 5s)), stubborn("j")));
  co_await asyncio::sleep(100ms);
  outer.cancel("from outside");
  co_await end_of(outer);
  say(ending(outer));
}

awaitable<void> all_stubborn() {
  auto both = gather(stubborn("k"), stubborn("l"));
  co_await asyncio::sleep(100ms);
  say(both.cancel("m") ? "True" : "False");
  co_await end_of(both);
  say(ending(both));
}

awaitable<void> failure_and_cancel() {
  const auto outer = asyncio::create_task(gather_the(work("n", 100ms, true), work("o", 5s), stubborn("p")));
  asyncio::get_running_loop().call_later(100ms, [outer] { outer.cancel(); });
  co_await end_of(outer);
  say(ending(outer));
  co_await asyncio::sleep(300ms);
}

awaitable<void> done_but_not_told() {
  const asyncio::future<int> one;
  const asyncio::future<int> other;
  auto both = gather(one, other);
  one.set_result(1);
  other.set_result(2);
  say(both.cancel() ? "True" : "False");
  co_await passes(1);
  say(ending(both));
  const auto [a, b] = co_await both;
  say(std::to_string(a + b));
}

awaitable<void> the_same_twice() {
  const auto child = asyncio::create_task(work("q", 100ms));
  const auto [a, b, c] = co_await gather(child, work("r", 200ms), child);
  say(a + ' ' + b + ' ' + c);
}

} // namespace

int main() {
  return asyncio::run_main(play({{"results", results},
                                 {"first_failure", first_failure},
                                 {"failures_as_results", failures_as_results},
                                 {"cancelled_child", cancelled_child},
                                 {"nested", nested},
                                 {"cancelled_outside", cancelled_outside},
                                 {"all_stubborn", all_stubborn},
                                 {"failure_and_cancel", failure_and_cancel},
                                 {"done_but_not_told", done_but_not_told},
                                 {"the_same_twice", the_same_twice}}));
}
