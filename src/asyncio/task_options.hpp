#pragma once

#include <asyncio/context.hpp>

#include <optional>
#include <string>
#include <utility>

namespace asyncio {

/// How create_task() makes a task; where it is only the name, or only the context, that
/// alone will do.
///
///     asyncio::create_task(serve(), "server");
///     asyncio::create_task(serve(), asyncio::task_options("server").context(mine));
class task_options {
public:
  task_options() noexcept {
  } // NOLINT(modernize-use-equals-default): an aggregate is no option, see safe_temporary
  task_options(std::string name) : name_(std::move(name)) {} // NOLINT(google-explicit-constructor)
  task_options(const char* name) : name_(name) {}            // NOLINT(google-explicit-constructor)
  task_options(asyncio::context shared) noexcept
      : context_(std::move(shared)) {} // NOLINT(google-explicit-constructor)

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

  [[nodiscard]] const std::string& name_wanted() const noexcept { return name_; }
  [[nodiscard]] const std::optional<asyncio::context>& context_wanted() const noexcept { return context_; }

private:
  std::string name_;
  std::optional<asyncio::context> context_;
};

} // namespace asyncio
