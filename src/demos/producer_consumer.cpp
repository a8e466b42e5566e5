// producer_consumer: bakers and customers who never meet, with a shelf between them.
//
// The shelf is a queue with room for two. A baker who finds it full waits in put(), a
// customer who finds it empty waits in get(), and neither knows how many of the others there
// are. When the baking is done, join() waits until everything has been eaten, and shutdown()
// sends the customers home: their get() throws queue_shut_down.
//
//   run    cmake --build --preset dev -t run-producer_consumer
//   debug  cmake --build --preset dev -t debug-producer_consumer
//   try    room for one loaf, or for ten: who waits for whom?

#include <asyncio/errors.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <string>

#include <demos/support/story.hpp>

using asyncio::awaitable;
using demos::story;
using namespace std::chrono_literals;
using shelf = asyncio::queue<std::string>;

awaitable<void> bake(std::string baker, int loaves, shelf& bread) {
  for (int i = 1; i <= loaves; ++i) {
    co_await asyncio::sleep(1s);
    std::string loaf = baker + "'s loaf " + std::to_string(i);
    story(baker + " has baked " + loaf);
    co_await bread.put(loaf); // stop here: on the shelf already, or does the baker wait?
  }
  story(baker + " closes the oven");
}

awaitable<void> eat(std::string customer, shelf& bread) {
  try {
    for (;;) {
      std::string loaf = co_await bread.get();
      story(customer + " eats " + loaf);
      co_await asyncio::sleep(3s);
      bread.task_done(); // for join(): this loaf is done with
    }
  } catch (const asyncio::queue_shut_down&) {
    story(customer + " goes home");
  }
}

awaitable<void> async_main() {
  shelf bread(2);
  auto first = asyncio::create_task(eat("Carl", bread));
  auto second = asyncio::create_task(eat("Dora", bread));

  co_await asyncio::gather(bake("Anna", 4, bread), bake("Bert", 3, bread));
  co_await bread.join();
  bread.shutdown();
  co_await asyncio::gather(first, second);
}

int main() {
  return asyncio::run_main(async_main());
}

// | 00:00:01: Anna has baked Anna's loaf 1
// | 00:00:01: Bert has baked Bert's loaf 1
// | 00:00:01: Carl eats Anna's loaf 1
// | 00:00:01: Dora eats Bert's loaf 1
// | 00:00:02: Anna has baked Anna's loaf 2
// | 00:00:02: Bert has baked Bert's loaf 2
// | 00:00:03: Anna has baked Anna's loaf 3
// | 00:00:03: Bert has baked Bert's loaf 3
// | 00:00:04: Carl eats Anna's loaf 2
// | 00:00:04: Dora eats Bert's loaf 2
// | 00:00:04: Bert closes the oven
// | 00:00:05: Anna has baked Anna's loaf 4
// | 00:00:07: Carl eats Anna's loaf 3
// | 00:00:07: Dora eats Bert's loaf 3
// | 00:00:07: Anna closes the oven
// | 00:00:10: Carl eats Anna's loaf 4
// | 00:00:13: Dora goes home
// | 00:00:13: Carl goes home
