#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace demos {

/// How a session goes about it.
struct session_options {
  session_options() {} // NOLINT(modernize-use-equals-default): an aggregate isn't safe beside a co_await

  std::chrono::milliseconds connect_timeout{5'000}; ///< look-up of the name, connection and TLS together
  std::chrono::milliseconds timeout{30'000};        ///< the whole download: redirects and retries included

  int retries = 3;                                 ///< after a failure that may pass
  std::chrono::milliseconds first_pause{100};      ///< before the first retry; see back_off()
  std::chrono::milliseconds longest_pause{10'000}; ///< if the site doesn't ask for a longer one

  int redirects = 10; ///< that one download follows

  std::size_t idle_limit = 1000; ///< connections that are kept for the next download

  std::size_t content_limit = std::size_t{64} << 20; ///< bytes; a longer answer is an error
  std::size_t header_limit = std::size_t{16} << 10;  ///< bytes, likewise

  std::string ca_file; ///< certificates to trust (PEM) in place of the system's; empty: the system's

  /// Ports of this machine that stand for an authority (url::authority()), whatever its name means elsewhere.
  std::map<std::string, std::uint16_t> connect_to;
};

} // namespace demos
