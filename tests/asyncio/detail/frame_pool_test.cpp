#include <asyncio/detail/frame_pool.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

using asyncio::detail::frame_pool;

namespace {

#if defined(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
constexpr bool pools = false;
#else
constexpr bool pools = true;
#endif

struct pooled_thing : asyncio::detail::pooled {
  std::size_t padding[10]{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(frame_pool_test)

BOOST_AUTO_TEST_CASE(memory_of_any_size_can_be_written_and_is_aligned) {
  for (std::size_t size = 1; size < 5000; size += 7) {
    void* const memory = frame_pool::allocate(size);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(memory) % alignof(std::max_align_t) == 0U);
    std::memset(memory, 0xAB, size);
    frame_pool::deallocate(memory, size);
  }
}

BOOST_AUTO_TEST_CASE(what_is_given_back_comes_again_unless_a_sanitizer_watches) {
  void* const first = frame_pool::allocate(100);
  frame_pool::deallocate(first, 100);
  void* const second = frame_pool::allocate(100);
  if (pools) {
    BOOST_TEST(second == first);
  }
  frame_pool::deallocate(second, 100);
}

BOOST_AUTO_TEST_CASE(blocks_in_use_do_not_overlap) {
  std::vector<char*> blocks;
  for (int i = 0; i < 1000; ++i) {
    blocks.push_back(static_cast<char*>(frame_pool::allocate(96)));
    std::memset(blocks.back(), i % 128, 96);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const char expected = static_cast<char>(i % 128);
    BOOST_TEST_REQUIRE(std::all_of(blocks[i], blocks[i] + 96, [&](char c) { return c == expected; }));
  }
  for (char* block : blocks) {
    frame_pool::deallocate(block, 96);
  }
}

BOOST_AUTO_TEST_CASE(sizes_of_one_class_share_their_blocks_and_others_do_not) {
  void* const small = frame_pool::allocate(65);
  frame_pool::deallocate(small, 65);
  void* const larger = frame_pool::allocate(97);
  void* const same = frame_pool::allocate(96);
  if (pools) {
    BOOST_TEST(same == small);
  }
  BOOST_TEST(larger != same);
  frame_pool::deallocate(larger, 97);
  frame_pool::deallocate(same, 96);
}

BOOST_AUTO_TEST_CASE(more_than_it_keeps_goes_back_without_harm) {
  std::vector<void*> blocks;
  for (int i = 0; i < 2000; ++i) { // of 1 KiB: twice what a list keeps
    blocks.push_back(frame_pool::allocate(1024));
  }
  for (void* block : blocks) {
    frame_pool::deallocate(block, 1024);
  }
  BOOST_TEST(blocks.size() == 2000U); // the leak check sees the rest
}

BOOST_AUTO_TEST_CASE(each_thread_has_its_own_pool) {
  void* const here = frame_pool::allocate(128);
  frame_pool::deallocate(here, 128);
  void* there = nullptr;
  std::thread([&] {
    there = frame_pool::allocate(128); // not what this thread keeps
    frame_pool::deallocate(there, 128);
  }).join();
  if (pools) {
    BOOST_TEST(there != here);
  }
}

BOOST_AUTO_TEST_CASE(memory_may_be_given_back_on_another_thread) {
  std::vector<void*> blocks;
  std::thread([&] {
    for (int i = 0; i < 100; ++i) {
      blocks.push_back(frame_pool::allocate(128));
    }
  }).join();
  for (void* block : blocks) {
    frame_pool::deallocate(block, 128);
  }
  BOOST_TEST(blocks.size() == 100U);
}

BOOST_AUTO_TEST_CASE(what_derives_from_pooled_is_allocated_here) {
  auto* const first = new pooled_thing;
  const auto address = reinterpret_cast<std::uintptr_t>(first);
  delete first;
  auto* const second = new pooled_thing;
  if (pools) {
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(second) == address);
  }
  BOOST_TEST(second->padding[9] == 0U);
  delete second;
}

BOOST_AUTO_TEST_SUITE_END()
