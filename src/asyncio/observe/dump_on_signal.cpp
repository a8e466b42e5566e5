// The handler only wakes a thread, since nothing that can be told of a program may be looked at
// in a handler. The thread asks each loop to tell of its tasks, which it does between two steps:
// exact, and nobody reads what another writes.
//
// A loop that does not answer is blocked, in a calculation, a system call, a deadlock, and its
// tasks stand still. They are looked at in a copy of the process, made by fork(): there the usual
// code walks them. Nearly always that is as good as being asked. If the loop's thread was in the
// middle of a change after all, what is wrong ends the copy and not the program, and it all begins
// again. (Reading the program's own memory piece by piece, each of them checked, was the other
// way; it would need a second description of all that can be waited for, and sees changes while
// it reads.)

#include <asyncio/observe/dump_on_signal.hpp>

#include <asyncio/detail/dump_signal.hpp>
#include <asyncio/detail/printable.hpp>
#include <asyncio/detail/scheduler.hpp>
#include <asyncio/detail/source_place.hpp>
#include <asyncio/detail/step_note.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/log.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/observe/all_tasks.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread_name.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace asyncio::detail {

using namespace std::chrono_literals;

struct dump_on_signal::told_loop {
  explicit told_loop(loop& of_) : of(of_) {}

  loop& of;
  std::string thread_name = current_thread_name();
  ::pid_t thread_id = ::gettid();
  bool gone = false;
};

namespace {

using told_loop = dump_on_signal::told_loop;

constexpr auto patience = 100ms;
constexpr int attempts = 5;

// How many seconds a copy of the process may take, in case that it has lost its way.
unsigned longest_look(std::size_t tasks) {
  return static_cast<unsigned>(2 + tasks / 10'000);
}

// ---------------------------------------------------------------- what is told of a loop

std::string who(const told_loop& told) {
  return "loop of " + told.thread_name + " (thread " + std::to_string(told.thread_id) + ')';
}

void write_tasks(std::ostream& to, const told_loop& told) {
  const std::size_t count = all_tasks(told.of).size();
  to << ", " << count << (count == 1 ? " task\n" : " tasks\n");
  write_all_tasks(to, scheduler_of(told.of));
}

/// By the loop's own thread.
std::string told_by_itself(const told_loop& told) {
  std::ostringstream text;
  text << who(told) << ": answers between two steps";
  write_tasks(text, told);
  return text.str();
}

// What the kernel says: R runs, S and D wait in a call of the system.
char thread_state(::pid_t thread) {
  std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(stat), {}};
  const std::size_t end_of_name = text.rfind(')');
  return end_of_name == std::string::npos || end_of_name + 2 >= text.size() ? '?' : text[end_of_name + 2];
}

std::string in_words(char thread_state) {
  switch (thread_state) {
  case 'R':
    return "computes";
  case 'S':
  case 'D':
    return "sleeps in a call of the system";
  default:
    return "is neither running nor asleep";
  }
}

/// Those that have a name of their own, as the threads of executors and asyncio::thread do, and run
/// none of the loops.
std::string told_of_other_threads(const std::vector<::pid_t>& threads_of_loops) {
  const std::string unnamed = std::string(::program_invocation_short_name).substr(0, 15);
  std::string text;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/task")) {
    const ::pid_t id = std::stoi(each.path().filename());
    std::string name;
    std::getline(std::ifstream(each.path() / "comm"), name);
    if (id != ::gettid() && name != unnamed &&
        std::ranges::find(threads_of_loops, id) == threads_of_loops.end()) {
      text += "thread " + std::to_string(id) + " (" + name + ") " + in_words(thread_state(id)) + '\n';
    }
  }
  return text;
}

/// From outside, in a copy of the process in which the loop's thread does not exist.
std::string told_from_outside(const told_loop& told, char state) {
  const scheduler& inside = scheduler_of(told.of);
  const step_note& step = *inside.noted_step();
  std::ostringstream text;
  text << who(told) << ": ";
  if (!told.of.is_running()) {
    text << "does not run now";
  } else if (!step.under_way()) {
    text << "does not answer, and is in no step: a handler of Boost.Asio's may block it, its thread "
         << in_words(state);
  } else {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - step.began();
    text << (took < patience ? "busy, for " : "blocked for ") << std::fixed << std::setprecision(3)
         << took.count() << " seconds by ";
    if (const task_base* const task = inside.running_task) {
      text << printable(task->describe()) << ", created at " << place_in_source(task->created_at());
    } else {
      text << "a callback";
    }
    text << ", its thread " << in_words(state);
  }
  write_tasks(text, told);
  return text.str();
}

// ---------------------------------------------------------------- asking the loop itself

/// What the two sides share: the loop may get to it when nobody asks any more.
class question {
public:
  void answer(const told_loop& told) {
    {
      const std::lock_guard lock(mutex_);
      if (state_ != state::open) {
        return;
      }
      state_ = state::heard;
    }
    std::string text;
    try {
      text = told_by_itself(told);
    } catch (...) {
      text = who(told) + ": telling of it failed: " + describe(std::current_exception()) + '\n';
    }
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
    state_ = state::answered;
    changed_.notify_one();
  }

  /// The answer, if the loop began to give it in time.
  std::optional<std::string> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return state_ == state::answered; });
    if (state_ == state::open) {
      state_ = state::withdrawn;
      return std::nullopt;
    }
    changed_.wait(lock, [&] { return state_ == state::answered; });
    return std::move(text_);
  }

private:
  enum class state { open, heard, answered, withdrawn };

  std::mutex mutex_;
  std::condition_variable changed_;
  state state_ = state::open;
  std::string text_;
};

// ---------------------------------------------------------------- looking at a copy

bool write_all(int to, std::string_view text) {
  while (!text.empty()) {
    const ::ssize_t written = ::write(to, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      ::pollfd full{to, POLLOUT, 0};
      if (::poll(&full, 1, 1000) == 0) {
        return false;
      }
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/// A file in memory.
class scratch_file {
public:
  scratch_file() : descriptor_(::memfd_create("asyncio-dump", MFD_CLOEXEC)) {}
  ~scratch_file() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  [[nodiscard]] std::string text() const {
    std::string found;
    std::array<char, 4096> part{};
    for (;;) {
      const ::ssize_t count =
          ::pread(descriptor_, part.data(), part.size(), static_cast<::off_t>(found.size()));
      if (count <= 0) {
        return found;
      }
      found.append(part.data(), static_cast<std::size_t>(count));
    }
  }

private:
  int descriptor_;
};

constexpr char end_mark = '\0';

/// In the copy: tells, and is gone, whatever happens. The only thread there is this one, and all
/// signals but the alarm's are blocked.
[[noreturn]] void tell_in_copy(const told_loop& told, char state, int to) {
  ::prctl(PR_SET_DUMPABLE, 0); // no core file of a copy that fails, and no complaints
  if (const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC); nowhere >= 0) {
    ::dup2(nowhere, STDERR_FILENO);
  }
  std::signal(SIGALRM, SIG_DFL);
  ::sigset_t alarm_only;
  ::sigemptyset(&alarm_only);
  ::sigaddset(&alarm_only, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm_only, nullptr);
  ::alarm(longest_look(0));
  try {
    ::alarm(longest_look(all_tasks(told.of).size()));
    write_all(to, told_from_outside(told, state) + end_mark);
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

} // namespace

// ---------------------------------------------------------------- the thread that tells

namespace {

/// The process's: the thread and the loops.
class dumper {
public:
  static dumper& instance() {
    static dumper the_one;
    return the_one;
  }

  /// False if SIGUSR1 is the program's own.
  bool add(std::shared_ptr<told_loop> told) {
    const std::lock_guard lock(users_mutex_);
    if (users_ == 0 && !start()) {
      return false;
    }
    ++users_;
    const std::lock_guard loops_lock(loops_mutex_);
    loops_.push_back(std::move(told));
    return true;
  }

  void remove(const std::shared_ptr<told_loop>& told) {
    const std::lock_guard lock(users_mutex_);
    {
      const std::lock_guard loops_lock(loops_mutex_);
      told->gone = true;
      std::erase(loops_, told);
    }
    if (--users_ == 0) {
      stop();
    }
  }

  void runs_here(told_loop& told) {
    const std::lock_guard lock(loops_mutex_);
    told.thread_name = current_thread_name();
    told.thread_id = ::gettid();
  }

private:
  dumper() = default;

  bool start() {
    if (!dump_signal::take()) {
      return false;
    }
    dump_signal::forget();
    stopping_ = false;
    ::sigset_t all;
    ::sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before); // the thread's: it takes no signal from the others
    try {
      thread_ = std::thread([this] { serve(); });
    } catch (...) {
      ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
      throw;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return true;
  }

  void stop() {
    stopping_ = true;
    dump_signal::wake();
    thread_.join();
  }

  void serve() {
    set_current_thread_name("asyncio-dump");
    for (;;) {
      dump_signal::wait();
      if (stopping_) {
        return;
      }
      std::string text;
      try {
        text = dump();
      } catch (...) { // no memory for it: the program has other troubles
        text = "the tasks of this program could not be told of\n";
      }
      write_all(STDERR_FILENO, text);
    }
  }

  std::string dump() {
    std::vector<std::shared_ptr<told_loop>> loops;
    std::vector<::pid_t> threads_of_loops;
    {
      const std::lock_guard lock(loops_mutex_);
      loops = loops_;
      for (const std::shared_ptr<told_loop>& told : loops) {
        threads_of_loops.push_back(told->thread_id);
      }
    }
    std::string text;
    for (const std::shared_ptr<told_loop>& told : loops) {
      text += tell(told);
    }
    return (text.empty() ? "no loop is open\n" : text) + told_of_other_threads(threads_of_loops);
  }

  std::string tell(const std::shared_ptr<told_loop>& told) {
    for (int i = 0; i < attempts; ++i) {
      const auto asking = std::make_shared<question>();
      {
        const std::lock_guard lock(loops_mutex_);
        if (told->gone) {
          return {};
        }
        boost::asio::post(told->of.context(), [asking, told] { asking->answer(*told); });
        scheduler_of(told->of).noted_step()->want_poll();
      }
      if (std::optional<std::string> answer = asking->wait()) {
        return *std::move(answer);
      }
      if (std::optional<std::string> seen = look(*told)) {
        return *std::move(seen);
      }
    }
    const std::lock_guard lock(loops_mutex_);
    return who(*told) + ": changed while it was looked at; ask again\n";
  }

  /// What a copy of the process tells; nothing if it came to grief.
  std::optional<std::string> look(const told_loop& told) {
    const scratch_file file;
    ::pid_t copy = -1;
    {
      const std::lock_guard lock(loops_mutex_);
      if (told.gone) {
        return std::string();
      }
      const char state = thread_state(told.thread_id);
      copy = ::fork();
      if (copy == 0) {
        tell_in_copy(told, state, file.descriptor());
      } else if (copy < 0) {
        return who(told) + ": does not answer, and the process could not be copied to look at it\n";
      }
    }
    while (::waitpid(copy, nullptr, 0) < 0 && errno == EINTR) {
    }
    std::string text = file.text();
    if (!text.ends_with(end_mark)) {
      return std::nullopt;
    }
    text.pop_back();
    return text;
  }

  std::mutex users_mutex_;
  int users_ = 0;
  std::thread thread_;
  std::atomic<bool> stopping_{false};

  std::mutex loops_mutex_;
  std::vector<std::shared_ptr<told_loop>> loops_;
};

} // namespace

dump_on_signal::dump_on_signal(loop& of) : loop_(std::make_shared<told_loop>(of)) {
  scheduler_of(of).note_steps(true);
  if (!dumper::instance().add(loop_)) {
    scheduler_of(of).note_steps(false);
    loop_ = nullptr;
    log(severity::warning, "SIGUSR1 has a handler already, and stays as it is: no dump of the tasks");
  }
}

dump_on_signal::~dump_on_signal() {
  if (loop_) {
    dumper::instance().remove(loop_);
    scheduler_of(loop_->of).note_steps(false);
  }
}

void dump_on_signal::runs_here() {
  if (loop_) {
    dumper::instance().runs_here(*loop_);
  }
}

} // namespace asyncio::detail
