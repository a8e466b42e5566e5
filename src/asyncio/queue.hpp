#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/safe_temporary.hpp>
#include <asyncio/detail/waiter.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

class queue_base;

/// A task's place among those who wait for something in a queue, or for room.
class queue_wait : public waiter {
public:
  enum class goal : unsigned char { item, room };

  queue_wait(queue_base& of, goal wanted) noexcept;

  [[nodiscard]] bool ready();
  [[nodiscard]] std::string waits_for() const override;

protected:
  /// Throws if the wait was cancelled; else does what it was for. Where that fails, the next in
  /// line gets the chance.
  template <class F>
  auto take_turn(F act) {
    leave();
    try {
      check_turn();
      return act();
    } catch (...) {
      pass_on();
      throw;
    }
  }

private:
  bool waits_again() override;
  [[nodiscard]] bool can_go_on() const noexcept;
  void check_turn();
  void pass_on();

  queue_base& queue_;
  goal goal_;
};

/// A task's wait until all is done.
class join_operation final : public waiter {
public:
  explicit join_operation(queue_base& of) noexcept;

  [[nodiscard]] bool ready();
  void resume();
  [[nodiscard]] std::string waits_for() const override;

  operator awaitable<void>() && { // NOLINT(google-explicit-constructor): it is an awaitable
    return as_coroutine(std::move(*this));
  }

private:
  queue_base& queue_;
};

/// What all queues have in common, whatever is in them.
class queue_base {
public:
  queue_base(const queue_base&) = delete;
  queue_base& operator=(const queue_base&) = delete;

  /// One that was got is done; invalid_argument_error for more than were put.
  void task_done();

  /// Waits until task_done() has been called for each item that was put; doesn't suspend if it
  /// has.
  [[nodiscard]] join_operation join() noexcept { return join_operation(*this); }

  [[nodiscard]] std::size_t qsize() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] bool full() const noexcept { return maxsize_ > 0 && size_ >= maxsize_; }
  [[nodiscard]] std::size_t maxsize() const noexcept { return maxsize_; }

protected:
  queue_base(std::size_t maxsize, std::string name) : maxsize_(maxsize), name_(std::move(name)) {}
  ~queue_base() = default;

  // An item may come in, and has; may go out, and has.
  void check_put() const;
  void was_put();
  void check_get() const;
  void was_got();

  void close(bool drop_all);

private:
  friend class queue_wait;
  friend class join_operation;

  [[nodiscard]] std::string describe(const char* what) const;

  /// Where somebody has to wait. All lines are of one loop, so one of them keeps it.
  void bind_to_running_loop() { getters_.bind_to_running_loop(); }

  waiters& line_for(queue_wait::goal wanted) noexcept {
    return wanted == queue_wait::goal::item ? getters_ : putters_;
  }

  const std::size_t maxsize_;
  std::size_t size_ = 0;
  std::size_t unfinished_ = 0;
  bool shut_down_ = false;
  const std::string name_;
  waiters getters_;
  waiters putters_;
  waiters joiners_;
};

/// A queue of T; Items knows which is next.
template <class T, class Items>
class basic_queue : public queue_base {
public:
  class [[nodiscard]] put_operation final : public queue_wait {
  public:
    template <class U>
    put_operation(basic_queue& into, U&& item)
        : queue_wait(into, goal::room), into_(into), item_(std::forward<U>(item)) {}

    void resume() {
      take_turn([this] { into_.put_nowait(std::move(item_)); });
    }
    operator awaitable<void>() && { // NOLINT(google-explicit-constructor): it is an awaitable
      return as_coroutine(std::move(*this));
    }

  private:
    basic_queue& into_;
    T item_;
  };

  class [[nodiscard]] get_operation final : public queue_wait {
  public:
    explicit get_operation(basic_queue& from) noexcept : queue_wait(from, goal::item), from_(from) {}

    T resume() {
      return take_turn([this] { return from_.get_nowait(); });
    }
    operator awaitable<T>() && { // NOLINT(google-explicit-constructor): it is an awaitable
      return as_coroutine(std::move(*this));
    }

  private:
    basic_queue& from_;
  };

  /// Puts an item in; suspends only while the queue is full. queue_shut_down after shutdown().
  /// A cancelled put throws cancelled_error and puts nothing.
  template <class U = T>
    requires std::convertible_to<U, T>
  put_operation put(U&& item) {
    ASYNCIO_ASSERT_SAFE_VALUE(U);
    return put_operation(*this, std::forward<U>(item));
  }

  /// Takes the next item out; suspends only while the queue is empty. queue_shut_down after
  /// shutdown(), once there is nothing more. A cancelled get throws cancelled_error and takes
  /// nothing.
  get_operation get() noexcept { return get_operation(*this); }

  /// The same without waiting: queue_full where put() would suspend.
  void put_nowait(T item) {
    check_put();
    items_.push(std::move(item));
    was_put();
  }

  /// queue_empty where get() would suspend.
  T get_nowait() {
    check_get();
    T item = items_.pop();
    was_got();
    return item;
  }

  /// From now on put() throws queue_shut_down, and so does get() once the queue is empty. Those
  /// who wait in them resume in the next pass. `immediate`: what is in it is dropped, and counts
  /// as done.
  void shutdown(bool immediate = false) {
    if (immediate) {
      items_.clear();
    }
    close(immediate);
  }

protected:
  basic_queue(std::size_t maxsize, std::string name, Items items = Items())
      : queue_base(maxsize, std::move(name)), items_(std::move(items)) {}
  ~basic_queue() = default;

private:
  Items items_;
};

/// In the order in which they came: a ring, since a deque allocates as it moves on.
template <class T>
class fifo_items {
public:
  void push(T&& item) {
    if (size_ == slots_.size()) {
      grow();
    }
    slot(size_).emplace(std::move(item));
    ++size_;
  }
  T pop() {
    T item = std::move(*slot(0));
    slot(0).reset();
    ++first_;
    --size_;
    return item;
  }
  void clear() noexcept {
    slots_.clear();
    size_ = 0;
  }

private:
  using slots = std::vector<std::optional<T>>;

  std::optional<T>& slot(std::size_t i) noexcept { return slots_[(first_ + i) % slots_.size()]; }

  void grow() {
    slots larger(std::max<std::size_t>(8, 2 * size_));
    for (std::size_t i = 0; i < size_; ++i) {
      larger[i].emplace(std::move_if_noexcept(*slot(i)));
    }
    slots_.swap(larger);
    first_ = 0;
  }

  slots slots_; // as many as a power of two, so that first_ may wrap around
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

template <class T>
class lifo_items {
public:
  void push(T&& item) { stack_.push_back(std::move(item)); }
  T pop() {
    T item = std::move(stack_.back());
    stack_.pop_back();
    return item;
  }
  void clear() noexcept { stack_.clear(); }

private:
  std::vector<T> stack_;
};

template <class T, class Compare>
class priority_items {
public:
  explicit priority_items(Compare compare) : compare_(std::move(compare)) {}

  void push(T&& item) {
    heap_.push_back(std::move(item));
    std::push_heap(heap_.begin(), heap_.end(), after());
  }
  T pop() {
    std::pop_heap(heap_.begin(), heap_.end(), after());
    T item = std::move(heap_.back());
    heap_.pop_back();
    return item;
  }
  void clear() noexcept { heap_.clear(); }

private:
  auto after() {
    return [this](const T& a, const T& b) { return compare_(b, a); };
  }

  std::vector<T> heap_;
  Compare compare_;
};

} // namespace detail

/// A queue between the tasks of one loop, first in, first out (Python: asyncio.Queue).
///
/// At most `maxsize` items, any number for 0. put() into a full one waits for room, get() from
/// an empty one for an item; the first who waits is woken and resumes in the next pass. Who
/// comes in between with get_nowait() gets the item, and the woken task waits again behind the
/// others, as in Python. Waiting allocates nothing. The name stands in the report of a deadlock.
///
/// The other calls are put_nowait(), get_nowait(), task_done(), join(), shutdown(), qsize(),
/// empty(), full(), maxsize(). Not for several threads: that is blocking_queue.
///
///     asyncio::queue<chore> chores(10);
///     co_await chores.put(chore("Cook breakfast", 2s));
///     chore next = co_await chores.get();
template <class T>
class queue : public detail::basic_queue<T, detail::fifo_items<T>> {
public:
  explicit queue(std::size_t maxsize = 0, std::string name = {})
      : queue::basic_queue(maxsize, std::move(name)) {}
};

/// A queue that gives what was put last (Python: asyncio.LifoQueue).
template <class T>
class lifo_queue : public detail::basic_queue<T, detail::lifo_items<T>> {
public:
  explicit lifo_queue(std::size_t maxsize = 0, std::string name = {})
      : lifo_queue::basic_queue(maxsize, std::move(name)) {}
};

/// A queue that gives the smallest, by `<` or by `Compare` (Python: asyncio.PriorityQueue).
///
/// Of those that are equal it gives any, the one that Python's heapq would. Where the order
/// matters put numbers beside them: std::tuple(priority, number, item).
template <class T, class Compare = std::less<T>>
class priority_queue : public detail::basic_queue<T, detail::priority_items<T, Compare>> {
public:
  explicit priority_queue(std::size_t maxsize = 0, std::string name = {}, Compare compare = Compare())
      : priority_queue::basic_queue(maxsize, std::move(name),
                                    detail::priority_items<T, Compare>(std::move(compare))) {}
};

} // namespace asyncio
