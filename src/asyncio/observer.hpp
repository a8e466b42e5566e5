#pragma once

namespace asyncio {

namespace detail {
class task_base;
}

/// Told what happens to a loop's tasks: for logs, traces, pictures.
///
/// Install one with loop::set_observer(); a loop without one spends a null check. The calls
/// come on the loop's thread, in order, and must not throw or change any task.
class loop_observer {
public:
  virtual ~loop_observer() = default;
  virtual void task_created(detail::task_base&) {}
  virtual void step_began(detail::task_base&) {}
  virtual void step_ended(detail::task_base&) {}
  virtual void task_waits(detail::task_base&) {}
  virtual void task_done(detail::task_base&) {}
};

} // namespace asyncio
