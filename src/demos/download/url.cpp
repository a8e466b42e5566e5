#include <demos/download/url.hpp>

#include <asyncio/errors.hpp>

#include <boost/url/error.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

#include <demos/download/printable.hpp>

namespace demos {

namespace urls = boost::urls;

struct url::parts {
  std::string text;
  bool is_https = false;
  std::string host;
  std::uint16_t port = 0;
  std::string authority;
  std::string origin;
  std::string target;
};

namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& reason) {
  throw asyncio::invalid_argument_error("'" + printable(text) +
                                        "' is no address to download from: " + reason);
}

std::uint16_t port_of(const urls::url_view& parsed, const std::string& text, std::uint16_t otherwise) {
  const std::string digits = parsed.port();
  if (digits.empty()) {
    return otherwise;
  }
  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || stopped != end || port == 0) {
    refuse(text, "a port is a number from 1 to 65535");
  }
  return port;
}

bool is_allowed(char each) {
  static constexpr std::string_view marks = "-._~:/?@!$&'()*+,;=";
  const auto byte = static_cast<unsigned char>(each);
  return (byte < 0x80 && std::isalnum(byte) != 0) || marks.find(each) != std::string_view::npos;
}

bool is_escape(std::string_view text) {
  return text.size() == 3 && text[0] == '%' &&
         text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

/// Where scheme and host end; 0 if there is no host.
std::size_t end_of_host(std::string_view reference) {
  const std::size_t first = reference.find_first_of("/?");
  const bool has_host = first != std::string_view::npos && reference.substr(first, 2) == "//" &&
                        (first == 0 || reference[first - 1] == ':');
  return has_host ? std::min(reference.find_first_of("/?", first + 2), reference.size()) : 0;
}

/// Sites send references with spaces and the like. As browsers do, this writes as %XX what may not
/// be in a path or a query, and leaves out the fragment, which no site is told.
std::string tidied(std::string_view reference) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  reference = reference.substr(0, reference.find('#'));
  const std::size_t begin = end_of_host(reference);
  std::string tidy(reference.substr(0, begin));
  for (std::size_t i = begin; i < reference.size(); ++i) {
    if (is_allowed(reference[i]) || is_escape(reference.substr(i, 3))) {
      tidy += reference[i];
    } else {
      const auto byte = static_cast<unsigned char>(reference[i]);
      tidy.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
  }
  return tidy;
}

} // namespace

url::url(const std::string& text) {
  const auto parsed = urls::parse_uri(text);
  if (!parsed) {
    refuse(text, "it is not of the form http://host/path");
  }
  const urls::url_view& view = *parsed;
  parts made;
  made.text = text;
  made.is_https = view.scheme_id() == urls::scheme::https;
  if (!made.is_https && view.scheme_id() != urls::scheme::http) {
    refuse(text, "its scheme is neither http nor https");
  }
  const std::string_view host = view.encoded_host_address();
  if (host.empty()) {
    refuse(text, "it names no host");
  }
  if (host.find('%') != std::string_view::npos || view.host_type() == urls::host_type::ipvfuture) {
    refuse(text, "no host can have that name");
  }
  if (view.has_userinfo()) {
    refuse(text, "a name and a password in it are not supported");
  }
  made.host = host;
  const std::uint16_t usual_port = made.is_https ? 443 : 80;
  made.port = port_of(view, text, usual_port);
  made.authority = std::string_view(view.encoded_host());
  if (made.port != usual_port) {
    made.authority += ':' + std::to_string(made.port);
  }
  made.origin = (made.is_https ? "https://" : "http://") + made.authority;
  const std::string_view path = view.encoded_path();
  made.target = path.empty() ? std::string_view("/") : path;
  if (made.target.front() != '/') { // Boost 1.81 takes a port that is no number for a path
    refuse(text, "a port is a number from 1 to 65535");
  }
  if (view.has_query()) {
    made.target += '?';
    made.target += std::string_view(view.encoded_query());
  }
  parts_ = std::make_shared<const parts>(std::move(made));
}

url url::resolve(const std::string& reference) const {
  const std::string tidy = tidied(reference);
  const auto parsed = urls::parse_uri_reference(tidy);
  if (!parsed) {
    refuse(reference, "it is not of the form http://host/path or path");
  }
  urls::url resolved;
  const urls::url base(text());
  if (!urls::resolve(base, *parsed, resolved)) {
    refuse(reference, "it leads nowhere from " + text());
  }
  // Boost 1.81 leaves the steps up that are too many; there is nothing above the root. And what it
  // is told to make "/" it makes "/./".
  std::string path(std::string_view(resolved.encoded_path()));
  while (path.starts_with("/../") || path == "/..") {
    path.erase(0, 3);
    resolved.set_encoded_path(path == "/" ? std::string() : path);
  }
  return url(std::string(std::string_view(resolved.buffer())));
}

const std::string& url::text() const noexcept {
  return parts_->text;
}
bool url::is_https() const noexcept {
  return parts_->is_https;
}
const std::string& url::host() const noexcept {
  return parts_->host;
}
std::uint16_t url::port() const noexcept {
  return parts_->port;
}
const std::string& url::authority() const noexcept {
  return parts_->authority;
}
const std::string& url::origin() const noexcept {
  return parts_->origin;
}
const std::string& url::target() const noexcept {
  return parts_->target;
}

} // namespace demos
