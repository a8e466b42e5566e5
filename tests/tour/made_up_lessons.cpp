#include "lessons.hpp"

#include <optional>

const std::vector<lesson>& lessons() {
  static const std::vector<lesson> table{
      {"steady", "does what it should.", {"one", "two words"}, 2.5, true, 0},
      {"clockwork", "does not know virtual time.", {}, std::nullopt, false, 0},
      {"broken", "ends with status 3.", {}, 1.0, true, 0},
      {"expected", "is meant to end with status 3.", {}, 1.0, true, 3},
      {"absent", "has not been built.", {}, 1.0, true, 0},
      {"crashing", "kills itself.", {}, 1.0, true, 0},
      {"patient", "waits to be interrupted.", {}, 1.0, true, 0},
  };
  return table;
}
