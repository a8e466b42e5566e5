#pragma once

#include <source_location>
#include <string>
#include <string_view>

namespace asyncio::detail {

inline bool is_same_place(std::source_location one, std::source_location other) noexcept {
  return one.line() == other.line() && std::string_view(one.file_name()) == other.file_name();
}

/// `file.cpp:12`.
inline std::string place_in_source(std::source_location where) {
  if (where.line() == 0) {
    return "an unknown place";
  }
  std::string_view file = where.file_name();
  file.remove_prefix(file.find_last_of('/') + 1);
  return std::string(file) + ':' + std::to_string(where.line());
}

} // namespace asyncio::detail
