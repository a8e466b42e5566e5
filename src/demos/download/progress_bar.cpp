#include <demos/download/progress_bar.hpp>

#include <algorithm>
#include <cstdio>
#include <string>

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace demos {

namespace {

constexpr std::size_t widest = 40;
constexpr std::size_t narrowest = 5;
constexpr std::chrono::milliseconds at_least_apart(50);

bool stdout_is_a_pipe() {
  struct stat out{};
  return ::fstat(STDOUT_FILENO, &out) == 0 && (S_ISFIFO(out.st_mode) || S_ISSOCK(out.st_mode));
}

std::size_t columns_of_terminal() {
  ::winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : 80;
}

} // namespace

progress_bar::progress_bar(std::size_t total)
    : total_(total), has_terminal_(::isatty(STDERR_FILENO) == 1 && !stdout_is_a_pipe()) {}

void progress_bar::show(std::size_t done) {
  if (!has_terminal_) {
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (is_shown_ && now - shown_at_ < at_least_apart && done < total_) {
    return;
  }
  const std::string text = ' ' + std::to_string(done) + " of " + std::to_string(total_);
  const std::size_t columns = columns_of_terminal();
  const std::size_t around = text.size() + 3; // brackets, and the last column, where some terminals wrap
  if (columns < around + narrowest) {
    return;
  }
  const std::size_t width = std::min(widest, columns - around);
  const std::size_t full = total_ == 0 ? width : done * width / total_;
  const std::string bar = std::string(full, '#') + std::string(width - full, '.');
  std::fprintf(stderr, "\r[%s]%s\033[K", bar.c_str(), text.c_str());
  shown_at_ = now;
  is_shown_ = true;
}

void progress_bar::hide() {
  if (is_shown_) {
    std::fputs("\r\033[K", stderr);
    is_shown_ = false;
  }
}

} // namespace demos
