#pragma once

#include "lessons.hpp"

#include <csignal>
#include <optional>
#include <string>

/// How the lessons' clocks run; asyncio's environment variables carry it to them.
struct clock_choice {
  bool virtual_time = false;
  std::optional<double> speed;
};

/// How one lesson went.
struct lesson_run {
  std::string problem;               ///< empty: all is well
  std::optional<double> own_seconds; ///< by the program's own clock, if it said so
  double wall_seconds = 0;
};

/// Set by Ctrl-C, once catch_interrupt() has been called.
extern volatile std::sig_atomic_t interrupted;

/// From now on Ctrl-C is for the lesson, which gets it too, or is passed one that was sent to the tour
/// alone; the tour only takes note. A second one ends it.
void catch_interrupt();

/// Starts the lesson's program, which stands beside this one, and waits for its end. It
/// inherits stdout and stderr, and stdin unless there is input for it; what goes wrong is
/// described in `problem`.
lesson_run run_lesson(const lesson& which, const clock_choice& clock);
