#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/context_state.hpp>
#include <asyncio/detail/frame_pool.hpp>
#include <asyncio/detail/intrusive_ref.hpp>
#include <asyncio/detail/timer_heap.hpp>

#include <atomic>
#include <optional>
#include <typeinfo>
#include <utility>

namespace asyncio::detail {

class scheduler;

/// A function that a loop will call, now or at a deadline. The queue it is in and each
/// handle own a share of it; the count is atomic, because call_soon_threadsafe hands one
/// to another thread.
class callback : public timer_node, public pooled {
public:
  /// Called in a copy of the current context, unless another one is set.
  explicit callback(scheduler& of)
      : timer_node(&on_queue_turn), owner_(of), context_(copy_of_current_context()) {}
  virtual ~callback() = default;

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete this;
    }
  }

  /// What it calls; null if the node is none.
  [[nodiscard]] static const std::type_info* function_type(const node& n) noexcept {
    return n.on_turn == &on_queue_turn ? &static_cast<const callback&>(n).function_type() : nullptr;
  }

  void cancel();
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
  [[nodiscard]] clock::time_point when() const noexcept { return when_; }
  void set_when(clock::time_point when) noexcept { when_ = when; }
  void set_context(context_ref called_in) noexcept { context_ = std::move(called_in); }

protected:
  virtual void call() = 0;
  virtual void let_go() noexcept = 0;
  [[nodiscard]] virtual const std::type_info& function_type() const noexcept = 0;

private:
  static void on_queue_turn(node& n, turn t);

  scheduler& owner_;
  context_ref context_;
  clock::time_point when_{};
  std::atomic<int> references_{0};
  bool cancelled_ = false;
  bool called_ = false;
};

/// `Function` is what the caller gave, without its arguments: a name for it.
template <class Function, class Call>
class callback_of final : public callback {
public:
  callback_of(scheduler& of, Call&& call) : callback(of), call_(std::move(call)) {}

private:
  void call() override { (*call_)(); }
  void let_go() noexcept override { call_.reset(); }
  [[nodiscard]] const std::type_info& function_type() const noexcept override { return typeid(Function); }

  std::optional<Call> call_;
};

using callback_ref = intrusive_ref<callback>;

} // namespace asyncio::detail
