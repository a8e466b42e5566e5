#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <vector>

#include <demos/download/response.hpp>
#include <demos/download/session_options.hpp>
#include <demos/download/url.hpp>

namespace boost::asio::ssl {
class context;
}

namespace demos {

/// A connection to a site, and what HTTP/1.1 does on it: one question, one answer.
///
/// It belongs to a loop. A cancelled question leaves it useless.
class connection {
public:
  virtual ~connection() = default;
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Gives the answer, whatever its status. Throws passing_error if the connection was lost
  /// before any of it came, download_error if it makes no sense or breaks off.
  virtual asyncio::awaitable<response> ask(const url& what, const session_options& options) = 0;

  /// Whether the last answer leaves it open for another question.
  [[nodiscard]] bool is_reusable() const noexcept { return is_reusable_; }

  /// Whether nothing has come since then: neither its end, nor what nobody asked for. Under TLS
  /// only the end shows, since TLS has things of its own to say in between.
  [[nodiscard]] virtual bool stayed_quiet() = 0;

protected:
  bool is_reusable_ = false;
};

/// The program has as many descriptors in use as it may have.
class no_descriptors_error : public passing_error {
public:
  using passing_error::passing_error;
};

/// Connects to the first of the addresses that accepts, and for https shakes hands: the
/// certificate has to be a trusted one, and for that host. Throws passing_error where nobody
/// accepts, download_error where the other side isn't who it should be.
///
/// The addresses share the time until the deadline, so that one where nobody answers leaves some to
/// the others. Whoever calls has to see to the deadline itself.
asyncio::awaitable<std::unique_ptr<connection>>
connect(const url& to, const std::vector<boost::asio::ip::tcp::endpoint>& addresses,
        asyncio::clock::time_point deadline, boost::asio::ssl::context* tls);

} // namespace demos
