// A program of which a process pool makes workers, one way or the other: exit status 0 if all
// goes as it should.
//
//   astray   main() does not look whether it is a worker, and makes a pool there, too
//   run      run() does it
//   orphan   the pool's process is gone before main() looks whether it is a worker
//   late     it is gone before main()
//   other    main() starts another program, which is no worker, before it looks
//   global   the pool is a static object, which is made before main() looks
//   bare     there are no environment variables
//   static   pools are destroyed with the static objects, while they have jobs
//
// These start the program with "main", which says that it runs, and whether it is a worker.

#include <asyncio/blocking.hpp>
#include <asyncio/detail/worker_process.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/process_pool_executor.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/serve_if_worker.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

constexpr int exit_status_of_worker = 3;

int add(int a, int b) {
  return a + b;
}

int go_astray() {
  try {
    asyncio::process_pool_executor pool(1);
    static_cast<void>(pool.submit(add, 1, 2).result());
  } catch (const asyncio::misuse_error& error) { // in the worker
    std::cerr << error.what() << '\n';
    return exit_status_of_worker;
  } catch (const asyncio::broken_process_pool& error) {
    const std::string what = error.what();
    std::cerr << what << '\n';
    for (const char* part :
         {"ended with exit status 3 before it took ", "add(int, int)", "serve_if_worker()"}) {
      if (what.find(part) == std::string::npos) {
        return EXIT_FAILURE;
      }
    }
    return EXIT_SUCCESS;
  }
  return EXIT_FAILURE;
}

asyncio::awaitable<int> add_elsewhere() {
  asyncio::process_pool_executor pool(1);
  co_return co_await asyncio::run_in_executor(pool, add, 1, 2);
}

std::string read_line(int from) {
  std::string line;
  for (char c = 0; ::read(from, &c, 1) == 1 && c != '\n';) {
    line += c;
  }
  return line;
}

int be_a_worker_that_looks_late() {
  const pid_t pool = ::getppid();
  std::cout << "started" << std::endl;
  while (::getppid() == pool) {
    std::this_thread::yield();
  }
  asyncio::serve_if_worker();
  std::cout << "an orphan goes on as if it were the program" << std::endl;
  return EXIT_FAILURE;
}

int make_an_orphan() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    return EXIT_FAILURE;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    asyncio::process_pool_executor pool(1);
    return pool.submit(add, 1, 2).result();
  }
  ::close(ends[1]);
  const bool started = read_line(ends[0]) == "started";
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const std::string more = read_line(ends[0]); // until the worker has ended, too
  std::cerr << more << '\n';
  return started && more.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// What a pool does to start a worker, but the worker waits until the pool is gone.
int start_a_worker_too_late() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    return EXIT_FAILURE;
  }
  const pid_t pool = ::fork();
  if (pool == 0) {
    std::array<int, 2> sockets{};
    const pid_t self = ::getpid();
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0 && ::fork() == 0) {
      while (::getppid() == self) {
        std::this_thread::yield();
      }
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(sockets[1], asyncio::detail::worker_descriptor);
      ::setenv(asyncio::detail::worker_variable, std::to_string(self).c_str(), 1);
      ::execl("/proc/self/exe", "process_pool_main", "main", nullptr);
    }
    ::_exit(EXIT_SUCCESS);
  }
  ::close(ends[1]);
  ::waitpid(pool, nullptr, 0);
  const std::string printed = read_line(ends[0]);
  std::cerr << printed << '\n';
  return printed.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// In the pool's process, and, before serve_if_worker(), in its worker.
int start_another_program(const std::string& program) {
  if (!asyncio::detail::is_worker_astray()) {
    asyncio::process_pool_executor pool(1);
    return pool.submit(add, 1, 2).result() == 3 ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  if (std::system(("'" + program + "' main >&2").c_str()) != EXIT_SUCCESS) {
    return exit_status_of_worker;
  }
  asyncio::serve_if_worker();
  return EXIT_FAILURE;
}

asyncio::process_pool_executor global_pool(2);

int use_a_global_pool() {
  asyncio::serve_if_worker();
  return global_pool.submit(add, 1, 2).result() == 3 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int go_without_an_environment() {
  asyncio::serve_if_worker();
  ::clearenv();
  asyncio::process_pool_executor pool(1);
  return pool.submit(add, 1, 2).result() == 3 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// Its pools are made before anything else of the library is used, and so destroyed after it.
int leave_jobs_to_static_pools() {
  asyncio::serve_if_worker();
  static asyncio::thread_pool_executor threads(3);
  static asyncio::process_pool_executor processes(1);
  for (int i = 0; i < 20; ++i) {
    threads.submit([] { asyncio::blocking_sleep(1h); });
    processes.submit(add, i, i);
  }
  return EXIT_SUCCESS;
}

int say_that_main_runs() {
  const bool is_worker = asyncio::detail::is_worker_astray();
  std::cout << "main() runs" << (is_worker ? ", and is a worker" : "") << std::endl;
  return is_worker ? EXIT_FAILURE : EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what == "astray") {
    return go_astray();
  }
  if (what == "run") {
    return asyncio::run(add_elsewhere()) == 3 ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  if (what == "orphan") {
    return asyncio::detail::is_worker_astray() ? be_a_worker_that_looks_late() : make_an_orphan();
  }
  if (what == "late") {
    return start_a_worker_too_late();
  }
  if (what == "other") {
    return start_another_program(argv[0]);
  }
  if (what == "global") {
    return use_a_global_pool();
  }
  if (what == "bare") {
    return go_without_an_environment();
  }
  if (what == "static") {
    return leave_jobs_to_static_pools();
  }
  if (what == "main") {
    return say_that_main_runs();
  }
  return EXIT_FAILURE;
}
