#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/future_base.hpp>
#include <asyncio/detail/inbox.hpp>
#include <asyncio/detail/node.hpp>
#include <asyncio/detail/timer_heap.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class execution_context;
class io_context;
} // namespace boost::asio

namespace asyncio {

class loop;
class loop_observer;
class thread_pool_executor;
struct exception_context;

namespace detail {

class callback;
class step_note;
class task_base;
class visit;

/// What runs next, and when: the inside of a loop.
///
/// A turn does what a turn of CPython's loop does: it waits for I/O if nothing is ready,
/// moves the timers that are due to the ready queue, and runs what is ready now; what
/// becomes ready meanwhile is for the next turn.
class scheduler {
public:
  scheduler();
  ~scheduler();
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;

  /// Its own for good, as an address is not.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

  [[nodiscard]] boost::asio::io_context& context() noexcept;
  [[nodiscard]] boost::asio::execution_context& execution_context() noexcept;
  [[nodiscard]] const std::shared_ptr<inbox>& get_inbox() const noexcept { return inbox_; }

  /// Behind all that is ready, what other threads have left included.
  void ready(node& n) noexcept {
    if (inbox_->has_mail()) {
      inbox_->collect(ready_);
    }
    ready_.push(n);
  }

  /// A node that is ready will not have its turn. As with CPython's cancelled handles, its
  /// place in the pass stays, empty.
  void withdraw(const node& n) noexcept;

  /// The clock, read now; deadlines up to this instant are due in the next turn.
  clock::time_point now() noexcept { return now_ = clock::now(); }

  /// What the clock said when it was last read: when the loop last had nothing to do, set a timer,
  /// or had run 256 steps.
  [[nodiscard]] clock::time_point last_look_at_clock() const noexcept { return now_; }
  void set_timer(timer_node& timer, clock::time_point when) {
    timer_heap& heap = takes_part_ && when <= now_ ? due_at_once_ : timers_;
    heap.insert(timer, when, now_, next_sequence());
  }

  /// One pass over everything that is ready. `wait`: sleep first if there is nothing.
  void turn(bool wait);

  /// Something outside will wake the loop: an awaited I/O operation. In virtual time no
  /// deadline passes meanwhile, unless time_passes_during_io.
  void outside_begins() noexcept { ++outside_; }
  void outside_ends() noexcept { --outside_; }

  /// The loop closes: all that is queued is dropped, unrun.
  void drop_all() noexcept;

  // The registry of living futures and tasks.
  void enlist(future_base& f) noexcept;
  void delist(future_base& f) noexcept;
  [[nodiscard]] future_base* first_alive() const noexcept { return first_alive_; }

  std::uint32_t next_task_number() noexcept { return ++tasks_created_; }

  // The list of all loops, for debuggers.
  scheduler* next_loop = nullptr;
  scheduler* previous_loop = nullptr;

  /// The loop begins to run on this thread, or ends.
  void enter_thread();
  void leave_thread() noexcept;

  /// In debug mode, and while steps are noted, each step has an eye kept on it.
  void set_debug(bool on) noexcept;
  [[nodiscard]] bool is_debugged() const noexcept { return debug_; }

  /// Notes what its thread is at, from now on or no more. On the thread that runs it, or while
  /// none does.
  void note_steps(bool on);
  [[nodiscard]] step_note* noted_step() const noexcept { return noted_step_.get(); } // null: not noted

  task_base* running_task = nullptr;
  task_base* main_task = nullptr; // is told of a deadlock; null if nothing is run until it is done
  int eager_starts = 0;           // that are under way, one within the other
  bool time_passes_during_io = false;
  clock::duration slow_callback_duration = std::chrono::milliseconds(100);
  std::shared_ptr<loop_observer> observer;
  std::shared_ptr<thread_pool_executor> default_executor; // null until it is needed

private:
  void poll() noexcept(false);
  void wait_for_something();
  void wait_in_virtual_time();
  void move_due_timers();
  void move_next_timers();
  void run_with_care(std::size_t count);
  void arm();
  std::uint64_t next_sequence() noexcept;

  struct asio_side; // its headers are slow to compile, and every program would include them

  const std::uint64_t id_;
  std::shared_ptr<inbox> inbox_; // before Asio's side: what that destroys may still post
  std::unique_ptr<asio_side> asio_;
  clock::time_point armed_for_ = clock::time_point::max();

  ready_queue ready_;
  timer_heap timers_;
  timer_heap due_at_once_; // in virtual time: not behind those that wait for an instant to begin
  std::uint64_t sequence_ = 0;
  clock::time_point now_{};
  std::size_t outside_ = 0;
  int until_poll_ = 0;

  std::function<std::string()> who_waits_; // for the report of a deadlock
  std::function<bool()> has_mail_;
  std::unique_ptr<visit> takes_part_; // in virtual time, while the loop runs

  future_base* first_alive_ = nullptr;
  future_base* last_alive_ = nullptr;
  std::uint32_t tasks_created_ = 0;
  int thread_ = 0; // the kernel's number of the one that runs it, for debuggers; 0 if none does

  bool debug_ = false;
  bool takes_care_ = false; // debug_, or there is a note to keep
  std::unique_ptr<step_note> noted_step_;
};

/// The one that runs on this thread now, or null.
extern constinit thread_local scheduler* running_scheduler;

/// The loop that a scheduler is the inside of.
[[nodiscard]] loop& loop_of(scheduler& inside) noexcept;

/// For the report of a deadlock: each task of the loop that waits, and for what, in chains.
[[nodiscard]] std::string describe_waiting_tasks(scheduler& of);

/// Debug mode: runs it, and logs it if that takes slow_callback_duration or longer.
void run_watched(scheduler& in, node& next);

/// Throws deadlock_error into the loop's main task, or here if there is none.
void report_deadlock(scheduler& in);

/// Tells the loop's observer of the task that waits by that node, if one does.
void tell_observer_who_woke(const node& ready) noexcept;

/// Gives an exception that nobody else will hear of to the loop's exception handler.
void report(scheduler& inside, const exception_context& context) noexcept;

/// The same for what a callback threw.
void report_callback(scheduler& inside, callback& which, std::exception_ptr error) noexcept;

} // namespace detail
} // namespace asyncio
