#include <asyncio/detail/inbox.hpp>

#include <asyncio/detail/virtual_time.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace asyncio::detail {

node inbox::closed_mark{nullptr};

bool inbox::leave(node& n) {
  node* newest = newest_.load(std::memory_order_relaxed);
  do {
    if (newest == &closed_mark) {
      return false;
    }
    n.next = newest;
  } while (!newest_.compare_exchange_weak(newest, &n, std::memory_order_acq_rel, std::memory_order_acquire));
  if (newest == nullptr) {
    const std::lock_guard lock(wake_mutex_);
    if (reader_ != nullptr) {
      virtual_time::instance().wake_loop(*reader_);
    } else if (context_ != nullptr) {
      boost::asio::post(*context_, [] {}); // the loop looks into its inbox whenever it wakes
    }
  }
  return true;
}

void inbox::set_reader(participant* reader) noexcept {
  const std::lock_guard lock(wake_mutex_);
  reader_ = reader;
}

void inbox::collect(ready_queue& into) noexcept {
  if (newest_.load(std::memory_order_relaxed) != nullptr) {
    move(newest_.exchange(nullptr, std::memory_order_acquire), into);
  }
}

void inbox::close(ready_queue& last) noexcept {
  {
    const std::lock_guard lock(wake_mutex_);
    context_ = nullptr;
  }
  node* newest = newest_.exchange(&closed_mark, std::memory_order_acq_rel);
  if (newest != &closed_mark) {
    move(newest, last);
  }
}

void inbox::move(node* newest_first, ready_queue& into) noexcept {
  node* oldest_first = nullptr;
  while (newest_first != nullptr) {
    node* const rest = newest_first->next;
    newest_first->next = oldest_first;
    oldest_first = newest_first;
    newest_first = rest;
  }
  while (oldest_first != nullptr) {
    node* const rest = oldest_first->next;
    into.push(*oldest_first);
    oldest_first = rest;
  }
}

} // namespace asyncio::detail
