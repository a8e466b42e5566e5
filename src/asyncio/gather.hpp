#pragma once

#include <asyncio/ensure_future.hpp>
#include <asyncio/future.hpp>
#include <asyncio/outcome.hpp>
#include <asyncio/task.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace asyncio {

/// The first argument of a gather() that collects failures instead of throwing the first.
struct return_exceptions_t {
  explicit constexpr return_exceptions_t() noexcept = default;
};
inline constexpr return_exceptions_t return_exceptions{};

namespace detail {

template <class Awaitable>
using future_of = decltype(ensure_future(std::declval<Awaitable>()));

template <class Awaitable>
using value_of = typename future_of<Awaitable>::value_type;

/// In a tuple, nothing has to be something.
template <class T>
using element_of = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// What a gather waits on: a future that is done when its children are.
class gathering : public future_base {
public:
  gathering(scheduler& of, std::vector<future_ref> children, bool collects_exceptions);

  /// Begins to wait. A child that is done already counts at once.
  void begin();

  /// Cancels the children; it ends when they have. False if none could be cancelled.
  bool cancel(const std::string& message) override;

  void detach() noexcept override;
  [[nodiscard]] std::string describe() const override;

  /// In the list of a child: whoever awaits the gather awaits it.
  static awaiter_kind as_awaiter() noexcept { return child_node::as_awaiter(); }

protected:
  [[nodiscard]] std::size_t child_count() const noexcept { return children_.size(); }

  /// The result of a child that has one.
  template <class T>
  element_of<T> child_value(std::size_t i) {
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return value_from_temporary<T>(*children_[i]);
    }
  }

  template <class T>
  outcome<T> child_outcome(std::size_t i) {
    if (std::exception_ptr error = children_[i]->take_note_of_exception()) {
      return outcome<T>(std::move(error));
    }
    return outcome<T>(child_value<T>(i));
  }

private:
  class child_node : public node {
  public:
    explicit child_node(gathering& of) noexcept : node(&on_queue_turn), of_(&of) {}
    child_node(child_node&& other) noexcept : node(&on_queue_turn), of_(other.of_) {}

    static awaiter_kind as_awaiter() noexcept {
      return {&on_queue_turn,
              [](const node& n) -> const future_base* { return static_cast<const child_node&>(n).of_; }};
    }

  private:
    static void on_queue_turn(node& n, turn t);
    gathering* of_;
  };

  virtual void collect() = 0;
  void child_done(future_base& child);

  std::vector<future_ref> children_;
  std::vector<child_node> nodes_; // one a child, in its list of who waits
  std::size_t left_ = 0;
  std::string cancel_message_;
  bool collects_exceptions_;
  bool cancel_requested_ = false;
};

/// The gather of a pack; Result is a tuple of values or of outcomes.
template <class Result, class... Ts>
class pack_gathering final : public gathering {
public:
  pack_gathering(scheduler& of, std::vector<future_ref> children, bool collects_exceptions)
      : gathering(of, std::move(children), collects_exceptions) {
    value_ = slot_.address();
  }

private:
  void collect() override { collect(std::index_sequence_for<Ts...>()); }

  template <std::size_t... Index>
  void collect(std::index_sequence<Index...>) {
    if constexpr (std::same_as<Result, std::tuple<outcome<Ts>...>>) {
      slot_.emplace(child_outcome<Ts>(Index)...);
    } else {
      slot_.emplace(child_value<Ts>(Index)...);
    }
  }

  value_slot<Result> slot_;
};

/// The gather of a vector.
template <class Result, class T>
class vector_gathering final : public gathering {
public:
  vector_gathering(scheduler& of, std::vector<future_ref> children, bool collects_exceptions)
      : gathering(of, std::move(children), collects_exceptions) {
    value_ = slot_.address();
  }

private:
  void collect() override {
    Result all;
    all.reserve(child_count());
    for (std::size_t i = 0; i < child_count(); ++i) {
      if constexpr (std::same_as<Result, std::vector<outcome<T>>>) {
        all.push_back(child_outcome<T>(i));
      } else {
        all.push_back(child_value<T>(i));
      }
    }
    slot_.emplace(std::move(all));
  }

  value_slot<Result> slot_;
};

/// The loop of what was given to `function`: all have to share it; the running one if there are
/// none.
scheduler& owner_of_children(const std::vector<future_ref>& children, const std::string& function);

template <class Gathering, class Result>
future<Result> begin_gather(std::vector<future_ref> children, bool collects_exceptions) {
  scheduler& of = owner_of_children(children, "gather");
  auto* const gathered = new Gathering(of, std::move(children), collects_exceptions);
  future<Result> handle = future_access::make<future<Result>>(*gathered);
  gathered->begin();
  return handle;
}

template <class Result, class... Awaitables>
future<Result> gather_pack(bool collects_exceptions, Awaitables... awaitables) {
  std::vector<future_ref> children;
  children.reserve(sizeof...(awaitables));
  (children.push_back(future_access::state(ensure_child(std::move(awaitables)))), ...);
  return begin_gather<pack_gathering<Result, value_of<Awaitables>...>, Result>(std::move(children),
                                                                               collects_exceptions);
}

template <class Result, class Awaitable>
future<Result> gather_vector(bool collects_exceptions, std::vector<Awaitable> awaitables) {
  std::vector<future_ref> children;
  children.reserve(awaitables.size());
  for (Awaitable& each : awaitables) {
    children.push_back(future_access::state(ensure_child(std::move(each))));
  }
  return begin_gather<vector_gathering<Result, value_of<Awaitable>>, Result>(std::move(children),
                                                                             collects_exceptions);
}

template <class T>
concept gatherable = requires(T t) { ensure_future(std::move(t)); };

} // namespace detail

/// Runs coroutines, futures and tasks beside each other, and gives all their results, in
/// the order of the arguments: a tuple, with std::monostate for those that give nothing.
///
/// Coroutines become tasks at once, and start when the caller next suspends. The first that
/// fails makes the gather fail with its exception; the others are not cancelled and go on.
/// A child that was cancelled counts as one that failed with cancelled_error. Cancelling
/// the gather (or the task that awaits it) cancels every child; it ends when they have.
/// misuse_error outside a running loop, invalid_argument_error for futures of two loops.
/// Mirrors asyncio.gather(a, b, ...).
///
///     auto [first, second] = co_await asyncio::gather(fetch(1), fetch(2));
template <detail::gatherable... Awaitables>
auto gather(Awaitables... awaitables) {
  using result = std::tuple<detail::element_of<detail::value_of<Awaitables>>...>;
  return detail::gather_pack<result>(false, std::move(awaitables)...);
}

/// With return_exceptions first, each result is an outcome: the value, or the exception
/// that it ended with. Then it doesn't fail, and ends with its last child.
template <detail::gatherable... Awaitables>
auto gather(return_exceptions_t, Awaitables... awaitables) {
  using result = std::tuple<outcome<detail::value_of<Awaitables>>...>;
  return detail::gather_pack<result>(true, std::move(awaitables)...);
}

/// The same for as many as there are: gives a vector. Of nothing, an empty one, at once.
///
///     std::vector<asyncio::awaitable<int>> all;
///     for (int i = 0; i < 10; ++i) { all.push_back(fetch(i)); }
///     std::vector<int> results = co_await asyncio::gather(std::move(all));
template <detail::gatherable Awaitable>
auto gather(std::vector<Awaitable> awaitables) {
  using result = std::vector<detail::element_of<detail::value_of<Awaitable>>>;
  return detail::gather_vector<result>(false, std::move(awaitables));
}

template <detail::gatherable Awaitable>
auto gather(return_exceptions_t, std::vector<Awaitable> awaitables) {
  using result = std::vector<outcome<detail::value_of<Awaitable>>>;
  return detail::gather_vector<result>(true, std::move(awaitables));
}

} // namespace asyncio
