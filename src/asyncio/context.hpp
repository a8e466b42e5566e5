#pragma once

#include <asyncio/context_var.hpp>
#include <asyncio/detail/context_state.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <utility>

namespace asyncio {

namespace detail {
struct context_access;
}

/// The values that context variables have somewhere (Python: contextvars.Context).
///
/// This is a handle: copies are to the same context, copy() makes another one. Given to
/// create_task(), call_soon() or run(), it takes the place of the copy that they would make,
/// so what is set there shows here. It belongs to one thread at a time.
///
///     asyncio::context mine = asyncio::copy_context();
///     co_await asyncio::create_task(log_in(), mine);
///     std::optional<std::string> who = mine.get(user);
class context {
public:
  /// An empty one: every variable has its default.
  context() : state_(new detail::context_state) {}

  /// Another one with the same values.
  [[nodiscard]] context copy() const { return context(detail::copy_of(state_)); }

  /// The value that was set in it; nothing if none was, whatever the default.
  template <class T>
  [[nodiscard]] std::optional<T> get(const context_var<T>& variable) const {
    const detail::context_state::value found = variable.find(state_);
    return found != nullptr ? std::optional<T>(*static_cast<const T*>(found.get())) : std::nullopt;
  }

  /// Calls f(args...) with it as the current context, and gives its result: what that sets
  /// is set here, and nowhere else.
  template <class F, class... Args>
    requires std::invocable<F, Args...>
  decltype(auto) run(F&& f, Args&&... args) const {
    detail::context_ref entered = state_;
    const detail::enter_context now(entered);
    return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
  }

  /// Whether they are the same context, not whether they hold the same values.
  friend bool operator==(const context&, const context&) noexcept = default;

private:
  friend struct detail::context_access;
  explicit context(detail::context_ref state) : state_(std::move(state)) { detail::make_context(state_); }

  detail::context_ref state_;
};

/// A copy of the current context. Mirrors contextvars.copy_context().
[[nodiscard]] context copy_context();

namespace detail {

struct context_access {
  [[nodiscard]] static context make(context_ref state) { return context(std::move(state)); }
  [[nodiscard]] static const context_ref& state(const context& of) noexcept { return of.state_; }
};

} // namespace detail
} // namespace asyncio
