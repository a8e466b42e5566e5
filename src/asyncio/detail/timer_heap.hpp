#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/node.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asyncio::detail {

class timer_heap;

/// Something that is due at a time. Fires once, by moving to the ready queue.
struct timer_node : node {
  using node::node;

  [[nodiscard]] bool is_set() const noexcept { return heap != nullptr; }
  inline void cancel() noexcept;

  clock::time_point set_at; ///< the instant at which it was set
  timer_heap* heap = nullptr;
  std::size_t position = 0;
};

/// Timers ordered by deadline, then by when they were set: equal deadlines fire in that
/// order. Four children a node: the heap of 100,000 timers is nine levels deep, and the
/// deadlines that are compared lie beside each other.
class timer_heap {
public:
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] clock::time_point next_deadline() const noexcept { return entries_.front().when; }
  [[nodiscard]] std::uint64_t next_sequence() const noexcept { return entries_.front().sequence; }
  [[nodiscard]] timer_node& next() const noexcept { return *entries_.front().timer; }

  /// `sequence` grows from one insertion to the next: it orders deadlines that are equal.
  void insert(timer_node& timer, clock::time_point when, clock::time_point now, std::uint64_t sequence) {
    const entry added{when, sequence, &timer};
    entries_.push_back(added);
    timer.heap = this;
    timer.set_at = now;
    move_up(entries_.size() - 1, added);
  }

  void remove(timer_node& timer) noexcept {
    const std::size_t gap = timer.position;
    timer.heap = nullptr;
    const entry last = entries_.back();
    entries_.pop_back();
    if (last.timer == &timer) {
      return;
    }
    if (gap > 0 && last.before(entries_[parent(gap)])) {
      move_up(gap, last);
    } else {
      move_down(gap, last);
    }
  }

  timer_node& pop() noexcept {
    timer_node& timer = next();
    remove(timer);
    return timer;
  }

private:
  struct entry {
    clock::time_point when;
    std::uint64_t sequence;
    timer_node* timer;

    [[nodiscard]] bool before(const entry& other) const noexcept {
      return when != other.when ? when < other.when : sequence < other.sequence;
    }
  };

  static constexpr std::size_t children = 4;
  static std::size_t parent(std::size_t i) noexcept { return (i - 1) / children; }

  void place(std::size_t i, const entry& e) noexcept {
    entries_[i] = e;
    e.timer->position = i;
  }

  void move_up(std::size_t i, const entry& e) noexcept {
    while (i > 0 && e.before(entries_[parent(i)])) {
      place(i, entries_[parent(i)]);
      i = parent(i);
    }
    place(i, e);
  }

  void move_down(std::size_t i, const entry& e) noexcept {
    for (;;) {
      const std::size_t first = children * i + 1;
      if (first >= entries_.size()) {
        break;
      }
      const std::size_t end = first + children < entries_.size() ? first + children : entries_.size();
      std::size_t least = first;
      for (std::size_t child = first + 1; child < end; ++child) {
        if (entries_[child].before(entries_[least])) {
          least = child;
        }
      }
      if (!entries_[least].before(e)) {
        break;
      }
      place(i, entries_[least]);
      i = least;
    }
    place(i, e);
  }

  std::vector<entry> entries_;
};

/// Takes it off its heap; it has to be set.
inline void timer_node::cancel() noexcept {
  heap->remove(*this);
}

} // namespace asyncio::detail
