#pragma once

#include <boost/asio/ssl/context.hpp>

#include <string>

namespace demos {

/// What a client needs for TLS: the certificates that it trusts, the file's or, without one, the
/// system's. asyncio::invalid_argument_error if the file has none.
boost::asio::ssl::context make_tls_context(const std::string& ca_file);

} // namespace demos
