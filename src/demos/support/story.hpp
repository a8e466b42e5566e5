#pragma once

#include <string>

namespace demos {

/// One line of the story on stdout, stamped with the time of the clock in force, as Python's
/// logging.info() writes it in the notebooks: `00:00:02: End task Cook breakfast`.
///
/// It goes through a Boost.Log sink of its own, which ASYNCIO_LOG leaves alone. Any thread
/// may call it.
void story(const std::string& line);

} // namespace demos
