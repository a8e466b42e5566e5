#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/task_factory.hpp>
#include <asyncio/task_options.hpp>

#include <concepts>
#include <cstdint>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

/// What a handle to a task has beyond one to a future.
template <class Handle>
class task_members {
public:
  /// The name given, or `Task-7`, counted by the loop.
  [[nodiscard]] const std::string& name() const { return state().name(); }
  void set_name(std::string name) const { state().set_name(std::move(name)); }

  /// How many cancel() requests are open: cancel() adds one, uncancel() takes one back.
  [[nodiscard]] std::uint32_t cancelling() const { return state().cancelling(); }

  /// Takes a cancel request back; the count that is left. At zero, a cancel that has not
  /// been thrown yet won't be.
  std::uint32_t uncancel() const { return state().uncancel(); }

  /// The context that its steps run in.
  [[nodiscard]] context get_context() const {
    context_ref& own = state().context();
    make_context(own);
    return context_access::make(own);
  }

  /// Where create_task was called.
  [[nodiscard]] std::source_location created_at() const { return state().created_at(); }

  /// What it waits for, in words: `a sleep`, `task "fetching"`. Empty before its first step,
  /// while it runs, and at its end. Mirrors what Python shows of a task as `wait_for=`.
  [[nodiscard]] std::string waits_for() const {
    const operation_base* const what = state().waits_for();
    return what != nullptr ? what->waits_for() : std::string();
  }

  /// The await in its code that it waits at; empty, with line 0, where waits_for() is.
  [[nodiscard]] std::source_location waits_at() const {
    return state().waits_for() != nullptr ? state().waits_at() : std::source_location();
  }

private:
  [[nodiscard]] task_base& state() const {
    future_base* const found = future_access::state(static_cast<const Handle&>(*this)).get();
    if (found == nullptr) {
      throw misuse_error("this handle is empty: it belongs to no task");
    }
    return static_cast<task_base&>(*found);
  }
};

} // namespace detail

/// A coroutine that the loop runs beside others (Python: asyncio.Task); made by
/// create_task(). This is a handle: copies are to the same task, and dropping the last one
/// leaves the task running.
///
/// `co_await` waits for its end and gives its result, as with any future. cancel() asks it
/// to end: what it awaits is cancelled, and a cancelled_error is thrown there, once. It may
/// clean up, taking its time, and is done when it has run to its end; if it catches the
/// error and goes on, it was not cancelled. A failure that nobody ever looks at goes to the
/// loop's exception handler.
template <class T>
class task : public future<T>, public detail::task_members<task<T>> {
public:
  /// An empty handle.
  task() noexcept : future<T>(nullptr) {}

  template <class F>
    requires std::invocable<F&, task> || std::invocable<F&>
  void add_done_callback(F f) const {
    this->template add_callback<task>(std::move(f));
  }

private:
  friend class any_future;
  friend struct detail::future_access;
  explicit task(detail::future_ref state) noexcept : future<T>(std::move(state)) {}
};

/// A handle to a task of any result type; empty where there is none.
class any_task : public any_future, public detail::task_members<any_task> {
public:
  any_task() noexcept = default;

  template <class T>
  any_task(const task<T>& of) noexcept : any_future(of) {}

private:
  friend struct detail::future_access;
  explicit any_task(detail::future_ref state) noexcept : any_future(std::move(state)) {}
};

namespace detail {

template <class T>
task<T> make_task(loop& of, awaitable<T>&& coroutine, const task_options& options,
                  std::source_location where) {
  auto* const made = new typed_task<T>(scheduler_of(of), options, where);
  auto handle = future_access::make<task<T>>(*made);
  made->start(std::move(coroutine), options);
  return handle;
}

template <class T>
class task_request_of final : public task_request {
public:
  task_request_of(loop& of, awaitable<T>& coroutine, const task_options& options, std::source_location where)
      : task_request(options), of_(of), coroutine_(coroutine), where_(where) {}

  any_task make() override {
    if (!coroutine_.valid()) {
      throw misuse_error("a task factory makes a task once, and this one is made");
    }
    made_ = make_task(of_, std::move(coroutine_), options(), where_);
    return made_;
  }

  [[nodiscard]] const task<T>& made() const noexcept { return made_; }

private:
  loop& of_;
  awaitable<T>& coroutine_;
  std::source_location where_;
  task<T> made_;
};

template <class T>
task<T> make_task_by_factory(loop& of, awaitable<T>& coroutine, const task_options& options,
                             std::source_location where) {
  const task_factory factory = of.get_task_factory(); // a copy: it may replace itself
  task_request_of<T> wanted(of, coroutine, options, where);
  const any_task given = factory(of, wanted);
  if (!given || given != any_task(wanted.made())) {
    throw misuse_error("a task factory has to return the task that task_request::make() gives it");
  }
  return wanted.made();
}

template <class T>
task<T> start_task(loop& of, awaitable<T>&& coroutine, const task_options& options,
                   std::source_location where) {
  check_not_spent(coroutine);
  if (of.get_task_factory()) {
    return make_task_by_factory(of, coroutine, options, where);
  }
  return make_task(of, std::move(coroutine), options, where);
}

} // namespace detail

/// Runs a coroutine as a task of the running loop, beside its caller. None of it runs before
/// the caller next suspends. misuse_error where no loop is running.
///
/// A coroutine keeps copies of what it takes by value, and only those: parameters that are
/// references, and the captures of a lambda, have to outlive it. So a task takes its
/// arguments by value.
///
///     auto fetching = asyncio::create_task(fetch_data());
///     ...
///     std::string data = co_await fetching;
///
/// With eager_start, the part before its first suspension runs here and now: see
/// task_options. Mirrors asyncio.create_task(coro, name=..., context=..., eager_start=...).
/// It also takes a coroutine of plain Asio, and an operation such as sleep(1s).
template <class T>
task<T> create_task(awaitable<T> coroutine, const task_options& options = {},
                    std::source_location where = std::source_location::current()) {
  return detail::start_task(get_running_loop(), std::move(coroutine), options, where);
}

namespace detail {

/// A coroutine that awaits whatever can be awaited; one of ours is it itself.
template <class T>
awaitable<T> coroutine_of(awaitable<T> already) {
  return already;
}

template <other_awaitable Awaitable>
auto coroutine_of(Awaitable what) {
  return as_coroutine(std::move(what));
}

template <class Future>
  requires std::derived_from<Future, future<typename Future::value_type>>
awaitable<typename Future::value_type> coroutine_of(Future what) {
  co_return co_await std::move(what);
}

template <class Awaitable>
using result_of = typename decltype(coroutine_of(std::declval<Awaitable>()))::value_type;

} // namespace detail

template <detail::other_awaitable Awaitable>
auto create_task(Awaitable what, const task_options& options = {},
                 std::source_location where = std::source_location::current()) {
  return create_task(detail::as_coroutine(std::move(what), where), options, where);
}

/// The same with both a name and an eager start.
template <class Awaitable>
auto create_task(Awaitable what, std::string name, eager_start_t,
                 std::source_location where = std::source_location::current())
    -> decltype(create_task(std::move(what))) {
  return create_task(std::move(what), task_options(std::move(name)).eager_start(), where);
}

/// The task that is running; empty in a callback. misuse_error where no loop is running.
[[nodiscard]] any_task current_task();
[[nodiscard]] any_task current_task(loop& of);

/// The tasks of the running loop that are not done, in order of creation.
[[nodiscard]] std::vector<any_task> all_tasks();
[[nodiscard]] std::vector<any_task> all_tasks(loop& of);

template <class T>
task<T> loop::create_task(awaitable<T> coroutine, const task_options& options, std::source_location where) {
  check_not_closed();
  check_thread();
  return detail::start_task(*this, std::move(coroutine), options, where);
}

template <class T>
T loop::run_until_complete(awaitable<T> main) {
  check_not_closed();
  check_not_running();
  return run_until_complete(static_cast<const future<T>&>(create_task(std::move(main))));
}

} // namespace asyncio
