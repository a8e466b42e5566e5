#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <demos/download/connection.hpp>

namespace demos {

/// Connections that nobody uses at the moment, so that the next download from there needs no new one.
class idle_connections {
public:
  explicit idle_connections(std::size_t limit) : limit_(limit) {}

  /// Keeps it. If that is one too many, the one that has been here longest is closed.
  void put(const std::string& origin, std::unique_ptr<connection> left);

  /// The one that was used last, of those that can still be asked; nullptr if there is none.
  std::unique_ptr<connection> take(const std::string& origin);

  /// Closes those to one origin.
  void close(const std::string& origin);

  /// Closes all; false if there was none.
  bool close_all();

private:
  struct entry {
    entry(std::string origin_, std::unique_ptr<connection> left_);

    std::string origin;
    std::unique_ptr<connection> left;
  };

  std::size_t limit_;
  std::vector<entry> entries_; // the oldest first
};

} // namespace demos
