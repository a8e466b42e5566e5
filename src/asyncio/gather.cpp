// CPython's gather: an outer future, and a done-callback on each child. A callback counts;
// the last one collects the results and completes the outer future.

#include <asyncio/gather.hpp>

#include <asyncio/detail/scheduler.hpp>
#include <asyncio/errors.hpp>

namespace asyncio::detail {

gathering::gathering(scheduler& of, std::vector<future_ref> children, bool collects_exceptions)
    : future_base(of), children_(std::move(children)), left_(children_.size()),
      collects_exceptions_(collects_exceptions) {
  nodes_.reserve(children_.size());
  for (std::size_t i = 0; i < children_.size(); ++i) {
    nodes_.emplace_back(*this);
  }
}

void gathering::begin() {
  if (children_.empty()) {
    collect();
    finish(future_state::finished);
    return;
  }
  const future_ref kept(this);
  for (std::size_t i = 0; i < children_.size(); ++i) {
    retain(); // until that child has counted: nobody else may hold the gather by then
    if (!children_[i]->done()) {
      children_[i]->add_waiter(nodes_[i]);
    }
  }
  for (const future_ref& child : children_) {
    if (child->done()) {
      child_done(*child);
      release();
    }
  }
}

void gathering::child_node::on_queue_turn(node& n, turn t) {
  auto& self = static_cast<child_node&>(n);
  gathering& of = *self.of_;
  if (t == turn::run) {
    const auto index = static_cast<std::size_t>(&self - of.nodes_.data());
    of.child_done(*of.children_[index]);
  }
  of.release();
}

void gathering::child_done(future_base& child) {
  --left_;
  if (done()) {
    child.take_note_of_exception(); // the first failure was thrown; the rest are no news
    return;
  }
  if (!collects_exceptions_) {
    if (std::exception_ptr error = child.take_note_of_exception()) {
      finish_with(std::move(error));
      return;
    }
  }
  if (left_ > 0) {
    return;
  }
  if (cancel_requested_) {
    // Even if every child chose to go on: the one who cancelled must hear of it.
    finish_with(make_cancelled_error(cancel_message_));
    return;
  }
  try {
    collect();
  } catch (...) { // a value could not be copied
    finish_with(std::current_exception());
    return;
  }
  finish(future_state::finished);
}

bool gathering::cancel(const std::string& message) {
  if (done()) {
    return future_base::cancel(message);
  }
  bool any = false;
  for (const future_ref& child : children_) {
    any |= child->cancel(message);
  }
  if (any) {
    cancel_requested_ = true;
    cancel_message_ = message;
  }
  return any;
}

// Children that are still pending will never count: this lets go of itself.
void gathering::detach() noexcept {
  const future_ref kept(this);
  future_base::detach();
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (!children_[i]->done()) {
      children_[i]->remove_waiter(nodes_[i]);
      release();
    }
  }
}

std::string gathering::describe() const {
  std::string text = "a gather of";
  const char* separator = " ";
  for (const future_ref& child : children_) {
    if (!child->done()) {
      text += separator + child->describe();
      separator = ", ";
    }
  }
  return text;
}

scheduler& owner_of_children(const std::vector<future_ref>& children, const std::string& function) {
  if (children.empty()) {
    return scheduler_of(get_running_loop());
  }
  for (const future_ref& child : children) {
    if (!child) {
      throw misuse_error("an empty handle was given to " + function + ": it belongs to no future");
    }
    if (child->owner() != children.front()->owner()) {
      throw invalid_argument_error("the futures given to " + function + " belong to different loops");
    }
  }
  if (children.front()->owner() == nullptr) {
    throw misuse_error("the loop of the futures given to " + function + " is gone");
  }
  return *children.front()->owner();
}

} // namespace asyncio::detail
