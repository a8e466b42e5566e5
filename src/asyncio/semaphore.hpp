#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/waiter.hpp>
#include <asyncio/detail/weak_ref.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <utility>

namespace asyncio {

class semaphore;

namespace detail {

/// A task's wait for a slot of a semaphore.
class semaphore_wait : public waiter {
public:
  explicit semaphore_wait(semaphore& of) noexcept;
  semaphore_wait(semaphore_wait&&) noexcept = default;
  ~semaphore_wait() override;

  [[nodiscard]] bool ready();
  [[nodiscard]] std::string waits_for() const override;

protected:
  /// Throws if the wait was cancelled; else a slot is the task's.
  void take();
  [[nodiscard]] semaphore& wanted() const noexcept { return semaphore_; }

private:
  semaphore& semaphore_;
};

} // namespace detail

/// Holds a slot of a semaphore, and releases it when it goes: what `async with` does.
class [[nodiscard]] held_semaphore {
public:
  explicit held_semaphore(semaphore& held) noexcept;
  held_semaphore(held_semaphore&&) noexcept = default;
  held_semaphore& operator=(held_semaphore&& other) noexcept {
    std::swap(semaphore_, other.semaphore_);
    return *this;
  }
  ~held_semaphore();

private:
  detail::weak_ref<semaphore> semaphore_;
};

/// So many slots, shared by the tasks of one loop (Python: asyncio.Semaphore). Fair: tasks get
/// them in the order in which they asked.
///
/// Taking a slot suspends only while none is free, or others who asked before have not resumed
/// yet; misuse_error where one would have to wait for a semaphore that tasks of another loop
/// waited for. release() gives a slot to the first who waits, who resumes in the next pass. A cancelled
/// wait throws cancelled_error; a slot that it was given already goes to the next. The name
/// stands in the report of a deadlock. It allocates nothing.
///
///     asyncio::semaphore connections(10);
///     {
///       auto held = co_await connections.hold();
///       co_await fetch(url);
///     } // released here
class semaphore : private detail::referent {
public:
  /// invalid_argument_error if `value` is negative.
  explicit semaphore(std::ptrdiff_t value = 1, std::string name = {});
  semaphore(const semaphore&) = delete;
  semaphore& operator=(const semaphore&) = delete;

  class [[nodiscard]] acquire_operation final : public detail::semaphore_wait {
  public:
    using semaphore_wait::semaphore_wait;
    bool resume() {
      take();
      return true;
    }
    operator awaitable<bool>() && { // NOLINT(google-explicit-constructor): it is an awaitable
      return detail::as_coroutine(std::move(*this));
    }
  };

  class [[nodiscard]] hold_operation final : public detail::semaphore_wait {
  public:
    using semaphore_wait::semaphore_wait;
    held_semaphore resume() {
      take();
      return held_semaphore(wanted());
    }
    operator awaitable<held_semaphore>() && { // NOLINT(google-explicit-constructor): it is an awaitable
      return detail::as_coroutine(std::move(*this));
    }
  };

  /// Waits until a slot is the caller's, and gives true; release() has to follow.
  acquire_operation acquire() noexcept { return acquire_operation(*this); }

  /// The same, released when the result goes out of scope: so give it a name. Where
  /// `co_await s.hold();` stands alone the slot is released at once, and without co_await none
  /// is taken at all.
  hold_operation hold() noexcept { return hold_operation(*this); }

  /// One slot more. Any task may call it, also one that took none.
  void release();

  /// Whether acquire() would wait now.
  [[nodiscard]] bool locked() const noexcept { return value_ == 0 || waiters_.any_left(); }

protected:
  semaphore(std::ptrdiff_t value, std::ptrdiff_t bound, std::string name);

private:
  friend class detail::weak_ref<semaphore>;
  friend class detail::semaphore_wait;
  friend class held_semaphore;

  void release_if_held() noexcept;
  bool give_to_next();
  void give_all();

  std::ptrdiff_t value_; // those given to a waiter that has not resumed yet are taken off
  const std::ptrdiff_t bound_;
  const std::string name_;
  detail::waiters waiters_;
};

/// A semaphore whose release() throws invalid_argument_error where it was acquired less often
/// than released (Python: asyncio.BoundedSemaphore).
class bounded_semaphore : public semaphore {
public:
  explicit bounded_semaphore(std::ptrdiff_t value = 1, std::string name = {})
      : semaphore(value, value, std::move(name)) {}
};

inline detail::semaphore_wait::semaphore_wait(semaphore& of) noexcept : waiter(of.waiters_), semaphore_(of) {}

inline held_semaphore::held_semaphore(semaphore& held) noexcept : semaphore_(held) {}

inline held_semaphore::~held_semaphore() {
  if (semaphore_) {
    semaphore_->release_if_held();
  }
}

} // namespace asyncio
