#pragma once

#include <string>
#include <string_view>

namespace asyncio::detail {

/// An environment variable's value; empty if it isn't set, or set to nothing.
[[nodiscard]] std::string_view environment(const char* name);

/// A line for whoever set it.
[[nodiscard]] std::string problem_with(const char* name, std::string_view value, const char* what_is_right);

/// The number that the text is, from its first character to its last; false if it is none.
[[nodiscard]] bool read_number(std::string_view text, double& number);
[[nodiscard]] bool read_number(std::string_view text, unsigned long long& number);

} // namespace asyncio::detail
