#pragma once

#include <chrono>
#include <iomanip>
#include <iostream>
#include <sstream>
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

/// Shown with one decimal, in seconds: `11.0`.
struct seconds {
  std::chrono::nanoseconds value;

  friend std::ostream& operator<<(std::ostream& out, const seconds& s) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(1) << std::chrono::duration<double>(s.value).count();
    return out << text.str();
  }
};

/// Prints its arguments as one line of stdout that no other thread's line gets into.
template <class... Parts>
void print(const Parts&... parts) {
  std::osyncstream line(std::cout);
  (line << ... << parts) << '\n' << std::flush;
}

} // namespace demos
