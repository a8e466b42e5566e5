#pragma once

namespace asyncio {

class any_task;

/// Told what happens to a loop's tasks: for logs, traces, pictures of what the loop does.
///
/// Install one with loop::set_observer(); a loop without one spends a null check. Override
/// the events that matter. They come on the loop's thread, in order, while the loop is in
/// the middle of its work: an observer looks at tasks (name(), waits_for() and the rest of
/// task.hpp) and leaves them as they are. What it throws goes to the loop's exception
/// handler. Python has no such thing.
///
///     class narrator final : public asyncio::loop_observer {
///       void step_began(const asyncio::any_task& task) override { std::cout << task.name() << " runs\n"; }
///     };
class loop_observer {
public:
  virtual ~loop_observer() = default;

  /// It stands in the queue of what is ready, for its first step.
  virtual void task_created(const any_task&) {}

  /// The loop took it from the queue and runs it.
  virtual void step_began(const any_task&) {}

  /// It gave the thread back: after task_waits() or task_done().
  virtual void step_ended(const any_task&) {}

  /// It is suspended at an await. What for, and where, it knows: waits_for(), waits_at().
  virtual void task_waits(const any_task&) {}

  /// What it waited for is there, or it was cancelled: it stands in the queue again.
  virtual void task_woken(const any_task&) {}

  /// It has ended, in whatever way. One that was cancelled before its first step never began.
  virtual void task_done(const any_task&) {}
};

namespace detail {

class scheduler;
class task_base;

/// Tells the loop's observer of the event, if there is one.
void tell_observer(scheduler& of, task_base& task, void (loop_observer::*event)(const any_task&)) noexcept;

} // namespace detail
} // namespace asyncio
