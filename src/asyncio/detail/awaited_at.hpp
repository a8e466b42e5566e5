#pragma once

#include <asyncio/detail/operation.hpp>

#include <source_location>
#include <utility>

namespace asyncio::detail {

/// An operation that a coroutine of the library awaits for its caller: whoever looks at the
/// task sees it wait at that caller's line.
template <class Operation>
class awaited_at final : public Operation {
public:
  awaited_at(std::source_location where, Operation what) noexcept
      : Operation(std::move(what)), where_(where) {}

  template <class Stack>
  void begin(task_base& task, Stack& running, std::source_location) {
    Operation::begin(task, running, where_);
  }

private:
  std::source_location where_;
};

} // namespace asyncio::detail
