#pragma once

#include <string>
#include <string_view>

namespace demos {

/// What a site said, for a line on a terminal: whatever a terminal might obey is written as \xNN,
/// and what is long is cut off.
std::string printable(std::string_view text);

} // namespace demos
