#include "lessons.hpp"

#include <optional>

const std::vector<lesson>& lessons() {
  static const std::vector<lesson> table{
      {"steady", "does what it should.", {"one", "two words"}, 2.5, true, 0, std::nullopt},
      {"clockwork", "does not know virtual time.", {}, std::nullopt, false, 0, std::nullopt},
      {"broken", "ends with status 3.", {}, 1.0, true, 0, std::nullopt},
      {"expected", "is meant to end with status 3.", {}, 1.0, true, 3, std::nullopt},
      {"absent", "has not been built.", {}, 1.0, true, 0, std::nullopt},
      {"crashing", "kills itself.", {}, 1.0, true, 0, std::nullopt},
      {"patient", "waits to be interrupted.", {}, 1.0, true, 0, std::nullopt},
      {"stubborn", "wants to be told twice.", {}, 1.0, true, 0, std::nullopt},
      {"asking", "reads two lines.", {}, std::nullopt, true, 0, "Jose\n\n"},
      {"listening", "reads what the tour itself would.", {}, std::nullopt, true, 0, std::nullopt},
  };
  return table;
}
