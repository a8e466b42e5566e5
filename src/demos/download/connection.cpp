#include <demos/download/connection.hpp>

#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace demos {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using asyncio::awaitable;
using boost::system::error_code;
using socket = asio::basic_stream_socket<tcp, asyncio::executor>;
using parser = http::response_parser<http::string_body>;

constexpr std::size_t room_to_read_into = std::size_t{16} << 10;
constexpr std::size_t most_room = std::size_t{64}
                                  << 10; // for what has to be there as a whole: a line, trailers
constexpr int most_provisional_answers = 20;

bool is_end(const error_code& error) {
  return error == asio::error::eof || error == http::error::end_of_stream ||
         error == http::error::partial_message || error == asio::error::connection_reset ||
         error == asio::error::broken_pipe || error == asio::ssl::error::stream_truncated;
}

[[noreturn]] void explain(const error_code& error, bool answer_begun) {
  if (is_end(error) && answer_begun) {
    throw download_error("the connection was closed in the middle of the answer");
  }
  if (is_end(error)) {
    throw passing_error("the connection was closed before an answer came");
  }
  if (error == http::error::header_limit) {
    throw download_error("the header of the answer is too long");
  }
  if (error == http::error::buffer_overflow) { // that the header doesn't reach
    throw download_error("the answer has a line between its chunks, or a trailer, that is too long");
  }
  if (error == http::error::body_limit) {
    throw download_error("the answer is too long");
  }
  if (error.category() == make_error_code(http::error::bad_version).category()) {
    throw download_error("the answer is not HTTP as it should be: " + error.message());
  }
  throw download_error("the connection broke: " + error.message());
}

/// An answer that only says that another one follows, such as 103 Early Hints.
bool is_provisional(unsigned status) {
  return status >= 100 && status < 200 && status != 101;
}

template <class Stream>
class connection_on final : public connection {
public:
  explicit connection_on(Stream stream) : stream_(std::move(stream)) {
    buffer_.reserve(room_to_read_into); // a read fills what there is; of itself it grows by 512 bytes
  }

  awaitable<response> ask(const url& what, const session_options& options) override {
    is_reusable_ = false;
    write_question(what);
    std::optional<parser> answer;
    error_code error;
    try {
      co_await asio::async_write(stream_, asio::buffer(question_), asio::deferred);
      for (int provisional = 0; provisional <= most_provisional_answers; ++provisional) {
        answer.emplace();
        answer->header_limit(static_cast<std::uint32_t>(options.header_limit));
        answer->body_limit(options.content_limit);
        co_await http::async_read(stream_, buffer_, *answer, asio::deferred);
        if (!is_provisional(answer->get().result_int())) {
          break;
        }
      }
    } catch (const boost::system::system_error& e) {
      error = e.code();
    }
    if (error) {
      explain(error, answer && answer->got_some());
    }
    if (is_provisional(answer->get().result_int())) {
      throw download_error("the site promised an answer again and again, and never gave it");
    }
    is_reusable_ =
        buffer_.size() == 0 && answer->keep_alive(); // the message's own doesn't know of an end by closing
    co_return take(answer->get());
  }

  bool stayed_quiet() override {
    char first = 0;
    const ::ssize_t came = ::recv(stream_.lowest_layer().native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (came > 0) {
      return !std::is_same_v<Stream, socket>; // TLS sends tickets when it likes to
    }
    return came < 0 && errno == EAGAIN;
  }

private:
  void write_question(const url& what) {
    question_.assign("GET ").append(what.target()).append(" HTTP/1.1\r\nHost: ").append(what.authority());
    question_.append("\r\nUser-Agent: asyncio-lessons\r\nAccept: */*\r\n\r\n");
  }

  static response take(http::response<http::string_body>& from) {
    response taken;
    taken.status = from.result_int();
    taken.reason = from.reason();
    taken.location = from[http::field::location];
    taken.retry_after = from[http::field::retry_after];
    taken.content = std::move(from.body());
    return taken;
  }

  Stream stream_;
  std::string question_;
  boost::beast::flat_buffer buffer_{most_room}; // keeps its memory from one answer to the next
};

/// Tells OpenSSL whom it has to meet: the certificate is checked against that.
void expect(::SSL* handle, const std::string& host) {
  error_code no_number;
  asio::ip::make_address(host, no_number);
  const int set = no_number ? ::SSL_set1_host(handle, host.c_str())
                            : ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(handle), host.c_str());
  if (set != 1) {
    throw download_error("no certificate can be checked for that host");
  }
  ::SSL_set_hostflags(handle, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT); // its name there is for people
  if (no_number) {
    std::string name = host; // SSL_set_tlsext_host_name, a macro, casts its const away
    ::SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }
}

awaitable<std::unique_ptr<connection>> shake_hands(socket plain, const url& with, asio::ssl::context& tls) {
  asio::ssl::stream<socket> stream(std::move(plain), tls);
  expect(stream.native_handle(), with.host());
  error_code error;
  try {
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::deferred);
  } catch (const boost::system::system_error& e) {
    error = e.code();
  }
  if (const long verdict = ::SSL_get_verify_result(stream.native_handle()); error && verdict != X509_V_OK) {
    throw download_error("its certificate was refused: " +
                         std::string(::X509_verify_cert_error_string(verdict)));
  }
  if (is_end(error)) {
    throw passing_error("the connection was closed during the TLS handshake");
  }
  if (error) {
    throw download_error("the TLS handshake failed: " + error.message());
  }
  co_return std::make_unique<connection_on<asio::ssl::stream<socket>>>(std::move(stream));
}

awaitable<void> connect_to_one(socket& plain, tcp::endpoint to) {
  co_await plain.async_connect(to, asio::deferred);
  plain.set_option(tcp::no_delay(true));
}

/// Not by asio::async_connect over all of them: where no socket can be opened it says "cancelled".
awaitable<socket> connect_to_first(const std::vector<tcp::endpoint>& addresses,
                                   asyncio::clock::time_point deadline) {
  error_code error = asio::error::host_not_found;
  for (std::size_t left = addresses.size(); left > 0; --left) {
    const tcp::endpoint& next = addresses[addresses.size() - left];
    std::optional<asyncio::clock::time_point> until; // the last has all that is left
    if (left > 1) {
      const auto now = asyncio::clock::now();
      until = now + (deadline - now) / static_cast<int>(left);
    }
    socket plain(asyncio::get_running_loop().get_executor());
    try {
      plain.open(next.protocol());
      co_await asyncio::with_timeout_at(until, connect_to_one, std::ref(plain), next);
      co_return plain;
    } catch (const boost::system::system_error& e) {
      error = e.code();
    } catch (const asyncio::timeout_error&) {
      error = asio::error::timed_out;
    }
  }
  const std::string reason = "it can't be connected to: " + error.message();
  if (error == asio::error::no_descriptors) {
    throw no_descriptors_error(reason);
  }
  throw passing_error(reason);
}

} // namespace

awaitable<std::unique_ptr<connection>> connect(const url& to, const std::vector<tcp::endpoint>& addresses,
                                               asyncio::clock::time_point deadline, asio::ssl::context* tls) {
  socket plain = co_await connect_to_first(addresses, deadline);
  if (tls != nullptr) {
    co_return co_await shake_hands(std::move(plain), to, *tls);
  }
  co_return std::make_unique<connection_on<socket>>(std::move(plain));
}

} // namespace demos
