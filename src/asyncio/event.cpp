#include <asyncio/event.hpp>

namespace asyncio {

bool event::wait_operation::ready() {
  if (!event_.set_) {
    event_.waiters_.bind_to_running_loop();
  }
  return event_.set_;
}

bool event::wait_operation::resume() {
  leave();
  check_cancelled();
  return true;
}

std::string event::wait_operation::waits_for() const {
  if (abandoned()) {
    return "an event that is gone";
  }
  return event_.name_.empty() ? "an event" : "event \"" + event_.name_ + '"';
}

void event::set() {
  if (!set_) {
    set_ = true;
    waiters_.wake_all();
  }
}

} // namespace asyncio
