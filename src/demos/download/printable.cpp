#include <demos/download/printable.hpp>

#include <cstddef>

namespace demos {
namespace {

constexpr std::size_t longest = 200;

} // namespace

std::string printable(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  for (const char each : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte >= 0x20 && byte < 0x7f) {
      shown += each;
    } else {
      shown.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
  }
  return text.size() > longest ? shown + "..." : shown;
}

} // namespace demos
