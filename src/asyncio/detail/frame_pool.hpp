#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace asyncio::detail {

/// Memory for coroutine frames, tasks and callbacks: a free list per size and thread.
///
/// What a program allocates over and over comes back without a call to malloc. A list
/// keeps at most 1 MiB; the rest goes back to the allocator, and so does everything when
/// the thread ends. Sanitizer builds (BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING) don't
/// pool, so that an error in the use of a frame shows.
class frame_pool {
public:
  static void* allocate(std::size_t size) {
#if !defined(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
    const std::size_t index = (size + step - 1) / step;
    if (index < classes) {
      free_list& list = lists_[index];
      if (block* found = list.first) {
        list.first = found->next;
        --list.count;
        return found;
      }
      return allocate_block(index);
    }
#endif
    return ::operator new(size);
  }

  static void deallocate(void* memory, std::size_t size) noexcept {
#if !defined(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
    const std::size_t index = (size + step - 1) / step;
    if (index < classes) {
      free_list& list = lists_[index];
      if (list.count * index < keep / step) {
        list.first = ::new (memory) block{list.first};
        ++list.count;
        return;
      }
    }
#else
    static_cast<void>(size);
#endif
    ::operator delete(memory);
  }

private:
  static constexpr std::size_t step = 32;
  static constexpr std::size_t classes = 64; // blocks of up to 2 KiB
  static constexpr std::size_t keep = std::size_t{1} << 20;

  struct block {
    block* next;
  };
  struct free_list {
    block* first = nullptr;
    std::size_t count = 0;
  };
  struct cleaner; // returns this thread's blocks when the thread ends

  static void* allocate_block(std::size_t index);

  static constinit thread_local std::array<free_list, classes> lists_;
};

/// Derive from it to be allocated from the pool.
struct pooled {
  static void* operator new(std::size_t size) { return frame_pool::allocate(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    frame_pool::deallocate(memory, size);
  }
};

} // namespace asyncio::detail
