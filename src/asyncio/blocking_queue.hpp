#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/clock_condition.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/errors.hpp>

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace asyncio {

/// A queue between threads that virtual time knows (Python: queue.Queue).
///
/// Any thread may use it. Not for coroutines, except the calls that end in _nowait: waiting
/// would block the whole loop. The name stands in the report of a deadlock. What blocks throws
/// interrupt_error after Ctrl-C.
///
///     asyncio::blocking_queue<chore> chores;
///     chores.put(chore("Cook breakfast", 2s));
///     chore next = chores.get();
template <class T>
class blocking_queue {
public:
  /// At most `maxsize` elements; any number for 0.
  explicit blocking_queue(std::size_t maxsize = 0, std::string name = {})
      : maxsize_(maxsize), name_(std::move(name)), not_empty_([this] { return describe("something in"); }),
        not_full_([this] { return describe("room in"); }),
        all_done_([this] { return describe("the join of"); }) {}
  blocking_queue(const blocking_queue&) = delete;
  blocking_queue& operator=(const blocking_queue&) = delete;

  /// Blocks while it is full; queue_full after `timeout`, queue_shut_down after shutdown().
  void put(T value, clock::duration timeout = clock::duration::max()) {
    lock held(mutex_);
    const bool room = not_full_.wait_until(held, detail::later(clock::now(), timeout),
                                           [&] { return shut_down_ || !is_full(); });
    if (shut_down_) {
      throw queue_shut_down("the queue was shut down: it takes nothing more");
    }
    if (!room) {
      throw queue_full("the queue is full");
    }
    values_.push_back(std::move(value));
    ++unfinished_;
    not_empty_.notify_one();
  }
  void put_nowait(T value) { put(std::move(value), clock::duration::zero()); }

  /// Blocks while it is empty; queue_empty after `timeout`, queue_shut_down once it is empty
  /// after shutdown().
  T get(clock::duration timeout = clock::duration::max()) {
    lock held(mutex_);
    const bool any = not_empty_.wait_until(held, detail::later(clock::now(), timeout),
                                           [&] { return shut_down_ || !values_.empty(); });
    if (values_.empty() && shut_down_) {
      throw queue_shut_down("the queue was shut down and is empty");
    }
    if (!any) {
      throw queue_empty("the queue is empty");
    }
    T value = std::move(values_.front());
    values_.pop_front();
    not_full_.notify_one();
    return value;
  }
  T get_nowait() { return get(clock::duration::zero()); }

  /// One that was got is done; invalid_argument_error for more than were put.
  void task_done() {
    const lock held(mutex_);
    if (unfinished_ == 0) {
      throw invalid_argument_error("task_done() was called more often than there were elements");
    }
    if (--unfinished_ == 0) {
      all_done_.notify_all();
    }
  }

  /// Blocks until task_done() has been called for each element.
  void join() {
    lock held(mutex_);
    all_done_.wait(held, [&] { return unfinished_ == 0; });
  }

  /// No more put(); get() as long as there is something. `immediate`: what is in it is
  /// dropped, too.
  void shutdown(bool immediate = false) {
    const lock held(mutex_);
    shut_down_ = true;
    if (immediate) {
      unfinished_ -= values_.size();
      values_.clear();
      if (unfinished_ == 0) {
        all_done_.notify_all();
      }
    }
    not_empty_.notify_all();
    not_full_.notify_all();
  }

  [[nodiscard]] std::size_t qsize() const {
    const lock held(mutex_);
    return values_.size();
  }
  [[nodiscard]] bool empty() const { return qsize() == 0; }
  [[nodiscard]] bool full() const {
    const lock held(mutex_);
    return is_full();
  }
  [[nodiscard]] std::size_t maxsize() const noexcept { return maxsize_; }

private:
  using lock = std::unique_lock<std::mutex>;

  [[nodiscard]] bool is_full() const noexcept { return maxsize_ > 0 && values_.size() >= maxsize_; }
  [[nodiscard]] std::string describe(const char* what) const {
    return std::string(what) + (name_.empty() ? " a queue" : " queue \"" + name_ + '"');
  }

  const std::size_t maxsize_;
  const std::string name_;
  mutable std::mutex mutex_;
  detail::clock_condition not_empty_;
  detail::clock_condition not_full_;
  detail::clock_condition all_done_;
  std::deque<T> values_;
  std::size_t unfinished_ = 0;
  bool shut_down_ = false;
};

} // namespace asyncio
