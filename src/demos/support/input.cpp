#include <demos/support/input.hpp>

#include <asyncio/blocking.hpp>
#include <asyncio/errors.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <syncstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace demos {

// Closed input has ended, and must not be mistaken for what gets its number now.
input::input() : ended_(::fcntl(STDIN_FILENO, F_GETFD) == -1), stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (stop_ == -1) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
}

input::~input() {
  ::close(stop_);
}

std::optional<std::string> input::line() {
  return asyncio::blocking_region([this] { return next_line(); });
}

std::optional<std::string> input::next_line() {
  for (;;) {
    if (const auto end = read_.find('\n'); end != std::string::npos) {
      std::string line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return line;
    }
    if (!wait_for_more()) {
      return std::nullopt;
    }
    std::array<char, 4096> bytes;
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count > 0) {
      read_.append(bytes.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      ended_ = true;
      if (!read_.empty()) {
        read_ += '\n'; // the last line may lack it
      }
    } else if (errno != EINTR && errno != EAGAIN) {
      throw std::system_error(errno, std::generic_category(), "standard input");
    }
  }
}

/// Whether a read makes sense: false at the end, and when it was stopped.
bool input::wait_for_more() {
  std::array<pollfd, 2> wanted{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
  if (ended_) {
    return false;
  }
  while (::poll(wanted.data(), wanted.size(), -1) == -1) {
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
  }
  return wanted[1].revents == 0;
}

void input::stop() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
}

bool input::stopped() const noexcept {
  pollfd asked{stop_, POLLIN, 0};
  return ::poll(&asked, 1, 0) == 1;
}

namespace {

input& standard_input() {
  static input the_one;
  return the_one;
}

extern "C" void stop_input(int) {
  standard_input().stop();
}

/// While one lives, Ctrl-C stops the input; a second one ends the program, as usual.
class interrupt_watch {
public:
  interrupt_watch() {
    ::sigaction(SIGINT, nullptr, &before_);
    if (before_.sa_handler == SIG_DFL) { // ignored: it stays so
      struct sigaction action{};
      action.sa_handler = &stop_input;
      action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
      ::sigaction(SIGINT, &action, nullptr);
    }
  }
  ~interrupt_watch() { ::sigaction(SIGINT, &before_, nullptr); }
  interrupt_watch(const interrupt_watch&) = delete;
  interrupt_watch& operator=(const interrupt_watch&) = delete;

private:
  struct sigaction before_{};
};

} // namespace

std::string ask(const std::string& prompt) {
  input& from = standard_input(); // exists before the handler may need it
  const interrupt_watch watch;
  std::osyncstream(std::cout) << prompt << std::flush;
  std::optional<std::string> line = from.line();
  if (line) {
    return *std::move(line);
  }
  std::osyncstream(std::cout) << '\n' << std::flush; // the prompt's line ends here
  if (from.stopped()) {
    throw asyncio::interrupt_error();
  }
  throw end_of_input();
}

} // namespace demos
