#pragma once

#include <atomic>
#include <chrono>
#include <source_location>
#include <vector>

namespace asyncio::detail {

struct node;
class task_base;

/// What a loop's thread is at, for a look from outside while it does not answer.
class step_note {
public:
  /// Notes the step that the node is about to run; until the node is gone, or this is.
  class taken {
  public:
    taken(step_note& in, const node& next) : note_(in) { note_.begin(next); }
    ~taken() { note_.began_ = {}; }
    taken(const taken&) = delete;
    taken& operator=(const taken&) = delete;

  private:
    step_note& note_;
  };

  /// Whether a step is under way, of a task or of a callback.
  [[nodiscard]] bool under_way() const noexcept { return began_ != time(); }

  /// By the real clock, even in virtual time: that stands still when something blocks.
  using time = std::chrono::steady_clock::time_point;
  [[nodiscard]] time began() const noexcept { return began_; }

  /// Whose step it is; null for a callback. It may be gone by now: only to compare with.
  [[nodiscard]] const task_base* task() const noexcept { return task_; }

  /// The awaits that the task goes on from, the innermost first; empty in its first step.
  [[nodiscard]] const std::vector<std::source_location>& goes_on_from() const noexcept {
    return goes_on_from_;
  }

  /// From any thread: the loop shall look at its I/O after this pass. With many steps to run it
  /// does that rarely.
  void want_poll() noexcept { poll_wanted_ = true; }
  bool take_wanted_poll() noexcept {
    return poll_wanted_.load(std::memory_order_relaxed) && poll_wanted_.exchange(false);
  }

private:
  void begin(const node& next);

  std::atomic<bool> poll_wanted_{false};
  time began_{};
  const task_base* task_ = nullptr;
  std::vector<std::source_location> goes_on_from_;
};

} // namespace asyncio::detail
