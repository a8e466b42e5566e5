#pragma once

#include <asyncio/future.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

namespace demos {

/// What a name stands for.
struct name_lookup_result {
  name_lookup_result() = default;

  std::vector<boost::asio::ip::address> addresses;
  std::string problem;   ///< why there are none
  bool may_pass = false; ///< another attempt may know more
};

/// Asks the system, on a thread: that blocks, and Asio's resolver would make a cancel wait until
/// it has ended, which may be long. Cancelling this future leaves the thread to itself.
asyncio::future<name_lookup_result> look_up(const std::string& host);

} // namespace demos
