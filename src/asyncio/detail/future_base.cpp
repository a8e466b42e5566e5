#include <asyncio/detail/future_base.hpp>

#include <asyncio/detail/scheduler.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/log.hpp>

namespace asyncio::detail {

future_base::future_base(scheduler& of) : owner_(&of) {
  of.enlist(*this);
}

// Where an exception is still unseen here, only done-callbacks can be left in the list:
// everyone else who waits holds a reference.
future_base::~future_base() {
  if (exception_unseen_) {
    report_unseen_exception();
  }
  while (!waiters_.empty()) {
    node& n = waiters_.pop();
    n.on_turn(n, turn::drop);
  }
  if (owner_ != nullptr) {
    owner_->delist(*this);
  }
}

void future_base::detach() noexcept {
  owner_->delist(*this);
  owner_ = nullptr;
}

std::string future_base::describe() const {
  return "a future";
}

bool future_base::cancel(const std::string& message) {
  exception_unseen_ = false;
  if (done()) {
    return false;
  }
  finish_cancelled(make_cancelled_error(message));
  return true;
}

std::exception_ptr future_base::exception() {
  switch (state_) {
  case future_state::pending:
    throw invalid_state_error("the future is not done: its exception is not known yet");
  case future_state::cancelled:
    std::rethrow_exception(exception_);
  case future_state::finished:
    break;
  }
  return take_note_of_exception();
}

std::exception_ptr future_base::take_note_of_exception() noexcept {
  exception_unseen_ = false;
  return exception_;
}

void future_base::check_result() {
  if (state_ == future_state::pending) {
    throw invalid_state_error("the future is not done: its result is not known yet");
  }
  if (const std::exception_ptr error = take_note_of_exception()) {
    std::rethrow_exception(error);
  }
}

void future_base::check_settable() const {
  if (is_task_) {
    throw misuse_error("a task sets its own result: return it from its coroutine");
  }
  if (done()) {
    throw invalid_state_error(cancelled() ? "the future was cancelled: it takes no result"
                                          : "the future has its result already");
  }
}

void future_base::set_exception(std::exception_ptr error) {
  check_settable();
  if (!error) {
    throw invalid_argument_error("set_exception was given no exception");
  }
  finish_with(std::move(error));
}

void future_base::add_done_callback(done_callback& callback) {
  if (!done()) {
    add_waiter(callback);
    return;
  }
  if (owner_ == nullptr) {
    delete &callback;
    throw misuse_error("the loop of this future is gone: no callback will run");
  }
  callback.keep_future_alive();
  owner_->ready(callback);
}

std::size_t future_base::remove_done_callbacks(const void* function, const std::type_info& type) noexcept {
  std::size_t removed = 0;
  node* next = nullptr;
  for (node* n = waiters_.first(); n != nullptr; n = next) {
    next = n->next;
    if (done_callback::is(*n) && static_cast<done_callback*>(n)->equals(function, type)) {
      waiters_.remove(*n);
      delete static_cast<done_callback*>(n);
      ++removed;
    }
  }
  return removed;
}

void future_base::finish(future_state state) noexcept {
  state_ = state;
  while (!waiters_.empty()) {
    node& n = waiters_.pop();
    if (done_callback::is(n)) {
      static_cast<done_callback&>(n).keep_future_alive();
    }
    if (owner_ != nullptr) {
      owner_->ready(n);
      if (owner_->observer != nullptr) {
        tell_observer_who_woke(n);
      }
    } else {
      n.on_turn(n, turn::drop);
    }
  }
}

void future_base::report_unseen_exception() noexcept {
  report_to(owner_, exception_context("Future exception was never retrieved", exception_));
}

// A handle may outlive the loop, and its exception handler with it.
void future_base::report_to(scheduler* owner, const exception_context& context) noexcept {
  if (owner != nullptr) {
    report(*owner, context);
  } else {
    log_unhandled(context);
  }
}

void done_callback::on_queue_turn(node& n, turn t) {
  const std::unique_ptr<done_callback> self(&static_cast<done_callback&>(n));
  if (t == turn::drop) {
    return;
  }
  scheduler* const runs_on = self->of_->owner();
  const enter_context in(self->context_);
  try {
    self->call();
  } catch (const interrupt_error&) {
    throw;
  } catch (...) {
    report(*runs_on, exception_context("Exception in callback", std::current_exception()));
  }
}

} // namespace asyncio::detail
