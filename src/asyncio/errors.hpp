#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace asyncio {

/// Thrown at an await of a task that was cancelled (Python: asyncio.CancelledError).
///
/// Not derived from std::exception, so that `catch (const std::exception&)` around an
/// await doesn't swallow a cancel. Catch it to clean up, then let it go on with `throw;`.
class cancelled_error {
public:
  cancelled_error() noexcept = default;
  explicit cancelled_error(const std::string& message);

  /// What was given to cancel(); empty if nothing was.
  [[nodiscard]] const char* message() const noexcept;
  [[nodiscard]] const char* what() const noexcept;

private:
  std::shared_ptr<const std::string> message_; // shared: copying an exception must not throw
};

/// Thrown by run() after Ctrl-C (Python: KeyboardInterrupt). Like cancelled_error it is
/// not a std::exception.
class interrupt_error {
public:
  [[nodiscard]] const char* what() const noexcept;
};

/// A deadline passed (Python: TimeoutError).
class timeout_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A result was asked of a future that has none yet, or given to one that has its own
/// already (Python: asyncio.InvalidStateError).
class invalid_state_error : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// The library was used in a way that cannot work; the sentence says what to do instead
/// (Python: RuntimeError).
class misuse_error : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// A value that makes no sense (Python: ValueError).
class invalid_argument_error : public std::invalid_argument {
public:
  using std::invalid_argument::invalid_argument;
};

/// A queue had nothing to give (Python: asyncio.QueueEmpty, queue.Empty).
class queue_empty : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A queue had no room (Python: asyncio.QueueFull, queue.Full).
class queue_full : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A queue was shut down (Python: asyncio.QueueShutDown, queue.ShutDown).
class queue_shut_down : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Thrown to who is in a barrier that is aborted or reset, or comes to an aborted one
/// (Python: asyncio.BrokenBarrierError).
class broken_barrier_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Virtual time only: nothing can ever happen again, and main has not ended. Thrown into the
/// main task, or on the main thread where it blocks; what() says who waits for what, a line
/// each. In real time such a program waits for ever, as Python's does.
class deadlock_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A worker process of a process_pool_executor ended in the middle of a job; what() says how,
/// and in which function (Python: concurrent.futures.process.BrokenProcessPool).
class broken_process_pool : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// What a job threw in a worker process, if it is of a type that can't be made again here;
/// what() is `app::parse_error: line 7`.
class remote_error : public std::runtime_error {
public:
  remote_error(std::string type_name, std::string message);

  [[nodiscard]] const std::string& type_name() const noexcept { return texts_->first; }
  [[nodiscard]] const std::string& message() const noexcept { return texts_->second; }

private:
  std::shared_ptr<const std::pair<std::string, std::string>> texts_; // shared: see cancelled_error
};

/// One line about any exception: its type and its message, `std::runtime_error: Boom!`. Of an
/// exception_group the whole tree.
[[nodiscard]] std::string describe(const std::exception_ptr& error);

namespace detail {

/// Whether `error` is a cancelled_error, found out without throwing it.
[[nodiscard]] bool is_cancelled_error(const std::exception_ptr& error) noexcept;

/// Makes a cancelled_error to store; without a message nothing is allocated.
[[nodiscard]] std::exception_ptr make_cancelled_error(const std::string& message);

} // namespace detail
} // namespace asyncio
