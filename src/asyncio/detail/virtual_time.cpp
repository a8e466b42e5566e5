// The turn is handed over under one mutex; each thread sleeps on a condition variable of
// its own, so that handing over wakes one thread, not all. A loop sleeps in its io_context,
// so that real I/O can still wake it, and is woken by an empty handler.

#include <asyncio/detail/virtual_time.hpp>

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/thread_name.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace asyncio::detail {
namespace {

constinit thread_local participant* this_participant = nullptr;
constinit std::atomic<std::uint64_t> eras{0};

} // namespace

virtual_time::virtual_time() {
  restart(clock_in_force().seed);
}

virtual_time& virtual_time::instance() {
  static auto& the_one = *new virtual_time; // a static pool needs it as long as there is a process
  return the_one;
}

std::uint64_t virtual_time::era() noexcept {
  return clock_is_virtual() ? eras.load() : 0;
}

participant* virtual_time::here() noexcept {
  if (this_participant != nullptr && this_participant->state_ == participant::state::away) {
    this_participant = nullptr; // everything was begun afresh meanwhile
  }
  return this_participant;
}

void virtual_time::restart(std::optional<std::uint64_t> seed) {
  const lock held(mutex_);
  ++eras;
  while (!deadlines_.empty()) {
    deadlines_.pop();
  }
  for (participant* each : everyone_) {
    if (each->state_ == participant::state::blocked || each->state_ == participant::state::ready) {
      grant(*each, nullptr);
    }
    each->state_ = participant::state::away;
    stop_expecting_io(*each);
  }
  everyone_.clear();
  ready_.clear();
  running_ = nullptr;
  main_ = nullptr;
  outside_ = 0;
  sequence_ = 0;
  random_.reset();
  if (seed) {
    random_.emplace(*seed);
  }
}

void virtual_time::enter(participant& self) {
  lock held(mutex_);
  self.may_be_main_ = true;
  enlist(self);
  self.state_ = participant::state::ready;
  ready_.push_back(&self);
  if (running_ == nullptr) {
    pass_turn_on(&self);
  }
  wait_for_turn(self, held);
}

void virtual_time::enlist(participant& newcomer) {
  this_participant = &newcomer;
  everyone_.push_back(&newcomer);
  choose_main();
}

// Who is told of a deadlock: the first who came of those that run a loop, or the main thread.
void virtual_time::choose_main() noexcept {
  if (main_ == nullptr) {
    const auto first = std::ranges::find_if(everyone_, &participant::may_be_main_);
    main_ = first != everyone_.end() ? *first : nullptr;
  }
}

void virtual_time::add(participant& newcomer) {
  const lock held(mutex_);
  everyone_.push_back(&newcomer);
  newcomer.state_ = participant::state::ready;
  ready_.push_back(&newcomer);
  if (running_ == nullptr) {
    pass_turn_on(nullptr);
  }
}

// NOLINTNEXTLINE(bugprone-exception-escape): where a mutex can't be locked, nothing goes on
void virtual_time::take_back(participant& newcomer) noexcept {
  const lock held(mutex_);
  newcomer.state_ = participant::state::away;
  std::erase(everyone_, &newcomer);
  std::erase(ready_, &newcomer);
  if (running_ == &newcomer) { // whoever wanted to start it was a visitor, and has left
    running_ = nullptr;
    pass_turn_on(nullptr);
  }
}

void virtual_time::begin_to_run(participant& self) {
  lock held(mutex_);
  this_participant = &self;
  wait_for_turn(self, held);
}

// NOLINTNEXTLINE(bugprone-exception-escape): where a mutex can't be locked, nothing goes on
void virtual_time::leave(participant& self) noexcept {
  const lock held(mutex_);
  this_participant = nullptr;
  if (self.state_ == participant::state::away) {
    return; // virtual time ended first
  }
  self.state_ = participant::state::away;
  std::erase(everyone_, &self);
  if (main_ == &self) {
    main_ = nullptr;
    choose_main();
  }
  if (running_ == &self) {
    running_ = nullptr;
    pass_turn_on(nullptr);
  }
}

void virtual_time::yield(participant& self) {
  lock held(mutex_);
  if (self.state_ != participant::state::running) {
    return; // virtual time has ended
  }
  self.state_ = participant::state::ready;
  ready_.push_back(&self);
  running_ = nullptr;
  pass_turn_on(&self);
  wait_for_turn(self, held);
}

woken virtual_time::block(participant& self, lock& held, const blocked_on& on) {
  if (!clock_is_virtual()) {
    return woken::by_another; // it has ended meanwhile
  }
  if (self.state_ == participant::state::away) {
    enlist(self);
  }
  self.waits_for_ = on.what;
  self.state_ = participant::state::blocked;
  if (on.deadline != clock::time_point::max()) {
    deadlines_.insert(self.deadline_, on.deadline, on.set_at, next_sequence());
  }
  if (running_ == &self) {
    running_ = nullptr;
  }
  if (running_ == nullptr) {
    pass_turn_on(&self);
  }
  wait_for_turn(self, held);
  return how_it_ended(self);
}

void virtual_time::block_in_loop(participant& self, const blocked_on& on, boost::asio::io_context& context) {
  const lock held(mutex_);
  if (on.has_mail != nullptr && (*on.has_mail)()) {
    return; // it came meanwhile: looked at here, so that the clock can't overtake it
  }
  if (self.state_ != participant::state::running) {
    return; // virtual time has ended
  }
  self.waits_for_ = on.what;
  self.state_ = participant::state::blocked;
  self.sleeps_in_ = &context;
  self.expects_io_ = on.expects_io;
  self.holds_time_ = on.holds_time;
  outside_ += static_cast<std::size_t>(on.expects_io);
  time_held_ += static_cast<std::size_t>(on.holds_time);
  if (on.deadline != clock::time_point::max()) {
    deadlines_.insert(self.deadline_, on.deadline, on.set_at, on.sequence);
  }
  running_ = nullptr;
  pass_turn_on(&self);
}

bool virtual_time::has_turn(participant& self) {
  const lock held(mutex_);
  return self.state_ == participant::state::running || self.state_ == participant::state::away;
}

woken virtual_time::end_block_in_loop(participant& self) {
  const lock held(mutex_);
  self.sleeps_in_ = nullptr;
  return how_it_ended(self);
}

woken virtual_time::how_it_ended(participant& self) noexcept {
  self.waits_for_ = nullptr;
  if (self.deadline_.is_set()) {
    deadlines_.remove(self.deadline_);
  }
  return std::exchange(self.woken_, woken::by_another);
}

void virtual_time::make_ready(participant& other) {
  lock held(mutex_);
  make_ready(other, held);
}

void virtual_time::make_ready(participant& other, lock&) {
  if (other.state_ != participant::state::blocked) {
    return;
  }
  other.state_ = participant::state::ready;
  stop_expecting_io(other);
  ready_.push_back(&other);
  if (running_ == nullptr) {
    pass_turn_on(nullptr);
  }
}

void virtual_time::wake_loop(participant& other) {
  lock held(mutex_);
  if (other.sleeps_in_ != nullptr) {
    make_ready(other, held);
  }
}

void virtual_time::end_in_vain(participant& other) {
  lock held(mutex_);
  if (other.state_ == participant::state::blocked) {
    other.woken_ = woken::by_deadlock;
    make_ready(other, held);
  }
}

void virtual_time::stop_expecting_io(participant& of) noexcept {
  outside_ -= static_cast<std::size_t>(std::exchange(of.expects_io_, false));
  time_held_ -= static_cast<std::size_t>(std::exchange(of.holds_time_, false));
}

void virtual_time::go_outside(participant& self) {
  const lock held(mutex_);
  if (self.state_ != participant::state::running) {
    return; // virtual time has ended
  }
  self.state_ = participant::state::outside;
  ++outside_;
  running_ = nullptr;
  pass_turn_on(nullptr);
}

void virtual_time::come_back(participant& self) {
  lock held(mutex_);
  if (self.state_ != participant::state::outside) {
    return;
  }
  --outside_;
  self.state_ = participant::state::ready;
  ready_.push_back(&self);
  if (running_ == nullptr) {
    pass_turn_on(&self);
  }
  wait_for_turn(self, held);
}

void virtual_time::hold_time() {
  const lock held(mutex_);
  ++time_held_;
}

void virtual_time::release_time() {
  const lock held(mutex_);
  --time_held_;
  if (running_ == nullptr) {
    pass_turn_on(nullptr);
  }
}

std::optional<std::size_t> virtual_time::draw(std::size_t bound) {
  if (!random_ || bound < 2) { // where there is no choice the seed isn't touched
    return std::nullopt;
  }
  return static_cast<std::size_t>((*random_)() % bound); // not a std distribution: those differ by library
}

// With nobody running: who is next?
void virtual_time::pass_turn_on(participant* from) {
  for (;;) {
    if (!ready_.empty()) {
      const auto next = ready_.begin() + static_cast<std::ptrdiff_t>(draw(ready_.size()).value_or(0));
      participant& chosen = **next;
      ready_.erase(next);
      grant(chosen, from);
      return;
    }
    if (time_held_ > 0 && !next_is_due()) {
      return; // something real will come, and the clock stands still until then
    }
    if (jump()) {
      continue;
    }
    if (outside_ > 0 || main_ == nullptr || main_->state_ != participant::state::blocked) {
      return;
    }
    main_->woken_ = woken::by_deadlock;
    main_->state_ = participant::state::ready;
    ready_.push_back(main_);
  }
}

// Its instant has come: the clock needn't move for it.
bool virtual_time::next_is_due() const noexcept {
  return !deadlines_.empty() && deadlines_.next_deadline() <= clock::now();
}

// Deadlines of one instant that were set at the same time come together, those set later
// when nothing is ready again: see scheduler::jump().
bool virtual_time::jump() {
  if (deadlines_.empty()) {
    return false;
  }
  const clock::time_point when = deadlines_.next_deadline();
  const clock::time_point set_at = deadlines_.next().set_at;
  advance_clock(when);
  do {
    participant& due = static_cast<participant::deadline_node&>(deadlines_.pop()).of;
    due.state_ = participant::state::ready;
    due.woken_ = woken::by_time;
    stop_expecting_io(due);
    ready_.push_back(&due);
  } while (!deadlines_.empty() && deadlines_.next_deadline() == when && deadlines_.next().set_at == set_at);
  return true;
}

void virtual_time::grant(participant& to, const participant* from) {
  running_ = &to;
  to.state_ = participant::state::running;
  if (&to == from) {
    return;
  }
  if (to.sleeps_in_ != nullptr) {
    boost::asio::post(*to.sleeps_in_, [] {});
  } else {
    to.turn_.notify_one();
  }
}

void virtual_time::wait_for_turn(participant& self, lock& held) {
  self.turn_.wait(held, [&] {
    return self.state_ == participant::state::running || self.state_ == participant::state::away;
  });
}

std::string virtual_time::who_waits() {
  const lock held(mutex_);
  std::string lines;
  for (const participant* each : everyone_) {
    if (each->state_ == participant::state::blocked && each->waits_for_ != nullptr) {
      const bool is_loop = each->sleeps_in_ != nullptr; // which tells of its tasks
      lines += "\n  " + (is_loop ? "" : "thread \"" + each->name_ + "\" waits for ") + (*each->waits_for_)();
    }
  }
  return lines;
}

visit::visit() : visit(without_turn()) {
  if (virtual_time::here() == nullptr) {
    virtual_time::instance().enter(*self_);
  }
}

visit::visit(without_turn) : self_(virtual_time::here()) {
  if (self_ != nullptr) {
    return;
  }
  if (::getpid() == ::gettid()) {
    static auto& main_thread = *new participant(current_thread_name()); // as above
    self_ = &main_thread;
    main_thread.may_be_main_ = true;
  } else {
    self_ = &visitor_.emplace(current_thread_name());
  }
}

visit::~visit() {
  if (visitor_) {
    virtual_time::instance().leave(*visitor_);
  }
}

} // namespace asyncio::detail
