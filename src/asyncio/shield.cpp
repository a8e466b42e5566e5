#include <asyncio/shield.hpp>

#include <asyncio/detail/scheduler.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>

#include <typeinfo>

namespace asyncio::detail {

namespace {

/// Stands by what a cancelled shield leaves behind: one of them, however many shields there were.
class failure_report final : public done_callback {
public:
  using done_callback::done_callback;

  [[nodiscard]] bool equals(const void*, const std::type_info& type) const noexcept override {
    return type == typeid(failure_report);
  }

private:
  void call() override {
    if (future().cancelled()) {
      return;
    }
    std::exception_ptr error = future().take_note_of_exception();
    if (!error) {
      return;
    }
    exception_context context("Exception behind a cancelled shield", std::move(error));
    if (future().is_task()) {
      auto& task = static_cast<task_base&>(future());
      context.source = task.name();
      context.where = task.created_at();
    }
    report(*future().owner(), context);
  }
};

} // namespace

void shielding::begin() {
  inner_->add_waiter(inner_end_);
  retain(); // until the inner is done: nobody else may hold the shield by then
}

bool shielding::cancel(const std::string& message) {
  if (!future_base::cancel(message)) {
    return false;
  }
  if (!inner_->done()) {
    const future_ref inner = inner_;
    leave();
    inner->remove_done_callbacks(nullptr, typeid(failure_report));
    inner->add_done_callback(*new failure_report(*inner));
  }
  return true;
}

void shielding::leave() noexcept {
  inner_->remove_waiter(inner_end_);
  release();
}

void shielding::inner_end::on_queue_turn(node& n, turn t) {
  shielding& self = static_cast<inner_end&>(n).of;
  if (t == turn::run) {
    self.inner_done();
  }
  self.release();
}

void shielding::inner_done() {
  if (done()) { // cancelled after the inner was done, and before this turn
    return;
  }
  if (inner_->cancelled()) {
    finish_cancelled(make_cancelled_error({}));
    return;
  }
  if (std::exception_ptr error = inner_->take_note_of_exception()) {
    finish_with(std::move(error));
    return;
  }
  try {
    take_value();
  } catch (...) { // the value could not be copied
    finish_with(std::current_exception());
    return;
  }
  finish(future_state::finished);
}

// An inner that is still pending will never be done: this lets go of itself.
void shielding::detach() noexcept {
  const future_ref kept(this);
  future_base::detach();
  if (!done() && !inner_->done()) {
    leave();
  }
}

std::string shielding::describe() const {
  return "a shield of " + inner_->describe();
}

scheduler& owner_of_shielded(const future_base& inner) {
  if (inner.owner() == nullptr) {
    throw misuse_error("the loop of the future given to shield is gone");
  }
  return *inner.owner();
}

} // namespace asyncio::detail
