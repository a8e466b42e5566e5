#pragma once

#include <asyncio/detail/context_state.hpp>
#include <asyncio/errors.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace asyncio {

class context;

namespace detail {

/// Never the same twice: a variable must not find what one before it has left.
[[nodiscard]] std::uint64_t next_context_variable() noexcept;

} // namespace detail

/// A variable of which every task has its own value (Python: contextvars.ContextVar).
///
/// A task begins with a copy of its creator's values, made when the task is; what either
/// sets later, the other doesn't see. Callbacks of a loop begin with a copy, too, and so
/// does what to_thread() calls. Outside, each thread has values of its own.
///
/// A variable is a global, or lives as long as what uses it. get() and set() are for any
/// thread; a value is read by every task that has it, on whatever thread, so it has to be
/// of a type that can be: copies come out, and what is behind a pointer is shared. A program
/// that sets none pays nothing.
///
///     asyncio::context_var<std::string> user("user", "nobody");
///
///     awaitable<void> serve(std::string name) {
///       user.set(name);
///       co_await answer(); // whatever that calls sees the name
///     }
template <class T>
class context_var {
public:
  /// What set() gives back: how to undo it.
  class token {
  public:
    token(token&&) noexcept = default;
    token& operator=(token&&) noexcept = default;
    token(const token&) = delete;
    token& operator=(const token&) = delete;
    ~token() = default;

    /// The value that was replaced, if there was one.
    [[nodiscard]] std::optional<T> old_value() const {
      return before_ != nullptr ? std::optional<T>(*static_cast<const T*>(before_.get())) : std::nullopt;
    }

  private:
    friend class context_var;
    token(std::uint64_t variable, detail::context_ref where, detail::context_state::value before) noexcept
        : variable_(variable), where_(std::move(where)), before_(std::move(before)) {}

    std::uint64_t variable_;
    detail::context_ref where_; // null once it was used
    detail::context_state::value before_;
  };

  /// A variable without a default. The name is for messages.
  explicit context_var(std::string name = {}) : name_(std::move(name)) {}
  context_var(std::string name, T default_value)
      : name_(std::move(name)), default_(std::move(default_value)) {}
  context_var(const context_var&) = delete;
  context_var& operator=(const context_var&) = delete;
  ~context_var() = default;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// The value that was set here, or the default; misuse_error if there is neither.
  [[nodiscard]] T get() const {
    if (const detail::context_state::value found = find(detail::current_context())) {
      return *static_cast<const T*>(found.get());
    }
    if (!default_) {
      throw misuse_error("the context variable \"" + name_ + "\" has no value here, and no default");
    }
    return *default_;
  }

  /// The value that was set here, or else `otherwise`, whatever the default.
  [[nodiscard]] T get(T otherwise) const {
    if (const detail::context_state::value found = find(detail::current_context())) {
      return *static_cast<const T*>(found.get());
    }
    return otherwise;
  }

  /// Gives it a value in the current context.
  token set(T value) const {
    detail::context_ref& here = detail::current_context();
    auto before = detail::make_context(here).replace(id_, std::make_shared<const T>(std::move(value)));
    return token(id_, here, std::move(before));
  }

  /// Undoes a set(): brings back what was there before, be it nothing. misuse_error if it was
  /// undone already; invalid_argument_error for another variable's token, or another context's.
  void reset(token& of) const {
    if (!of.where_) {
      throw misuse_error("this token was used already: a set() is undone once");
    }
    if (of.variable_ != id_) {
      throw invalid_argument_error("this token is another variable's, not of \"" + name_ + '"');
    }
    if (of.where_ != detail::current_context()) {
      throw invalid_argument_error("this token of the context variable \"" + name_ +
                                   "\" was made in another context");
    }
    std::exchange(of.where_, nullptr)->replace(id_, std::move(of.before_));
  }
  void reset(token&& of) const { reset(of); }

private:
  friend class context;

  [[nodiscard]] detail::context_state::value find(const detail::context_ref& in) const noexcept {
    return in ? in->find(id_) : nullptr;
  }

  std::string name_;
  std::optional<T> default_;
  std::uint64_t id_ = detail::next_context_variable();
};

} // namespace asyncio
