#pragma once

#include <asyncio/detail/intrusive_ref.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace asyncio::detail {

/// What a context holds: a map from variables to values, which is never changed, only
/// replaced. So a copy of a context shares it.
class context_state {
public:
  using value = std::shared_ptr<const void>;

  context_state() noexcept = default;
  context_state(const context_state& other) noexcept : values_(other.values_) {}
  context_state& operator=(const context_state&) = delete;
  ~context_state() = default;

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete this;
    }
  }

  [[nodiscard]] bool empty() const noexcept { return values_ == nullptr; }

  /// Null if the variable has no value here.
  [[nodiscard]] value find(std::uint64_t variable) const noexcept;

  /// Null takes the variable's value away. What it was before.
  value replace(std::uint64_t variable, value by);

private:
  using map = std::vector<std::pair<std::uint64_t, value>>; // a program has few of them

  std::shared_ptr<const map> values_;
  std::atomic<int> references_{0};
};

/// A task's context, a callback's, a thread's; null where nothing was ever set.
using context_ref = intrusive_ref<context_state>;

/// Whose context is in force on this thread; null for the thread's own.
extern constinit thread_local context_ref* entered_context;

[[nodiscard]] context_ref& thread_context() noexcept;

[[nodiscard]] inline context_ref& current_context() noexcept {
  return entered_context != nullptr ? *entered_context : thread_context();
}

/// The same, made if it isn't there: for who changes it, or hands it out.
context_state& make_context(context_ref& wanted);

[[nodiscard]] context_ref copy_of(const context_ref& other);

/// What a new task or callback begins with.
[[nodiscard]] inline context_ref copy_of_current_context() {
  if (entered_context != nullptr && (!*entered_context || (*entered_context)->empty())) {
    return {};
  }
  return copy_of(current_context());
}

/// Puts a context in force for as long as this lives.
class enter_context {
public:
  explicit enter_context(context_ref& entered) noexcept : outer_(std::exchange(entered_context, &entered)) {}
  ~enter_context() { entered_context = outer_; }
  enter_context(const enter_context&) = delete;
  enter_context& operator=(const enter_context&) = delete;

private:
  context_ref* outer_;
};

} // namespace asyncio::detail
