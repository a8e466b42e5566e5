#pragma once

#include <cstddef>

namespace asyncio::detail {

/// What a node is told when it leaves a queue.
enum class turn {
  run,  ///< its turn has come
  drop, ///< the loop is closing: let go of what the node owns, wake nobody
};

/// Something that waits for its turn. It lives where the waiting is done (in the frame of
/// the coroutine that awaits, in a task, in a handle), so queueing never allocates. A node
/// is in one queue at a time.
struct node {
  using function = void (*)(node&, turn);

  explicit node(function on_turn_) noexcept : on_turn(on_turn_) {}
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  node* next = nullptr;
  node* previous = nullptr;
  function on_turn;
};

/// First in, first out; what the loop runs.
class ready_queue {
public:
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  void push(node& n) noexcept {
    n.next = nullptr;
    n.previous = last_;
    (size_ == 0 ? first_ : last_->next) = &n;
    last_ = &n;
    ++size_;
  }

  node& pop() noexcept {
    node& n = *first_;
    first_ = n.next;
    --size_;
    return n;
  }

  /// Puts another node into the place of one that is in the queue.
  void replace(const node& n, node& with) noexcept {
    with.next = n.next;
    with.previous = n.previous;
    (&n == first_ ? first_ : n.previous->next) = &with;
    (&n == last_ ? last_ : n.next->previous) = &with;
  }

  /// Brings the node at `index` to the front; `index` is below size().
  void bring_to_front(std::size_t index) noexcept {
    if (index == 0) {
      return;
    }
    node* chosen = first_;
    for (std::size_t i = 0; i < index; ++i) {
      chosen = chosen->next;
    }
    chosen->previous->next = chosen->next;
    (last_ == chosen ? last_ : chosen->next->previous) = chosen->previous;
    chosen->next = first_;
    first_->previous = chosen;
    first_ = chosen;
  }

private:
  node* first_ = nullptr;
  node* last_ = nullptr;
  std::size_t size_ = 0;
};

/// Those who wait for one thing, in the order in which they came; anyone can leave.
class wait_list {
public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] node* first() const noexcept { return first_; }

  void push(node& n) noexcept {
    n.next = nullptr;
    n.previous = last_;
    (last_ == nullptr ? first_ : last_->next) = &n;
    last_ = &n;
  }

  void remove(node& n) noexcept {
    (n.previous == nullptr ? first_ : n.previous->next) = n.next;
    (n.next == nullptr ? last_ : n.next->previous) = n.previous;
  }

  node& pop() noexcept {
    node& n = *first_;
    remove(n);
    return n;
  }

private:
  node* first_ = nullptr;
  node* last_ = nullptr;
};

} // namespace asyncio::detail
