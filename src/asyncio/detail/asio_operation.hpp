#pragma once

// Operations of Boost.Asio, and coroutines of plain Asio, awaited in coroutines of ours.

#include <asyncio/detail/operation.hpp>
#include <asyncio/errors.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace asyncio::detail {

/// An operation of Asio's that is under way: what its handler and a cancel come to.
///
/// When the handler is called, the task gets its turn in the next pass, as with a future in
/// asyncio. A cancel goes to the operation's cancellation slot, and the task resumes when
/// the operation has given up: it may still be using buffers that the task owns.
class asio_wait : public operation_base {
public:
  /// `outside`: something real ends it.
  explicit asio_wait(bool outside) noexcept : outside_(outside) {}

  bool cancel(const std::string&) override {
    if (completed_ || cancel_passed_on_) {
      return false;
    }
    cancel_passed_on_ = true;
    signal_.emit(boost::asio::cancellation_type::all);
    return true;
  }

  [[nodiscard]] std::string waits_for() const override { return "an operation of Boost.Asio"; }

protected:
  void under_way() noexcept {
    if (outside_) {
      get_scheduler().outside_begins();
    }
  }

  void completed() {
    completed_ = true;
    if (outside_) {
      get_scheduler().outside_ends();
    }
    wake();
  }

  /// It never began: initiation threw.
  void failed_to_begin(std::exception_ptr error) {
    failure_ = std::move(error);
    completed();
  }

  [[nodiscard]] bool cancel_passed_on() const noexcept { return cancel_passed_on_; }

  void check_begun() {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

  /// What Asio is given to call. Dropped uncalled, when the io_context goes, it does nothing.
  template <class Operation>
  class handler {
  public:
    explicit handler(Operation& of) noexcept : of_(&of) {}

    using executor_type = executor;
    [[nodiscard]] executor_type get_executor() const noexcept { return executor(of_->get_scheduler()); }

    using cancellation_slot_type = boost::asio::cancellation_slot;
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
      return of_->signal_.slot();
    }

    template <class... Args>
    void operator()(Args&&... args) {
      of_->complete(std::forward<Args>(args)...);
    }

  private:
    Operation* of_;
  };

  mutable boost::asio::cancellation_signal signal_;

private:
  std::exception_ptr failure_;
  bool outside_;
  bool completed_ = false;
  bool cancel_passed_on_ = false;
};

/// Takes the error off the front of a completion's arguments and throws it, as Asio's
/// use_awaitable does, and gives the rest: nothing, a value, or a tuple.
struct take_result {
  template <class... Rest>
  static auto of(std::tuple<boost::system::error_code, Rest...>&& args) {
    if (std::get<0>(args)) {
      throw boost::system::system_error(std::get<0>(args));
    }
    return rest(std::move(args), std::index_sequence_for<Rest...>());
  }

  template <class... Rest>
  static auto of(std::tuple<std::exception_ptr, Rest...>&& args) {
    if (std::get<0>(args)) {
      std::rethrow_exception(std::get<0>(args));
    }
    return rest(std::move(args), std::index_sequence_for<Rest...>());
  }

  template <class... All>
  static auto of(std::tuple<All...>&& args) {
    return values(std::move(args));
  }

private:
  template <class First, class... Rest, std::size_t... Index>
  static auto rest(std::tuple<First, Rest...>&& args, std::index_sequence<Index...>) {
    return values(std::tuple<Rest...>(std::get<Index + 1>(std::move(args))...));
  }

  static void values(std::tuple<>&&) noexcept {}

  template <class T>
  static T values(std::tuple<T>&& one) {
    return std::get<0>(std::move(one));
  }

  template <class First, class Second, class... More>
  static std::tuple<First, Second, More...> values(std::tuple<First, Second, More...>&& several) {
    return std::move(several);
  }
};

/// One operation, begun by calling `Initiation` with a handler. `RunsCoroutines`: nothing
/// real ends it, only coroutines of ours that it runs.
template <class R, class... Args, class Initiation, bool RunsCoroutines>
class asio_operation<R(Args...), Initiation, RunsCoroutines> final : public asio_wait {
public:
  explicit asio_operation(Initiation initiation) noexcept
      : asio_wait(!RunsCoroutines), initiation_(std::forward<Initiation>(initiation)) {}

  [[nodiscard]] bool ready() const noexcept { return false; }

  auto resume() {
    check_cancelled_here();
    check_begun();
    return take_result::of(std::move(*result_));
  }

private:
  friend class handler<asio_operation>;

  void start() override {
    under_way();
    try {
      std::forward<Initiation>(initiation_)(handler<asio_operation>(*this));
    } catch (...) {
      failed_to_begin(std::current_exception());
    }
  }

  // Whatever the token makes of an aborted operation (an error, a value), the task was
  // cancelled, and that is what it is told.
  void check_cancelled_here() {
    if (cancel_passed_on()) {
      mark_cancelled();
    }
    check_cancelled();
  }

  template <class... Given>
  void complete(Given&&... given) {
    result_.emplace(std::forward<Given>(given)...);
    completed();
  }

  Initiation initiation_;
  std::optional<std::tuple<std::decay_t<Args>...>> result_;
};

/// A coroutine of plain Asio. It runs by Asio's rules, under co_spawn, and here is awaited:
/// if it was cancelled and says so, the task is cancelled; if it went on, that counts.
template <class T, class OtherExecutor>
class foreign_operation final : public asio_wait {
  using coroutine = boost::asio::awaitable<T, OtherExecutor>;
  using slot = std::conditional_t<std::is_void_v<T>, std::monostate, std::optional<T>>;

public:
  explicit foreign_operation(coroutine&& callee) noexcept : asio_wait(true), callee_(std::move(callee)) {}

  [[nodiscard]] bool ready() const noexcept { return false; }

  T resume() {
    check_cancelled();
    check_begun();
    if (error_ && cancel_passed_on() && is_abort(error_)) {
      mark_cancelled();
      check_cancelled();
    }
    if (error_) {
      std::rethrow_exception(error_);
    }
    if constexpr (!std::is_void_v<T>) {
      return std::move(*value_);
    }
  }

private:
  friend class handler<foreign_operation>;

  void start() override {
    under_way();
    try {
      boost::asio::co_spawn(its_executor(), deliver(std::move(callee_), value_),
                            handler<foreign_operation>(*this));
    } catch (...) {
      failed_to_begin(std::current_exception());
    }
  }

  OtherExecutor its_executor() {
    if constexpr (std::constructible_from<OtherExecutor, executor>) {
      return OtherExecutor(executor(get_scheduler()));
    } else {
      // auto: io_context need only be known to programs that use its executor.
      return [](auto& context) { return OtherExecutor(context.get_executor()); }(get_scheduler().context());
    }
  }

  // The value comes this way because co_spawn would need it default-constructible.
  static boost::asio::awaitable<void, OtherExecutor> deliver(coroutine callee, slot& into) {
    if constexpr (std::is_void_v<T>) {
      static_cast<void>(into);
      co_await std::move(callee);
    } else {
      into.emplace(co_await std::move(callee));
    }
  }

  static bool is_abort(const std::exception_ptr& error) noexcept {
    if (is_cancelled_error(error)) {
      return true;
    }
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
      return e.code() == boost::asio::error::operation_aborted;
    } catch (...) {
      return false;
    }
  }

  void complete(std::exception_ptr error) {
    error_ = std::move(error);
    completed();
  }

  coroutine callee_;
  slot value_;
  std::exception_ptr error_;
};

} // namespace asyncio::detail

/// asyncio::use_awaitable: more special than Asio's own, so that every operation in a
/// coroutine of ours is suspended, cancelled and resumed in the one way above.
template <class R, class... Args>
class boost::asio::async_result<boost::asio::use_awaitable_t<asyncio::executor>, R(Args...)> {
  using result =
      decltype(asyncio::detail::take_result::of(std::declval<std::tuple<std::decay_t<Args>...>>()));

public:
  using return_type = boost::asio::awaitable<result, asyncio::executor>;

  template <class Initiation, class... InitArgs>
  static return_type initiate(Initiation initiation, boost::asio::use_awaitable_t<asyncio::executor>,
                              InitArgs... args) {
    auto begin = [&](auto handler) { std::move(initiation)(std::move(handler), std::move(args)...); };
    constexpr bool only_runs =
        asyncio::detail::runs_coroutines<Initiation> || (asyncio::detail::runs_coroutines<InitArgs> || ...);
    co_return co_await asyncio::detail::asio_operation<R(Args...), decltype(begin)&, only_runs>(begin);
  }
};
