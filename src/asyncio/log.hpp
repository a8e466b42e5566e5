#pragma once

#include <string_view>

namespace asyncio {

struct exception_context;

/// How much a line of the log matters, as Boost.Log's trivial levels name it.
enum class severity { trace, debug, info, warning, error, fatal };

/// Writes one line to the program's record, on stderr: `HH:MM:SS`, the severity, the name
/// of the running task (of the thread, outside one), the message.
///
///     asyncio::log(asyncio::severity::info, "connected");
///
/// It goes through Boost.Log, so BOOST_LOG_TRIVIAL lines (of a program that links Boost::log)
/// look the same and the filter of one is the filter of both. stdout stays the program's own. Any thread may
/// call it.
void log(severity level, std::string_view message);

/// Drops what is less than `level`. At the start it is warning, or what ASYNCIO_LOG says.
void set_log_level(severity level);

/// Gives Boost.Log its sink and format, once per process; log() and run() do it for you.
/// A program that sets up sinks of its own first, or none, calls this before it.
void set_up_logging();

/// The severity of that name (`debug`, `warning`, ...); invalid_argument_error lists them.
[[nodiscard]] severity severity_of(std::string_view name);

namespace detail {

/// Gives the name that stands on log lines of this thread: null, or the running task's.
/// Set by the layer that knows tasks; until then lines carry the thread's name.
using name_source = const char* (*)();
void set_log_name_source(name_source source) noexcept;

/// Writes an exception that nobody else will hear of to the log, as an error.
void log_unhandled(const exception_context& context) noexcept;

} // namespace detail
} // namespace asyncio
