#include <asyncio/context.hpp>
#include <asyncio/context_var.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/thread.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>
#include <support/virtual_loop.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using asyncio::awaitable;
using namespace std::chrono_literals;
using names = std::vector<std::string>;
using optional_int = std::optional<int>;

namespace {

asyncio::context_var<std::string> user("user", "nobody");
asyncio::context_var<int> number("number");

awaitable<void> become(std::string name, names& seen) {
  seen.push_back(user.get());
  co_await asyncio::sleep(1s);
  seen.push_back(user.get());
  user.set(name);
}

awaitable<void> set_number(int value) {
  co_await asyncio::sleep(0s);
  number.set(value);
}

awaitable<std::string> who() {
  co_return user.get();
}

} // namespace

BOOST_AUTO_TEST_SUITE(context_test)

// ---------------------------------------------------------------- variables

ASYNC_TEST_CASE(a_variable_has_its_default_until_it_is_set) {
  BOOST_TEST(user.get() == "nobody");
  user.set("ann");
  BOOST_TEST(user.get() == "ann");
  BOOST_TEST(user.name() == "user");
  co_return;
}

ASYNC_TEST_CASE(without_a_value_and_a_default_get_is_refused) {
  BOOST_CHECK_THROW(static_cast<void>(number.get()), asyncio::misuse_error);
  BOOST_TEST(number.get(7) == 7);
  BOOST_TEST(user.get("somebody") == "somebody"); // the variable's default doesn't count then
  number.set(1);
  BOOST_TEST(number.get(7) == 1);
  co_return;
}

ASYNC_TEST_CASE(a_reset_brings_back_what_was_there_before) {
  auto first = user.set("ann");
  auto second = user.set("bob");
  BOOST_TEST((second.old_value() == std::string("ann")));
  BOOST_TEST(!first.old_value().has_value());
  user.reset(second);
  BOOST_TEST(user.get() == "ann");
  user.reset(first);
  BOOST_TEST(user.get() == "nobody");
  co_return;
}

ASYNC_TEST_CASE(a_token_is_used_once) {
  auto token = user.set("ann");
  user.reset(token);
  BOOST_CHECK_THROW(user.reset(token), asyncio::misuse_error);
  co_return;
}

ASYNC_TEST_CASE(a_token_of_another_variable_is_refused) {
  const asyncio::context_var<std::string> other("other");
  auto token = other.set("x");
  BOOST_CHECK_THROW(user.reset(token), asyncio::invalid_argument_error);
  BOOST_TEST(other.get() == "x");
  co_return;
}

ASYNC_TEST_CASE(a_token_of_another_context_is_refused) {
  auto token = user.set("ann");
  bool refused = false;
  const auto reset_it = [&]() -> awaitable<void> {
    try {
      user.reset(token);
    } catch (const asyncio::invalid_argument_error&) {
      refused = true;
    }
    co_return;
  };
  co_await asyncio::create_task(reset_it());
  BOOST_TEST(refused);
  BOOST_TEST(user.get() == "ann");
  user.reset(token);
  BOOST_TEST(user.get() == "nobody");
}

ASYNC_TEST_CASE(a_new_variable_finds_nothing_of_one_that_is_gone) {
  auto first = std::make_unique<asyncio::context_var<int>>("first", 0);
  first->set(1);
  first = nullptr;
  const asyncio::context_var<std::string> second("second", "empty"); // where the first one was, perhaps
  BOOST_TEST(second.get() == "empty");
  co_return;
}

ASYNC_TEST_CASE(a_value_lives_as_long_as_a_context_that_has_it) {
  const asyncio::context_var<std::shared_ptr<int>> shared("shared");
  auto value = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = value;
  const auto hold = [&]() -> awaitable<void> {
    shared.set(std::move(value));
    co_await asyncio::sleep(1s);
  };
  auto holding = asyncio::create_task(hold());
  co_await asyncio::sleep(0s);
  BOOST_TEST(!watched.expired());
  co_await holding;
  holding = {};
  BOOST_TEST(watched.expired());
}

// ---------------------------------------------------------------- tasks

ASYNC_TEST_CASE(a_task_works_on_a_copy_taken_at_its_creation, *row("context-01")) {
  names seen;
  user.set("parent");
  auto child = asyncio::create_task(become("child", seen));
  user.set("parent, later");
  co_await child;
  BOOST_TEST(user.get() == "parent, later");
  BOOST_TEST(seen == (names{"parent", "parent"}), boost::test_tools::per_element());
}

ASYNC_TEST_CASE(what_a_coroutine_sets_its_caller_sees) {
  names seen;
  co_await become("callee", seen);
  BOOST_TEST(user.get() == "callee");
}

ASYNC_TEST_CASE(a_task_that_fails_or_is_cancelled_leaves_its_creators_values_alone) {
  const auto set_and_fail = []() -> awaitable<void> {
    user.set("failing");
    co_await asyncio::sleep(0s);
    throw std::runtime_error("Boom!");
  };
  const auto set_and_stay = [](names& seen) -> awaitable<void> {
    user.set("cancelled");
    try {
      co_await asyncio::sleep(1h);
    } catch (const asyncio::cancelled_error&) {
      seen.push_back(user.get());
      throw;
    }
  };
  names seen;
  auto failing = asyncio::create_task(set_and_fail());
  auto staying = asyncio::create_task(set_and_stay(seen));
  co_await asyncio::sleep(0s);
  staying.cancel();
  co_await end_of(failing);
  co_await end_of(staying);
  BOOST_TEST(staying.cancelled());
  BOOST_TEST(seen == names{"cancelled"}, boost::test_tools::per_element());
  BOOST_TEST(user.get() == "nobody");
}

BOOST_AUTO_TEST_CASE(a_done_callback_does_not_change_what_the_awaiting_task_sees, *row("context-02")) {
  virtual_loop loop;
  int calls = 0;
  const auto main = [&]() -> awaitable<void> {
    for (int j = 0; j < 2; ++j) {
      const asyncio::future<> done;
      done.add_done_callback([&] {
        ++calls;
        user.set("the callback");
      });
      user.set("yes " + std::to_string(j));
      loop.call_soon([&] { done.set_result(); });
      co_await done;
      BOOST_TEST(user.get() == "yes " + std::to_string(j));
      for (int i = 0; i < 3; ++i) {
        user.set("slept " + std::to_string(i));
        co_await asyncio::sleep(1ms);
        BOOST_TEST(user.get() == "slept " + std::to_string(i));
      }
    }
  };
  loop.run_until_complete(main());
  BOOST_TEST(calls == 2);
  BOOST_TEST(user.get() == "nobody");
}

BOOST_AUTO_TEST_CASE(a_hundred_interleaved_tasks_only_ever_see_their_own, *row("context-03")) {
  virtual_loop loop;
  int wrong = 0;
  const auto count = [&](int from) -> awaitable<void> {
    for (int i = 0; i < 10; ++i) {
      number.set(from + i);
      co_await asyncio::sleep(std::chrono::milliseconds(1 + (from * 7 + i * 3) % 50));
      wrong += static_cast<int>(number.get() != from + i);
    }
  };
  const auto main = [&]() -> awaitable<void> {
    std::vector<asyncio::task<>> all;
    for (int i = 0; i < 100; ++i) {
      all.push_back(asyncio::create_task(count(i % 11)));
    }
    co_await asyncio::gather(std::move(all));
  };
  loop.run_until_complete(main());
  BOOST_TEST(wrong == 0);
  BOOST_TEST(number.get(-1) == -1);
}

ASYNC_TEST_CASE(tasks_with_an_explicit_context_write_into_it, *row("context-04")) {
  asyncio::loop& loop = asyncio::get_running_loop();
  const asyncio::context shared = asyncio::copy_context();
  BOOST_TEST((shared.get(number) == std::nullopt));
  co_await asyncio::create_task(set_number(1), shared);
  BOOST_TEST((shared.get(number) == optional_int(1)));
  co_await loop.create_task(set_number(2), asyncio::task_options("second").context(shared));
  BOOST_TEST((shared.get(number) == optional_int(2)));
  co_await asyncio::create_task(asyncio::sleep(0s), shared);
  BOOST_TEST((shared.get(number) == optional_int(2)));
  BOOST_TEST(number.get(0) == 0);
}

BOOST_AUTO_TEST_CASE(a_runners_main_with_an_explicit_context_writes_into_it, *row("context-04")) {
  asyncio::runner runner(asyncio::run_options().virtual_time());
  const asyncio::context shared;
  runner.run(set_number(1), shared);
  BOOST_TEST((shared.get(number) == optional_int(1)));
  runner.run(set_number(2), shared);
  BOOST_TEST((shared.get(number) == optional_int(2)));
}

ASYNC_TEST_CASE(a_task_reports_the_context_it_was_given, *row("context-05")) {
  const asyncio::context shared = asyncio::copy_context();
  auto first = asyncio::create_task(set_number(1), shared);
  auto second = asyncio::create_task(set_number(2));
  BOOST_TEST((first.get_context() == shared));
  BOOST_TEST((second.get_context() != shared));
  BOOST_TEST((second.get_context() == second.get_context()));
  co_await second;
  BOOST_TEST((second.get_context().get(number) == optional_int(2)));
  co_await first;
}

ASYNC_TEST_CASE(a_child_of_a_group_writes_into_the_context_it_was_given, *row("context-06")) {
  const asyncio::context shared = asyncio::copy_context();
  asyncio::task<void> child;
  co_await asyncio::with_task_group([&](asyncio::task_group& group) -> awaitable<void> {
    child = group.create_task(set_number(1), shared);
    group.create_task(set_number(2), "of its own");
    co_return;
  });
  BOOST_TEST((child.get_context() == shared));
  BOOST_TEST((shared.get(number) == optional_int(1)));
  BOOST_TEST((asyncio::copy_context().get(number) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(one_run_of_a_runner_sees_the_values_that_the_last_one_set, *row("context-08")) {
  asyncio::runner runner(asyncio::run_options().virtual_time());
  runner.run(set_number(1));
  const auto get_number = []() -> awaitable<int> { co_return number.get(0); };
  BOOST_TEST(runner.run(get_number()) == 1);
  BOOST_TEST(number.get(0) == 0);
  asyncio::runner other(asyncio::run_options().virtual_time());
  BOOST_TEST(other.run(get_number()) == 0);
}

BOOST_AUTO_TEST_CASE(a_run_sees_the_values_of_the_thread_that_began_it) {
  auto token = user.set("outside");
  BOOST_TEST(asyncio::run(who()) == "outside");
  user.reset(token);
  BOOST_TEST(asyncio::run(who()) == "nobody");
}

ASYNC_TEST_CASE(gathered_tasks_keep_a_setting_of_their_own, *row("context-09")) {
  static const asyncio::context_var<int> digits("digits", 2);
  const auto rounded = [](double value) {
    const double scale = std::pow(10.0, digits.get());
    return std::round(value * scale) / scale;
  };
  const auto fractions = [&](std::chrono::milliseconds delay,
                             int precision) -> awaitable<std::vector<double>> {
    auto token = digits.set(precision);
    std::vector<double> all{rounded(1.0 / 3)};
    co_await asyncio::sleep(delay);
    all.push_back(rounded(1.0 / 9));
    digits.reset(token);
    co_return all;
  };
  auto [first, second] = co_await asyncio::gather(fractions(100ms, 3), fractions(200ms, 6));
  BOOST_TEST(first == (std::vector<double>{0.333, 0.111}), boost::test_tools::per_element());
  BOOST_TEST(second == (std::vector<double>{0.333333, 0.111111}), boost::test_tools::per_element());
  BOOST_TEST(digits.get() == 2);
}

ASYNC_TEST_CASE(a_coroutine_that_asio_spawns_has_a_copy_too) {
  user.set("spawner");
  names seen;
  const auto spawned = [&]() -> awaitable<void> {
    seen.push_back(user.get());
    user.set("spawned");
    co_await asyncio::sleep(0s);
    seen.push_back(user.get());
  };
  boost::asio::co_spawn(asyncio::get_running_loop().get_executor(), spawned(), boost::asio::detached);
  user.set("spawner, later");
  co_await asyncio::sleep(1s);
  BOOST_TEST(seen == (names{"spawner", "spawned"}), boost::test_tools::per_element());
  BOOST_TEST(user.get() == "spawner, later");
}

// ---------------------------------------------------------------- callbacks

ASYNC_TEST_CASE(a_callback_works_on_a_copy_taken_when_it_was_given) {
  asyncio::loop& loop = asyncio::get_running_loop();
  names seen;
  const auto note = [&seen](const char* which) {
    seen.push_back(which + (": " + user.get()));
    user.set(which);
  };
  user.set("giver");
  loop.call_soon(note, "soon");
  loop.call_later(1s, note, "later");
  loop.call_at(loop.time() + 2s, note, "at");
  loop.call_soon_threadsafe(note, "threadsafe");
  user.set("giver, later");
  co_await asyncio::sleep(3s);
  BOOST_TEST(seen == (names{"soon: giver", "threadsafe: giver", "later: giver", "at: giver"}),
             boost::test_tools::per_element());
  BOOST_TEST(user.get() == "giver, later");
}

ASYNC_TEST_CASE(a_callback_with_an_explicit_context_writes_into_it) {
  asyncio::loop& loop = asyncio::get_running_loop();
  const asyncio::context shared;
  const auto add = [](int more) { number.set(number.get(0) + more); };
  const asyncio::future<> done;
  loop.call_soon(shared, add, 1);
  loop.call_soon_threadsafe(shared, add, 10);
  loop.call_later(1s, shared, add, 100);
  loop.call_at(loop.time() + 2s, shared, add, 1000);
  done.add_done_callback(shared, [&] { add(10000); });
  done.set_result();
  co_await asyncio::sleep(3s);
  BOOST_TEST((shared.get(number) == optional_int(11111)));
  BOOST_TEST(number.get(0) == 0);
}

ASYNC_TEST_CASE(a_task_that_is_awaited_runs_its_callbacks_in_their_own_contexts) {
  names seen;
  auto ending = asyncio::create_task(set_number(1));
  user.set("registrar");
  ending.add_done_callback([&](const asyncio::task<>&) { seen.push_back(user.get()); });
  user.set("registrar, later");
  co_await ending;
  co_await asyncio::sleep(0s);
  BOOST_TEST(seen == names{"registrar"}, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(the_exception_handler_has_the_values_of_who_failed, *row("context-10")) {
  asyncio::loop& loop = asyncio::get_running_loop();
  names seen;
  loop.set_exception_handler([&](asyncio::loop&, const asyncio::exception_context& failure) {
    seen.push_back(failure.message + ": " + user.get());
  });
  const auto fail = [](std::string name) -> awaitable<void> {
    user.set(name);
    throw std::runtime_error("Boom!");
    co_return;
  };
  asyncio::create_task(fail("task"));
  co_await asyncio::sleep(0s);
  loop.call_soon([] {
    user.set("callback");
    throw std::runtime_error("Boom!");
  });
  co_await asyncio::sleep(0s);
  const asyncio::future<> done;
  done.add_done_callback([] {
    user.set("done-callback");
    throw std::runtime_error("Boom!");
  });
  done.set_result();
  co_await asyncio::sleep(0s);
  BOOST_TEST(seen == (names{"Task exception was never retrieved: task", "Exception in callback: callback",
                            "Exception in callback: done-callback"}),
             boost::test_tools::per_element());
  BOOST_TEST(user.get() == "nobody");
}

BOOST_AUTO_TEST_CASE(the_exception_handler_has_the_values_of_what_fails_at_the_end_of_the_run) {
  names seen;
  const auto stay = []() -> awaitable<void> {
    user.set("leftover");
    try {
      co_await asyncio::sleep(1h);
    } catch (const asyncio::cancelled_error&) {
    }
    throw std::runtime_error("Boom!");
  };
  const auto main = [&]() -> awaitable<void> {
    asyncio::get_running_loop().set_exception_handler(
        [&](asyncio::loop&, const asyncio::exception_context&) { seen.push_back(user.get()); });
    asyncio::create_task(stay());
    co_await asyncio::sleep(0s);
  };
  asyncio::run(main(), asyncio::run_options().virtual_time());
  BOOST_TEST(seen == names{"leftover"}, boost::test_tools::per_element());
}

// ---------------------------------------------------------------- threads

ASYNC_TEST_CASE(to_thread_sees_the_callers_values_and_keeps_its_own, *row("context-07")) {
  user.set("caller");
  const auto in_a_thread = [&] {
    std::string seen = user.get();
    user.set("thread");
    return seen + ", then " + user.get();
  };
  const std::string first = co_await asyncio::to_thread(in_a_thread);
  BOOST_TEST(first == "caller, then thread");
  BOOST_TEST(user.get() == "caller");
  const std::string second = co_await asyncio::to_thread(in_a_thread);
  BOOST_TEST(second == "caller, then thread");
}

ASYNC_TEST_CASE(
    run_in_executor_has_the_values_of_its_thread) { // as in Python, where only to_thread() has the caller's
  user.set("caller");
  const std::string seen = co_await asyncio::run_in_executor([] { return user.get(); });
  BOOST_TEST(seen == "nobody");
}

ASYNC_TEST_CASE(a_failing_thread_leaves_the_callers_values_alone) {
  user.set("caller");
  auto failing = asyncio::to_thread([] {
    user.set("thread");
    throw std::runtime_error("Boom!");
  });
  co_await end_of(failing);
  BOOST_TEST(ending_of(failing) == "std::runtime_error: Boom!");
  BOOST_TEST(user.get() == "caller");
}

BOOST_AUTO_TEST_CASE(a_callback_from_another_thread_has_that_threads_values) {
  virtual_loop loop;
  names seen;
  std::thread other([&] {
    user.set("other");
    loop.call_soon_threadsafe([&] {
      seen.push_back(user.get());
      loop.stop();
    });
  });
  other.join();
  loop.run_forever();
  BOOST_TEST(seen == names{"other"}, boost::test_tools::per_element());
  BOOST_TEST(user.get() == "nobody");
}

BOOST_AUTO_TEST_CASE(each_thread_has_values_of_its_own) {
  auto token = user.set("first");
  std::string seen;
  std::thread([&] { seen = user.get(); }).join();
  BOOST_TEST(seen == "nobody");
  user.reset(token);
}

// ---------------------------------------------------------------- contexts

BOOST_AUTO_TEST_CASE(what_runs_in_a_context_sees_and_sets_its_values) {
  const asyncio::context mine;
  const std::string before = mine.run(
      [](const std::string& name) {
        std::string seen = user.get();
        user.set(name);
        return seen;
      },
      "mine");
  BOOST_TEST(before == "nobody");
  BOOST_TEST(mine.run([] { return user.get(); }) == "mine");
  BOOST_TEST(user.get() == "nobody");
}

BOOST_AUTO_TEST_CASE(a_context_is_left_by_an_exception_too) {
  const asyncio::context mine;
  const auto fail = [] {
    user.set("mine");
    throw std::runtime_error("Boom!");
  };
  BOOST_CHECK_THROW(mine.run(fail), std::runtime_error);
  BOOST_TEST(user.get() == "nobody");
  BOOST_TEST((mine.get(user) == std::string("mine")));
}

BOOST_AUTO_TEST_CASE(a_copy_goes_its_own_way) {
  const asyncio::context mine;
  mine.run([] { number.set(1); });
  const asyncio::context other = mine.copy();
  mine.run([] { number.set(2); });
  BOOST_TEST((other.get(number) == optional_int(1)));
  BOOST_TEST((other != mine));
}

ASYNC_TEST_CASE(a_task_created_in_a_context_begins_with_a_copy_of_that) {
  const asyncio::context mine;
  mine.run([] { user.set("mine"); });
  auto task = mine.run([] { return asyncio::create_task(who()); });
  const std::string seen = co_await task;
  BOOST_TEST(seen == "mine");
  BOOST_TEST((task.get_context() != mine));
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_run_in_a_context_gives_its_tasks_their_own) {
  const asyncio::context mine;
  mine.run([] {
    user.set("mine");
    names seen;
    asyncio::run(become("task", seen), asyncio::run_options().virtual_time());
    BOOST_TEST(seen.front() == "mine");
  });
  BOOST_TEST((mine.get(user) == std::string("mine")));
}

BOOST_AUTO_TEST_SUITE_END()
