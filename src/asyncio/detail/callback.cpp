#include <asyncio/detail/callback.hpp>

#include <asyncio/detail/scheduler.hpp>
#include <asyncio/errors.hpp>

#include <exception>

namespace asyncio::detail {

void callback::cancel() {
  cancelled_ = true;
  if (called_) {
    return;
  }
  if (is_set()) {
    timer_node::cancel();
    let_go();
    release(); // the timer heap's share
  } else {
    let_go(); // its place in the ready queue stays, empty
  }
}

void callback::on_queue_turn(node& n, turn t) {
  auto& self = static_cast<callback&>(n);
  const callback_ref kept(&self);
  self.release(); // the queue's share
  // Let go of here, on the loop's thread: the last handle may be another one's.
  struct at_the_end {
    ~at_the_end() { of.let_go(); }
    callback& of;
  };
  const at_the_end let_go{self};
  if (t == turn::drop || self.cancelled_) {
    return;
  }
  self.called_ = true;
  const enter_context in(self.context_);
  try {
    self.call();
  } catch (const interrupt_error&) {
    throw;
  } catch (...) {
    report_callback(self.owner_, self, std::current_exception());
  }
}

} // namespace asyncio::detail
