#pragma once

#include <asyncio/future.hpp>

#include <iosfwd>
#include <source_location>
#include <string>
#include <vector>

namespace asyncio {

/// A task or future as it stands now, and who awaits it (Python: FutureCallGraph): plain data,
/// which keeps nothing alive.
struct call_graph {
  /// `task "fetching"`, `a future`, `a gather of ...`.
  std::string name;

  /// What a task is suspended on, `a sleep`; empty while it runs, before it has begun, and of
  /// what is no task.
  std::string waits_for;

  /// Where its coroutines await, the innermost first; of the running task only the place that
  /// asks.
  std::vector<std::source_location> call_stack;

  /// The tasks that wait for it, in the order in which they began to: directly, or through a
  /// gather or another future that stands for several.
  std::vector<call_graph> awaited_by;

  /// Who awaits it was left out: that stands elsewhere in this graph already, or the graph is a
  /// thousand levels deep here.
  bool cut = false;
};

/// Who awaits the running task, who awaits those, and so on. misuse_error where no task runs.
/// Like all that asks futures it belongs to the loop's thread, and suspends nobody. Mirrors
/// asyncio.capture_call_graph().
[[nodiscard]] call_graph capture_call_graph(std::source_location where = std::source_location::current());

/// The same of any task or future; misuse_error for an empty handle.
[[nodiscard]] call_graph capture_call_graph(const any_future& of);

/// Writes a graph for people to read:
///
///     * task "fetching" waits for a sleep
///       + call stack:
///       |   shop.cpp:12, in fetch
///       |   shop.cpp:20, in fetch_twice
///       + awaited by:
///         * task "main" waits for task "fetching"
///           + call stack:
///           |   shop.cpp:31, in async_main
std::ostream& operator<<(std::ostream& to, const call_graph& graph);

/// Captures and writes in one. Mirrors asyncio.print_call_graph().
///
///     asyncio::print_call_graph(std::cerr);
void print_call_graph(std::ostream& to, std::source_location where = std::source_location::current());
void print_call_graph(const any_future& of, std::ostream& to);

} // namespace asyncio
