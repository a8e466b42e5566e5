#include <asyncio/loop.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/interrupt_watch.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/log.hpp>

#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace asyncio {
namespace detail {

namespace {

// The lines of the log carry the name of the task that writes them.
const char* name_of_running_task() {
  task_base* const task = running_scheduler != nullptr ? running_scheduler->running_task : nullptr;
  return task != nullptr ? task->name().c_str() : nullptr;
}

class run_scope {
public:
  run_scope(scheduler& runs, bool& running) : runs_(runs), running_(running) {
    runs_.enter_thread();
    running_ = true;
  }
  ~run_scope() {
    running_ = false;
    runs_.leave_thread();
  }
  run_scope(const run_scope&) = delete;
  run_scope& operator=(const run_scope&) = delete;

private:
  scheduler& runs_;
  bool& running_;
};

} // namespace

loop& loop_of(scheduler& inside) noexcept {
  return loop_access::outside(inside);
}

void report(scheduler& inside, const exception_context& context) noexcept {
  loop_of(inside).call_exception_handler(context);
}

void report_callback(scheduler& inside, callback& which, std::exception_ptr error) noexcept {
  exception_context context("Exception in callback", std::move(error));
  context.callback = std::make_shared<handle>(loop_access::handle_to(which));
  report(inside, context);
}

} // namespace detail

loop& get_running_loop() {
  if (detail::running_scheduler == nullptr) {
    throw misuse_error("no loop is running on this thread: call this from a coroutine or callback that "
                       "asyncio::run() or a loop runs");
  }
  return detail::loop_of(*detail::running_scheduler);
}

loop::loop() {
  detail::set_log_name_source(&detail::name_of_running_task);
}

loop::~loop() {
  closed_ = true;
  detail::scheduler& inside = *this;
  inside.drop_all();
  // Unwinding one task's frames can end another future; so the search starts over each time.
  const auto next_unfinished_task = [&]() -> detail::task_base* {
    for (detail::future_base* f = inside.first_alive(); f != nullptr; f = f->next_alive) {
      if (f->is_task() && !f->done()) {
        return static_cast<detail::task_base*>(f);
      }
    }
    return nullptr;
  };
  while (detail::task_base* task = next_unfinished_task()) {
    task->abandon();
    inside.drop_all(); // what that woke stands in frames that go next
  }
  while (detail::future_base* f = inside.first_alive()) {
    f->detach();
  }
}

void loop::close() {
  if (running_) {
    throw misuse_error("a running loop cannot be closed: stop() it first");
  }
  closed_ = true;
  drop_all();
}

void loop::check_not_closed() const {
  if (closed_) {
    throw misuse_error("the loop is closed");
  }
}

void loop::check_not_running() const {
  if (running_) {
    throw misuse_error("this loop is running already");
  }
  if (detail::running_scheduler != nullptr) {
    throw misuse_error(
        "another loop is running on this thread: co_await, or create_task(), instead of running "
        "a second one inside it");
  }
}

void loop::check_thread() const {
  if (is_debugged() && running_ && detail::running_scheduler != this) {
    throw misuse_error("this thread does not run the loop: use call_soon_threadsafe");
  }
}

void loop::run_forever() {
  check_not_closed();
  check_not_running();
  std::optional<detail::interrupt_watch> ctrl_c;
  if (detail::interrupts_are_heard()) { // by somebody above; a runner's own watch is there already
    ctrl_c.emplace(context(), [] { throw interrupt_error(); });
  }
  const detail::run_scope scope(*this, running_);
  do {
    turn(!stopping_);
  } while (!stopping_);
  stopping_ = false;
}

handle loop::call_soon(detail::callback_ref callback) {
  check_not_closed();
  check_thread();
  callback->set_when(clock::now());
  callback->retain();
  ready(*callback);
  return handle(std::move(callback));
}

handle loop::call_soon_threadsafe(detail::callback_ref callback) {
  callback->set_when(clock::now());
  callback->retain();
  if (detail::running_scheduler == this) {
    check_not_closed();
    ready(*callback);
  } else if (!get_inbox()->leave(*callback)) {
    callback->release();
    throw misuse_error("the loop is closed");
  }
  return handle(std::move(callback));
}

handle loop::call_later(clock::duration delay, detail::callback_ref callback) {
  return call_at(detail::later(now(), delay), std::move(callback));
}

handle loop::call_at(clock::time_point when, detail::callback_ref callback) {
  check_not_closed();
  check_thread();
  now();
  callback->set_when(when);
  callback->retain();
  set_timer(*callback, when);
  return handle(std::move(callback));
}

void loop::call_exception_handler(const exception_context& context) noexcept {
  try {
    if (const exception_handler handler = exception_handler_) { // a copy: it may replace itself
      try {
        handler(*this, context);
        return;
      } catch (...) {
        default_exception_handler(
            exception_context("Exception in the exception handler", std::current_exception()));
      }
    }
    default_exception_handler(context);
  } catch (...) { // a log that cannot be written must not end the program
    std::fputs("asyncio: an exception could not be reported\n", stderr);
  }
}

void loop::default_exception_handler(const exception_context& context) {
  detail::log_unhandled(context);
}

} // namespace asyncio
