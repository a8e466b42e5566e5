#pragma once

#include <exception>
#include <optional>
#include <utility>
#include <variant>

namespace asyncio {

/// How something ended: with a value or with an exception. What gather(return_exceptions,
/// ...) gives for each of its awaitables, where Python puts both into one list.
///
///     for (asyncio::outcome<int>& each : results) {
///       if (each.has_value()) { use(each.value()); }
///     }
template <class T>
class outcome {
public:
  using value_type = T;

  explicit outcome(T value) : value_(std::move(value)) {}
  explicit outcome(std::exception_ptr exception) noexcept : exception_(std::move(exception)) {}

  [[nodiscard]] bool has_value() const noexcept { return value_.has_value(); }

  /// The value; throws the exception if that is what there is.
  [[nodiscard]] T& value() & {
    check();
    return *value_;
  }
  [[nodiscard]] const T& value() const& {
    check();
    return *value_;
  }
  [[nodiscard]] T value() && {
    check();
    return std::move(*value_);
  }

  /// The exception, or null. A cancelled one gives its cancelled_error.
  [[nodiscard]] std::exception_ptr exception() const noexcept { return exception_; }

private:
  void check() const {
    if (exception_) {
      std::rethrow_exception(exception_);
    }
  }

  std::optional<T> value_;
  std::exception_ptr exception_;
};

/// Of something that gives no value.
template <>
class outcome<void> {
public:
  using value_type = void;

  outcome() noexcept = default;
  explicit outcome(std::monostate) noexcept {}
  explicit outcome(std::exception_ptr exception) noexcept : exception_(std::move(exception)) {}

  [[nodiscard]] bool has_value() const noexcept { return !exception_; }

  void value() const {
    if (exception_) {
      std::rethrow_exception(exception_);
    }
  }

  [[nodiscard]] std::exception_ptr exception() const noexcept { return exception_; }

private:
  std::exception_ptr exception_;
};

} // namespace asyncio
