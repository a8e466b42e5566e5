#pragma once

namespace asyncio {

/// In a worker process of a process_pool_executor: does the pool's jobs instead of what the
/// program is for, and ends the process when the pool does. Anywhere else it returns at once.
///
/// A worker is the same executable, started again. run_main(), run() and runner call this
/// first, so it's for programs whose main() does something before that; there it is the
/// first line (Python: multiprocessing.freeze_support()).
///
///     int main(int argc, char** argv) {
///       asyncio::serve_if_worker();
///       ...
void serve_if_worker();

namespace detail {

/// Whether this process is a worker that doesn't serve: its main() went another way.
[[nodiscard]] bool is_worker_astray() noexcept;

} // namespace detail
} // namespace asyncio
