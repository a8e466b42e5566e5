// The made-up lessons that are interrupted: patient ends at the first Ctrl-C, stubborn at the second.
// (Not in lesson.sh: bash loses a signal that comes while it runs its trap for the last one.)

#include <csignal>
#include <cstdio>
#include <cstring>

#include <unistd.h>

int main(int /*argc*/, char** argv) {
  const bool stubborn = std::strstr(argv[0], "stubborn") != nullptr;
  sigset_t interrupt;
  ::sigemptyset(&interrupt);
  ::sigaddset(&interrupt, SIGINT);
  ::sigprocmask(SIG_BLOCK, &interrupt, nullptr);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  ::alarm(30); // nobody has to look for it when the test has failed

  int signal = 0;
  std::puts("waiting");
  ::sigwait(&interrupt, &signal);
  if (stubborn) {
    std::puts("once");
    ::sigwait(&interrupt, &signal);
  }
  std::puts(stubborn ? "twice" : "cleaned up");
  return 128 + SIGINT;
}
