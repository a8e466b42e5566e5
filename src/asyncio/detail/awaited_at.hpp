#pragma once

#include <asyncio/detail/operation.hpp>

#include <source_location>

namespace asyncio::detail {

/// An operation that a coroutine of the library awaits for its caller: whoever looks at the
/// task sees it wait at that caller's line.
template <class Operation>
class awaited_at final : public operation_tag {
public:
  awaited_at(std::source_location where, Operation&& what) noexcept : where_(where), what_(what) {}
  awaited_at(std::source_location where, Operation& what) noexcept : where_(where), what_(what) {}

  [[nodiscard]] bool ready() { return what_.ready(); }

  template <class Stack>
  void begin(task_base& task, Stack& running, std::source_location) {
    what_.begin(task, running, where_);
  }

  decltype(auto) resume() { return what_.resume(); }

private:
  std::source_location where_;
  Operation& what_;
};

} // namespace asyncio::detail
