#pragma once

#include <string>

namespace asyncio {

/// The calling thread's name, as Python would give it: `MainThread`,
/// `ThreadPoolExecutor-0_0`, or `Thread-7` for a thread this library doesn't know.
///
/// Mirrors threading.current_thread().name. Any thread may call it; each sees its own.
[[nodiscard]] const std::string& current_thread_name();

/// Names the calling thread, also for debuggers and `ps -T` (which show 15 characters).
void set_current_thread_name(std::string name);

} // namespace asyncio
