#pragma once

#include <string>

namespace asyncio::detail {

/// The report: who can't go on for ever, `first` before the others.
[[nodiscard]] std::string describe_deadlock(const std::string& first);

[[noreturn]] void throw_deadlock(const std::string& first);

} // namespace asyncio::detail
