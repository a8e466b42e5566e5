#pragma once

#include <optional>
#include <stdexcept>
#include <string>

namespace demos {

/// Standard input, line by line: a terminal, a pipe, a file, /dev/null.
///
/// A thread that waits for a line can be told to stop, which std::getline can't. Asio's
/// stream_descriptor could, too; but it makes a terminal non-blocking for everyone who has it,
/// the shell included, and epoll takes no files.
class input {
public:
  input();
  ~input();
  input(const input&) = delete;
  input& operator=(const input&) = delete;

  /// Blocks the thread, in a blocking_region, until there is a line; nothing at the end of
  /// input and after stop(). After Ctrl-C asyncio::interrupt_error, like everything that blocks. For
  /// one thread at a time.
  [[nodiscard]] std::optional<std::string> line();

  /// Ends a line() that waits, and those to come. Any thread may call it.
  void stop() noexcept;

private:
  std::optional<std::string> next_line();
  bool wait_for_more();

  bool ended_;
  std::string read_; // and not yet given out
  int stop_;         // an eventfd
};

/// There is no line left where one was asked for (Python: EOFError).
class end_of_input : public std::runtime_error {
public:
  end_of_input() : std::runtime_error("the input ended where a line was expected") {}
};

/// Prints the prompt and gives the line that follows it (Python: input()).
///
/// For programs without a loop, on any thread. end_of_input if there is no line; Ctrl-C
/// throws asyncio::interrupt_error, which thread_main() knows.
std::string ask(const std::string& prompt);

} // namespace demos
