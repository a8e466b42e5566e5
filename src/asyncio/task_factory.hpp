#pragma once

#include <asyncio/task_options.hpp>

#include <functional>
#include <utility>

namespace asyncio {

class any_task;
class loop;

/// A task that create_task() was asked for, in the hands of a task factory.
class task_request {
public:
  task_request(const task_request&) = delete;
  task_request& operator=(const task_request&) = delete;

  /// What create_task() was given; a factory may change it.
  [[nodiscard]] task_options& options() noexcept { return options_; }

  /// Makes the task as options() say, as the loop would without a factory. misuse_error if
  /// that was done already.
  virtual any_task make() = 0;

protected:
  explicit task_request(task_options options) : options_(std::move(options)) {}
  ~task_request() = default;

private:
  task_options options_;
};

/// Makes the tasks of a loop: see loop::set_task_factory(). It calls make() and returns what
/// that gives; what it throws, create_task() throws. Mirrors Python's `factory(loop, coro)`.
///
///     asyncio::any_task count_tasks(asyncio::loop&, asyncio::task_request& wanted) {
///       ++tasks;
///       return wanted.make();
///     }
using task_factory = std::function<any_task(loop&, task_request&)>;

/// A task factory that starts each task eagerly, unless create_task() was told otherwise.
/// Mirrors asyncio.eager_task_factory.
///
///     loop.set_task_factory(asyncio::eager_task_factory);
any_task eager_task_factory(loop& of, task_request& wanted);

} // namespace asyncio
