#pragma once

#include <stop_token>
#include <vector>

#include <demos/download/session_options.hpp>
#include <demos/download/url.hpp>

namespace demos {

/// What is to be downloaded, and how.
struct download_plan {
  download_plan() {} // NOLINT(modernize-use-equals-default): an aggregate isn't safe beside a co_await

  std::vector<url> sites;  ///< in this order
  session_options options; ///< for each session
  std::stop_token stop;    ///< for sessions that block: Ctrl-C
};

} // namespace demos
