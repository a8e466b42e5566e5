// The handler does what POSIX allows it: it counts, and writes to a descriptor. Loops on the
// main thread wait for that descriptor themselves. Whoever else blocks is woken by a thread that
// waits for it, which is there only if somebody blocks within an interrupt_scope: nothing
// that a handler may do wakes a condition variable.

#include <asyncio/detail/interrupt.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/thread_name.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace asyncio {
namespace {

std::atomic<std::uint64_t> come{0};   // first ones, over all scopes
std::atomic<int> in_this_scope{0};    // first ones and others
std::atomic<int> wake_descriptor{-1}; // -1: nobody listens
std::atomic<int> handlers_that_run{0};

bool on_main_thread() noexcept {
  return ::getpid() == ::gettid();
}

struct thread_state {
  bool interruptible = on_main_thread();
  bool blocked = false;
  std::uint64_t seen = come.load();
};

thread_state& this_thread() noexcept {
  thread_local thread_state state;
  return state;
}

extern "C" void on_sigint(int signal) {
  ++handlers_that_run; // first: the scope's end waits for it
  if (in_this_scope.fetch_add(1) > 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    --handlers_that_run;
    return;
  }
  const int error = errno;
  ++come;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_descriptor.load(), &one, sizeof one);
  --handlers_that_run;
  errno = error;
}

} // namespace

namespace detail {

/// Tells the listeners.
class interrupt_bell {
public:
  static interrupt_bell& instance() {
    static auto& the_one = *new interrupt_bell; // it may ring as long as there is a process
    return the_one;
  }

  void add(interrupt_listener& newcomer) {
    const std::lock_guard lock(mutex_);
    newcomer.next_ = first_;
    newcomer.link_ = &first_;
    if (first_ != nullptr) {
      first_->link_ = &newcomer.next_;
    }
    first_ = &newcomer;
    if (wake_descriptor.load() != -1) {
      start_ringer();
    }
  }

  void remove(interrupt_listener& leaver) noexcept {
    const std::lock_guard lock(mutex_);
    *leaver.link_ = leaver.next_;
    if (leaver.next_ != nullptr) {
      leaver.next_->link_ = leaver.link_;
    }
  }

  void scope_begins() {
    const std::lock_guard lock(mutex_);
    ending_ = false;
    if (first_ != nullptr) {
      start_ringer();
    }
  }

  /// Everyone has been told when it returns, if there was anything to tell: a loop that hears of
  /// Ctrl-C by itself may end the scope before the ringer is awake.
  void scope_ends(int descriptor) {
    std::optional<std::thread> last;
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      last.swap(ringer_);
    }
    if (last) {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(descriptor, &one, sizeof one);
      last->join();
    }
  }

private:
  void start_ringer() {
    if (ringer_ || ending_) {
      return;
    }
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      ringer_.emplace([this, descriptor = wake_descriptor.load()] { ring(descriptor); });
    } catch (const std::system_error&) { // no thread to be had: it takes the second Ctrl-C
      static_cast<void>(std::current_exception());
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void ring(int descriptor) {
    set_current_thread_name("Ctrl-C");
    pollfd wanted{descriptor, POLLIN, 0};
    while (::poll(&wanted, 1, -1) == -1 && errno == EINTR) {
    }
    const std::lock_guard lock(mutex_);
    if (interrupt_came()) { // else it's the scope's end
      for (interrupt_listener* each = first_; each != nullptr; each = each->next_) {
        each->interrupted();
      }
    }
  }

  std::mutex mutex_;
  interrupt_listener* first_ = nullptr;
  std::optional<std::thread> ringer_;
  bool ending_ = true;
};

void interrupt_listener::listen() {
  interrupt_bell::instance().add(*this);
}

void interrupt_listener::listen_no_more() noexcept {
  interrupt_bell::instance().remove(*this);
}

std::uint64_t interrupts() noexcept {
  return come.load();
}

bool interrupt_pending() noexcept {
  const thread_state& here = this_thread();
  return here.interruptible && !here.blocked && here.seen != come.load();
}

std::uint64_t interrupts_taken() noexcept {
  const thread_state& here = this_thread();
  return here.interruptible ? here.seen : come.load();
}

bool interrupt_came() noexcept {
  return in_this_scope.load() > 0;
}

bool interrupts_are_heard() noexcept {
  return wake_descriptor.load() != -1;
}

void take_interrupt() noexcept {
  this_thread().seen = come.load();
}

interruptible_thread::interruptible_thread(std::uint64_t since) noexcept
    : before_(this_thread().interruptible) {
  thread_state& here = this_thread();
  here.interruptible = true;
  here.seen = since;
}

interruptible_thread::~interruptible_thread() {
  this_thread().interruptible = before_;
}

bool is_interruptible() noexcept {
  return this_thread().interruptible;
}

bool may_be_interrupted_here() noexcept {
  const thread_state& here = this_thread();
  return here.interruptible && !here.blocked;
}

block_interrupts::block_interrupts() noexcept : before_(this_thread().blocked) {
  this_thread().blocked = true;
}

block_interrupts::~block_interrupts() {
  this_thread().blocked = before_;
}

} // namespace detail

namespace {

/// -1 if the system has none left. Where stdin is closed, it stays so.
int make_descriptor() {
  const int made = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (made == -1 || made > STDERR_FILENO) {
    return made;
  }
  const int moved = ::fcntl(made, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  ::close(made);
  return moved;
}

// Of the main thread only.
int scopes = 0;

bool has_default_action() {
  struct sigaction now{};
  return ::sigaction(SIGINT, nullptr, &now) == 0 && now.sa_handler == SIG_DFL;
}

} // namespace

interrupt_scope::interrupt_scope() {
  if (!on_main_thread()) {
    return;
  }
  if (scopes > 0) {
    counts_ = true;
    ++scopes;
    return;
  }
  const int descriptor = has_default_action() ? make_descriptor() : -1;
  if (descriptor == -1) {
    return;
  }
  counts_ = true;
  scopes = 1;
  detail::take_interrupt(); // from here on they count
  wake_descriptor.store(descriptor);
  detail::interrupt_bell::instance().scope_begins();
  struct sigaction action{};
  action.sa_handler = &on_sigint;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
}

interrupt_scope::~interrupt_scope() {
  if (!counts_ || --scopes > 0) {
    return;
  }
  std::signal(SIGINT, SIG_DFL);
  const int descriptor = wake_descriptor.exchange(-1);
  while (handlers_that_run.load() > 0) { // on another thread; it may be about to write there
    std::this_thread::yield();
  }
  detail::interrupt_bell::instance().scope_ends(descriptor);
  ::close(descriptor);
  in_this_scope.store(0);
  detail::take_interrupt(); // one that nobody heeded is forgotten
}

void check_interrupt() {
  if (detail::interrupt_pending()) {
    detail::take_interrupt();
    throw interrupt_error();
  }
}

int interrupt_descriptor() noexcept {
  return detail::interrupt_came() ? -1 : wake_descriptor.load();
}

} // namespace asyncio
