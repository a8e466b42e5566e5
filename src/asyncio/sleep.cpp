// A sleep is CPython's: a future that a timer completes. So it takes two turns to wake, one
// in which the timer fires, and the next in which the sleeper runs; the order in which
// sleepers, callbacks and other tasks come to run is CPython's for that reason.

#include <asyncio/sleep.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/scheduler.hpp>

namespace asyncio::detail {

void sleeper::start() {
  if (duration_ <= clock::duration::zero()) {
    over_ = true; // like a bare yield: a cancel is thrown when it resumes
    wake();
    return;
  }
  scheduler& s = get_scheduler();
  s.set_timer(alarm_, later(s.now(), duration_));
}

bool sleeper::cancel(const std::string&) {
  if (over_) {
    return false;
  }
  over_ = true;
  if (alarm_.is_set()) {
    alarm_.cancel();
  }
  wake_cancelled();
  return true;
}

void sleeper::alarm::on_queue_turn(node& n, turn t) {
  sleeper& self = static_cast<alarm&>(n).of;
  if (t == turn::run && !self.over_) {
    self.over_ = true;
    self.wake();
  }
}

sleeper::~sleeper() {
  if (alarm_.is_set()) { // its frame is destroyed while it sleeps
    alarm_.cancel();
  }
}

} // namespace asyncio::detail
