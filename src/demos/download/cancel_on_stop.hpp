#pragma once

#include <asyncio/loop.hpp>
#include <asyncio/task.hpp>

#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

namespace demos {

/// While one lives, a stop of the token, from whichever thread, cancels the task that made it.
class cancel_on_stop {
public:
  explicit cancel_on_stop(std::stop_token token)
      : task_(std::make_shared<asyncio::any_task>(asyncio::current_task())),
        on_stop_(std::move(token), request(asyncio::get_running_loop(), task_)) {}
  ~cancel_on_stop() { *task_ = asyncio::any_task(); } // whoever was asked too late, finds none
  cancel_on_stop(const cancel_on_stop&) = delete;
  cancel_on_stop& operator=(const cancel_on_stop&) = delete;

private:
  struct request {
    request(asyncio::loop& of, std::shared_ptr<asyncio::any_task> which) : loop(of), task(std::move(which)) {}

    void operator()() const {
      loop.call_soon_threadsafe([task = task] {
        if (*task) {
          task->cancel();
        }
      });
    }

    asyncio::loop& loop;
    std::shared_ptr<asyncio::any_task> task; // the loop's thread alone looks inside
  };

  std::shared_ptr<asyncio::any_task> task_;
  std::stop_callback<request> on_stop_;
};

} // namespace demos
