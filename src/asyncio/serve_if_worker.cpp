// The worker's side of a process pool. A job runs on the worker's main thread; another one
// watches, so that the worker ends with the pool's process even in the middle of a job.

#include <asyncio/serve_if_worker.hpp>

#include <asyncio/blocking.hpp>
#include <asyncio/detail/carried_exception.hpp>
#include <asyncio/detail/dump_signal.hpp>
#include <asyncio/detail/environment.hpp>
#include <asyncio/detail/program_address.hpp>
#include <asyncio/detail/worker_channel.hpp>
#include <asyncio/detail/worker_process.hpp>
#include <asyncio/log.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace asyncio {
namespace {

std::atomic<bool> serving{false};

/// Whether the socket was made by that process.
bool is_socket_of(pid_t pool) noexcept {
  ucred maker{};
  socklen_t size = sizeof maker;
  return ::getsockopt(detail::worker_descriptor, SOL_SOCKET, SO_PEERCRED, &maker, &size) == 0 &&
         maker.pid == pool;
}

/// The pool's process, if this one is a worker; what a worker starts inherits nothing of it.
pid_t find_pool() noexcept {
  unsigned long long value = 0;
  if (!detail::read_number(detail::environment(detail::worker_variable), value)) {
    return -1;
  }
  const auto pool = static_cast<pid_t>(value);
  if (!is_socket_of(pool)) {
    return -1;
  }
  ::unsetenv(detail::worker_variable);
  ::fcntl(detail::worker_descriptor, F_SETFD, FD_CLOEXEC);
  if (::getppid() != pool) {
    ::_exit(EXIT_SUCCESS); // it died in the meantime
  }
  return pool;
}

pid_t pool_process() noexcept {
  static const pid_t pool = find_pool();
  return pool;
}

/// Looked up before main(), which may start other programs before it comes to serve_if_worker().
[[maybe_unused]] const pid_t found_before_main = pool_process();

/// Waits for the end of the pool's process: on the process itself, since others may hold the
/// other end of the socket, and on the socket where that can't be had.
void end_with(pid_t pool) {
  const int process = detail::open_process(pool);
  if (::getppid() != pool) {
    ::_exit(EXIT_SUCCESS); // it has died, and that may be somebody else already
  }
  std::array<pollfd, 2> watched{pollfd{detail::worker_descriptor, 0, 0}, pollfd{process, POLLIN, 0}};
  for (;;) {
    if (::poll(watched.data(), watched.size(), -1) == -1 && errno == EINTR) {
      continue;
    }
    if ((watched[0].revents & POLLNVAL) == 0) {
      ::_exit(EXIT_SUCCESS);
    }
    watched[0].fd = -1; // a job has closed it, which is told at the job's end
  }
}

void watch(pid_t pool) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before); // signals are for the thread that does the jobs
  try {
    std::thread(end_with, pool).detach();
  } catch (const std::system_error& error) {
    log(severity::error, std::string("a worker process has no thread to watch its pool by: ") + error.what());
    ::_exit(EXIT_FAILURE);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

/// Ctrl-C in a terminal is for the pool's process to decide on. Not ignored, since what a job starts would
/// inherit that.
void leave_ctrl_c_to_the_pool() {
  struct sigaction now{};
  ::sigaction(SIGINT, nullptr, &now);
  if (now.sa_handler == SIG_DFL) {
    now.sa_handler = [](int) {};
    now.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &now, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

/// Whoever asks all processes of this name for a dump means the pool's, which says that it gives one.
void leave_dumps_to_the_pool() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  if (::sigismember(&blocked, SIGUSR1) == 1) {
    detail::dump_signal::take();
  }
}

/// What was printed is there before the result is.
void flush() {
  std::cout.flush();
  std::clog.flush();
  std::fflush(stdout);
}

detail::worker_message do_call(std::string bytes) {
  const pid_t self = ::getpid();
  detail::worker_message answer(detail::worker_says::value, {});
  try {
    detail::call_target target;
    bytes.copy(reinterpret_cast<char*>(&target), sizeof target);
    bytes.erase(0, sizeof target);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a place in the program became a number, to travel
    const auto entry = reinterpret_cast<detail::call_entry>(detail::function_at(target.entry));
    answer.bytes = entry(detail::function_at(target.function), std::move(bytes));
  } catch (...) {
    answer = {detail::worker_says::error, detail::pack_exception(std::current_exception())};
  }
  if (::getpid() != self) { // the function forked, and returned here, too
    ::_exit(EXIT_SUCCESS);  // without what was printed before the fork
  }
  flush();
  return answer;
}

/// Which file the descriptor stands for: a job may close it, and open another.
struct file_identity {
  file_identity() noexcept {
    struct stat found{};
    if (::fstat(detail::worker_descriptor, &found) == 0) {
      device = found.st_dev;
      number = found.st_ino;
    }
  }
  friend bool operator==(const file_identity&, const file_identity&) = default;

  dev_t device = 0;
  ino_t number = 0;
};

[[noreturn]] void serve(pid_t pool) {
  serving = true;
  ::pthread_setname_np(::pthread_self(), std::string(program_invocation_short_name).substr(0, 15).c_str());
  leave_dumps_to_the_pool();
  leave_ctrl_c_to_the_pool();
  set_up_logging();
  watch(pool);

  detail::worker_channel channel([](short events) {
    pollfd wanted{detail::worker_descriptor, events, 0};
    ::poll(&wanted, 1, -1);
    return true;
  });
  channel.open(detail::worker_descriptor);
  const file_identity socket;
  bool connected = channel.send(detail::worker_says::ready, {});
  while (connected) {
    auto call = blocking_region([&] { return channel.receive(); });
    if (!call) {
      std::exit(EXIT_SUCCESS); // its static objects go, as at any program's end
    }
    connected = channel.send(detail::worker_says::begun, {});
    if (connected) {
      const detail::worker_message answer = do_call(std::move(call->bytes));
      if (file_identity() != socket) {
        log(severity::error, "a job has closed the socket to its process pool, descriptor " +
                                 std::to_string(detail::worker_descriptor));
        ::_exit(EXIT_FAILURE);
      }
      connected = channel.send(answer.kind, answer.bytes);
    }
  }
  ::_exit(EXIT_SUCCESS);
}

} // namespace

void serve_if_worker() {
  if (detail::is_worker_astray()) {
    serve(pool_process());
  }
}

bool detail::is_worker_astray() noexcept {
  return !serving && pool_process() != -1;
}

} // namespace asyncio
