#include <asyncio/thread.hpp>

#include <asyncio/blocking.hpp>
#include <asyncio/detail/clock_condition.hpp>
#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/interrupt.hpp>
#include <asyncio/detail/virtual_time.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/log.hpp>
#include <asyncio/thread_name.hpp>

#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace asyncio {

class thread::running {
public:
  running(std::string name, std::function<void()> call)
      : name_(std::move(name)), ended_condition_([this] { return "the end of thread \"" + name_ + '"'; }) {
    if (detail::clock_is_virtual()) {
      const detail::visit here; // the one who starts it has the turn
      detail::virtual_time::instance().add(participant_.emplace(name_));
    }
    try {
      thread_ = std::thread([this, call = std::move(call)]() mutable { run(std::move(call)); });
    } catch (...) { // the system has no thread left
      if (participant_) {
        detail::virtual_time::instance().take_back(*participant_);
      }
      throw;
    }
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  [[nodiscard]] bool is_alive() const noexcept {
    const std::lock_guard lock(mutex_);
    return !ended_;
  }

  // The thread's wait can never end, nor can the one for its end.
  void end_in_vain() { detail::virtual_time::instance().end_in_vain(*participant_); }

  void join() {
    if (thread_.get_id() == std::this_thread::get_id()) {
      throw misuse_error("a thread cannot join itself");
    }
    check_interrupt();
    join([this](std::unique_lock<std::mutex>& lock) { ended_condition_.wait(lock, [&] { return ended_; }); });
  }

  /// The same for a destructor.
  void join_whatever_comes() {
    join([this](std::unique_lock<std::mutex>& lock) {
      ended_condition_.wait_whatever_comes(lock, [&] { return ended_; });
    });
  }

private:
  template <class Wait>
  void join(Wait wait) {
    if (era_ != detail::virtual_time::era()) { // virtual time, if it is, doesn't know the thread
      const detail::away_from_virtual_time away;
      thread_.join();
      return;
    }
    std::unique_lock lock(mutex_);
    wait(lock);
    lock.unlock();
    thread_.join();
  }

  void run(std::function<void()> call) {
    set_current_thread_name(name_);
    if (participant_) {
      detail::virtual_time::instance().begin_to_run(*participant_);
    }
    try {
      const detail::interruptible_thread here(interrupts_before_);
      call();
    } catch (const interrupt_error&) { // the main thread's to tell
      static_cast<void>(std::current_exception());
    } catch (...) {
      log(severity::error, "Exception in thread \"" + name_ + "\": " + describe(std::current_exception()));
    }
    call = nullptr; // what the call holds ends here, not where the thread is joined
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      ended_condition_.notify_all();
    }
    if (participant_) {
      detail::virtual_time::instance().leave(*participant_);
    }
  }

  const std::string name_;
  const std::uint64_t interrupts_before_ = detail::interrupts_taken();
  const std::uint64_t era_ = detail::virtual_time::era();
  std::optional<detail::participant> participant_;
  mutable std::mutex mutex_;
  detail::clock_condition ended_condition_;
  bool ended_ = false;
  std::thread thread_;
};

thread::thread() noexcept = default;

thread::thread(std::string name, std::function<void()> call)
    : running_(std::make_unique<running>(std::move(name), std::move(call))) {}

thread::thread(thread&& other) noexcept = default;

thread& thread::operator=(thread&& other) noexcept {
  thread taken(std::move(other));
  std::swap(running_, taken.running_);
  return *this;
}

// NOLINTNEXTLINE(bugprone-exception-escape): join() throws nothing else here
thread::~thread() {
  while (running_) {
    try {
      running_->join_whatever_comes();
      running_.reset();
    } catch (const deadlock_error&) {
      running_->end_in_vain();
    }
  }
}

void thread::join() {
  if (!running_) {
    throw misuse_error("there is no thread to join: it was joined already, or never started");
  }
  running_->join();
  running_.reset();
}

bool thread::joinable() const noexcept {
  return running_ != nullptr;
}

bool thread::is_alive() const noexcept {
  return running_ && running_->is_alive();
}

const std::string& thread::name() const {
  if (!running_) {
    throw misuse_error("there is no thread: it was joined already, or never started");
  }
  return running_->name();
}

} // namespace asyncio
