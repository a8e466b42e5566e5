#include <demos/download/report.hpp>

#include <iostream>
#include <sstream>
#include <utility>

#include <demos/support/print.hpp>
#include <unistd.h>

namespace demos {

namespace {

// Who reads from a pipe sees the lines soon, and yet there isn't a system call for each of them.
constexpr std::chrono::milliseconds flushed_at_least(100);

} // namespace

download_report::download_report(std::string program, std::size_t total)
    : program_(std::move(program)), total_(total), to_terminal_(::isatty(STDOUT_FILENO) == 1), bar_(total) {
  bar_.show(0);
}

void download_report::print(const std::string& line) {
  if (to_terminal_) {
    bar_.hide();
  }
  std::cout << line;
  const auto now = std::chrono::steady_clock::now();
  if (to_terminal_ || now - flushed_ > flushed_at_least) {
    std::cout.flush();
    flushed_ = now;
  }
}

void download_report::read(std::size_t bytes, const url& from) {
  const std::string line = "Read " + std::to_string(bytes) + " from " + from.text() + '\n';
  const std::lock_guard lock(mutex_);
  ++downloaded_;
  print(line);
  bar_.show(downloaded_ + failed_);
}

void download_report::failed(const url& from, const download_error& error) {
  const std::string line = program_ + ": " + from.text() + ": " + error.what() + '\n';
  const std::lock_guard lock(mutex_);
  ++failed_;
  bar_.hide();
  std::cerr << line;
  bar_.show(downloaded_ + failed_);
}

void download_report::finish(std::chrono::nanoseconds duration) {
  const std::lock_guard lock(mutex_);
  bar_.hide();
  std::cout << "Downloaded " << downloaded_;
  if (downloaded_ < total_) {
    std::cout << " of " << total_;
  }
  std::cout << " in " << seconds{duration, 2} << " seconds\n" << std::flush;
}

int download_report::exit_status() const {
  const std::lock_guard lock(mutex_);
  return downloaded_ == total_ ? 0 : 1;
}

} // namespace demos
