#pragma once

#include <functional>

namespace demos {

/// What run_main() is for programs without a loop, or with one of their own: looks at the
/// environment first (one line and exit status 2 if something makes no sense), prints an
/// exception that escapes (1, and so if stdout could not be written to), and appends how long it took
/// to ASYNCIO_ELAPSED.
///
/// The first Ctrl-C ends what blocks the program's threads with interrupt_error, as an
/// asyncio::interrupt_scope does, and the exit status is 130; the second ends it at once. In the worker
/// process of a process_pool_executor it serves the pool instead.
int thread_main(const std::function<void()>& program);

} // namespace demos
