// What debug mode looks for beyond foreign threads: steps that hold up the loop, and coroutines
// that nobody awaited. And what is noted of a step, while somebody wants that.

#include <asyncio/detail/callback.hpp>
#include <asyncio/detail/future_base.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/promise.hpp>
#include <asyncio/detail/scheduler.hpp>
#include <asyncio/detail/source_place.hpp>
#include <asyncio/detail/step_note.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/log.hpp>

#include <boost/core/demangle.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <iomanip>
#include <source_location>
#include <sstream>
#include <string>
#include <typeinfo>

namespace asyncio::detail {

constinit thread_local bool frames_are_dropped::here_ = false;

namespace {

/// Whose step a node is; known before it runs, told after that, when the node may be gone.
class step_owner {
public:
  explicit step_owner(const node& n) noexcept
      : task_(task_base::waits_for_first_step(n)), function_(callback::function_type(n)) {
    if (!task_) {
      task_ = task_ref(operation_base::waiting_task(n));
    }
    if (function_ == nullptr) {
      function_ = done_callback::function_type(n);
    }
  }

  [[nodiscard]] std::string in_words() const {
    if (task_) {
      return task_->describe() + ", created at " + place_in_source(task_->created_at()) + ',';
    }
    return function_ != nullptr ? "callback " + boost::core::demangle(function_->name()) : "a callback";
  }

  /// Where its step ended.
  [[nodiscard]] std::string end_in_words() const {
    return task_ && task_->waits_for() != nullptr
               ? ", up to the await at " + place_in_source(task_->waits_at())
               : "";
  }

private:
  task_ref task_;
  const std::type_info* function_;
};

} // namespace

void run_watched(scheduler& in, node& next) {
  const step_owner owner(next);
  const clock::time_point began = clock::now();
  next.on_turn(next, turn::run);
  const clock::duration took = clock::now() - began;
  if (took >= in.slow_callback_duration) {
    std::ostringstream line;
    line << "Executing " << owner.in_words() << " took " << std::fixed << std::setprecision(3)
         << std::chrono::duration<double>(took).count() << " seconds" << owner.end_in_words();
    log(severity::warning, line.str());
  }
}

void step_note::begin(const node& next) {
  constexpr std::size_t most = 64; // lines: each step pays for them
  goes_on_from_.clear();
  task_ = operation_base::waiting_task(next);
  if (task_ != nullptr) {
    for (const await_site* site = task_->call_stack(); site != nullptr && goes_on_from_.size() < most;
         site = site->caller.get()) {
      goes_on_from_.push_back(site->at.get());
    }
  }
  began_ = std::chrono::steady_clock::now();
}

void coroutine_was_never_awaited(std::source_location which) noexcept {
  if (running_scheduler == nullptr || !running_scheduler->is_debugged() || frames_are_dropped::here()) {
    return;
  }
  try {
    log(severity::warning, std::string("coroutine ") + which.function_name() + " (" + place_in_source(which) +
                               ") was never awaited");
  } catch (...) { // a log that cannot be written must not end the program
    static_cast<void>(std::current_exception());
  }
}

} // namespace asyncio::detail
