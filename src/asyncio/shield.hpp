#pragma once

#include <asyncio/detail/future_base.hpp>
#include <asyncio/detail/value_slot.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

/// The outer side of a shield: ends as the inner does, unless it is cancelled before.
class shielding : public future_base {
public:
  shielding(scheduler& of, future_ref inner) : future_base(of), inner_(std::move(inner)), inner_end_(*this) {}

  void begin();

  /// Cancels this side only. A failure of the inner is reported then, since nobody may see it.
  bool cancel(const std::string& message) override;

  void detach() noexcept override;
  [[nodiscard]] std::string describe() const override;

  static awaiter_kind as_awaiter() noexcept {
    return {&inner_end::on_queue_turn,
            [](const node& n) -> const future_base* { return &static_cast<const inner_end&>(n).of; }};
  }

protected:
  [[nodiscard]] future_base& inner() const noexcept { return *inner_; }

private:
  struct inner_end : node {
    explicit inner_end(shielding& of_) noexcept : node(&on_queue_turn), of(of_) {}
    static void on_queue_turn(node& n, turn t);
    shielding& of;
  };

  void inner_done();
  void leave() noexcept;
  virtual void take_value() = 0;

  future_ref inner_;
  inner_end inner_end_;
};

template <class T>
class typed_shielding final : public shielding {
public:
  typed_shielding(scheduler& of, future_ref inner) : shielding(of, std::move(inner)) {
    value_ = slot_.address();
  }

private:
  void take_value() override {
    if constexpr (std::is_void_v<T>) {
      slot_.emplace();
    } else {
      slot_.emplace(value_from_temporary<T>(inner()));
    }
  }

  value_slot<T> slot_;
};

/// The loop of what is to be shielded; misuse_error if it is gone.
scheduler& owner_of_shielded(const future_base& inner);

} // namespace detail

/// A future that ends as `awaitable` does, and keeps a cancel from it: cancelling the shield, or
/// the task that awaits it, leaves what is inside running.
///
/// A coroutine becomes a task at once. If the inside is cancelled itself, the shield is, too. It
/// is done in the pass after the inside; one that is done already is given as it is. Once the
/// shield was cancelled, a failure of the inside goes to the loop's exception handler.
/// misuse_error for a coroutine where no loop is running. Mirrors asyncio.shield().
///
///     auto saving = asyncio::create_task(save());
///     co_await asyncio::shield(saving); // a cancel ends the wait, and not the saving
template <class Awaitable>
  requires detail::gatherable<Awaitable>
auto shield(Awaitable awaitable) -> future<detail::value_of<Awaitable>> {
  using value = detail::value_of<Awaitable>;
  future<value> inner = detail::ensure_child(std::move(awaitable));
  if (inner.done()) {
    return inner;
  }
  detail::future_ref state = detail::future_access::take_state(inner);
  detail::scheduler& owner = detail::owner_of_shielded(*state);
  auto* const outer = new detail::typed_shielding<value>(owner, std::move(state));
  auto handle = detail::future_access::make<future<value>>(*outer);
  outer->begin();
  return handle;
}

} // namespace asyncio
