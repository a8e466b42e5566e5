#include <demos/download/progress_bar.hpp>

#include <cstdio>
#include <string>

#include <unistd.h>

namespace demos {

namespace {

constexpr std::size_t width = 40;
constexpr std::chrono::milliseconds at_least_apart(50);

} // namespace

progress_bar::progress_bar(std::size_t total) : total_(total), on_terminal_(::isatty(STDERR_FILENO) == 1) {}

void progress_bar::show(std::size_t done) {
  if (!on_terminal_) {
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_at_ < at_least_apart && done < total_) {
    return;
  }
  shown_at_ = now;
  is_shown_ = true;
  const std::size_t full = total_ == 0 ? width : done * width / total_;
  const std::string bar = std::string(full, '#') + std::string(width - full, '.');
  std::fprintf(stderr, "\r[%s] %zu of %zu", bar.c_str(), done, total_);
}

void progress_bar::hide() {
  if (is_shown_) {
    std::fputs("\r\033[K", stderr);
    is_shown_ = false;
  }
}

} // namespace demos
