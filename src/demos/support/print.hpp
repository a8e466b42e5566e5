#pragma once

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string_view>
#include <syncstream>
#include <vector>

namespace demos {

/// Shown as Python shows a list: `[0, 1, 2]`.
template <class T>
struct listed {
  const std::vector<T>& values;

  friend std::ostream& operator<<(std::ostream& out, const listed& list) {
    out << '[';
    const char* separator = "";
    for (const T& value : list.values) {
      out << separator << value;
      separator = ", ";
    }
    return out << ']';
  }
};

/// Shown with that many decimals: `1.9`.
struct decimal {
  double value;
  int decimals = 1;

  friend std::ostream& operator<<(std::ostream& out, const decimal& d) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(d.decimals) << d.value;
    return out << text.str();
  }
};

/// Shown in seconds, with one decimal unless told otherwise: `11.0`.
struct seconds {
  std::chrono::nanoseconds value;
  int decimals = 1;

  friend std::ostream& operator<<(std::ostream& out, const seconds& s) {
    return out << decimal{std::chrono::duration<double>(s.value).count(), s.decimals};
  }
};

/// Shown in seconds as Python shows a float, with as many decimals as it takes: `2.0`,
/// `34563.6762783`.
struct exact_seconds {
  std::chrono::nanoseconds value;

  friend std::ostream& operator<<(std::ostream& out, const exact_seconds& s) {
    std::array<char, 64> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(),
                                   std::chrono::duration<double>(s.value).count(), std::chars_format::fixed)
                         .ptr;
    const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
    return out << text << (text.find('.') == std::string_view::npos ? ".0" : "");
  }
};

/// Prints its arguments as one line of stdout that no other thread's line gets into.
template <class... Parts>
void print(const Parts&... parts) {
  std::osyncstream line(std::cout);
  (line << ... << parts) << '\n' << std::flush;
}

} // namespace demos
