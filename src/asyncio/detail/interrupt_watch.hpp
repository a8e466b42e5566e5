#pragma once

#include <asyncio/detail/interrupt.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace asyncio::detail {

/// Ctrl-C while a loop runs: calls `on_interrupt` on the loop's thread, between two callbacks. On
/// the main thread, and on others of the library within an interrupt_scope; elsewhere it does
/// nothing. Until it goes, calls that block the loop's thread aren't interrupted.
class interrupt_watch {
public:
  interrupt_watch(boost::asio::io_context& runs, std::function<void()> on_interrupt);
  ~interrupt_watch();
  interrupt_watch(const interrupt_watch&) = delete;
  interrupt_watch& operator=(const interrupt_watch&) = delete;

  /// Whether Ctrl-C came meanwhile, told already or not.
  [[nodiscard]] bool interrupted() const noexcept;

private:
  class told;
  class on_main_thread;
  class on_another_thread;

  std::optional<interrupt_scope> scope_; // first: the others hear of Ctrl-C through it
  std::uint64_t interrupts_before_;
  std::shared_ptr<told> told_;
  std::optional<block_interrupts> loop_sees_to_it_;
  std::unique_ptr<on_main_thread> main_;
  std::unique_ptr<on_another_thread> other_;
};

} // namespace asyncio::detail
