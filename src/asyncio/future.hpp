#pragma once

#include <asyncio/context.hpp>
#include <asyncio/detail/future_base.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace asyncio {

namespace detail {

template <class T, bool FromTemporary>
class future_wait;

struct future_access;

/// Moved out where nobody can notice, or nothing else will do; else a copy.
template <class T>
T value_from_temporary(future_base& of) {
  if constexpr (!std::is_void_v<T>) {
    T& value = *static_cast<T*>(of.value());
    if constexpr (copyable<T>) {
      if (of.shared()) {
        return value;
      }
    }
    return std::move(value);
  }
}

} // namespace detail

/// A handle to a future of any type: all that doesn't need the type of the result.
///
/// Handles are small and cheap to copy; they compare equal when they are handles to the
/// same future. All of it belongs to the loop's thread, copying too (references are counted
/// without atomics): a function for call_soon_threadsafe() refers to a handle that the loop's
/// side keeps, and results of other threads come through wrap_future(). A default-constructed
/// one is empty, and everything asked of it throws misuse_error.
class any_future {
public:
  any_future() noexcept = default;

  /// Whether it is a handle to anything.
  explicit operator bool() const noexcept { return static_cast<bool>(state_); }

  [[nodiscard]] bool done() const { return state().done(); }
  [[nodiscard]] bool cancelled() const { return state().cancelled(); }

  /// What it failed with, or null. While it is pending invalid_state_error, of a cancelled
  /// one cancelled_error is thrown.
  [[nodiscard]] std::exception_ptr exception() const { return state().exception(); }

  /// Cancels it; what awaits it gets a cancelled_error with the message. False when it is
  /// done already. A task is asked to end, and has ended only once it has run again.
  bool cancel(const std::string& message = {}) const { return own_state().cancel(message); }

  /// The loop it belongs to.
  [[nodiscard]] loop& get_loop() const;

  /// Calls f(future), or f(), in the pass after it is done, in the order of registration;
  /// at once queued if it is done. What f throws goes to the loop's exception handler.
  template <class F>
    requires std::invocable<F&, any_future> || std::invocable<F&>
  void add_done_callback(F f) const {
    add_callback<any_future>(std::move(f));
  }

  /// The same, called in that very context instead of a copy of the current one.
  template <class F>
    requires std::invocable<F&, any_future> || std::invocable<F&>
  void add_done_callback(const context& in, F f) const {
    add_callback<any_future>(std::move(f), &in);
  }

  /// Removes each registration of a callback that compares equal; how many there were.
  template <std::equality_comparable F>
  std::size_t remove_done_callback(const F& f) const {
    return state().remove_done_callbacks(&f, typeid(F));
  }

  friend bool operator==(const any_future&, const any_future&) noexcept = default;

protected:
  explicit any_future(detail::future_ref state) noexcept : state_(std::move(state)) {}

  [[nodiscard]] detail::future_base& state() const {
    if (!state_) {
      throw misuse_error("this handle is empty: it belongs to no future");
    }
    return *state_;
  }

  /// For what changes it: in debug mode misuse_error on a thread that doesn't run its loop.
  [[nodiscard]] detail::future_base& own_state() const;

  template <class Handle, class F>
  void add_callback(F f, const context* in = nullptr) const {
    class calling final : public detail::done_callback {
    public:
      calling(detail::future_base& of, F&& f_) : done_callback(of), function_(std::move(f_)) {}

      [[nodiscard]] bool equals(const void* other, const std::type_info& type) const noexcept override {
        if constexpr (std::equality_comparable<F>) {
          return type == typeid(F) && *static_cast<const F*>(other) == function_;
        } else {
          return false;
        }
      }

    private:
      void call() override {
        if constexpr (std::invocable<F&, Handle>) {
          function_(Handle(detail::future_ref(&future())));
        } else {
          function_();
        }
      }
      [[nodiscard]] const std::type_info& function_type() const noexcept override { return typeid(F); }

      F function_;
    };
    detail::future_base& own = own_state();
    auto* const added = new calling(own, std::move(f));
    if (in != nullptr) {
      added->set_context(detail::context_access::state(*in));
    }
    own.add_done_callback(*added);
  }

private:
  friend struct detail::future_access;

  detail::future_ref state_;
};

/// A value that will be there later (Python: asyncio.Future). A task is one too.
///
/// `co_await` suspends until it is done; then it gives the value, or throws the exception
/// or a cancelled_error. It may be awaited as often as wanted, by as many as want: each
/// gets a copy. A value that can't be copied is a `T const&` from a named handle, and moves
/// out of a temporary one. Cancelling the task that awaits it cancels the future.
///
///     asyncio::future<int> answer; // of the running loop
///     loop.call_later(1s, [answer] { answer.set_result(42); });
///     int n = co_await answer;
template <class T>
class future : public any_future {
public:
  using value_type = T;

  /// A new pending future of the running loop; misuse_error where none runs.
  future() : future(get_running_loop()) {}

  /// A new pending future of that loop.
  explicit future(loop& of)
      : any_future(detail::future_ref(new detail::plain_future<T>(detail::scheduler_of(of)))) {}

  /// An empty handle.
  explicit future(std::nullptr_t) noexcept {}

  /// The value, or throws what it failed with; invalid_state_error while it is pending.
  decltype(auto) result() const& {
    state().check_result();
    if constexpr (!std::is_void_v<T>) {
      return static_cast<const T&>(*static_cast<T*>(state().value()));
    }
  }

  /// From a temporary handle: a copy, or moved out if it can't be copied.
  T result() && {
    state().check_result();
    return detail::value_from_temporary<T>(state());
  }

  /// Gives it its value; who waits resumes in the next pass. invalid_state_error if it is
  /// done, misuse_error if it is a task.
  template <class... Value>
    requires(std::is_void_v<T> ? sizeof...(Value) == 0 : std::constructible_from<T, Value...>)
  void set_result(Value&&... value) const {
    own_state().check_settable();
    static_cast<detail::plain_future<T>&>(state()).set_value(std::forward<Value>(value)...);
  }

  /// Makes it fail.
  void set_exception(std::exception_ptr error) const { own_state().set_exception(std::move(error)); }
  template <class Error>
    requires(!std::convertible_to<Error, std::exception_ptr>)
  void set_exception(Error error) const {
    set_exception(std::make_exception_ptr(std::move(error)));
  }

  /// As any_future's; f is given this type of handle.
  template <class F>
    requires std::invocable<F&, future> || std::invocable<F&>
  void add_done_callback(F f) const {
    this->template add_callback<future>(std::move(f));
  }
  template <class F>
    requires std::invocable<F&, future> || std::invocable<F&>
  void add_done_callback(const context& in, F f) const {
    this->template add_callback<future>(std::move(f), &in);
  }

  template <bool FromTemporary>
  using wait_operation = detail::future_wait<T, FromTemporary>;

protected:
  friend class any_future;
  friend struct detail::future_access;
  explicit future(detail::future_ref state) noexcept : any_future(std::move(state)) {}
};

template <class T>
future<T> loop::create_future() {
  return future<T>(*this);
}

namespace detail {

/// For the layers above: handles from states, and states from handles.
struct future_access {
  template <class Handle>
  static Handle make(future_base& state) {
    return Handle(future_ref(&state));
  }
  static const future_ref& state(const any_future& handle) noexcept { return handle.state_; }
  static future_ref take_state(any_future& handle) noexcept { return std::move(handle.state_); }
};

/// Throws misuse_error where the running task would wait for ever, or on another loop.
void check_awaitable(const future_base& what);

/// A task's wait for a future.
template <class T, bool FromTemporary>
class future_wait final : public operation_base {
public:
  explicit future_wait(const any_future& awaited) : awaited_(future_access::state(awaited)) {
    check_not_empty();
  }
  explicit future_wait(any_future&& awaited) : awaited_(future_access::take_state(awaited)) {
    check_not_empty();
  }

  /// The future may outlive a frame that is destroyed with its loop.
  ~future_wait() override {
    if (waits_ && !awaited_->done()) {
      awaited_->remove_waiter(*this);
    }
  }

  [[nodiscard]] bool ready() const {
    if (awaited_->done()) {
      return true;
    }
    check_awaitable(*awaited_);
    return false;
  }

  bool cancel(const std::string& message) override { return awaited_->cancel(message); }

  [[nodiscard]] task_base* awaited_task() const noexcept override {
    return awaited_->is_task() ? static_cast<task_base*>(awaited_.get()) : nullptr;
  }

  void give_up() override {
    if (waits_ && !awaited_->done()) {
      awaited_->remove_waiter(*this);
      waits_ = false;
      this->wake();
    }
  }

  [[nodiscard]] std::string waits_for() const override { return awaited_->describe(); }

  decltype(auto) resume() {
    if (awaited_->throws_cancelled()) { // a cancel of the task is thrown with it, as one
      this->forget_cancel();
    } else {
      this->check_cancelled();
    }
    awaited_->check_result();
    if constexpr (FromTemporary || std::is_void_v<T>) {
      return value_from_temporary<T>(*awaited_);
    } else if constexpr (copyable<T>) {
      return T(*static_cast<const T*>(awaited_->value()));
    } else {
      return static_cast<const T&>(*static_cast<T*>(awaited_->value()));
    }
  }

private:
  void check_not_empty() const {
    if (!awaited_) {
      throw misuse_error("an empty handle was awaited: it belongs to no future");
    }
  }

  void start() override {
    waits_ = true;
    awaited_->add_waiter(*this);
  }

  future_ref awaited_;
  bool waits_ = false;
};

} // namespace detail

template <class T>
T loop::run_until_complete(const future<T>& awaited) {
  const future<T> kept = awaited; // NOLINT(performance-unnecessary-copy-initialization): the run may drop it
  run_until_complete(static_cast<const any_future&>(kept));
  return future<T>(kept).result();
}

} // namespace asyncio
