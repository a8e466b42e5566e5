#pragma once

// The one door to Asio's coroutine machinery. asyncio::awaitable<T> is Asio's own
// awaitable; because its executor is our type, the coroutine traits for it are ours to
// specialise, and so each coroutine gets the promise below, which derives from Asio's and
// adds what asyncio needs: awaits that the runtime itself suspends and resumes, a source
// location for each, frames from a pool. Nothing outside this file names asio::detail.
//
// Asio keeps a suspended chain of coroutines in an awaitable_thread, a pointer to the
// bottom frame. Whoever has it may resume the frame on top. Here it is called a stack,
// and each task keeps its own while it is suspended.

#include <asyncio/detail/context_state.hpp>
#include <asyncio/detail/executor.hpp>
#include <asyncio/detail/recorded.hpp>
#include <asyncio/errors.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/version.hpp>

#include <concepts>
#include <coroutine>
#include <cstring>
#include <exception>
#include <optional>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

#if BOOST_VERSION != 108100
#error                                                                                                       \
    "asyncio relies on details of Boost.Asio's coroutines and was tested with Boost 1.81 only: build with that version, or check src/asyncio/detail/promise.hpp against yours and extend this line"
#endif

namespace asyncio::detail {

class task_base;
class operation_base;

using bottom_of_stack = boost::asio::detail::awaitable_thread_entry_point;

template <class T>
using awaitable_of = boost::asio::awaitable<T, executor>;

template <class T>
using asio_frame = boost::asio::detail::awaitable_frame<T, executor>;

using asio_frame_base = boost::asio::detail::awaitable_frame_base<executor>;

/// While one lives, frames are destroyed that were never begun, and that is no mistake of the
/// program's.
class frames_are_dropped {
public:
  frames_are_dropped() noexcept : outer_(std::exchange(here_, true)) {}
  ~frames_are_dropped() { here_ = outer_; }
  frames_are_dropped(const frames_are_dropped&) = delete;
  frames_are_dropped& operator=(const frames_are_dropped&) = delete;

  [[nodiscard]] static bool here() noexcept { return here_; }

private:
  static constinit thread_local bool here_;
  bool outer_;
};

/// Logs it in debug mode.
void coroutine_was_never_awaited(std::source_location which) noexcept;

/// The coroutines of a task that is suspended, or has not begun: bottom to top.
class stack {
  using thread = boost::asio::detail::awaitable_thread<executor>;

public:
  void begin(awaitable_of<bottom_of_stack>&& bottom, const executor& runs_on) {
    thread_.emplace(std::move(bottom), runs_on, boost::asio::cancellation_slot(),
                    boost::asio::cancellation_state());
  }

  [[nodiscard]] bool empty() const noexcept { return !thread_.has_value(); }

  /// Takes the running stack away from Asio's pump, which then returns to the loop.
  void take(thread& running) noexcept { thread_.emplace(std::move(running)); }
  void take(stack& other) noexcept {
    thread_.emplace(std::move(*other.thread_));
    other.thread_.reset();
  }

  /// Runs the frame on top until the stack is taken again or has come to its end.
  void resume() {
    thread running(std::move(*thread_));
    thread_.reset();
    running.launch();
  }

  /// Destroys the frames, top to bottom, here and now (Asio's own clean-up posts that).
  void destroy() noexcept {
    const frames_are_dropped now;
    struct opened : thread {
      explicit opened(thread&& closed) noexcept : thread(std::move(closed)) {}
      awaitable_of<bottom_of_stack> frames() noexcept { return std::move(this->bottom_of_stack_); }
    };
    if (thread_) {
      opened open(std::move(*thread_));
      thread_.reset();
      const auto frames = open.frames();
    }
  }

private:
  std::optional<thread> thread_;
};

// A stack that plain co_spawn began has no task of ours. A guest stands for it, from its
// first step to its end.
task_base& adopt_stack(const executor& runs_on);
void begin_adopted(task_base& adopted, stack& entered);
void adopted_stack_ended(task_base& adopted) noexcept;
void cancel_adopted(task_base& adopted);
void cancel_adopted_on(boost::asio::cancellation_state state, task_base& adopted);

template <class T>
class promise;

/// Where a coroutine last awaited, and the same of the one that awaits it directly: a line of
/// the call stack of a suspended task.
struct await_site {
  [[no_unique_address]] recorded<std::source_location> at;
  [[no_unique_address]] recorded<const await_site*> caller; // null for a task's body
};

/// The task whose coroutines run on a stack.
template <class Thread>
task_base& task_of(Thread& running);

/// Base of what can be awaited without a frame of its own: sleep, a lock, an Asio operation.
/// `co_await` reaches it by reference; it stays where it was made, in the awaiting frame.
struct operation_tag {};

template <class T>
concept operation = std::derived_from<std::remove_cvref_t<T>, operation_tag>;

/// The operation that awaits a handle (future, task): what it gives may depend on whether
/// the handle is a temporary.
template <class Handle>
using wait_operation_of =
    typename std::remove_cvref_t<Handle>::template wait_operation<!std::is_lvalue_reference_v<Handle>>;

template <class Handle>
concept has_wait_operation = operation<wait_operation_of<Handle>>;

// By value with a reference inside: g++ 12 copies an awaiter that await_transform returns
// as an xvalue, and drops the temporary behind one that it returns as an lvalue.
template <class Operation>
class await_operation {
public:
  explicit await_operation(Operation& what) noexcept : what_(what) {}

  bool await_ready() { return what_.ready(); }

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) {
    awaiting.promise().suspend_on(what_);
  }

  decltype(auto) await_resume() { return what_.resume(); }

private:
  Operation& what_;
};

/// The same for an operation made by await_transform itself.
template <class Operation>
class await_made_operation {
public:
  template <class... Args>
  explicit await_made_operation(Args&&... args) : what_(std::forward<Args>(args)...) {}

  bool await_ready() { return what_.ready(); }

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) {
    awaiting.promise().suspend_on(what_);
  }

  decltype(auto) await_resume() { return what_.resume(); }

private:
  Operation what_;
};

template <class T>
asio_frame<T>& frame_of(const awaitable_of<T>& coroutine) noexcept {
  static_assert(sizeof(coroutine) == sizeof(void*), "an awaitable is a pointer to its frame");
  asio_frame<T>* frame = nullptr;
  // NOLINTNEXTLINE(bugprone-undefined-memory-manipulation,bugprone-sizeof-expression): it has no other door
  std::memcpy(static_cast<void*>(&frame), static_cast<const void*>(&coroutine), sizeof(void*));
  return *frame;
}

/// A coroutine that awaits another one directly: the callee's frame goes on top.
template <class T>
class await_call {
public:
  explicit await_call(awaitable_of<T>&& callee) noexcept : callee_(std::move(callee)) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) {
    static_cast<promise<T>&>(frame_of(callee_)).called_from(awaiting.promise());
    callee_.await_suspend(std::coroutine_handle<typename Promise::frame>::from_promise(awaiting.promise()));
  }

  T await_resume() { return callee_.await_resume(); }

private:
  awaitable_of<T> callee_;
};

/// Where a coroutine that has not begun is written; nowhere if it isn't one of ours.
template <class T>
std::source_location place_of(const awaitable_of<T>& coroutine) noexcept {
  return coroutine.valid() ? static_cast<promise<T>&>(frame_of(coroutine)).place() : std::source_location();
}
template <class Awaitable>
std::source_location place_of(const Awaitable&) noexcept {
  return {};
}

/// Throws misuse_error where there is no coroutine: it was awaited, or made a task, before.
template <class T, class Executor>
void check_not_spent(const boost::asio::awaitable<T, Executor>& coroutine) {
  if (!coroutine.valid()) {
    throw misuse_error("this awaitable is empty: its coroutine has been awaited, or made a task, already");
  }
}

/// The bottom coroutine's await of the task's body: gives `sink` the value, or the
/// exception as it is, without throwing it once more.
template <class T, class Sink>
class await_body {
public:
  await_body(awaitable_of<T>&& body, Sink& sink) noexcept : body_(std::move(body)), sink_(sink) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) {
    body_.await_suspend(std::coroutine_handle<typename Promise::frame>::from_promise(awaiting.promise()));
  }

  void await_resume() {
    if (std::exception_ptr error = promise<T>::take_exception(frame_of(body_))) {
      const auto ended = std::move(body_); // what the body held is gone when its task is done
      sink_.failed(std::move(error));
    } else if constexpr (std::is_void_v<T>) {
      body_.await_resume();
      sink_.returned();
    } else {
      sink_.returned(body_.await_resume());
    }
  }

private:
  awaitable_of<T> body_;
  Sink& sink_;
};

/// The await of co_spawn's bottom coroutine. Its first, a dispatch, brings the stack into the
/// loop, and is no wait of a task: it may be made on any thread, and a cancel that were
/// thrown there would escape co_spawn's handler.
class await_from_bottom {
public:
  explicit await_from_bottom(awaitable_of<void>&& callee) noexcept : callee_(std::move(callee)) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> awaiting) {
    entered_ = awaiting.promise().is_outside();
    if (entered_) {
      awaiting.promise().enter_loop(); // from here on this frame belongs to the loop's thread
    } else {
      callee_.await_suspend(std::coroutine_handle<typename Promise::frame>::from_promise(awaiting.promise()));
    }
  }

  void await_resume() {
    if (!entered_) {
      callee_.await_resume();
      return;
    }
    const frames_are_dropped now;
    const auto dispatch = std::move(callee_);
  }

private:
  awaitable_of<void> callee_;
  bool entered_ = false;
};

/// What co_spawn asks before it calls its handler, lest that runs inside co_spawn itself. A
/// stack that came in through the loop's queue never does.
struct always_switched {
  always_switched& operator=(bool) noexcept { return *this; }
  operator bool() const noexcept { return true; } // NOLINT(google-explicit-constructor): it stands for a bool

  [[nodiscard]] bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  [[nodiscard]] always_switched await_resume() const noexcept { return {}; }
};

template <class Signature, class Initiation, bool RunsCoroutines>
class asio_operation;

/// Whether an initiation, or one of its arguments, only runs coroutines of ours, as co_spawn
/// does and a group of them: then nothing real is waited for, and virtual time may pass.
template <class T>
inline constexpr bool runs_coroutines = false;
template <>
inline constexpr bool runs_coroutines<boost::asio::detail::initiate_co_spawn<executor>> = true;
template <class Signature, class Initiation, class... Args>
inline constexpr bool runs_coroutines<boost::asio::deferred_async_operation<Signature, Initiation, Args...>> =
    runs_coroutines<Initiation> || (runs_coroutines<Args> || ...);
template <class... Operations>
  requires(sizeof...(Operations) > 0)
inline constexpr bool runs_coroutines<std::tuple<Operations...>> = (runs_coroutines<Operations> && ...);

template <class T, class OtherExecutor>
class foreign_operation;

/// What Asio's promise answers itself: the executor, cancellation filters, its own flags.
template <class T>
concept asio_this_coro =
    std::same_as<T, boost::asio::this_coro::executor_t> ||
    std::same_as<T, boost::asio::this_coro::cancellation_state_t> ||
    std::same_as<T, boost::asio::this_coro::reset_cancellation_state_0_t> ||
    std::same_as<T, boost::asio::this_coro::throw_if_cancelled_0_t> ||
    std::same_as<T, boost::asio::this_coro::throw_if_cancelled_1_t> ||
    std::same_as<T, boost::asio::detail::awaitable_thread_has_context_switched> ||
    requires(T t) { []<class F>(boost::asio::this_coro::reset_cancellation_state_1_t<F>) {}(t); } ||
    requires(T t) { []<class F, class G>(boost::asio::this_coro::reset_cancellation_state_2_t<F, G>) {}(t); };

/// All that the promises of the library's coroutines have in common. Every await of Asio's
/// own is shadowed: those keep a cancel sticky and resume without the loop knowing.
template <class Frame>
class promise_base : public Frame {
public:
  using frame = Frame;

  promise_base() = default;
  explicit promise_base(std::source_location begins_at) noexcept { site_.at = begins_at; }

  static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    frame_pool::deallocate(memory, size);
  }

  /// Where it last awaited; before that, where it is written.
  [[nodiscard]] std::source_location place() const noexcept { return site_.at.get(); }

  template <class Other>
  void called_from(const promise_base<Other>& caller) noexcept {
    site_.caller = &caller.site_;
  }

  template <class T>
  await_call<T> await_transform(awaitable_of<T>&& callee,
                                std::source_location where = std::source_location::current()) {
    site_.at = where;
    check_not_spent(callee);
    return await_call<T>(std::move(callee));
  }

  template <class T>
  await_call<T> await_transform(awaitable_of<T>&) {
    static_assert(std::is_void_v<std::void_t<T>*>,
                  "a coroutine is awaited once, and is gone then: co_await std::move(name)");
  }

  template <class T, class Sink>
  await_body<T, Sink> await_transform(await_body<T, Sink>&& body) noexcept {
    return std::move(body);
  }

  template <operation Operation>
  await_operation<std::remove_reference_t<Operation>>
  await_transform(Operation&& what, std::source_location where = std::source_location::current()) noexcept {
    site_.at = where;
    return await_operation<std::remove_reference_t<Operation>>(what);
  }

  template <class Handle>
    requires has_wait_operation<Handle>
  auto await_transform(Handle&& handle, std::source_location where = std::source_location::current()) {
    site_.at = where;
    return await_made_operation<wait_operation_of<Handle>>(std::forward<Handle>(handle));
  }

  /// An operation of Asio's, made with asio::deferred.
  template <class Deferred>
    requires(boost::asio::is_async_operation<Deferred>::value && !operation<Deferred> &&
             !has_wait_operation<Deferred>)
  auto await_transform(Deferred&& deferred, std::source_location where = std::source_location::current()) {
    site_.at = where;
    using signature = typename boost::asio::completion_signature_of<Deferred>::type;
    constexpr bool only_runs = runs_coroutines<std::remove_cvref_t<Deferred>>;
    return await_made_operation<asio_operation<signature, Deferred&&, only_runs>>(
        std::forward<Deferred>(deferred));
  }

  /// A coroutine of plain Asio, on whatever executor type.
  template <class T, class OtherExecutor>
    requires(!std::same_as<OtherExecutor, executor>)
  auto await_transform(boost::asio::awaitable<T, OtherExecutor> callee,
                       std::source_location where = std::source_location::current()) {
    site_.at = where;
    check_not_spent(callee);
    return await_made_operation<foreign_operation<T, OtherExecutor>>(std::move(callee));
  }

  template <asio_this_coro Question>
  auto await_transform(Question question) {
    return Frame::await_transform(std::move(question));
  }

  /// Hands the stack that runs here to its task, which now waits for `what`.
  template <class Operation>
  void suspend_on(Operation& what) {
    auto& task = task_of(*this->attached_thread_);
    task.stands_at(site_);
    what.begin(task, *this->detach_thread(), site_.at.get());
  }

  static std::exception_ptr take_exception(asio_frame_base& of) noexcept {
    return std::exchange(of.*(&promise_base::pending_exception_), nullptr);
  }

protected:
  /// Of a frame that is destroyed before its end: whether anybody has begun it.
  void check_begun() const noexcept {
    if (this->caller_ == nullptr && this->attached_thread_ == nullptr) {
      coroutine_was_never_awaited(site_.at.get());
    }
  }

private:
  template <class Other>
  friend class promise_base;

  [[no_unique_address]] await_site site_;
};

/// The location that a promise is constructed with by default is that of the coroutine.
template <class T>
class promise : public promise_base<asio_frame<T>> {
public:
  explicit promise(std::source_location begins_at = std::source_location::current()) noexcept
      : promise_base<asio_frame<T>>(begins_at) {}
  ~promise() {
    if (!std::coroutine_handle<promise>::from_promise(*this).done()) {
      this->check_begun();
    }
  }
  promise(const promise&) = delete;
  promise& operator=(const promise&) = delete;
};

/// The promise of the coroutine at the bottom: ours, or co_spawn's.
template <>
class promise<bottom_of_stack> : public promise_base<asio_frame<bottom_of_stack>> {
public:
  promise() = default;

  /// For our own bottom coroutine, whose first parameter is the task.
  template <std::derived_from<task_base> Task, class... Rest>
  explicit promise(Task& task, Rest&&...) noexcept : task_(&task) {}

  ~promise() {
    if (adopted_) {
      adopted_stack_ended(*task_);
    }
  }
  promise(const promise&) = delete;
  promise& operator=(const promise&) = delete;

  using promise_base::await_transform;
  await_from_bottom await_transform(awaitable_of<void>&& callee) noexcept {
    return await_from_bottom(std::move(callee));
  }
  always_switched await_transform(boost::asio::detail::awaitable_thread_has_context_switched) noexcept {
    return {};
  }

  /// Whether this is co_spawn's, and not in the loop yet.
  [[nodiscard]] bool is_outside() const noexcept { return task_ == nullptr; }

  /// From whichever thread it comes: it waits in the loop's queue for its first step.
  void enter_loop() {
    const executor runs_on = this->attached_thread_->get_executor();
    stack entering;
    entering.take(*this->detach_thread());
    runs_on.require(boost::asio::execution::blocking.never)
        .execute(
            [this, runs_on, entered = std::move(entering), values = copy_of_current_context()]() mutable {
              const enter_context in(values);
              task_ = &adopt_stack(runs_on);
              adopted_ = true;
              begin_adopted(*task_, entered);
            });
  }

  template <class Thread>
  task_base& task_of(Thread& running) {
    if (adopted_) {
      heed_asio_cancellation(running);
    }
    return *task_;
  }

private:
  // A co_spawned stack can also be cancelled in Asio's way. Asio keeps such a cancel for
  // good; here it is passed on once, as task::cancel() would, and then forgotten.
  template <class Thread>
  void heed_asio_cancellation(Thread& running) {
    boost::asio::cancellation_state state = running.get_cancellation_state();
    if (state.cancelled() != boost::asio::cancellation_type::none) {
      state.clear();
      cancel_adopted(*task_);
    }
    if (state.slot().is_connected()) {
      cancel_adopted_on(state, *task_);
    }
  }

  task_base* task_ = nullptr;
  bool adopted_ = false;
};

template <class Thread>
task_base& task_of(Thread& running) {
  return static_cast<promise<bottom_of_stack>&>(*running.entry_point()).task_of(running);
}

// from_promise() of a base class's reference finds the frame only so:
static_assert(alignof(promise<int>) == alignof(asio_frame<int>));
static_assert(alignof(promise<void>) == alignof(asio_frame<void>));
static_assert(alignof(promise<bottom_of_stack>) == alignof(asio_frame<bottom_of_stack>));

} // namespace asyncio::detail

template <class T, class... Args>
struct std::coroutine_traits<boost::asio::awaitable<T, asyncio::executor>, Args...> {
  using promise_type = asyncio::detail::promise<T>;
};
