#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/timer_heap.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace asyncio::detail {

/// How a wait in virtual time ended.
enum class woken {
  by_another, ///< somebody made it ready
  by_time,    ///< its deadline came
  by_deadlock ///< nothing can ever happen again, and this thread is told
};

/// A thread that virtual time knows of: it runs only when it has the turn, and gives the
/// turn away only where it blocks.
class participant {
public:
  explicit participant(std::string name) : name_(std::move(name)) {}
  participant(const participant&) = delete;
  participant& operator=(const participant&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
  friend class virtual_time;
  friend class visit;

  enum class state { away, running, ready, blocked, outside };

  struct deadline_node : timer_node {
    explicit deadline_node(participant& of_) noexcept : timer_node(nullptr), of(of_) {}
    participant& of;
  };

  const std::string name_;
  std::atomic<state> state_{state::away};
  bool expects_io_ = false;
  bool holds_time_ = false;
  bool may_be_main_ = false;
  woken woken_ = woken::by_another;
  deadline_node deadline_{*this};
  const std::function<std::string()>* waits_for_ = nullptr;
  boost::asio::io_context* sleeps_in_ = nullptr; // a loop's; else it sleeps on turn_
  std::condition_variable turn_;
};

/// What a thread waits for: until when, and in words.
struct blocked_on {
  blocked_on() noexcept {} // NOLINT(modernize-use-equals-default): g++ 12 and aggregates

  clock::time_point deadline = clock::time_point::max();
  clock::time_point set_at{};
  std::uint64_t sequence = 0;
  bool expects_io = false;                         ///< something real may end the wait
  bool holds_time = false;                         ///< and no deadline may pass meanwhile
  const std::function<bool()>* has_mail = nullptr; ///< a loop doesn't fall asleep if it says so
  const std::function<std::string()>* what = nullptr;
};

/// Virtual time for all threads of the process: who runs, and when the clock jumps.
///
/// One participant runs at a time. Where it blocks, the turn goes to the one that has been
/// ready longest, or to one that the seed draws; if nobody is ready the clock jumps to the
/// next deadline. If there is none, and nothing outside can wake anyone, that's a deadlock.
class virtual_time {
public:
  static virtual_time& instance();

  /// Everything afresh. Whoever was blocked goes on, in whatever time is then in force.
  void restart(std::optional<std::uint64_t> seed);

  /// Grows each time that everything begins afresh; 0 in real time. What took part in one era
  /// takes part in no later one.
  [[nodiscard]] static std::uint64_t era() noexcept;

  /// The calling thread's participant, or null.
  [[nodiscard]] static participant* here() noexcept;

  /// Lets the calling thread take part under that name, and waits for its turn.
  void enter(participant& self);
  /// Announces a thread that is about to start: it is ready from now on. It calls begin_to_run.
  void add(participant& newcomer);
  void begin_to_run(participant& self);
  /// The thread could not be started after all.
  void take_back(participant& newcomer) noexcept;
  /// The calling thread takes part no more.
  void leave(participant& self) noexcept;

  using lock = std::unique_lock<std::mutex>;
  [[nodiscard]] lock take_lock() { return lock(mutex_); }

  /// The calling thread, which has the turn, lets the others go first.
  void yield(participant& self);

  /// Blocks the calling thread. A visitor takes part from here on, and needs no turn for it:
  /// so nobody waits for a turn while it holds what others need. The lock is held on return.
  woken block(participant& self, lock& held, const blocked_on& on);

  /// The same for a loop, which has the turn, and then sleeps in its io_context until
  /// has_turn().
  void block_in_loop(participant& self, const blocked_on& on, boost::asio::io_context& context);
  [[nodiscard]] bool has_turn(participant& self);
  woken end_block_in_loop(participant& self);

  /// It waits in vain no longer. Nothing happens if it isn't blocked.
  void make_ready(participant& other);
  void make_ready(participant& other, lock& held);

  /// The same, if it is a loop that sleeps: not if its thread is blocked by something else.
  void wake_loop(participant& other);

  /// Ends its wait with a deadlock_error. Nothing happens if it isn't blocked.
  void end_in_vain(participant& other);

  /// The calling thread blocks in a way that can't be seen from here; others go on.
  void go_outside(participant& self);
  void come_back(participant& self);

  /// Something real that will come: neither deadlines pass nor is there a deadlock.
  void hold_time();
  void release_time();

  /// Orders deadlines that are equal.
  std::uint64_t next_sequence() noexcept { return ++sequence_; }

  [[nodiscard]] bool is_seeded() const noexcept { return random_.has_value(); }

  /// A number below `bound`, from the seed; nothing without one.
  [[nodiscard]] std::optional<std::size_t> draw(std::size_t bound);

  /// Everyone who is blocked, a line each.
  [[nodiscard]] std::string who_waits();

private:
  void pass_turn_on(participant* from);
  void enlist(participant& newcomer);
  void choose_main() noexcept;
  [[nodiscard]] bool next_is_due() const noexcept;
  void grant(participant& to, const participant* from);
  bool jump();
  void stop_expecting_io(participant& of) noexcept;
  void wait_for_turn(participant& self, lock& held);
  woken how_it_ended(participant& self) noexcept;
  virtual_time();

  std::mutex mutex_;
  std::vector<participant*> everyone_;
  std::deque<participant*> ready_;
  timer_heap deadlines_;
  participant* running_ = nullptr;
  participant* main_ = nullptr;
  std::size_t outside_ = 0;
  std::size_t time_held_ = 0;
  std::uint64_t sequence_ = 0;
  std::optional<std::mt19937_64> random_;
};

/// Sees to it that the calling thread takes part. The main thread does from its first visit
/// on, another one that virtual time doesn't know for as long as the visit lasts.
class visit {
public:
  /// Waits for the turn.
  visit();

  /// Only finds the participant, for virtual_time::block().
  struct without_turn {};
  explicit visit(without_turn);

  ~visit();
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;

  [[nodiscard]] participant& self() noexcept { return *self_; }

private:
  std::optional<participant> visitor_;
  participant* self_;
};

} // namespace asyncio::detail
