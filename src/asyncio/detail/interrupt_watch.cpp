// Not asio::signal_set: with it a second Ctrl-C would wait for the loop as the first does,
// and a program that is stuck in a blocking call could not be ended from the keyboard.

#include <asyncio/detail/interrupt_watch.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <new>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace asyncio::detail {

/// Who is told, on the loop's thread. Shared with handlers that the loop has not run yet.
class interrupt_watch::told {
public:
  explicit told(std::function<void()> on_interrupt) : on_interrupt_(std::move(on_interrupt)) {}

  void operator()() {
    if (const auto call = std::exchange(on_interrupt_, nullptr)) {
      take_interrupt();
      call();
    }
  }
  void forget() noexcept { on_interrupt_ = nullptr; }

private:
  std::function<void()> on_interrupt_;
};

/// The loop waits for the handler's descriptor itself.
class interrupt_watch::on_main_thread {
public:
  on_main_thread(boost::asio::io_context& runs, const std::shared_ptr<told>& to_tell) : descriptor_(runs) {
    const int descriptor = ::fcntl(interrupt_descriptor(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (descriptor == -1) {
      return;
    }
    descriptor_.assign(descriptor);
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [to_tell](boost::system::error_code error) {
                             if (!error) {
                               (*to_tell)();
                             }
                           });
  }

private:
  boost::asio::posix::stream_descriptor descriptor_;
};

class interrupt_watch::on_another_thread final : interrupt_listener {
public:
  on_another_thread(boost::asio::io_context& runs, std::shared_ptr<told> to_tell)
      : runs_(runs), told_(std::move(to_tell)) {
    listen();
  }
  ~on_another_thread() override { listen_no_more(); }
  on_another_thread(const on_another_thread&) = delete;
  on_another_thread& operator=(const on_another_thread&) = delete;

private:
  void interrupted() noexcept override {
    try {
      boost::asio::post(runs_, [to_tell = told_] { (*to_tell)(); });
    } catch (const std::bad_alloc&) { // no memory for it: it takes the second Ctrl-C
      static_cast<void>(std::current_exception());
    }
  }

  boost::asio::io_context& runs_;
  std::shared_ptr<told> told_;
};

interrupt_watch::interrupt_watch(boost::asio::io_context& runs, std::function<void()> on_interrupt)
    : interrupts_before_(interrupts_taken()) {
  if (!may_be_interrupted_here()) {
    return;
  }
  const bool on_the_main_thread = ::getpid() == ::gettid();
  if (on_the_main_thread) {
    scope_.emplace();
    interrupts_before_ = interrupts_taken();
  }
  told_ = std::make_shared<told>(std::move(on_interrupt));
  loop_sees_to_it_.emplace();
  if (on_the_main_thread) {
    main_ = std::make_unique<on_main_thread>(runs, told_);
  } else {
    other_ = std::make_unique<on_another_thread>(runs, told_);
  }
  if (interrupted()) {
    boost::asio::post(runs, [to_tell = told_] { (*to_tell)(); });
  }
}

interrupt_watch::~interrupt_watch() {
  if (told_) {
    told_->forget();
  }
}

bool interrupt_watch::interrupted() const noexcept {
  return told_ && interrupts() != interrupts_before_;
}

} // namespace asyncio::detail
