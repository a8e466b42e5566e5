#include <asyncio/detail/task_base.hpp>

#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/scheduler.hpp>
#include <asyncio/detail/source_place.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/observer.hpp>
#include <asyncio/task_options.hpp>

#include <utility>

namespace asyncio::detail {

namespace {

context_ref context_for(const task_options& options) {
  return options.context_wanted() ? context_access::state(*options.context_wanted())
                                  : copy_of_current_context();
}

} // namespace

task_base::task_base(scheduler& of, const task_options& options, std::source_location created_at)
    : future_base(of), first_step_(*this), context_(context_for(options)), created_at_(created_at),
      number_(of.next_task_number()) {
  is_task_ = true;
  if (!options.name_wanted().empty()) {
    name_ = options.name_wanted();
  }
}

const await_site* task_base::call_stack() const noexcept {
  const await_site* const top = waits_for_ != nullptr ? stands_at_.get() : nullptr;
  if (top == nullptr || top->caller.get() == nullptr || is_same_place(top->at.get(), waits_at())) {
    return top;
  }
  return top->caller.get(); // a coroutine of the library, which gives its caller's place as its own
}

// Here, not in the base: what is reported is the task's own.
task_base::~task_base() {
  if (exception_unseen()) {
    report_failure();
  }
}

// From here to its end the loop holds a task, so that dropping the last handle leaves it
// running.
void task_base::start(awaitable_of<bottom_of_stack>&& bottom, const task_options& options) {
  retain();
  scheduler& s = *owner();
  stack_.begin(std::move(bottom), executor(s));
  const bool eager = options.eager_start_wanted().value_or(false) && may_start_eagerly(s);
  if (!eager) {
    s.ready(first_step_);
  }
  if (s.observer != nullptr) {
    tell_observer(s, *this, &loop_observer::task_created);
  }
  if (eager) {
    start_eagerly();
  }
}

bool task_base::may_start_eagerly(const scheduler& s) noexcept {
  constexpr int most_within_each_other = 100; // each takes its part of the thread's stack
  return running_scheduler == &s && s.eager_starts < most_within_each_other;
}

void task_base::start_eagerly() {
  struct eager_start {
    explicit eager_start(scheduler& s_) noexcept : s(s_) { ++s.eager_starts; }
    ~eager_start() { --s.eager_starts; }
    scheduler& s;
  };
  const eager_start now(*owner());
  resume();
}

void task_base::first_step::on_queue_turn(node& n, turn t) {
  task_base& task = static_cast<first_step&>(n).of_;
  if (t == turn::drop) {
    return; // the loop's end destroys the stack
  }
  if (task.must_cancel_) { // the body never runs
    task.stack_.destroy();
    task.must_cancel_ = false;
    task.failed(make_cancelled_error(task.cancel_message_));
    task.release();
    return;
  }
  task.resume();
}

void task_base::wake(node& operation) {
  scheduler& s = *owner();
  s.ready(operation);
  if (s.observer != nullptr) {
    tell_it_was_woken();
  }
}

void tell_observer_who_woke(const node& ready) noexcept {
  if (task_base* const task = operation_base::waiting_task(ready)) {
    task->tell_it_was_woken();
  }
}

void task_base::tell_it_was_woken() noexcept {
  scheduler& s = *owner();
  if (s.running_task == this) { // a sleep(0s), say: first it has to be told that the task waits
    woken_in_its_step_ = true;
  } else {
    tell_observer(s, *this, &loop_observer::task_woken);
  }
}

void task_base::resume() {
  scheduler& s = *owner();
  // Even if something throws out of the step (the handler of a co_spawned stack can), the
  // loop has to be left as it was found.
  struct step {
    step(scheduler& s_, task_base& task_) noexcept
        : s(s_), task(task_), outer(std::exchange(s_.running_task, &task_)) {
      if (s.observer != nullptr) {
        tell_observer(s, task, &loop_observer::step_began);
      }
    }
    ~step() {
      s.running_task = outer;
      if (s.observer != nullptr) {
        task.tell_how_the_step_ended();
      }
      if (task.done()) {
        task.release();
      }
    }
    scheduler& s;
    task_base& task;
    task_base* outer;
  };
  waits_for_ = nullptr;
  const step now(s, *this);
  const enter_context in(context_);
  stack_.resume();
}

void task_base::tell_how_the_step_ended() noexcept {
  scheduler& s = *owner();
  if (!done()) {
    tell_observer(s, *this, &loop_observer::task_waits);
  }
  tell_observer(s, *this, &loop_observer::step_ended);
  if (std::exchange(woken_in_its_step_, false)) {
    tell_observer(s, *this, &loop_observer::task_woken);
  }
}

void task_base::cancel_at_suspension() {
  if (waits_for_->cancel(cancel_message_)) {
    must_cancel_ = false;
  }
}

bool task_base::cancel(const std::string& message) {
  if (done()) {
    return future_base::cancel(message); // false; and its exception counts as seen
  }
  // Down the line of tasks that wait for each other's end, in a loop: the line may be long,
  // and it may be a circle, which is cut where it closes.
  task_base* last = this;
  while (last->request_cancel(message)) {
    last = last->waits_for_->awaited_task();
  }
  for (task_base* task = this; task != nullptr && std::exchange(task->being_cancelled_, false);) {
    task = task->waits_for_ != nullptr ? task->waits_for_->awaited_task() : nullptr;
  }
  return true;
}

// True if the cancel has to go on to the task that this one waits for.
bool task_base::request_cancel(const std::string& message) {
  if (being_cancelled_) {
    must_cancel_ = true;
    waits_for_->give_up();
    return false;
  }
  being_cancelled_ = true;
  ++cancel_requests_;
  if (waits_for_ == nullptr || !waits_for_->cancelled()) { // else the first message is thrown
    cancel_message_ = message;
  }
  if (waits_for_ != nullptr) {
    if (const task_base* awaited = waits_for_->awaited_task(); awaited != nullptr && !awaited->done()) {
      return true;
    }
    if (waits_for_->cancel(message)) {
      return false;
    }
  }
  must_cancel_ = true; // thrown when it next resumes
  return false;
}

std::uint32_t task_base::uncancel() noexcept {
  if (cancel_requests_ > 0) {
    --cancel_requests_;
    must_cancel_ = must_cancel_ && cancel_requests_ > 0;
  }
  return cancel_requests_;
}

void task_base::throw_in(std::exception_ptr error) {
  thrown_in_ = std::move(error);
  waits_for_->give_up();
}

void task_base::throw_cancelled() {
  if (thrown_in_) {
    std::rethrow_exception(std::exchange(thrown_in_, nullptr));
  }
  must_cancel_ = false;
  throw cancelled_error(cancel_message_);
}

void task_base::returned() noexcept {
  if (must_cancel_) {
    must_cancel_ = false;
    finish_cancelled(make_cancelled_error(cancel_message_));
  } else {
    finish(future_state::finished);
  }
  ended();
}

void task_base::failed(std::exception_ptr error) noexcept {
  if (is_cancelled_error(error)) {
    finish_cancelled(std::move(error));
  } else {
    finish_with(std::move(error));
  }
  ended();
}

void task_base::ended() noexcept {
  if (scheduler& s = *owner(); s.observer != nullptr) {
    tell_observer(s, *this, &loop_observer::task_done);
  }
}

void task_base::abandon() noexcept {
  if (!stack_.empty()) {
    const enter_context in(context_);
    report(*owner(),
           exception_context("Task was destroyed but it is pending", nullptr, name(), created_at()));
    waits_for_ = nullptr; // it stands in a frame that goes now
    stack_.destroy();
  }
  if (!done()) { // a guest ends with its stack
    finish_cancelled(make_cancelled_error({}));
    ended();
  }
  release();
}

const std::string& task_base::name() {
  if (name_.empty()) {
    name_ = shown_name();
  }
  return name_;
}

std::string task_base::shown_name() const {
  return name_.empty() ? "Task-" + std::to_string(number_) : name_;
}

std::string task_base::describe() const {
  return "task \"" + shown_name() + '"';
}

void task_base::report_failure() noexcept {
  const enter_context in(context_);
  report_to(owner(), exception_context("Task exception was never retrieved", take_note_of_exception(), name(),
                                       created_at()));
}

// ---------------------------------------------------------------- stacks that co_spawn began

namespace {

/// Stands for a stack that plain Asio began: gives it a name, a place among all_tasks(), and
/// cancellation as tasks have it. Nobody awaits it; co_spawn's own handler gets the result.
class guest final : public task_base {
public:
  using task_base::task_base;
  void begin(stack& entered) {
    take(entered);
    resume();
  }
  void end() noexcept { returned(); }
};

} // namespace

task_base& adopt_stack(const executor& runs_on) {
  scheduler& s = runs_on.get_scheduler();
  auto* adopted = new guest(s, {}, {});
  adopted->retain(); // until it ends, as in start()
  if (s.observer != nullptr) {
    tell_observer(s, *adopted, &loop_observer::task_created);
  }
  return *adopted;
}

void begin_adopted(task_base& adopted, stack& entered) {
  static_cast<guest&>(adopted).begin(entered);
}

void adopted_stack_ended(task_base& adopted) noexcept {
  static_cast<guest&>(adopted).end();
}

void cancel_adopted(task_base& adopted) {
  adopted.cancel({});
}

void cancel_adopted_on(boost::asio::cancellation_state state, task_base& adopted) {
  state.slot().assign([state, kept = task_ref(&adopted)](boost::asio::cancellation_type) mutable {
    state.clear(); // it is told now, and not once more at the next suspension
    cancel_adopted(*kept);
  });
}

} // namespace asyncio::detail
