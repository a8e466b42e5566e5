#pragma once

#include <memory>

namespace asyncio {

class loop;

namespace detail {

/// While one lives, SIGUSR1 makes the program print the tasks of its loop, and of the others that
/// have one, on stderr: run_options::dump_on_signal() says what; afterwards the signal does nothing. A
/// handler of the program's own stays, and then a warning is logged instead.
///
/// It is made, and goes, while the loop doesn't run.
class dump_on_signal {
public:
  explicit dump_on_signal(loop& of);
  ~dump_on_signal();
  dump_on_signal(const dump_on_signal&) = delete;
  dump_on_signal& operator=(const dump_on_signal&) = delete;

  /// The loop is about to run on the calling thread.
  void runs_here();

  /// A loop among those to be told of, as the thread that tells knows it.
  struct told_loop;

private:
  std::shared_ptr<told_loop> loop_;
};

} // namespace detail
} // namespace asyncio
