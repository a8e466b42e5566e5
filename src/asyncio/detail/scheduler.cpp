#include <asyncio/detail/scheduler.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/debugger_entry.hpp>
#include <asyncio/detail/step_note.hpp>
#include <asyncio/detail/virtual_time.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>

#include <unistd.h>

namespace asyncio::detail {

constinit thread_local scheduler* running_scheduler = nullptr;

namespace {

// I/O is looked at when nothing is ready, and else once in so many steps: a system call
// for each pass would cost more than the pass.
constexpr int steps_between_polls = 256;

// With this many timers, deadlines are rounded up to the millisecond when the loop goes to
// sleep: it wakes at most a thousand times a second, however many sleepers there are.
constexpr std::size_t many_timers = 256;
constexpr clock::duration grain = std::chrono::milliseconds(1);

struct empty_place final : node, pooled {
  empty_place() noexcept : node(&on_queue_turn) {}
  static void on_queue_turn(node& n, turn) { delete &static_cast<empty_place&>(n); }
};

std::atomic<std::uint64_t> schedulers_made{0};

} // namespace

struct scheduler::asio_side {
  explicit asio_side(std::shared_ptr<inbox>& made) { made = std::make_shared<inbox>(context); }

  void restart_if_stopped() {
    if (context.stopped()) {
      context.restart();
    }
  }

  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stays_alive{
      context.get_executor()};
  boost::asio::steady_timer wake_up{context};
};

scheduler::scheduler()
    : id_(++schedulers_made), asio_(std::make_unique<asio_side>(inbox_)),
      who_waits_([this] { return describe_waiting_tasks(*this); }),
      has_mail_([this] { return inbox_->has_mail(); }) {
  list_for_debugger(*this);
}

scheduler::~scheduler() {
  unlist_for_debugger(*this);
}

boost::asio::io_context& scheduler::context() noexcept {
  return asio_->context;
}

boost::asio::execution_context& scheduler::execution_context() noexcept {
  return asio_->context;
}

void scheduler::enter_thread() {
  running_scheduler = this;
  thread_ = ::gettid();
  if (clock_is_virtual()) {
    takes_part_ = std::make_unique<visit>();
    inbox_->set_reader(&takes_part_->self());
    now();                                                        // not before it has the turn
    while (!timers_.empty() && timers_.next_deadline() <= now_) { // set before it ran
      const clock::time_point when = timers_.next_deadline();
      due_at_once_.insert(timers_.pop(), when, now_, next_sequence());
    }
  } else {
    now();
  }
}

void scheduler::leave_thread() noexcept {
  inbox_->set_reader(nullptr);
  takes_part_.reset();
  thread_ = 0;
  running_scheduler = nullptr;
}

void scheduler::turn(bool wait) {
  inbox_->collect(ready_);
  move_due_timers();
  if (ready_.empty() && wait) {
    wait_for_something();
    inbox_->collect(ready_);
    move_due_timers();
  } else if (until_poll_ <= 0 || !wait) {
    poll();
    inbox_->collect(ready_);
    move_due_timers();
  }
  std::size_t ready_now = ready_.size();
  until_poll_ -= static_cast<int>(ready_now);
  if (takes_care_ || (ready_now > 1 && takes_part_ && virtual_time::instance().is_seeded())) {
    run_with_care(ready_now);
    return;
  }
  for (; ready_now > 0; --ready_now) {
    node& next = ready_.pop();
    next.on_turn(next, detail::turn::run);
  }
}

// In the order that the seed draws, in debug mode with an eye on the time, and with a note of it. Those not
// yet run stay in the queue, in case one of them throws.
void scheduler::run_with_care(std::size_t count) {
  for (; count > 0; --count) {
    if (takes_part_) {
      ready_.bring_to_front(virtual_time::instance().draw(count).value_or(0));
    }
    node& next = ready_.pop();
    std::optional<step_note::taken> note;
    if (noted_step_) {
      note.emplace(*noted_step_, next);
    }
    if (debug_) {
      run_watched(*this, next);
    } else {
      next.on_turn(next, detail::turn::run);
    }
  }
  if (noted_step_ && noted_step_->take_wanted_poll()) {
    until_poll_ = 0;
  }
}

void scheduler::set_debug(bool on) noexcept {
  debug_ = on;
  takes_care_ = debug_ || noted_step_;
}

void scheduler::note_steps(bool on) {
  noted_step_ = on ? std::make_unique<step_note>() : nullptr;
  takes_care_ = debug_ || noted_step_;
}

void scheduler::withdraw(const node& n) noexcept {
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): the node goes, so without memory the program does
  ready_.replace(n, *new empty_place);
}

std::uint64_t scheduler::next_sequence() noexcept {
  return takes_part_ ? virtual_time::instance().next_sequence() : ++sequence_;
}

void scheduler::poll() {
  until_poll_ = steps_between_polls;
  asio_->restart_if_stopped();
  asio_->context.poll();
  now();
}

void scheduler::wait_for_something() {
  if (takes_part_) {
    wait_in_virtual_time();
    return;
  }
  arm();
  asio_->restart_if_stopped();
  asio_->context.run_one();
  poll();
}

// The turn goes to other threads, and comes back when the loop's next deadline is the next
// of all, or somebody left something in its inbox, or awaited I/O has ended.
void scheduler::wait_in_virtual_time() {
  poll();
  inbox_->collect(ready_);
  if (!ready_.empty()) {
    return;
  }
  participant& self = takes_part_->self();
  virtual_time& time = virtual_time::instance();
  blocked_on on;
  on.what = &who_waits_;
  on.has_mail = &has_mail_;
  on.expects_io = outside_ > 0;
  on.holds_time = outside_ > 0 && !time_passes_during_io;
  if (!timers_.empty()) {
    on.deadline = timers_.next_deadline();
    on.set_at = timers_.next().set_at;
    on.sequence = timers_.next_sequence();
  }
  time.block_in_loop(self, on, asio_->context);
  std::exception_ptr thrown; // out of a handler: the turn has to be waited for all the same
  while (!time.has_turn(self)) {
    if (!ready_.empty() || inbox_->has_mail() || thrown) {
      time.make_ready(self);
      if (time.has_turn(self)) {
        break;
      }
    }
    try {
      asio_->restart_if_stopped();
      asio_->context.run_one();
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  const woken how = time.end_block_in_loop(self);
  now();
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  if (how == woken::by_time) {
    move_next_timers();
  } else if (how == woken::by_deadlock) {
    report_deadlock(*this);
  }
}

// In virtual time an instant has several moments: timers that were set at the same time fire
// in one pass; those set later fire when nothing is ready again. In real time they would be
// a hair later, because setting them took time.
void scheduler::move_next_timers() {
  if (timers_.empty() || timers_.next_deadline() > now_) {
    return; // a handler of Asio's cancelled it while the loop waited for its turn
  }
  const clock::time_point when = timers_.next_deadline();
  const clock::time_point set_at = timers_.next().set_at;
  do {
    ready_.push(timers_.pop());
  } while (!timers_.empty() && timers_.next_deadline() == when && timers_.next().set_at == set_at);
}

void scheduler::move_due_timers() {
  if (!takes_part_) {
    while (!timers_.empty() && timers_.next_deadline() <= now_) {
      ready_.push(timers_.pop());
    }
  } else if (!timers_.empty()) {
    // Something may have blocked the loop's thread, and deadlines have passed meanwhile.
    const clock::time_point current = now();
    while (!timers_.empty() && timers_.next_deadline() < current) {
      const clock::time_point when = timers_.next_deadline();
      const std::uint64_t sequence = timers_.next_sequence();
      due_at_once_.insert(timers_.pop(), when, current, sequence);
    }
  }
  while (!due_at_once_.empty()) {
    ready_.push(due_at_once_.pop());
  }
}

void scheduler::arm() {
  clock::time_point deadline = timers_.empty() ? clock::time_point::max() : timers_.next_deadline();
  if (timers_.size() >= many_timers && deadline < clock::time_point::max() - grain) {
    deadline = std::chrono::ceil<std::chrono::milliseconds>(deadline);
  }
  if (deadline >= armed_for_) {
    return; // it wakes the loop before that, which then looks again: timeouts are seldom reached
  }
  armed_for_ = deadline;
  asio_->wake_up.expires_at(due_on_steady_clock(deadline));
  asio_->wake_up.async_wait([this](boost::system::error_code error) {
    if (!error) {
      armed_for_ = clock::time_point::max();
    }
  });
}

void scheduler::drop_all() noexcept {
  inbox_->close(ready_);
  for (timer_heap* heap : {&timers_, &due_at_once_}) {
    while (!heap->empty()) {
      ready_.push(heap->pop());
    }
  }
  while (!ready_.empty()) {
    node& next = ready_.pop();
    next.on_turn(next, detail::turn::drop);
  }
  asio_->wake_up.cancel();
}

void scheduler::enlist(future_base& f) noexcept {
  f.previous_alive = last_alive_;
  (last_alive_ == nullptr ? first_alive_ : last_alive_->next_alive) = &f;
  last_alive_ = &f;
}

void scheduler::delist(future_base& f) noexcept {
  (f.previous_alive == nullptr ? first_alive_ : f.previous_alive->next_alive) = f.next_alive;
  (f.next_alive == nullptr ? last_alive_ : f.next_alive->previous_alive) = f.previous_alive;
}

} // namespace asyncio::detail
