// Asio's side of OpenSSL is compiled here, once (BOOST_ASIO_SEPARATE_COMPILATION). The library
// itself knows nothing of OpenSSL.

#include <demos/download/tls.hpp>

#include <asyncio/errors.hpp>

#include <boost/asio/ssl/impl/src.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/ssl.h>

namespace demos {

boost::asio::ssl::context make_tls_context(const std::string& ca_file) {
  boost::asio::ssl::context made(boost::asio::ssl::context::tls_client);
  ::SSL_CTX_set_min_proto_version(made.native_handle(), TLS1_2_VERSION);
  made.set_verify_mode(boost::asio::ssl::verify_peer);
  if (ca_file.empty()) {
    made.set_default_verify_paths();
    return made;
  }
  boost::system::error_code error;
  if (made.load_verify_file(ca_file, error)) {
    throw asyncio::invalid_argument_error("'" + ca_file +
                                          "' has no certificates to trust: " + error.message());
  }
  return made;
}

} // namespace demos
