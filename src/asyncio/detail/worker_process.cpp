// posix_spawn of /proc/self/exe, because fork alone would copy the locks that other threads
// hold at that moment. The worker's end is seen on a descriptor of its process, not on the
// socket: a process that a job has forked may hold the other end of that for as long as it likes.

#include <asyncio/detail/worker_process.hpp>

#include <asyncio/detail/carried_exception.hpp>
#include <asyncio/detail/dump_signal.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace asyncio::detail {
namespace {

// A worker that has closed it is at its end, or good for nothing any more.
constexpr std::chrono::seconds without_socket{3};

[[noreturn]] void fail(int error) {
  throw std::system_error(error, std::generic_category(), "a worker process could not be started");
}

/// A descriptor above those of stdin, stdout and stderr, which may be closed here.
int above_standard_ones(int descriptor) {
  if (descriptor > STDERR_FILENO) {
    return descriptor;
  }
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return moved;
}

struct socket_pair {
  socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == -1) {
      fail(errno);
    }
    ours = above_standard_ones(ends[0]);
    theirs = ours == -1 ? ends[1] : above_standard_ones(ends[1]);
    if (ours == -1 || theirs == -1) {
      const int error = errno;
      close();
      fail(error);
    }
  }
  ~socket_pair() { close(); }
  socket_pair(const socket_pair&) = delete;
  socket_pair& operator=(const socket_pair&) = delete;

  void close() const noexcept {
    for (const int each : {ours, theirs}) {
      if (each != -1) {
        ::close(each);
      }
    }
  }

  int ours = -1;
  int theirs = -1;
};

struct spawn_settings {
  spawn_settings() {
    if (const int error = ::posix_spawn_file_actions_init(&actions); error != 0) {
      fail(error);
    }
    if (const int error = ::posix_spawnattr_init(&attributes); error != 0) {
      ::posix_spawn_file_actions_destroy(&actions);
      fail(error);
    }
  }
  ~spawn_settings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  spawn_settings(const spawn_settings&) = delete;
  spawn_settings& operator=(const spawn_settings&) = delete;

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

void check(std::initializer_list<int> errors) {
  for (const int error : errors) {
    if (error != 0) {
      fail(error);
    }
  }
}

/// With the arguments of this process, so that main() comes to the same place.
std::string command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string line{std::istreambuf_iterator<char>(file), {}};
  if (!line.ends_with('\0')) {
    line += '\0';
  }
  return line;
}

std::vector<char*> pointers_to(std::string& texts) { // each of which ends with a '\0'
  std::vector<char*> pointers;
  for (std::size_t at = 0; at < texts.size(); at = texts.find('\0', at) + 1) {
    pointers.push_back(texts.data() + at);
  }
  pointers.push_back(nullptr);
  return pointers;
}

pid_t spawn(int socket) {
  spawn_settings settings;
  check({::posix_spawn_file_actions_adddup2(&settings.actions, socket, worker_descriptor),
         ::posix_spawn_file_actions_addopen(&settings.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
         ::posix_spawn_file_actions_addclosefrom_np(&settings.actions, worker_descriptor + 1)});

  // Whatever is ignored or blocked here, a job finds what a program finds that a shell has
  // started. Except that nohup, and a shell's `&`, mean the workers, too. SIGINT is
  // blocked until the worker can have it, and so is SIGUSR1 where it means a dump.
  sigset_t as_usual;
  sigset_t blocked;
  ::sigfillset(&as_usual);
  for (const int kept : {SIGHUP, SIGINT, SIGQUIT}) {
    ::sigdelset(&as_usual, kept);
  }
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGINT);
  if (dump_signal::is_taken()) {
    ::sigaddset(&blocked, SIGUSR1);
  }
  check({::posix_spawnattr_setsigdefault(&settings.attributes, &as_usual),
         ::posix_spawnattr_setsigmask(&settings.attributes, &blocked),
         ::posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)});

  std::string arguments = command_line();
  std::string variable = std::string(worker_variable) + '=' + std::to_string(::getpid());
  std::vector<char*> environment{variable.data()};
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) { // clearenv() leaves null
    if (!std::string_view(*each).starts_with(std::string(worker_variable) + '=')) {
      environment.push_back(*each);
    }
  }
  environment.push_back(nullptr);

  pid_t child = -1;
  check({::posix_spawn(&child, "/proc/self/exe", &settings.actions, &settings.attributes,
                       pointers_to(arguments).data(), environment.data())});
  return child;
}

} // namespace

// glibc 2.36 declares its functions for C only.
int open_process(pid_t id) noexcept {
  return static_cast<int>(::syscall(SYS_pidfd_open, id, 0));
}

interrupt_event::interrupt_event() {
  const int made = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  descriptor_ = made == -1 ? -1 : above_standard_ones(made);
  if (descriptor_ == -1) {
    fail(errno);
  }
  listen();
}

interrupt_event::~interrupt_event() {
  listen_no_more();
  ::close(descriptor_);
}

void interrupt_event::interrupted() noexcept {
  ::eventfd_write(descriptor_, 1);
}

void interrupt_event::forget() const noexcept {
  eventfd_t count = 0;
  ::eventfd_read(descriptor_, &count);
}

worker_process::worker_process() : channel_([this](short events) { return wait_for(events); }) {
  socket_pair sockets;
  id_ = spawn(sockets.theirs);
  process_ = open_process(id_);
  if (process_ == -1) {
    const int error = errno;
    ::kill(id_, SIGKILL);
    reap();
    fail(error);
  }
  channel_.open(std::exchange(sockets.ours, -1));
}

worker_process::~worker_process() {
  if (!reaped_) {
    signal(SIGKILL);
    reap();
  }
  ::close(process_);
}

bool worker_process::wait_for(short events) noexcept {
  if (seen_dead_) {
    return false; // and what it had sent before has been received
  }
  std::array<pollfd, 3> wanted{pollfd{channel_.descriptor(), events, 0}, pollfd{process_, POLLIN, 0},
                               pollfd{ctrl_c_.descriptor(), POLLIN, 0}};
  ctrl_c_.forget();
  if (interrupt_pending()) {
    return false;
  }
  ::poll(wanted.data(), wanted.size(), -1);
  seen_dead_ = wanted[1].revents != 0;
  return !interrupt_pending();
}

worker_process::outcome worker_process::call(std::string_view request) {
  outcome result;
  try {
    if (channel_.send(worker_says::call, request)) {
      receive_outcome(result);
    }
  } catch (const std::runtime_error&) { // no message: nothing more can be had from it
    signal(SIGKILL);
    killed_because_it_ = "wrote what is no message into the socket to the pool";
  }
  return result;
}

void worker_process::receive_outcome(outcome& into) {
  while (auto message = channel_.receive()) {
    switch (message->kind) {
    case worker_says::ready:
      was_ready_ = true;
      break;
    case worker_says::begun:
      into.begun = true;
      break;
    case worker_says::value:
      into.value = std::move(message->bytes);
      into.answered = true;
      return;
    case worker_says::error:
      into.error = unpack_exception(message->bytes);
      into.answered = true;
      return;
    case worker_says::call:
      break;
    }
  }
}

void worker_process::signal(int number) const noexcept {
  ::syscall(SYS_pidfd_send_signal, process_, number, nullptr, 0);
}

void worker_process::finish() noexcept {
  ctrl_c_.forget();
  if (!std::exchange(is_finished_, true)) {
    signal(SIGCONT); // first, and once: it would set threads going that a leak checker stops at the end
    channel_.finish();
  }
}

bool worker_process::ends_by(std::chrono::steady_clock::time_point deadline, int or_readable) const noexcept {
  std::array<pollfd, 2> wanted{pollfd{process_, POLLIN, 0}, pollfd{or_readable, POLLIN, 0}};
  int ready = 0;
  do {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    ready = ::poll(wanted.data(), wanted.size(),
                   static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0)));
  } while (ready == -1 && errno == EINTR);
  return wanted[0].revents != 0;
}

bool worker_process::wait_for_end(std::chrono::steady_clock::time_point deadline) const noexcept {
  return ends_by(deadline, ctrl_c_.descriptor());
}

void worker_process::end(std::chrono::steady_clock::time_point deadline) noexcept {
  if (!ends_by(deadline)) {
    signal(SIGKILL);
  }
  reap();
}

void worker_process::reap() noexcept {
  int status = 0;
  pid_t waited = -1;
  do {
    waited = ::waitpid(id_, &status, 0);
  } while (waited == -1 && errno == EINTR);
  if (waited == id_) {
    status_ = status;
  }
  reaped_ = true;
}

std::string worker_process::how_it_ended() {
  if (!reaped_) {
    if (!wait_for_end(std::chrono::steady_clock::now() + without_socket)) {
      signal(SIGKILL);
      killed_because_it_ = "closed the socket to the pool";
    }
    reap();
  }
  if (killed_because_it_ != nullptr) {
    return std::string("was killed because it ") + killed_because_it_;
  }
  if (status_ == -1) {
    return "ended";
  }
  if (WIFSIGNALED(status_)) {
    const int number = WTERMSIG(status_);
    const char* const words = ::sigdescr_np(number);
    return "was ended by signal " + std::to_string(number) + (words ? " (" + std::string(words) + ')' : "");
  }
  return "ended with exit status " + std::to_string(WEXITSTATUS(status_));
}

} // namespace asyncio::detail
