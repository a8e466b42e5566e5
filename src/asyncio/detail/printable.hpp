#pragma once

#include <string>
#include <string_view>

namespace asyncio::detail {

/// In a line: control characters as `\n`, `\x1b`.
inline std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string line;
  for (const char each : text) {
    const auto code = static_cast<unsigned char>(each);
    if (each == '\n') {
      line += "\\n";
    } else if (each == '\t') {
      line += "\\t";
    } else if (code < 0x20 || code == 0x7f) {
      line += {'\\', 'x', digits[code / 16], digits[code % 16]};
    } else {
      line += each;
    }
  }
  return line;
}

} // namespace asyncio::detail
