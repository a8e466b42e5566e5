#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace demos {

/// What a site answered.
struct response {
  response() = default;

  unsigned status = 0;
  std::string reason;
  std::string location;    ///< where a redirect leads; empty if it doesn't say
  std::string retry_after; ///< when a busy site wants to be asked again; empty if it doesn't say
  std::string content;
};

/// A download failed; what() says why, in one line.
class download_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// What failed may work a moment later: a connection that could not be had, or was lost before
/// an answer.
class passing_error : public download_error {
public:
  using download_error::download_error;
};

} // namespace demos
