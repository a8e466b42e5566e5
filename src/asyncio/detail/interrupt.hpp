#pragma once

#include <asyncio/interrupt.hpp>

#include <cstdint>

namespace asyncio::detail {

/// How many times a first Ctrl-C has come.
[[nodiscard]] std::uint64_t interrupts() noexcept;

/// Whether check_interrupt() would throw.
[[nodiscard]] bool interrupt_pending() noexcept;

/// How many of them the calling thread has been told of; what it starts has been told of as many. A
/// foreign thread has nothing to be told.
[[nodiscard]] std::uint64_t interrupts_taken() noexcept;

/// Whether Ctrl-C came in the scope that is in force.
[[nodiscard]] bool interrupt_came() noexcept;

/// Whether there is a scope that listens.
[[nodiscard]] bool interrupts_are_heard() noexcept;

/// The calling thread has been told, in whatever way.
void take_interrupt() noexcept;

/// The calling thread is the library's while one lives: it is interrupted by what came after `since`.
class interruptible_thread {
public:
  explicit interruptible_thread(std::uint64_t since) noexcept;
  ~interruptible_thread();
  interruptible_thread(const interruptible_thread&) = delete;
  interruptible_thread& operator=(const interruptible_thread&) = delete;

private:
  bool before_;
};

/// Whether the calling thread is interrupted at all: it isn't a foreign one. And whether by what
/// blocks it: no block_interrupts is there.
[[nodiscard]] bool is_interruptible() noexcept;
[[nodiscard]] bool may_be_interrupted_here() noexcept;

/// While one lives, the calling thread isn't thrown interrupt_error: its loop sees to it, or it has
/// something to finish.
class block_interrupts {
public:
  block_interrupts() noexcept;
  ~block_interrupts();
  block_interrupts(const block_interrupts&) = delete;
  block_interrupts& operator=(const block_interrupts&) = delete;

private:
  bool before_;
};

/// Told when Ctrl-C comes, as long as it lives, on a thread that is for nothing else.
class interrupt_listener {
public:
  interrupt_listener(const interrupt_listener&) = delete;
  interrupt_listener& operator=(const interrupt_listener&) = delete;

  virtual void interrupted() noexcept = 0;

protected:
  interrupt_listener() = default;
  virtual ~interrupt_listener() = default;

  /// Between them, interrupted() may be called at any time, and outside never.
  void listen();
  void listen_no_more() noexcept;

private:
  friend class interrupt_bell;
  interrupt_listener* next_ = nullptr;
  interrupt_listener** link_ = nullptr;
};

} // namespace asyncio::detail
