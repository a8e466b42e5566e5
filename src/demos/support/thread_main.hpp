#pragma once

#include <functional>

namespace demos {

/// What run_main() is for programs without a loop, or with one of their own: looks at the
/// environment first (one line and exit status 2 if something makes no sense), prints an
/// exception that escapes (1; 130 for interrupt_error), and appends how long it took to
/// ASYNCIO_ELAPSED.
int thread_main(const std::function<void()>& program);

} // namespace demos
