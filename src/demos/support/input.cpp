#include <demos/support/input.hpp>

#include <asyncio/blocking.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/interrupt.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <exception>
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
  if (ended_) {
    return false;
  }
  std::array<pollfd, 3> wanted{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{stop_, POLLIN, 0},
                               pollfd{asyncio::interrupt_descriptor(), POLLIN, 0}};
  asyncio::check_interrupt();
  while (::poll(wanted.data(), wanted.size(), -1) == -1) {
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
  }
  asyncio::check_interrupt();
  return wanted[1].revents == 0;
}

void input::stop() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
}

std::string ask(const std::string& prompt) {
  static input standard_input;
  std::osyncstream(std::cout) << prompt << std::flush;
  std::optional<std::string> line;
  std::exception_ptr interrupted;
  try {
    line = standard_input.line();
  } catch (const asyncio::interrupt_error&) {
    interrupted = std::current_exception();
  }
  if (line) {
    return *std::move(line);
  }
  std::osyncstream(std::cout) << '\n' << std::flush; // the prompt's line ends here
  if (interrupted) {
    std::rethrow_exception(interrupted);
  }
  throw end_of_input();
}

} // namespace demos
