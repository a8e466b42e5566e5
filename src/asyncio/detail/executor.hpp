#pragma once

#include <asyncio/detail/frame_pool.hpp>
#include <asyncio/detail/node.hpp>
#include <asyncio/detail/scheduler.hpp>

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/mapping.hpp>
#include <boost/asio/execution_context.hpp>

#include <type_traits>
#include <utility>

namespace asyncio {

/// A loop's executor: how Boost.Asio hands work to the loop.
///
/// Small, trivially copied, and good for anything of Asio's that takes an executor:
/// co_spawn, sockets, timers, post. Work given to it from the loop's own thread waits in
/// the loop's ready queue, in line with tasks and callbacks. It is valid as long as its
/// loop; execute() may be called from any thread.
class executor {
public:
  executor() noexcept = default;
  explicit executor(detail::scheduler& of) noexcept : scheduler_(&of) {}

  [[nodiscard]] loop& get_loop() const noexcept { return detail::loop_of(*scheduler_); }
  [[nodiscard]] detail::scheduler& get_scheduler() const noexcept { return *scheduler_; }

  // What follows is Asio's executor protocol.

  boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
    return scheduler_->execution_context();
  }

  static constexpr boost::asio::execution::mapping_t query(boost::asio::execution::mapping_t) noexcept {
    return boost::asio::execution::mapping.thread;
  }

  [[nodiscard]] boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) const noexcept {
    if (never_blocks_) {
      return boost::asio::execution::blocking.never;
    }
    return boost::asio::execution::blocking.possibly;
  }

  [[nodiscard]] executor require(boost::asio::execution::blocking_t::possibly_t) const noexcept {
    return executor(scheduler_, false);
  }

  [[nodiscard]] executor require(boost::asio::execution::blocking_t::never_t) const noexcept {
    return executor(scheduler_, true);
  }

  template <class Function>
  void execute(Function function) const {
    const bool here = detail::running_scheduler == scheduler_;
    if (here && !never_blocks_) {
      function();
      return;
    }
    auto* const queued = new queued_function<Function>(std::move(function));
    if (here) {
      scheduler_->ready(*queued);
    } else if (!scheduler_->get_inbox()->leave(*queued)) {
      delete queued;
    }
  }

  friend bool operator==(const executor&, const executor&) noexcept = default;

private:
  template <class Function>
  struct queued_function : detail::node, detail::pooled {
    explicit queued_function(Function&& f) : node(&on_queue_turn), function(std::move(f)) {}

    static void on_queue_turn(detail::node& n, detail::turn turn) {
      auto& self = static_cast<queued_function&>(n);
      Function taken(std::move(self.function)); // its memory is free before it runs, as Asio promises
      delete &self;
      if (turn == detail::turn::run) {
        taken();
      }
    }

    Function function;
  };

  executor(detail::scheduler* of, bool never_blocks) noexcept : scheduler_(of), never_blocks_(never_blocks) {}

  detail::scheduler* scheduler_ = nullptr;
  bool never_blocks_ = false;
};

} // namespace asyncio
