#pragma once

#include <asyncio/clock.hpp>

#include <string>
#include <vector>

#include <demos/support/input.hpp>
#include <demos/support/print.hpp>

namespace demos {

/// Waits for the user, and hardly calculates. Throws end_of_input if nobody answers.
inline void ask_user() {
  const auto start = asyncio::clock::now();
  const std::string user_input = ask("Enter your name: "); // stop here: who else runs meanwhile?
  print("Hello, ", user_input);
  print("ask_user:  ", seconds{asyncio::clock::now() - start, 6});
}

/// Calculates, and waits for nobody: the squares of 0 to 19,999.
inline void complex_calculation() {
  print("Started calculating...");
  const auto start = asyncio::clock::now();
  std::vector<int> squares;
  for (int x = 0; x < 20'000; ++x) {
    squares.push_back(x * x); // stop here: on which thread?
  }
  print("complex_calculation:  ", seconds{asyncio::clock::now() - start, 6});
}

} // namespace demos
