#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/intrusive_ref.hpp>
#include <asyncio/detail/safe_temporary.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/detail/value_slot.hpp>
#include <asyncio/detail/waiter.hpp>
#include <asyncio/future.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/task.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio {

class task_group;

namespace detail {

/// What the handles to a task group share: its children, in order of creation, and what went
/// wrong.
class group_state : public pooled {
public:
  group_state() = default;
  group_state(const group_state&) = delete;
  group_state& operator=(const group_state&) = delete;

  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0) {
      destroy();
    }
  }

  /// The running task becomes its owner; misuse_error the second time.
  void enter();

  /// The loop for a new child; misuse_error if it takes none.
  [[nodiscard]] loop& loop_for_child() const;
  void add(const future_ref& task);

  /// The body is over, with an exception or without.
  void begin_exit(std::exception_ptr error);
  [[nodiscard]] bool may_end() const noexcept { return children_.empty() || gave_up_; }
  /// The owner's wait for the children ended early.
  void interrupted(std::exception_ptr error);
  /// Throws what the group ends with; returns if all is well.
  void end();

  /// The group's owner waits for each child from the beginning, as in Python.
  static awaiter_kind as_awaiter() noexcept;

private:
  class child;
  friend class group_visit;
  friend class group_wait;

  ~group_state() = default; // a child holds a reference: there are none left
  void destroy() noexcept;  // not inline: g++ 12 would take a later reference for a use after free
  void abort();
  void child_ended(future_base& task);

  wait_list children_;
  waiters wait_; // its owner's
  task_ref owner_;
  std::vector<std::exception_ptr> errors_;
  std::exception_ptr body_error_;
  std::exception_ptr cancelled_; // what to throw if nothing failed
  std::uint32_t references_ = 0;
  bool entered_ = false;
  bool exiting_ = false;
  bool aborting_ = false;
  bool cancelled_owner_ = false;
  bool gave_up_ = false;
};

using group_ref = intrusive_ref<group_state>;

/// The time that its owner spends in a group, also where its frames are destroyed.
class group_visit {
public:
  explicit group_visit(group_state& of) : of_(of) { of_.enter(); }
  ~group_visit() { of_.owner_ = nullptr; }
  group_visit(const group_visit&) = delete;
  group_visit& operator=(const group_visit&) = delete;

private:
  group_state& of_;
};

/// The owner's wait for the children.
class group_wait final : public waiter {
public:
  explicit group_wait(group_state& of) noexcept : waiter(of.wait_), of_(&of) {}

  [[nodiscard]] bool ready() const noexcept { return of_->may_end(); }
  void resume();
  [[nodiscard]] std::string waits_for() const override;

private:
  group_state* of_;
};

/// What the body of a group gives.
template <class Body, class... Args>
using group_result =
    typename std::invoke_result_t<std::decay_t<Body>, task_group&, std::decay_t<Args>...>::value_type;

/// What can be one: a coroutine that takes the group and the arguments.
template <class Body, class... Args>
concept group_body = requires { typename group_result<Body, Args...>; };

} // namespace detail

/// Tasks that belong together (Python: asyncio.TaskGroup); with_task_group() runs one. This is
/// a handle: copies are to the same group. It belongs to the loop's thread.
class task_group {
public:
  /// A new group, which takes children once with_task_group() has entered it.
  task_group() : state_(new detail::group_state) {}
  task_group(const task_group&) noexcept = default; // and no move: none is ever empty
  task_group& operator=(const task_group&) noexcept = default;
  ~task_group() = default;

  /// Runs a coroutine as a task of the group: as asyncio::create_task(), and the group waits for
  /// it. Children may add others. misuse_error where the group has not been entered yet, is
  /// shutting down, or has ended; the coroutine is destroyed then, and has not begun.
  ///
  /// A child may outlive the body: what it refers to has to live outside of that.
  template <class T>
  task<T> create_task(awaitable<T> coroutine, const task_options& options = {},
                      std::source_location where = std::source_location::current()) const {
    task<T> child = state_->loop_for_child().create_task(std::move(coroutine), options, where);
    state_->add(detail::future_access::state(child));
    return child;
  }

  template <detail::other_awaitable Awaitable>
  auto create_task(Awaitable what, const task_options& options = {},
                   std::source_location where = std::source_location::current()) const {
    return create_task(detail::as_coroutine(std::move(what)), options, where);
  }

private:
  template <class Body, class... Args>
  static awaitable<detail::group_result<Body, Args...>> run(task_group group, Body body, Args... args);

  template <class Body, class... Args>
    requires detail::group_body<Body, Args...>
  friend awaitable<detail::group_result<Body, Args...>> with_task_group(const task_group& group, Body&& body,
                                                                        Args&&... args);

  detail::group_ref state_;
};

/// Runs body(group, args...), a coroutine, and then waits for all the tasks that were created in
/// the group; gives what the body gave. What `async with asyncio.TaskGroup() as group:` does.
///
/// When a child fails, the body and the other children are cancelled, in order of creation;
/// once they have ended an exception_group is thrown of all that failed, the children first. A
/// body that fails does the same. A child that was cancelled is no failure. Cancelling the task
/// that is in the group cancels the children, too, and ends with cancelled_error; if a child
/// fails on the way the exception_group is thrown in its place, and the cancel at the next await.
///
///     co_await asyncio::with_task_group([&](asyncio::task_group& group) -> asyncio::awaitable<void> {
///       group.create_task(fetch(1));
///       group.create_task(fetch(2));
///       co_return;
///     });
///
/// Body and arguments are kept until the end. But what the body declares is gone when it is
/// over, while children still run: what they refer to belongs outside of it.
template <class Body, class... Args>
  requires detail::group_body<Body, Args...>
awaitable<detail::group_result<Body, Args...>> with_task_group(Body&& body, Args&&... args) {
  return with_task_group(task_group(), std::forward<Body>(body), std::forward<Args>(args)...);
}

/// The same in a group that is there already, which others may have a handle to. It is entered
/// when the coroutine begins; a second time throws misuse_error.
template <class Body, class... Args>
  requires detail::group_body<Body, Args...>
awaitable<detail::group_result<Body, Args...>> with_task_group(const task_group& group, Body&& body,
                                                               Args&&... args) {
  ASYNCIO_ASSERT_SAFE_CALLABLE(Body);
  ([] { ASYNCIO_ASSERT_SAFE_VALUE(Args); }(), ...);
  return task_group::run<std::decay_t<Body>, std::decay_t<Args>...>(group, std::forward<Body>(body),
                                                                    std::forward<Args>(args)...);
}

template <class Body, class... Args>
// NOLINTNEXTLINE(performance-unnecessary-value-param): a coroutine keeps what it needs
awaitable<detail::group_result<Body, Args...>> task_group::run(task_group group, Body body, Args... args) {
  using result = detail::group_result<Body, Args...>;
  detail::group_state& state = *group.state_;
  const detail::group_visit visit(state);
  detail::value_slot<result> slot;
  std::exception_ptr error;
  try {
    if constexpr (std::is_void_v<result>) {
      co_await std::invoke(std::move(body), group, std::move(args)...);
    } else {
      slot.emplace(co_await std::invoke(std::move(body), group, std::move(args)...));
    }
  } catch (...) {
    error = std::current_exception();
  }
  state.begin_exit(std::move(error));
  while (!state.may_end()) {
    co_await detail::group_wait(state);
  }
  state.end();
  if constexpr (!std::is_void_v<result>) {
    co_return std::move(*slot.address());
  }
}

} // namespace asyncio
