#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace demos {

/// Something to do at home, and how long it takes.
struct chore {
  chore(std::string name_, std::chrono::seconds time_) : name(std::move(name_)), time(time_) {}

  std::string name;
  std::chrono::seconds time;
};

/// The four of the notebook, in its order.
inline std::vector<chore> all_chores() {
  using namespace std::chrono_literals;
  return {chore("Cook breakfast", 2s), chore("Wash clothes", 5s), chore("Do house chores", 3s),
          chore("Take out the trash", 1s)};
}

} // namespace demos
