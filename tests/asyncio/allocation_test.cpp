// What must not allocate. Coroutine frames do, when they are made; so the tasks that wait here are
// made before the count begins.

#include <asyncio/event.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/semaphore.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

using asyncio::awaitable;
using namespace std::chrono_literals;

namespace {

std::size_t allocations = 0; // by this program, on its only thread

/// How many there have been since it was made.
class since_now {
public:
  [[nodiscard]] std::size_t count() const { return allocations - before_; }

private:
  std::size_t before_ = allocations;
};

} // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) {
    return memory;
  }
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

constexpr int rounds = 100;

template <class Queue>
awaitable<void> put_and_get(Queue& queue) {
  for (int i = 0; i < 3; ++i) {
    co_await queue.put(i);
  }
  for (int i = 0; i < rounds; ++i) {
    co_await queue.put(i);
    co_await queue.get();
    queue.put_nowait(i);
    queue.get_nowait();
    queue.task_done();
  }
  while (!queue.empty()) {
    co_await queue.get();
  }
}

template <class Queue>
awaitable<void> check_put_and_get() {
  Queue queue;
  co_await put_and_get(queue); // it may grow
  const since_now before;
  auto again = put_and_get(queue);
  const std::size_t of_its_frame = before.count();
  co_await std::move(again);
  const std::size_t counted = before.count();
  BOOST_TEST(counted == of_its_frame);
}

template <class Lock>
awaitable<void> hold_again_and_again(Lock& wanted, int& times) {
  for (;;) {
    auto held = co_await wanted.hold();
    ++times;
    co_await asyncio::sleep(0s);
  }
}

awaitable<void> wait_again_and_again(asyncio::event& event, int& times) {
  for (;;) {
    co_await event.wait();
    ++times;
  }
}

awaitable<void> put_again_and_again(asyncio::queue<int>& into) {
  for (int i = 0;; ++i) {
    co_await into.put(i);
  }
}

awaitable<void> get_again_and_again(asyncio::queue<int>& from, int& times) {
  for (;;) {
    co_await from.get();
    ++times;
    from.task_done();
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(allocation_test)

BOOST_AUTO_TEST_CASE(an_allocation_is_counted) {
  const since_now before;
  const auto made = std::make_unique<int>(1);
  BOOST_TEST_REQUIRE(*made == 1);
  BOOST_TEST(before.count() >= 1U);
}

// ---------------------------------------------------------------- nobody waits

ASYNC_TEST_CASE(taking_a_free_lock_allocates_nothing) {
  const since_now before;
  asyncio::lock lock;
  for (int i = 0; i < rounds; ++i) {
    co_await lock.acquire();
    lock.release();
    auto held = co_await lock.hold();
  }
  const std::size_t counted = before.count();
  BOOST_TEST(counted == 0U);
}

ASYNC_TEST_CASE(taking_a_free_slot_of_a_semaphore_allocates_nothing) {
  const since_now before;
  asyncio::bounded_semaphore semaphore(2);
  for (int i = 0; i < rounds; ++i) {
    co_await semaphore.acquire();
    semaphore.release();
    auto held = co_await semaphore.hold();
  }
  const std::size_t counted = before.count();
  BOOST_TEST(counted == 0U);
}

ASYNC_TEST_CASE(an_event_that_is_set_allocates_nothing) {
  const since_now before;
  asyncio::event event;
  for (int i = 0; i < rounds; ++i) {
    event.set();
    co_await event.wait();
    event.clear();
  }
  const std::size_t counted = before.count();
  BOOST_TEST(counted == 0U);
}

ASYNC_TEST_CASE(a_queue_that_does_not_grow_allocates_nothing) {
  co_await check_put_and_get<asyncio::queue<int>>();
  co_await check_put_and_get<asyncio::lifo_queue<int>>();
  co_await check_put_and_get<asyncio::priority_queue<int>>();
}

ASYNC_TEST_CASE(joining_a_queue_with_nothing_to_do_allocates_nothing) {
  asyncio::queue<int> queue;
  const since_now before;
  co_await queue.join();
  const std::size_t counted = before.count();
  BOOST_TEST(counted == 0U);
}

// ---------------------------------------------------------------- others wait

ASYNC_TEST_CASE(waiting_for_a_lock_adds_nothing_to_the_frame_of_who_waits) {
  asyncio::lock lock;
  int times = 0;
  auto one = asyncio::create_task(hold_again_and_again(lock, times));
  auto two = asyncio::create_task(hold_again_and_again(lock, times));
  auto three = asyncio::create_task(hold_again_and_again(lock, times));
  const since_now before;
  while (times < rounds) {
    co_await asyncio::sleep(0s);
  }
  two.cancel();
  co_await asyncio::sleep(0s);
  const std::size_t counted = before.count();
  BOOST_TEST(counted == 0U);
  one.cancel();
  three.cancel();
  co_await passes(2);
}

ASYNC_TEST_CASE(waiting_for_a_semaphore_adds_nothing_to_the_frame_of_who_waits) {
  asyncio::semaphore semaphore(2);
  int times = 0;
  auto one = asyncio::create_task(hold_again_and_again(semaphore, times));
  auto two = asyncio::create_task(hold_again_and_again(semaphore, times));
  auto three = asyncio::create_task(hold_again_and_again(semaphore, times));
  const since_now before;
  while (times < rounds) {
    co_await asyncio::sleep(0s);
  }
  const std::size_t counted = before.count();
  BOOST_TEST(counted == 0U);
  one.cancel();
  two.cancel();
  three.cancel();
  co_await passes(3);
}

ASYNC_TEST_CASE(waiting_for_an_event_adds_nothing_to_the_frame_of_who_waits) {
  asyncio::event event;
  int times = 0;
  auto one = asyncio::create_task(wait_again_and_again(event, times));
  auto two = asyncio::create_task(wait_again_and_again(event, times));
  const since_now before;
  while (times < rounds) {
    co_await asyncio::sleep(0s);
    event.set();
    event.clear();
  }
  const std::size_t counted = before.count();
  BOOST_TEST(counted == 0U);
  one.cancel();
  two.cancel();
  co_await passes(2);
}

ASYNC_TEST_CASE(waiting_for_a_queue_adds_nothing_to_the_frame_of_who_waits) {
  asyncio::queue<int> queue(1);
  int times = 0;
  auto putting = asyncio::create_task(put_again_and_again(queue));
  auto one = asyncio::create_task(get_again_and_again(queue, times));
  auto two = asyncio::create_task(get_again_and_again(queue, times));
  while (times < 10) { // it grows to its size
    co_await asyncio::sleep(0s);
  }
  const since_now before;
  while (times < rounds) {
    co_await asyncio::sleep(0s);
  }
  co_await queue.join();
  const std::size_t counted = before.count();
  BOOST_TEST(counted == 0U);
  putting.cancel();
  one.cancel();
  two.cancel();
  co_await passes(2);
}

BOOST_AUTO_TEST_SUITE_END()
