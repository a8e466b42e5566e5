#include <asyncio/detail/frame_pool.hpp>

namespace asyncio::detail {

// Constant-initialised and trivially destroyed, so that access needs no guard; the cleaner,
// which does need one, is touched only where a block is allocated.
constinit thread_local std::array<frame_pool::free_list, frame_pool::classes> frame_pool::lists_{};

struct frame_pool::cleaner {
  ~cleaner() {
    for (free_list& list : lists_) {
      while (block* b = list.first) {
        list.first = b->next;
        ::operator delete(b);
      }
      list.count = keep; // what is freed after this thread's end isn't kept
    }
  }
};

void* frame_pool::allocate_block(std::size_t index) {
  thread_local cleaner at_thread_end;
  static_cast<void>(&at_thread_end);
  return ::operator new(index * step);
}

} // namespace asyncio::detail
