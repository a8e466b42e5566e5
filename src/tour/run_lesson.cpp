// A lesson is a process of its own, started by posix_spawn. It is told its clock through the
// environment, and reports how much time passed on that clock by appending a line of decimal
// seconds to the file named by ASYNCIO_ELAPSED, one for each loop it ran. Where its row has input
// for it, that's its stdin, through a file: nobody has to type while all lessons run.

#include "run_lesson.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

/// An empty file in memory, which other processes open by its name. It lives as long as the object, and
/// no longer than this process, however that ends; without a name if there could be none.
class memory_file {
public:
  memory_file() : descriptor_(::memfd_create("asyncio-tour", MFD_CLOEXEC)) {
    if (descriptor_ >= 0) {
      name_ = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(descriptor_);
    }
  }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

  const std::string& name() const { return name_; }

private:
  int descriptor_;
  std::string name_;
};

/// The sum of the file's lines; nothing if there is none.
std::optional<double> sum_of_lines(const std::string& file_name) {
  std::optional<double> sum;
  std::ifstream file(file_name);
  for (std::string line; std::getline(file, line);) {
    double seconds = 0;
    const char* end = line.data() + line.size();
    if (std::from_chars(line.data(), end, seconds).ptr == end && !line.empty()) {
      sum = sum.value_or(0) + seconds;
    }
  }
  return sum;
}

bool assigns(std::string_view entry, std::string_view variable) {
  return entry.size() > variable.size() && entry.starts_with(variable) && entry[variable.size()] == '=';
}

/// The tour's own environment, except for what the lesson is told about its clock.
std::vector<std::string> environment_for(const lesson& which, const clock_choice& clock,
                                         const std::string& elapsed_file) {
  bool clock_was_chosen = clock.virtual_time || clock.speed;
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool about_clock = assigns(*entry, "ASYNCIO_CLOCK") || assigns(*entry, "ASYNCIO_SPEED");
    if (!(about_clock && clock_was_chosen) && !assigns(*entry, "ASYNCIO_ELAPSED")) {
      environment.emplace_back(*entry);
    }
  }
  if (clock.virtual_time && which.knows_virtual_time) {
    environment.emplace_back("ASYNCIO_CLOCK=virtual");
  }
  if (clock.speed) {
    char digits[32];
    auto end = std::to_chars(std::begin(digits), std::end(digits), *clock.speed).ptr;
    environment.push_back("ASYNCIO_SPEED=" + std::string(digits, end));
  }
  if (!elapsed_file.empty()) {
    environment.push_back("ASYNCIO_ELAPSED=" + elapsed_file);
  }
  return environment;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& string : strings) {
    pointers.push_back(string.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// Its stdin is that file, or ours if that has no name. Returns an errno value, 0 for success.
int spawn(const std::string& program, std::vector<std::string> arguments,
          std::vector<std::string> environment, const std::string& input_file, pid_t& child) {
  posix_spawn_file_actions_t actions;
  if (int error = ::posix_spawn_file_actions_init(&actions); error != 0) {
    return error;
  }
  if (!input_file.empty()) {
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input_file.c_str(), O_RDONLY, 0);
  }
  posix_spawnattr_t attributes;
  if (int error = ::posix_spawnattr_init(&attributes); error != 0) {
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  // Whoever started the tour may have ignored these two, and a program inherits that.
  sigset_t restored;
  ::sigemptyset(&restored);
  ::sigaddset(&restored, SIGINT);
  ::sigaddset(&restored, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &restored);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  int error = ::posix_spawn(&child, program.c_str(), &actions, &attributes, pointers_to(arguments).data(),
                            pointers_to(environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return error;
}

/// Whom a Ctrl-C of the tour's is passed on to; 0 for nobody.
volatile std::sig_atomic_t lesson_that_runs = 0;

/// Takes note of the first one; the second ends the tour, too. One that comes from a terminal, and not
/// from another process, the lesson has got by itself.
extern "C" void on_interrupt(int signal, siginfo_t* info, void* /*context*/) {
  if (const pid_t lesson = lesson_that_runs; lesson > 0 && info->si_code != SI_KERNEL) {
    ::kill(lesson, signal);
  }
  if (interrupted) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  interrupted = 1;
}

void wait_for_end(pid_t child) {
  lesson_that_runs = child;
  if (interrupted) { // before it could be passed on
    ::kill(child, SIGINT);
  }
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  lesson_that_runs = 0; // while the number is still the lesson's
}

/// What went wrong, empty if nothing did.
std::string wait_for(pid_t child, int expected_status) {
  wait_for_end(child);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return std::string("lost track of it: ") + std::strerror(errno);
    }
  }
  if (WIFSIGNALED(status)) {
    const char* name = ::sigabbrev_np(WTERMSIG(status));
    return "killed by SIG" + (name ? std::string(name) : std::to_string(WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != expected_status) {
    return "exit status " + std::to_string(WEXITSTATUS(status));
  }
  return {};
}

} // namespace

volatile std::sig_atomic_t interrupted = 0;

void catch_interrupt() {
  struct sigaction action{};
  action.sa_sigaction = &on_interrupt;
  action.sa_flags = SA_RESTART | SA_SIGINFO;
  ::sigaction(SIGINT, &action, nullptr);
}

lesson_run run_lesson(const lesson& which, const clock_choice& clock) {
  using seconds = std::chrono::duration<double>;
  lesson_run run;
  memory_file elapsed;
  std::optional<memory_file> input;
  if (which.input && !(std::ofstream(input.emplace().name()) << *which.input << std::flush)) {
    run.problem = "there is no place for its input: is there memory left?";
    return run;
  }

  std::error_code ignored;
  fs::path program = fs::read_symlink("/proc/self/exe", ignored).replace_filename(which.name);
  std::vector<std::string> arguments{program.string()};
  arguments.insert(arguments.end(), which.arguments.begin(), which.arguments.end());

  auto started = std::chrono::steady_clock::now();
  pid_t child = 0;
  int error = spawn(program, std::move(arguments), environment_for(which, clock, elapsed.name()),
                    input ? input->name() : "", child);
  if (error == ENOENT) {
    run.problem = program.string() + " is missing: build it first";
    return run;
  }
  if (error != 0) {
    run.problem = program.string() + " does not start: " + std::strerror(error);
    return run;
  }
  run.problem = wait_for(child, which.exit_status);
  run.wall_seconds = seconds(std::chrono::steady_clock::now() - started).count();
  run.own_seconds = sum_of_lines(elapsed.name());
  return run;
}
