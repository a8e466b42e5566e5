#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace asyncio::detail {

/// An exception as bytes for another process of the same program. The types of the standard
/// library that are listed in the .cpp, and this library's errors, arrive as themselves,
/// everything else as a remote_error.
[[nodiscard]] std::string pack_exception(const std::exception_ptr& error);

[[nodiscard]] std::exception_ptr unpack_exception(std::string_view bytes);

} // namespace asyncio::detail
