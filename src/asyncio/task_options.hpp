#pragma once

#include <asyncio/context.hpp>

#include <optional>
#include <string>
#include <utility>

namespace asyncio {

/// Says that a task starts at once, inside create_task(): see task_options::eager_start().
struct eager_start_t {
  explicit constexpr eager_start_t() noexcept = default;
};
inline constexpr eager_start_t eager_start{};

/// How create_task() makes a task; where it is only one thing, that alone will do.
///
///     asyncio::create_task(serve(), "server");
///     asyncio::create_task(serve(), asyncio::eager_start);
///     asyncio::create_task(serve(), asyncio::task_options("server").context(mine));
class task_options {
public:
  // NOLINTNEXTLINE(modernize-use-equals-default): g++ 12 and temporaries, see safe_temporary.hpp
  task_options() noexcept {}

  // Not explicit: one thing alone stands for options that say just that.
  task_options(std::string name) : name_(std::move(name)) {}
  task_options(const char* name) : name_(name) {}
  task_options(asyncio::context shared) noexcept : context_(std::move(shared)) {}
  task_options(eager_start_t) noexcept : eager_start_(true) {}

  /// Without one it is `Task-7`, counted by the loop.
  task_options& name(std::string name) noexcept {
    name_ = std::move(name);
    return *this;
  }

  /// The task runs in that very context, instead of a copy of its creator's.
  task_options& context(asyncio::context shared) noexcept {
    context_ = std::move(shared);
    return *this;
  }

  /// Its first step, up to where it first suspends, runs inside create_task(), if the loop
  /// runs there; a task that never suspends is done when create_task() returns. `false` is
  /// for loops whose task factory starts tasks eagerly. Mirrors Task(..., eager_start=True).
  ///
  /// A task that starts eagerly within the eager start of another, and so on, uses up the
  /// thread's stack: the hundredth waits for its turn like any task.
  task_options& eager_start(bool on = true) noexcept {
    eager_start_ = on;
    return *this;
  }

  [[nodiscard]] const std::string& name_wanted() const noexcept { return name_; }
  [[nodiscard]] const std::optional<asyncio::context>& context_wanted() const noexcept { return context_; }
  [[nodiscard]] std::optional<bool> eager_start_wanted() const noexcept { return eager_start_; }

private:
  std::string name_;
  std::optional<asyncio::context> context_;
  std::optional<bool> eager_start_;
};

} // namespace asyncio
