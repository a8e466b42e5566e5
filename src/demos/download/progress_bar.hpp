#pragma once

#include <chrono>
#include <cstddef>

namespace demos {

/// How far the program is, on the last line of the terminal that stderr is; nothing if it is none, if
/// it is too narrow, or if stdout is a pipe, since what reads there may write to the same terminal.
///
///     [##############..........................] 56 of 160
class progress_bar {
public:
  explicit progress_bar(std::size_t total);
  ~progress_bar() { hide(); }
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  /// Draws it anew; what is there already, a few times a second, however often it is called.
  void show(std::size_t done);

  /// Makes room for a line of the program's.
  void hide();

private:
  std::size_t total_;
  bool has_terminal_;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point shown_at_;
};

} // namespace demos
