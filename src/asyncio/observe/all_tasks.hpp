#pragma once

#include <iosfwd>

namespace asyncio::detail {

class scheduler;

/// Writes the call graphs of all tasks of a loop that are not done, each task once: who waits for
/// no other stands on top, with who awaits it below. On the loop's thread, or where that can't
/// run meanwhile.
void write_all_tasks(std::ostream& to, const scheduler& of);

} // namespace asyncio::detail
