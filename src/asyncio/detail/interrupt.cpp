// Not asio::signal_set: with it a second Ctrl-C would wait for the loop as the first does,
// and a program that is stuck in a blocking call could not be ended from the keyboard.

#include <asyncio/detail/interrupt.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace asyncio::detail {
namespace {

std::atomic<int> wake_descriptor{-1};
std::atomic<int> interrupts{0};

// Only what POSIX allows in a handler.
extern "C" void on_sigint(int signal) {
  if (interrupts.fetch_add(1) == 0) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_descriptor.load(), &one, sizeof one);
    return;
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

bool default_action_on_main_thread() {
  struct sigaction now{};
  return ::getpid() == ::gettid() && ::sigaction(SIGINT, nullptr, &now) == 0 && now.sa_handler == SIG_DFL;
}

} // namespace

class interrupt_watch::listener {
public:
  listener(boost::asio::io_context& runs, int descriptor, std::function<void()> on_interrupt)
      : descriptor_(runs, descriptor), on_interrupt_(std::move(on_interrupt)) {
    interrupts.store(0);
    wake_descriptor.store(descriptor);
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this](boost::system::error_code error) {
                             if (!error) {
                               on_interrupt_();
                             }
                           });
    struct sigaction action{};
    action.sa_handler = &on_sigint;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
  }

  ~listener() {
    std::signal(SIGINT, SIG_DFL);
    wake_descriptor.store(-1);
  }

  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

private:
  boost::asio::posix::stream_descriptor descriptor_;
  std::function<void()> on_interrupt_;
};

interrupt_watch::interrupt_watch(boost::asio::io_context& runs, std::function<void()> on_interrupt) {
  if (!default_action_on_main_thread()) {
    return;
  }
  const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor >= 0) {
    listener_ = std::make_unique<listener>(runs, descriptor, std::move(on_interrupt));
  }
}

interrupt_watch::~interrupt_watch() = default;

} // namespace asyncio::detail
