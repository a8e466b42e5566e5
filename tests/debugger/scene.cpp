// What inspect_test.py looks at: tasks that wait for everything there is to wait for. At
// checkpoint() all of them stand where their names say.

#include <asyncio/asyncio.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using asyncio::awaitable;
using asyncio::create_task;
using asyncio::sleep;
using namespace std::chrono_literals;

namespace {

[[gnu::noinline]] void checkpoint() {
  asm volatile("");
}

asyncio::lock forks("forks");
asyncio::event bell("bell");
asyncio::semaphore seats(0, "seats");
asyncio::condition orders("orders");
asyncio::context_var<std::string> user("user", "nobody");

struct point {
  int x;
  int y;
};

template <class T>
struct box {
  T value;

  awaitable<T> add(T more) {
    T sum = value + more;
    co_await sleep(30s); // @boxed
    co_return sum;
  }
};

struct server {
  int port = 8080;

  awaitable<int> serve(std::string client, int requests) {
    int served = 2 * requests;
    {
      std::string greeting = "hello " + client;
      co_await sleep(20s); // @serve
      served += static_cast<int>(greeting.size());
    }
    int later = served;
    co_return later;
  }
};

awaitable<int> nested(point at) {
  box<int> content{at.x};
  for (int round = 0; round < 3; ++round) {
    int got = co_await content.add(at.y + round); // @nested
    content.value = got;
  }
  co_return content.value;
}

awaitable<void> nap(std::chrono::seconds length) {
  co_await sleep(length); // @nap
}

awaitable<void> holds_forks() {
  auto held = co_await forks.hold();
  co_await sleep(40s); // @holds_forks
}

awaitable<void> wants_forks() {
  auto held = co_await forks.hold(); // @wants_forks
}

awaitable<void> hears_bell() {
  co_await bell.wait(); // @hears_bell
}

awaitable<void> wants_seat() {
  auto seat = co_await seats.hold(); // @wants_seat
}

awaitable<void> awaits_order() {
  auto held = co_await orders.hold();
  co_await orders.wait(); // @awaits_order
}

awaitable<void> gets(asyncio::queue<std::string>& empty) {
  co_await empty.get(); // @gets
}

awaitable<void> puts(asyncio::queue<std::string>& full) {
  co_await full.put("third"); // @puts
}

awaitable<void> joins(asyncio::queue<std::string>& full) {
  co_await full.join(); // @joins
}

awaitable<void> gathers() {
  co_await asyncio::gather(create_task(nap(50s), "first child"),
                           create_task(nap(51s), "second child")); // @gathers
}

awaitable<void> shields() {
  co_await asyncio::shield(create_task(nap(52s), "shielded")); // @shields
}

awaitable<void> waits() {
  std::vector<asyncio::task<void>> both{create_task(nap(53s), "either"), create_task(nap(54s), "or")};
  co_await asyncio::wait(both, asyncio::first_completed); // @waits
}

awaitable<void> groups() {
  co_await asyncio::with_task_group([](asyncio::task_group& group) -> awaitable<void> {
    group.create_task(nap(55s), "member");
    int in_lambda = 7;
    co_await sleep(60s); // @lambda
    static_cast<void>(in_lambda);
  });
}

awaitable<void> awaits_future(asyncio::future<int> answer) {
  co_await answer; // @awaits_future
}

awaitable<int> returns_at_once() {
  co_return 42;
}

awaitable<void> fails() {
  throw std::runtime_error("it failed"); // @fails
  co_return;
}

awaitable<void> runs(int depth) {
  int own = depth + 1;
  user.set("ann");
  checkpoint(); // @runs
  static_cast<void>(own);
  co_return;
}

awaitable<void> async_main() {
  server here;
  asyncio::queue<std::string> empty(0, "empty");
  asyncio::queue<std::string> full(2, "full");
  asyncio::future<int> answer;
  full.put_nowait("one");
  full.put_nowait("two");
  const auto serving = create_task(here.serve("bob", 3), "serving");
  const auto nesting = create_task(nested({1, 2}), "nested");
  std::vector<asyncio::any_task> others{create_task(holds_forks(), "holds forks"),
                                        create_task(wants_forks(), "wants forks"),
                                        create_task(wants_forks(), "twin"),
                                        create_task(hears_bell(), "hears bell"),
                                        create_task(wants_seat(), "wants seat"),
                                        create_task(awaits_order(), "awaits order"),
                                        create_task(gets(empty), "gets"),
                                        create_task(puts(full), "puts"),
                                        create_task(joins(full), "joins"),
                                        create_task(gathers(), "gathers"),
                                        create_task(shields(), "shields"),
                                        create_task(waits(), "waits"),
                                        create_task(groups(), "groups"),
                                        create_task(awaits_future(answer), "awaits future"),
                                        create_task(nap(99s), "twin"),
                                        create_task(sleep(98s), "operation")};
  const auto done = create_task(returns_at_once(), "done");
  const auto failed = create_task(fails(), "failed");
  const auto cancelled = create_task(nap(97s), "cancelled");
  auto unawaited = nap(1s);
  co_await sleep(0s);
  cancelled.cancel();
  co_await sleep(10s);
  const auto running = create_task(runs(1), "running");
  const auto not_started = create_task(nap(5s), "not started");
  co_await running; // @main
  static_cast<void>(failed.exception());
  for (const asyncio::any_task& each : asyncio::all_tasks()) {
    if (each != asyncio::current_task()) {
      each.cancel();
    }
  }
  co_await std::move(unawaited);
}

} // namespace

int main() {
  return asyncio::run_main(async_main());
}
