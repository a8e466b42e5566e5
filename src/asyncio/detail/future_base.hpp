#pragma once

#include <asyncio/detail/context_state.hpp>
#include <asyncio/detail/frame_pool.hpp>
#include <asyncio/detail/intrusive_ref.hpp>
#include <asyncio/detail/node.hpp>
#include <asyncio/detail/value_slot.hpp>
#include <asyncio/errors.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <typeinfo>
#include <utility>

namespace asyncio {
struct exception_context;
}

namespace asyncio::detail {

class scheduler;

class done_callback;

enum class future_state : std::uint8_t { pending, finished, cancelled };

class future_base;

/// One kind of node in a future's list of who waits for it, by its on_turn. The call graph
/// has a table of them, in observe/call_graph.cpp: whoever waits with nodes of its own adds a
/// line there, and a static function that returns this.
struct awaiter_kind {
  node::function on_turn;

  /// Whose wait it is: a task's, or a future's on which others wait in turn.
  const future_base* (*awaiter)(const node&);
};

/// What all futures have in common; future<T> is a counted handle to one.
///
/// Who waits for it stands in a list, in order: nodes in the frames of tasks that await it,
/// in gathers, in done-callbacks. When it is done they all move to the loop's ready queue,
/// so that nothing runs inside set_result(), as in CPython.
class future_base : public pooled {
public:
  explicit future_base(scheduler& of);
  virtual ~future_base();
  future_base(const future_base&) = delete;
  future_base& operator=(const future_base&) = delete;

  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0) {
      delete this;
    }
  }
  [[nodiscard]] bool shared() const noexcept { return references_ > 1; }

  /// The loop it belongs to; null once that is gone.
  [[nodiscard]] scheduler* owner() const noexcept { return owner_; }

  [[nodiscard]] bool done() const noexcept { return state_ != future_state::pending; }
  [[nodiscard]] bool cancelled() const noexcept { return state_ == future_state::cancelled; }
  [[nodiscard]] bool is_task() const noexcept { return is_task_; }

  /// In words: `a future`, `task "fetching"`.
  [[nodiscard]] virtual std::string describe() const;

  /// Python's Future.cancel(): false when it is done already.
  virtual bool cancel(const std::string& message);

  /// The exception or null; throws while pending and when cancelled, as Python's does.
  std::exception_ptr exception();

  /// The stored exception as it is, also of a cancelled future; counts as having seen it.
  std::exception_ptr take_note_of_exception() noexcept;

  /// Whether result() throws a cancelled_error; a gather can fail with one.
  [[nodiscard]] bool throws_cancelled() const noexcept {
    return exception_ && is_cancelled_error(exception_);
  }

  /// Throws what result() has to throw; returns when there is a value.
  void check_result();

  void set_exception(std::exception_ptr error);

  /// Throws unless it is still pending and not a task.
  void check_settable() const;

  /// Who waits for it; null when it is done.
  [[nodiscard]] const node* first_waiter() const noexcept { return waiters_.first(); }

  // Only while it is pending.
  void add_waiter(node& n) noexcept { waiters_.push(n); }
  void remove_waiter(node& n) noexcept { waiters_.remove(n); }

  /// Takes the callback over; queues it if the future is done already.
  void add_done_callback(done_callback& callback);
  std::size_t remove_done_callbacks(const void* function, const std::type_info& type) noexcept;

  /// Where the value is; what that is only the typed handle knows.
  [[nodiscard]] void* value() noexcept { return value_; }

  /// The loop is going away: nobody will be woken any more.
  virtual void detach() noexcept;

  // The loop's registry of its futures, in order of creation.
  future_base* next_alive = nullptr;
  future_base* previous_alive = nullptr;

protected:
  void finish(future_state state) noexcept;
  void finish_with(std::exception_ptr error) noexcept {
    exception_ = std::move(error);
    exception_unseen_ = true;
    finish(future_state::finished);
  }
  void finish_cancelled(std::exception_ptr error) noexcept {
    exception_ = std::move(error);
    finish(future_state::cancelled);
  }

  [[nodiscard]] bool exception_unseen() const noexcept { return exception_unseen_; }
  static void report_to(scheduler* owner, const exception_context& context) noexcept;

  void* value_ = nullptr;
  bool is_task_ = false;

private:
  void report_unseen_exception() noexcept;

  scheduler* owner_;
  wait_list waiters_;
  std::exception_ptr exception_;
  std::uint32_t references_ = 0;
  future_state state_ = future_state::pending;
  bool exception_unseen_ = false;
};

using future_ref = intrusive_ref<future_base>;

/// A future whose value somebody sets.
template <class T>
class plain_future final : public future_base {
public:
  explicit plain_future(scheduler& of) : future_base(of) { value_ = slot_.address(); }

  template <class... Args>
  void set_value(Args&&... args) {
    slot_.emplace(std::forward<Args>(args)...);
    finish(future_state::finished);
  }

private:
  value_slot<T> slot_;
};

/// A done-callback: owned by the future until it is done, then by the ready queue. It is
/// called in a copy of the context that was current at its registration, unless another is set.
class done_callback : public node, public pooled {
public:
  explicit done_callback(future_base& of)
      : node(&on_queue_turn), of_(&of), context_(copy_of_current_context()) {}
  virtual ~done_callback() = default;

  /// Whether it calls that very function: for remove_done_callback.
  [[nodiscard]] virtual bool equals(const void* function, const std::type_info& type) const noexcept = 0;

  [[nodiscard]] static bool is(const node& n) noexcept { return n.on_turn == &on_queue_turn; }

  /// What it calls; null if the node is none.
  [[nodiscard]] static const std::type_info* function_type(const node& n) noexcept {
    return is(n) ? &static_cast<const done_callback&>(n).function_type() : nullptr;
  }
  void keep_future_alive() noexcept { kept_ = future_ref(of_); }
  void set_context(context_ref called_in) noexcept { context_ = std::move(called_in); }

protected:
  [[nodiscard]] future_base& future() const noexcept { return *of_; }

private:
  static void on_queue_turn(node& n, turn t);
  virtual void call() = 0;
  [[nodiscard]] virtual const std::type_info& function_type() const noexcept { return typeid(*this); }

  future_base* of_; // while it waits in the future's own list
  future_ref kept_; // from when the future is done: it may be dropped before the callback's turn
  context_ref context_;
};

} // namespace asyncio::detail
