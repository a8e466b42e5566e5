#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/detail/waiter.hpp>
#include <asyncio/detail/weak_ref.hpp>

#include <string>
#include <utility>

namespace asyncio {

class lock;

namespace detail {

/// A task's wait for a lock.
class lock_wait : public waiter {
public:
  explicit lock_wait(lock& of) noexcept;

  [[nodiscard]] bool ready();
  [[nodiscard]] std::string waits_for() const override;
  [[nodiscard]] const task_base* waits_for_task() const noexcept override;
  [[nodiscard]] bool is_held() const noexcept override { return waits_for_task() != nullptr; }

protected:
  /// Throws if the wait was cancelled; else the lock is the task's.
  void take();
  [[nodiscard]] lock& wanted() const noexcept { return lock_; }

private:
  lock& lock_;
};

} // namespace detail

/// Holds a lock, and releases it when it goes: what `async with lock` does. A lock that is
/// gone by then is left alone.
class [[nodiscard]] held_lock {
public:
  explicit held_lock(lock& held) noexcept;
  held_lock(held_lock&& other) noexcept = default;
  held_lock& operator=(held_lock&& other) noexcept {
    std::swap(lock_, other.lock_);
    return *this;
  }
  ~held_lock();

private:
  detail::weak_ref<lock> lock_;
};

/// A lock between the tasks of one loop (Python: asyncio.Lock). Fair: tasks get it in the
/// order in which they asked.
///
/// Taking it suspends only while another task holds it; release() wakes the first who waits,
/// in the next pass. A cancelled wait throws cancelled_error and leaves the lock to the next.
/// misuse_error where one would have to wait for a lock that tasks of another loop waited for.
/// The name stands in the report of a deadlock. It allocates nothing.
///
///     asyncio::lock forks("forks");
///     {
///       auto held = co_await forks.hold();
///       co_await eat();
///     } // released here
class lock : private detail::referent {
public:
  explicit lock(std::string name = {}) : name_(std::move(name)) {}
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;

  class acquire_operation : public detail::lock_wait {
  public:
    using lock_wait::lock_wait;
    bool resume() {
      take();
      return true;
    }
    operator awaitable<bool>() && { // NOLINT(google-explicit-constructor): it is an awaitable
      return detail::as_coroutine(std::move(*this));
    }
  };

  class hold_operation : public detail::lock_wait {
  public:
    using lock_wait::lock_wait;
    held_lock resume() {
      take();
      return held_lock(wanted());
    }
    operator awaitable<held_lock>() && { // NOLINT(google-explicit-constructor): it is an awaitable
      return detail::as_coroutine(std::move(*this));
    }
  };

  /// Waits until the lock is the caller's, and gives true; release() has to follow.
  [[nodiscard]] acquire_operation acquire() noexcept { return acquire_operation(*this); }

  /// The same, released when the result goes out of scope: so give it a name. Where
  /// `co_await l.hold();` stands alone the lock is released at once, and without co_await it
  /// is not taken at all.
  [[nodiscard]] hold_operation hold() noexcept { return hold_operation(*this); }

  /// misuse_error if nobody holds it.
  void release();

  [[nodiscard]] bool locked() const noexcept { return locked_; }

private:
  friend class detail::lock_wait;
  friend class detail::weak_ref<lock>;
  friend class held_lock;

  void wake_first();
  void release_if_held() noexcept;

  const std::string name_;
  detail::waiters waiters_;
  detail::task_ref holder_;
  bool locked_ = false;
};

inline detail::lock_wait::lock_wait(lock& of) noexcept : waiter(of.waiters_), lock_(of) {}

inline held_lock::held_lock(lock& held) noexcept : lock_(held) {}

inline held_lock::~held_lock() {
  if (lock_) {
    lock_->release_if_held();
  }
}

} // namespace asyncio
