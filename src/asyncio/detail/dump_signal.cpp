#include <asyncio/detail/dump_signal.hpp>

#include <cerrno>
#include <csignal>

#include <semaphore.h>

namespace asyncio::detail {
namespace {

::sem_t asked; // never destroyed: a handler may be under way on any thread, at any time

// Only what POSIX allows in a handler.
extern "C" void on_sigusr1(int) {
  const int before = errno;
  ::sem_post(&asked);
  errno = before;
}

} // namespace

bool dump_signal::take() noexcept {
  struct sigaction now{};
  if (::sigaction(SIGUSR1, nullptr, &now) != 0 ||
      (now.sa_handler != SIG_DFL && now.sa_handler != &on_sigusr1)) {
    return false;
  }
  [[maybe_unused]] static const int made = ::sem_init(&asked, 0, 0);
  struct sigaction action{};
  action.sa_handler = &on_sigusr1;
  action.sa_flags = SA_RESTART;
  return ::sigaction(SIGUSR1, &action, nullptr) == 0;
}

bool dump_signal::is_taken() noexcept {
  struct sigaction now{};
  return ::sigaction(SIGUSR1, nullptr, &now) == 0 && now.sa_handler == &on_sigusr1;
}

void dump_signal::wait() noexcept {
  while (::sem_wait(&asked) != 0) {
  }
  forget();
}

void dump_signal::wake() noexcept {
  ::sem_post(&asked);
}

void dump_signal::forget() noexcept {
  while (::sem_trywait(&asked) == 0) {
  }
}

} // namespace asyncio::detail
