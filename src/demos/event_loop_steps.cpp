// event_loop_steps: say_gather again, and the loop tells what it does in ten steps.
//
// The loop has a queue of coroutines that are ready. It takes the first and runs it to its
// next await, where it is suspended; then it takes the next one. When the queue is empty, it
// sleeps until something wakes a coroutine: that one goes back into the queue. Round and round
// it goes, and never are two of them running. Notice that steps 1 to 4 happen at 0.0s, and
// the others at 1.0s: in between nobody runs, and the two sleeps pass together.
//
// None of these steps is printed by say1() or say2(): the loop tells the narrator of them.
//
//   run    cmake --build --preset dev -t run-event_loop_steps
//   debug  cmake --build --preset dev -t debug-event_loop_steps
//   try    let say2() sleep for 500ms: which steps change places?

#include <asyncio/clock.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/observer.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>

#include <demos/support/print.hpp>
#include <demos/support/thread_main.hpp>

using asyncio::any_task;
using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<void> say1() {
  co_await asyncio::sleep(1s);
  std::cout << "Hello 1!\n";
}

awaitable<void> say2() {
  co_await asyncio::sleep(1s);
  std::cout << "Hello 2!\n";
}

class narrator final : public asyncio::loop_observer {
public:
  void step_began(const any_task& task) override { tell("take " + task.name() + " and run it"); }
  void task_waits(const any_task& task) override {
    tell("suspend " + task.name() + ", which waits for " + task.waits_for()); // stop here: bt shows the loop
  }
  void task_woken(const any_task& task) override { tell("wake " + task.name()); }
  void task_done(const any_task& task) override { tell(task.name() + " is done"); }

private:
  void tell(const std::string& what) {
    const demos::seconds passed{asyncio::clock::now() - start_};
    std::cout << std::setw(2) << ++step_ << "  " << passed << "s  " << what << '\n';
  }

  asyncio::clock::time_point start_ = asyncio::clock::now();
  int step_ = 0;
};

void run_both() {
  std::cout << "start\n";
  asyncio::loop loop;
  loop.set_observer(std::make_shared<narrator>());
  auto first = loop.create_task(say1(), "say1");
  auto second = loop.create_task(say2(), "say2");
  loop.run_until_complete(asyncio::gather(first, second));
  std::cout << "exit\n";
}

int main() {
  return demos::thread_main(run_both);
}

// | start
// |  1  0.0s  take say1 and run it
// |  2  0.0s  suspend say1, which waits for a sleep
// |  3  0.0s  take say2 and run it
// |  4  0.0s  suspend say2, which waits for a sleep
// |  5  1.0s  wake say1
// |  6  1.0s  wake say2
// |  7  1.0s  take say1 and run it
// | Hello 1!
// |  8  1.0s  say1 is done
// |  9  1.0s  take say2 and run it
// | Hello 2!
// | 10  1.0s  say2 is done
// | exit
