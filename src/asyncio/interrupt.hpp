#pragma once

namespace asyncio {

/// While one lives, the first Ctrl-C is an exception, interrupt_error (Python: KeyboardInterrupt),
/// and the second ends the process at once, whatever it is doing. run_main() and run() make one for
/// themselves; it's for programs without a loop.
///
/// - On the main thread, and on the threads of this library (asyncio::thread, the jobs of
///   executors), what blocks throws interrupt_error: blocking_sleep(), locks, queues, join(),
///   result(), shutdown(). It does so even if what it waits for comes at the same time; the next who waits
///   gets that. A thread that calculates is thrown it where it next blocks, or asks by
///   check_interrupt(). It is thrown once: what a thread does after that goes undisturbed, and
///   so does what it then starts.
/// - A coroutine isn't thrown it: a runner cancels its main task, on whatever thread of the library
///   it runs, and then throws; a loop without a runner stops, and throws. What blocks the
///   thread of a loop is not interrupted.
/// - Jobs that no thread of an executor has begun are cancelled, and a job that ends by
///   interrupt_error counts as cancelled. If a thread ends by it, nothing is logged. Worker
///   processes that do a job are terminated.
/// - Destructors wait for their threads and jobs all the same. If that takes a second, the
///   log says what for.
///
/// Threads that the library doesn't know are left alone. Make it on the main thread. Where SIGINT has a
/// handler of the program's own, or is ignored, it does nothing. One within another is part of the outer one.
///
///     int main() {
///       const asyncio::interrupt_scope scope;
///       try {
///         program();
///       } catch (const asyncio::interrupt_error&) {
///         return 130;
///       }
///     }
class interrupt_scope {
public:
  interrupt_scope();
  ~interrupt_scope();
  interrupt_scope(const interrupt_scope&) = delete;
  interrupt_scope& operator=(const interrupt_scope&) = delete;

private:
  bool counts_ = false;
};

/// Throws interrupt_error if Ctrl-C came, and the calling thread has not been thrown one yet: see
/// interrupt_scope. For long calculations, every now and then; it costs some nanoseconds (Python does it
/// between any two instructions; in C it's PyErr_CheckSignals()).
void check_interrupt();

/// For a thread that blocks in poll() or select(): a descriptor that is readable once Ctrl-C has
/// come; -1 if it came already, or there is no interrupt_scope. Ask for it first, then
/// check_interrupt(), then poll; then check again.
[[nodiscard]] int interrupt_descriptor() noexcept;

} // namespace asyncio
