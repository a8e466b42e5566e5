#pragma once

#include <asyncio/detail/interrupt.hpp>
#include <asyncio/detail/worker_channel.hpp>

#include <chrono>
#include <exception>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace asyncio::detail {

/// How a worker learns that it is one: the variable holds the pool's process id, and the
/// socket to the pool has this number.
inline constexpr const char* worker_variable = "ASYNCIO_WORKER_OF";
inline constexpr int worker_descriptor = 3;

/// A descriptor that is readable once the process has ended; -1 and errno.
[[nodiscard]] int open_process(pid_t id) noexcept;

/// A descriptor that is readable once Ctrl-C has come, in whatever scope: unlike interrupt_descriptor()
/// it may be waited for before that begins.
class interrupt_event final : interrupt_listener {
public:
  /// std::system_error if the system has no descriptor left.
  interrupt_event();
  ~interrupt_event() override;
  interrupt_event(const interrupt_event&) = delete;
  interrupt_event& operator=(const interrupt_event&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  /// It's not readable for what came before.
  void forget() const noexcept;

private:
  void interrupted() noexcept override;

  int descriptor_;
};

/// The pool's side of one worker: the same program, started again. For one thread at a time,
/// except signal().
class worker_process {
public:
  /// Starts it; std::system_error if the system has no process or descriptor left.
  worker_process();

  /// Kills it, if end() hasn't ended it.
  ~worker_process();
  worker_process(const worker_process&) = delete;
  worker_process& operator=(const worker_process&) = delete;

  /// What came of a call.
  struct outcome {
    outcome() noexcept {} // NOLINT(modernize-use-equals-default): g++ 12 and aggregates

    bool begun = false;    ///< the worker took the call
    bool answered = false; ///< if not, it ended; how_it_ended() says how
    std::string value;
    std::exception_ptr error; ///< or this, if the function threw
  };

  /// Blocks the thread until the worker has answered or ended, or Ctrl-C has come.
  [[nodiscard]] outcome call(std::string_view request);

  /// Whether it took a call, or was ready for one, before it ended.
  [[nodiscard]] bool was_ready() const noexcept { return was_ready_; }

  /// After a call without an answer: "was ended by signal 9 (Killed)", "ended with exit status 3".
  /// Waits for its end, or ends it, if that doesn't come.
  [[nodiscard]] std::string how_it_ended();

  /// Any thread, as long as the object lives.
  void signal(int number) const noexcept;

  /// Tells it that there are no more calls, and wakes it if it was stopped.
  void finish() noexcept;

  /// Blocks until it has ended, or the deadline, or a Ctrl-C after finish(); whether it has.
  bool wait_for_end(std::chrono::steady_clock::time_point deadline) const noexcept;

  /// Blocks until it has ended; at the deadline it is killed.
  void end(std::chrono::steady_clock::time_point deadline) noexcept;

  [[nodiscard]] pid_t id() const noexcept { return id_; }

private:
  [[nodiscard]] bool wait_for(short events) noexcept;
  void receive_outcome(outcome& into);
  [[nodiscard]] bool ends_by(std::chrono::steady_clock::time_point deadline,
                             int or_readable = -1) const noexcept;
  void reap() noexcept;

  interrupt_event ctrl_c_;
  pid_t id_ = -1;
  int process_ = -1; // a descriptor that is readable once it has ended
  bool seen_dead_ = false;
  bool was_ready_ = false;
  bool is_finished_ = false;
  bool reaped_ = false;
  int status_ = -1; // unknown, if somebody else has waited for it
  const char* killed_because_it_ = nullptr;
  worker_channel channel_;
};

} // namespace asyncio::detail
