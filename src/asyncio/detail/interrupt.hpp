#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace asyncio::detail {

/// Ctrl-C while a loop runs. The first calls `on_interrupt` on the loop's thread, between
/// two callbacks; the second ends the program at once, as if nobody had listened.
///
/// It listens only on the main thread, where SIGINT still has its default action; elsewhere,
/// or where the system has no descriptor left for it, it does nothing.
class interrupt_watch {
public:
  interrupt_watch(boost::asio::io_context& runs, std::function<void()> on_interrupt);
  ~interrupt_watch();
  interrupt_watch(const interrupt_watch&) = delete;
  interrupt_watch& operator=(const interrupt_watch&) = delete;

private:
  class listener;
  std::unique_ptr<listener> listener_;
};

} // namespace asyncio::detail
