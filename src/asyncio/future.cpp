#include <asyncio/future.hpp>

#include <asyncio/detail/task_base.hpp>

#include <typeinfo>

namespace asyncio {

detail::future_base& any_future::own_state() const {
  detail::future_base& own = state();
  if (own.owner() != nullptr) {
    detail::loop_of(*own.owner()).check_thread();
  }
  return own;
}

loop& any_future::get_loop() const {
  if (state().owner() == nullptr) {
    throw misuse_error("the loop of this future is gone");
  }
  return detail::loop_of(*state().owner());
}

// Here because a loop knows nothing of handles to futures.
void loop::run_until_complete(const any_future& given) {
  check_not_closed();
  check_not_running();
  if (!given) {
    throw misuse_error("an empty handle was given to run_until_complete: it belongs to no future");
  }
  const detail::future_ref kept = detail::future_access::state(given);
  detail::future_base& awaited = *kept;
  if (awaited.owner() != this) {
    throw invalid_argument_error("the future belongs to another loop");
  }
  class stop_the_loop final : public detail::done_callback {
  public:
    using done_callback::done_callback;
    [[nodiscard]] bool equals(const void*, const std::type_info&) const noexcept override { return false; }

  private:
    void call() override { detail::loop_of(*future().owner()).stop(); }
    [[nodiscard]] const std::type_info& function_type() const noexcept override {
      return typeid(stop_the_loop);
    }
  };
  auto* const end = new stop_the_loop(awaited);
  awaited.add_done_callback(*end);
  const auto withdraw = [&] {
    if (!awaited.done()) {
      awaited.remove_waiter(*end);
      delete end;
    }
  };
  detail::task_base* const main = awaited.is_task() ? static_cast<detail::task_base*>(&awaited) : nullptr;
  main_task = main;
  try {
    run_forever();
  } catch (...) {
    main_task = nullptr;
    withdraw();
    throw;
  }
  main_task = nullptr;
  withdraw();
  if (!awaited.done()) {
    throw misuse_error("the loop was stopped before the future was done");
  }
}

namespace detail {

void check_awaitable(const future_base& what) {
  const scheduler& running = scheduler_of(get_running_loop());
  if (what.owner() != &running) {
    throw misuse_error(what.owner() == nullptr
                           ? "the loop of the awaited future is gone: it can never be done"
                           : "the awaited future belongs to another loop than the task that awaits it");
  }
  if (&what == running.running_task) {
    throw misuse_error("a task cannot await itself");
  }
}

} // namespace detail
} // namespace asyncio
