#pragma once

#include <asyncio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace demos {

/// Two small sites with a page each, so that there is something to download without a network.
///
/// They share one port of this machine, and a thread with a loop of its own, from construction
/// to destruction. Each request takes a while, as one to the other side of the world does.
class site {
public:
  /// boost::system::system_error where there is no port to be had.
  explicit site(std::chrono::milliseconds delay);
  ~site();
  site(const site&) = delete;
  site& operator=(const site&) = delete;

  /// The pages: one of 10966 bytes, one of 276.
  [[nodiscard]] static std::vector<std::string> addresses();

  /// Where their hosts are, for session_options.
  [[nodiscard]] std::map<std::string, std::uint16_t> ports() const;

  /// How many requests it ever worked on at once, and how many connections it ever accepted. Any
  /// thread may ask.
  [[nodiscard]] int most_in_flight() const noexcept { return most_in_flight_; }
  [[nodiscard]] int connections() const noexcept { return connections_; }

private:
  class work;
  void run(std::promise<std::uint16_t>& listening);

  std::chrono::milliseconds delay_;
  std::atomic<int> most_in_flight_{0};
  std::atomic<int> connections_{0};
  std::stop_source stop_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

} // namespace demos
