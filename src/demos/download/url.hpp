#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>

namespace demos {

/// An address to download from: http or https, and a host.
///
/// Copies share what it is made of, which never changes: any thread may have one.
class url {
public:
  /// asyncio::invalid_argument_error says in one sentence what is wrong with the text.
  explicit url(const std::string& text);

  /// What a reference on the page of this address leads to: another address, or a path from here.
  [[nodiscard]] url resolve(const std::string& reference) const;

  [[nodiscard]] const std::string& text() const noexcept; ///< as it was given
  [[nodiscard]] bool is_https() const noexcept;
  [[nodiscard]] const std::string& host() const noexcept; ///< a name or a number, without brackets
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] const std::string& authority() const noexcept; ///< host and port, as a request names them
  [[nodiscard]] const std::string& origin() const noexcept;    ///< what can share a connection has the same
  [[nodiscard]] const std::string& target() const noexcept;    ///< path and query

  friend std::ostream& operator<<(std::ostream& out, const url& shown) { return out << shown.text(); }

private:
  struct parts;
  std::shared_ptr<const parts> parts_;
};

} // namespace demos
