#pragma once

#include <optional>
#include <string>
#include <vector>

/// A row of the table of lessons: one add_demo() call.
struct lesson {
  std::string name;
  std::string summary;
  std::vector<std::string> arguments;
  std::optional<double> notebook_seconds; ///< how long the notebook's program takes
  bool knows_virtual_time;
  int exit_status;                  ///< what it returns when all is well
  std::optional<std::string> input; ///< what it reads; without it, the tour's own stdin
};

/// Every lesson, in the order of the add_demo() calls; the build writes the definition.
const std::vector<lesson>& lessons();
