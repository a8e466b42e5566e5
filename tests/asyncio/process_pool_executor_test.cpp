#include <asyncio/blocking.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/interrupt.hpp>
#include <asyncio/process_pool_executor.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using asyncio::awaitable;
using asyncio::process_pool_executor;
using numbers = std::vector<int>;
using namespace std::chrono_literals;

namespace {

// ---------------------------------------------------------------- what the workers do

int add(int a, int b) {
  return a + b;
}

int same(int n) {
  return n;
}

std::string greet(const std::string& name) {
  return "Hello, " + name;
}

pid_t process() {
  return ::getpid();
}

int raise_signal(int number) {
  return ::raise(number);
}

[[noreturn]] void leave(int status) {
  std::exit(status); // NOLINT(concurrency-mt-unsafe)
}

int killed_at_500(int n) {
  return n == 500 ? raise_signal(SIGKILL) : n;
}

[[noreturn]] void calculate_for_ever() {
  for (volatile unsigned n = 0;;) {
    n = n + 1;
  }
}

/// Holds jobs until it is opened: a file, since processes share nothing else.
class file_gate {
public:
  file_gate() {
    std::string folder = (std::filesystem::temp_directory_path() / "asyncio-gate-XXXXXX").string();
    BOOST_TEST_REQUIRE(::mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    std::ofstream(name()) << "closed";
  }
  ~file_gate() { remove(); }
  file_gate(const file_gate&) = delete;
  file_gate& operator=(const file_gate&) = delete;

  [[nodiscard]] std::string name() const { return folder_ + "/gate"; }
  [[nodiscard]] std::string came() const { return name() + ".came"; }
  void open() const { std::filesystem::remove(name()); }
  void remove() const {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void wait_for_job() const {
    asyncio::blocking_region([this] {
      while (!std::filesystem::exists(came())) {
        std::this_thread::yield();
      }
    });
  }

private:
  std::string folder_;
};

int pass(int n, const std::string& gate) {
  std::ofstream(gate + ".came") << n;
  while (std::filesystem::exists(gate)) {
    std::this_thread::yield();
  }
  return n;
}

/// Returns at once, but the worker ends only when the gate opens.
pid_t take_time_to_end(const std::string& gate) {
  static const std::string name = gate;
  std::atexit([] { pass(0, name); });
  return ::getpid();
}

struct point {
  int x = 0;
  int y = 0;
  std::string name;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive & x & y & name;
  }
  friend bool operator==(const point&, const point&) = default;
};

/// Reads more than it writes.
struct lopsided {
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    std::array<double, 4> many{};
    int one = 1;
    if constexpr (Archive::is_saving::value) {
      archive & one;
    } else {
      archive & many;
    }
  }
};

struct parse_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct wordless : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

enum class colour { red, green };

// ---------------------------------------------------------------- what the tests look at

/// While one lives no file can be opened.
class no_more_descriptors {
public:
  no_more_descriptors() {
    const int lowest_free = ::dup(0);
    ::close(lowest_free);
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest_free);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~no_more_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  no_more_descriptors(const no_more_descriptors&) = delete;
  no_more_descriptors& operator=(const no_more_descriptors&) = delete;

private:
  rlimit before_{};
};

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

bool has_children() {
  return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD;
}

/// Neither children nor descriptors are left over.
class nothing_left {
public:
  ~nothing_left() {
    BOOST_TEST(!has_children());
    BOOST_TEST(open_descriptors() == before_);
  }

private:
  std::size_t before_ = open_descriptors();
};

bool is_running(pid_t child) {
  siginfo_t ended{};
  return ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0;
}

/// The process ends within ten seconds.
bool comes_to_its_end(pid_t id) {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, id, 0));
  if (process == -1) {
    return errno == ESRCH;
  }
  pollfd ended{process, POLLIN, 0};
  const bool came = ::poll(&ended, 1, 10'000) == 1;
  ::close(process);
  return came;
}

template <class Future>
std::string broken_by(const Future& job) {
  try {
    job.result();
  } catch (const asyncio::broken_process_pool& error) {
    return error.what();
  }
  return "not broken";
}

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(process_pool_executor_test, nothing_left)

// ---------------------------------------------------------------- calls

BOOST_AUTO_TEST_CASE(submit_gives_the_value_of_the_function) {
  process_pool_executor pool(1);
  const asyncio::concurrent_future<int> sum = pool.submit(add, 40, 2);
  BOOST_TEST(sum.result() == 42);
  BOOST_TEST(sum.done());
}

BOOST_AUTO_TEST_CASE(a_job_runs_in_another_process) {
  process_pool_executor pool(1);
  const pid_t there = pool.submit(process).result();
  BOOST_TEST(there != ::getpid());
  BOOST_TEST(pool.submit(process).result() == there); // one worker, again and again
}

BOOST_AUTO_TEST_CASE(lambdas_without_captures_are_functions_too) {
  process_pool_executor pool(1);
  BOOST_TEST(pool.submit([](int n) { return n * n; }, 7).result() == 49);
  BOOST_TEST(pool.submit([](auto n) { return n * n; }, 1.5).result() == 2.25);
  BOOST_TEST(pool.submit(std::plus<>(), 1, 2).result() == 3);
  BOOST_TEST(pool.submit([]() noexcept { return 5; }).result() == 5);
}

BOOST_AUTO_TEST_CASE(arguments_become_what_the_function_takes) {
  process_pool_executor pool(1);
  BOOST_TEST(pool.submit(greet, "Ann").result() == "Hello, Ann");
  BOOST_TEST(pool.submit([](std::string_view text) { return text.size(); }, "four").result() == 4U);
  BOOST_TEST(pool.submit([](double x) { return x / 2; }, 3).result() == 1.5);
}

BOOST_AUTO_TEST_CASE(containers_and_types_with_serialize_come_and_go) {
  process_pool_executor pool(1);
  using by_name = std::map<std::string, std::vector<point>>;
  by_name places;
  places["home"] = {{1, 2, "door"}, {3, 4, "roof"}};
  const auto turned = pool.submit(
      [](by_name all) {
        for (point& each : all["home"]) {
          std::swap(each.x, each.y);
        }
        return all;
      },
      places);
  BOOST_TEST((turned.result().at("home") == std::vector<point>{{2, 1, "door"}, {4, 3, "roof"}}));
  const auto both =
      pool.submit([](const std::set<int>& a, std::list<double> b) { return std::pair(a.size(), b.back()); },
                  std::set{1, 2}, std::list{0.5});
  BOOST_TEST((both.result() == std::pair<std::size_t, double>(2, 0.5)));
}

BOOST_AUTO_TEST_CASE(tuples_optionals_durations_and_enums_come_and_go) {
  process_pool_executor pool(1);
  using answer =
      std::tuple<std::optional<int>, std::optional<std::string>, std::chrono::milliseconds, colour>;
  const auto came = pool.submit(
      [](std::optional<int> some, std::optional<std::string> none, std::chrono::milliseconds time, colour c) {
        return answer(none ? 0 : *some + 1, none, time * 2, c == colour::red ? colour::green : colour::red);
      },
      1, std::nullopt, 21s, colour::red);
  BOOST_TEST((came.result() == answer(2, std::nullopt, 42s, colour::green)));
}

BOOST_AUTO_TEST_CASE(ten_megabytes_go_there_and_come_back) {
  process_pool_executor pool(1);
  std::vector<int> many(10 * 1024 * 1024 / sizeof(int));
  std::iota(many.begin(), many.end(), 0);
  const auto reversed = pool.submit(
      [](std::vector<int> values) {
        std::ranges::reverse(values);
        return values;
      },
      many);
  std::ranges::reverse(many);
  BOOST_TEST((reversed.result() == many));
}

BOOST_AUTO_TEST_CASE(the_values_are_those_of_the_call_of_submit) {
  const file_gate gate;
  process_pool_executor pool(1);
  const auto first = pool.submit(pass, 1, gate.name());
  std::vector<int> values{1, 2};
  const auto sum =
      pool.submit([](const std::vector<int>& v) { return std::accumulate(v.begin(), v.end(), 0); }, values);
  values.push_back(100);
  gate.open();
  BOOST_TEST(sum.result() == 3);
}

BOOST_AUTO_TEST_CASE(map_gives_the_results_in_order) {
  process_pool_executor pool(3);
  numbers results;
  for (const int each : pool.map([](int n) { return 10 * n; }, std::views::iota(0, 50))) {
    results.push_back(each);
  }
  numbers expected(50);
  std::ranges::generate(expected, [n = 0]() mutable { return 10 * n++; });
  BOOST_TEST(results == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(map_throws_where_the_one_that_failed_is_reached) {
  process_pool_executor pool(2);
  const auto at = [](int n) { return n == 1 ? throw std::out_of_range("far out") : n; };
  const auto mapped = pool.map(at, numbers{0, 1, 2});
  auto each = mapped.begin();
  BOOST_TEST(*each == 0);
  ++each;
  BOOST_CHECK_THROW(*each, std::out_of_range);
  ++each;
  BOOST_TEST(*each == 2);
}

BOOST_AUTO_TEST_CASE(as_many_workers_start_as_there_are_jobs_at_once) {
  const file_gate gate;
  process_pool_executor pool(3);
  BOOST_TEST(pool.max_workers() == 3U);
  const auto job = [](const std::string& name) {
    pass(0, name);
    return process();
  };
  std::vector<asyncio::concurrent_future<pid_t>> jobs;
  std::set<pid_t> workers;
  for (int i = 0; i < 5; ++i) {
    jobs.push_back(pool.submit(job, gate.name()));
  }
  gate.wait_for_job();
  gate.open();
  for (const auto& each : jobs) {
    workers.insert(each.result());
  }
  BOOST_TEST(workers.size() <= 3U);
  BOOST_TEST(!workers.contains(::getpid()));
}

BOOST_AUTO_TEST_CASE(a_worker_can_have_a_pool_of_its_own) {
  process_pool_executor pool(1);
  const auto nested = [] {
    process_pool_executor inner(1);
    return inner.submit(add, 1, 2).result();
  };
  BOOST_TEST(pool.submit(nested).result() == 3);
}

BOOST_AUTO_TEST_CASE(a_worker_can_run_a_loop) {
  process_pool_executor pool(1);
  const auto async = [] {
    return asyncio::run(asyncio::sleep(1h, 42), asyncio::run_options().virtual_time());
  };
  BOOST_TEST(pool.submit(async).result() == 42);
}

BOOST_AUTO_TEST_CASE(no_workers_make_no_pool) {
  BOOST_CHECK_THROW(process_pool_executor(0), asyncio::invalid_argument_error);
  BOOST_CHECK_EXCEPTION(
      process_pool_executor(static_cast<std::size_t>(-1)), asyncio::invalid_argument_error,
      [](const std::exception& e) { return has(e.what(), "a process_pool_executor cannot have "); });
}

BOOST_AUTO_TEST_CASE(a_function_of_a_shared_library_is_refused) {
  process_pool_executor pool(1);
  BOOST_CHECK_EXCEPTION(pool.submit(&::getpagesize), asyncio::misuse_error,
                        [](const asyncio::misuse_error& e) { return has(e.what(), "shared library"); });
  BOOST_TEST(pool.submit([] { return ::getpagesize(); }).result() == ::getpagesize());
}

BOOST_AUTO_TEST_CASE(no_function_at_all_is_refused) {
  process_pool_executor pool(1);
  int (*const none)(int) = nullptr;
  BOOST_CHECK_EXCEPTION(pool.submit(none, 1), asyncio::misuse_error,
                        [](const asyncio::misuse_error& e) { return has(e.what(), "null pointer"); });
}

// ---------------------------------------------------------------- exceptions

BOOST_AUTO_TEST_CASE(exceptions_of_the_standard_library_arrive_as_themselves) {
  process_pool_executor pool(1);
  const auto failing = pool.submit([] { throw std::out_of_range("far out"); });
  BOOST_CHECK_EXCEPTION(failing.result(), std::out_of_range,
                        [](const std::out_of_range& e) { return e.what() == std::string("far out"); });
  BOOST_CHECK_THROW(pool.submit([] { throw std::bad_alloc(); }).result(), std::bad_alloc);
  BOOST_CHECK_THROW(pool.submit([] { return std::optional<int>().value(); }).result(),
                    std::bad_optional_access);
}

BOOST_AUTO_TEST_CASE(a_system_error_keeps_its_code_and_its_words) {
  process_pool_executor pool(1);
  const auto failing = [] { throw std::system_error(ENOENT, std::generic_category(), "config.ini"); };
  const std::string words = std::system_error(ENOENT, std::generic_category(), "config.ini").what();
  BOOST_CHECK_EXCEPTION(pool.submit(failing).result(), std::system_error, [&](const std::system_error& e) {
    return e.code() == std::errc::no_such_file_or_directory && e.what() == words;
  });
  const auto plain = [] { throw std::system_error(EPERM, std::system_category()); };
  BOOST_CHECK_EXCEPTION(pool.submit(plain).result(), std::system_error, [](const std::system_error& e) {
    return e.code().value() == EPERM && e.what() == e.code().message();
  });
}

BOOST_AUTO_TEST_CASE(errors_of_this_library_arrive_as_themselves) {
  process_pool_executor pool(1);
  BOOST_CHECK_THROW(pool.submit([] { throw asyncio::timeout_error("late"); }).result(),
                    asyncio::timeout_error);
  const auto cancelled = pool.submit([] { throw asyncio::cancelled_error("enough"); });
  BOOST_CHECK_EXCEPTION(cancelled.result(), asyncio::cancelled_error, [](const asyncio::cancelled_error& e) {
    return e.message() == std::string("enough");
  });
  BOOST_TEST(!cancelled.cancelled());
}

BOOST_AUTO_TEST_CASE(other_exceptions_arrive_with_the_name_of_their_type) {
  process_pool_executor pool(1);
  const auto parsing = pool.submit([] { throw parse_error("line 7"); });
  BOOST_CHECK_EXCEPTION(parsing.result(), asyncio::remote_error, [](const asyncio::remote_error& e) {
    return e.message() == "line 7" && e.type_name().ends_with("parse_error") &&
           e.what() == e.type_name() + ": line 7";
  });
  const auto number = pool.submit([] { throw 42; });
  BOOST_CHECK_EXCEPTION(number.result(), asyncio::remote_error,
                        [](const asyncio::remote_error& e) { return e.what() == std::string("int"); });
}

BOOST_AUTO_TEST_CASE(a_worker_survives_what_a_job_throws) {
  process_pool_executor pool(1);
  const pid_t worker = pool.submit(process).result();
  BOOST_TEST(static_cast<bool>(pool.submit([] { throw std::runtime_error("Boom!"); }).exception()));
  BOOST_TEST(pool.submit(process).result() == worker);
}

BOOST_AUTO_TEST_CASE(what_comes_out_of_a_pool_within_a_worker_is_still_the_same) {
  process_pool_executor pool(1);
  const auto nested = pool.submit([] {
    process_pool_executor inner(1);
    inner.submit([] { throw parse_error("line 7"); }).result();
  });
  BOOST_CHECK_EXCEPTION(nested.result(), asyncio::remote_error, [](const asyncio::remote_error& e) {
    return e.message() == "line 7" && e.type_name().ends_with("parse_error");
  });
}

BOOST_AUTO_TEST_CASE(an_exception_without_words_arrives_with_its_type_alone) {
  process_pool_executor pool(1);
  const auto failing = pool.submit([] { throw wordless(); });
  BOOST_CHECK_EXCEPTION(failing.result(), asyncio::remote_error, [](const asyncio::remote_error& e) {
    return e.type_name().ends_with("wordless") && e.message().empty();
  });
}

BOOST_AUTO_TEST_CASE(data_that_cannot_be_decoded_is_an_error_in_words) {
  process_pool_executor pool(1);
  const auto there = pool.submit([](const lopsided&) {}, lopsided());
  BOOST_CHECK_EXCEPTION(there.result(), asyncio::misuse_error, [](const asyncio::misuse_error& e) {
    return has(e.what(), "the arguments of a process pool's job could not be decoded");
  });
  const auto back = pool.submit([] { return lopsided(); });
  BOOST_CHECK_EXCEPTION(back.result(), asyncio::misuse_error, [](const asyncio::misuse_error& e) {
    return has(e.what(), "the result of a process pool's job could not be decoded");
  });
}

// ---------------------------------------------------------------- workers that end

BOOST_AUTO_TEST_CASE(a_worker_that_dies_fails_its_own_job_alone) {
  process_pool_executor pool(4);
  std::vector<asyncio::concurrent_future<int>> jobs;
  for (int i = 0; i < 1000; ++i) {
    jobs.push_back(pool.submit(killed_at_500, i));
  }
  int right = 0;
  for (int i = 0; i < 1000; ++i) {
    if (i == 500) {
      const std::string text = broken_by(jobs[500]);
      BOOST_TEST(has(text, "was ended by signal 9 (Killed)"), text);
      BOOST_TEST(has(text, "killed_at_500"), text);
    } else {
      right += jobs[static_cast<std::size_t>(i)].result() == i ? 1 : 0;
    }
  }
  BOOST_TEST(right == 999);
}

BOOST_AUTO_TEST_CASE(a_worker_killed_from_outside_takes_one_job_with_it_at_most) {
  process_pool_executor pool(4);
  const pid_t victim = pool.submit(process).result();
  std::vector<asyncio::concurrent_future<int>> jobs;
  for (int i = 0; i < 1000; ++i) {
    jobs.push_back(pool.submit(same, i));
  }
  static_cast<void>(jobs[200].result());
  ::kill(victim, SIGKILL);
  int broken = 0;
  for (const auto& job : jobs) {
    broken += job.exception() ? 1 : 0;
  }
  BOOST_TEST(broken <= 1);
}

BOOST_AUTO_TEST_CASE(how_a_worker_ended_is_said) {
  process_pool_executor pool(1);
  const std::string left = broken_by(pool.submit(leave, 3));
  BOOST_TEST(has(left, "ended with exit status 3 in "), left);
  BOOST_TEST(has(left, "leave(int)"), left);
  const std::string aborted = broken_by(pool.submit(raise_signal, SIGTERM));
  BOOST_TEST(has(aborted, "was ended by signal 15 (Terminated) in "), aborted);
  BOOST_TEST(pool.submit(add, 1, 1).result() == 2);
}

BOOST_AUTO_TEST_CASE(a_worker_that_dies_while_it_is_idle_is_replaced) {
  process_pool_executor pool(1);
  pid_t worker = pool.submit(process).result();
  for (int i = 0; i < 20; ++i) { // sometimes it is dead when the next job comes, sometimes not yet
    ::kill(worker, SIGKILL);
    const pid_t next = pool.submit(process).result();
    BOOST_TEST(next != worker);
    worker = next;
  }
}

BOOST_AUTO_TEST_CASE(a_death_is_noticed_though_a_child_of_the_worker_holds_the_socket) {
  const file_gate gate;
  process_pool_executor pool(1);
  const auto job = [](const std::string& name) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::pause();
    }
    std::ofstream(name) << child;
    ::raise(SIGKILL);
  };
  BOOST_TEST(has(broken_by(pool.submit(job, gate.name())), "signal 9"));
  pid_t child = 0;
  std::ifstream(gate.name()) >> child;
  BOOST_TEST(::kill(child, SIGKILL) == 0);
}

BOOST_AUTO_TEST_CASE(a_function_that_forks_gives_one_result) {
  process_pool_executor pool(1);
  const auto job = [] {
    const pid_t child = ::fork();
    if (child == 0) {
      return 1;
    }
    ::waitpid(child, nullptr, 0);
    return 2;
  };
  BOOST_TEST(pool.submit(job).result() == 2);
  BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
}

BOOST_AUTO_TEST_CASE(a_function_can_run_other_programs) {
  process_pool_executor pool(1);
  const auto job = [](const std::string& command) { return WEXITSTATUS(std::system(command.c_str())); };
  BOOST_TEST(pool.submit(job, "exit 3").result() == 3);
  BOOST_TEST(pool.submit(job, "test -z \"$ASYNCIO_WORKER_OF\"").result() == 0);
  BOOST_TEST(pool.submit(job, "test ! -e /proc/self/fd/3").result() == 0);
}

BOOST_AUTO_TEST_CASE(a_function_that_closes_the_socket_breaks_only_itself) {
  process_pool_executor pool(1);
  const auto job = [] {
    ::close(3);
    return 1;
  };
  BOOST_TEST(has(broken_by(pool.submit(job)), "ended with exit status 1 in "));
  BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
}

BOOST_AUTO_TEST_CASE(a_function_that_puts_something_else_in_the_sockets_place_breaks_only_itself) {
  process_pool_executor pool(1);
  const auto job = [] {
    ::close(3);
    std::array<int, 2> others{};
    return ::socketpair(AF_UNIX, SOCK_STREAM, 0, others.data());
  };
  BOOST_TEST(has(broken_by(pool.submit(job)), "ended with exit status 1 in "));
  BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
}

BOOST_AUTO_TEST_CASE(a_function_that_shuts_the_socket_and_goes_on_breaks_only_itself) {
  process_pool_executor pool(1);
  const auto job = [] {
    ::shutdown(3, SHUT_WR);
    calculate_for_ever();
  };
  const std::string text = broken_by(pool.submit(job));
  BOOST_TEST(has(text, " was killed because it closed the socket to the pool in "), text);
  BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
}

BOOST_AUTO_TEST_CASE(a_function_that_writes_into_the_socket_breaks_only_itself) {
  process_pool_executor pool(1);
  const auto job = [] { return ::write(3, "this is nothing that a worker would say", 39); };
  const std::string text = broken_by(pool.submit(job));
  BOOST_TEST(has(text, " was killed because it wrote what is no message into the socket to the pool in "),
             text);
  BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
}

BOOST_AUTO_TEST_CASE(a_worker_whose_status_somebody_else_took_is_broken_all_the_same) {
  std::signal(SIGCHLD, SIG_IGN); // children are not waited for
  {
    process_pool_executor pool(1);
    const std::string text = broken_by(pool.submit(raise_signal, SIGKILL));
    BOOST_TEST(has(text, " ended in "), text);
    BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
  }
  std::signal(SIGCHLD, SIG_DFL);
}

BOOST_AUTO_TEST_CASE(a_worker_that_cannot_be_started_is_an_error_of_the_job) {
  process_pool_executor pool(1);
  std::optional<no_more_descriptors> full(std::in_place);
  const auto failing = pool.submit(add, 1, 2);
  static_cast<void>(failing.exception());
  full.reset();
  BOOST_CHECK_EXCEPTION(failing.result(), std::system_error, [](const std::system_error& e) {
    return e.code() == std::errc::too_many_files_open && has(e.what(), "worker process could not be started");
  });
  BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
}

BOOST_AUTO_TEST_CASE(where_no_other_worker_can_be_started_a_job_waits_for_one_that_there_is) {
  const file_gate gate;
  process_pool_executor pool(2);
  const auto first = pool.submit(pass, 1, gate.name());
  gate.wait_for_job();
  const no_more_descriptors full;
  const auto second = pool.submit(add, 1, 2);
  while (!second.running()) {
    std::this_thread::yield();
  }
  gate.open();
  BOOST_TEST(first.result() == 1);
  BOOST_TEST(second.result() == 3);
}

BOOST_AUTO_TEST_CASE(a_worker_ends_with_the_pools_process_in_the_middle_of_a_job) {
  std::array<int, 2> ends{};
  BOOST_TEST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    process_pool_executor pool(2);
    const file_gate gate; // the calculation goes on for ever, this one says when the worker is at it
    const pid_t worker = pool.submit(process).result();
    const auto running = pool.submit(
        [](const std::string& came) {
          std::ofstream(came) << "here";
          calculate_for_ever();
        },
        gate.came());
    gate.wait_for_job();
    gate.remove(); // nobody destroys it
    [[maybe_unused]] const auto written = ::write(ends[1], &worker, sizeof worker);
    ::raise(SIGKILL);
  }
  ::close(ends[1]);
  pid_t worker = -1;
  BOOST_TEST(::read(ends[0], &worker, sizeof worker) == static_cast<ssize_t>(sizeof worker));
  ::close(ends[0]);
  BOOST_TEST(comes_to_its_end(worker));
  ::waitpid(child, nullptr, 0);
}

// ---------------------------------------------------------------- what a worker finds

BOOST_AUTO_TEST_CASE(a_worker_has_no_input_and_no_files_of_the_pools_process) {
  const int other = ::fcntl(STDERR_FILENO, F_DUPFD, 100); // not close-on-exec
  process_pool_executor pool(1);
  const auto job = [](int descriptor) {
    return std::pair(std::cin.get() == std::char_traits<char>::eof(), ::fcntl(descriptor, F_GETFD) == -1);
  };
  BOOST_TEST((pool.submit(job, other).result() == std::pair(true, true)));
  ::close(other);
}

BOOST_AUTO_TEST_CASE(workers_start_where_standard_input_is_closed) {
  const int kept = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 50);
  ::close(STDIN_FILENO);
  {
    process_pool_executor pool(2);
    BOOST_TEST(pool.submit(add, 1, 2).result() == 3);
    BOOST_TEST(pool.submit([] { return std::cin.get() == std::char_traits<char>::eof(); }).result());
  }
  ::dup2(kept, STDIN_FILENO);
  ::close(kept);
}

BOOST_AUTO_TEST_CASE(a_worker_has_signals_as_a_program_that_was_just_started) {
  sigset_t some;
  sigset_t before;
  ::sigemptyset(&some);
  ::sigaddset(&some, SIGTERM);
  ::sigaddset(&some, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &some, &before);
  std::signal(SIGPIPE, SIG_IGN);
  process_pool_executor pool(1);
  const auto job = [] {
    sigset_t mask;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    struct sigaction pipe{};
    ::sigaction(SIGPIPE, nullptr, &pipe);
    return ::sigisemptyset(&mask) == 1 && pipe.sa_handler == SIG_DFL;
  };
  BOOST_TEST(pool.submit(job).result());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
}

BOOST_AUTO_TEST_CASE(ctrl_c_does_not_end_a_worker_but_what_it_has_started) {
  process_pool_executor pool(1);
  BOOST_TEST(pool.submit(raise_signal, SIGINT).result() == 0);
  const auto job = [] {
    const pid_t child = ::fork();
    if (child == 0) {
      ::execlp("sh", "sh", "-c", "kill -INT $$; exit 0", nullptr);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  };
  BOOST_TEST(pool.submit(job).result() == SIGINT);
}

BOOST_AUTO_TEST_CASE(what_a_job_prints_is_there_with_its_result) {
  std::string name = (std::filesystem::temp_directory_path() / "asyncio-out-XXXXXX").string();
  const int file = ::mkstemp(name.data());
  std::cout.flush();
  const int kept = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 50);
  ::dup2(file, STDOUT_FILENO);
  process_pool_executor pool(1);
  pool.submit([] {
        std::cout << "by stream\n";
        std::printf("by printf\n");
        if (const pid_t child = ::fork(); child != 0) { // which returns, too, and prints nothing again
          ::waitpid(child, nullptr, 0);
        }
      })
      .result();
  ::dup2(kept, STDOUT_FILENO);
  ::close(kept);
  ::close(file);
  std::ifstream in(name);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  BOOST_TEST(text == "by stream\nby printf\n");
  std::filesystem::remove(name);
}

BOOST_AUTO_TEST_CASE(static_objects_of_a_worker_are_destroyed_at_its_end) {
  const file_gate gate;
  const auto job = [](const std::string& name) {
    static std::ofstream written;
    written.open(name);
    written << "kept until the end";
  };
  {
    process_pool_executor pool(1);
    pool.submit(job, gate.name()).result();
  }
  std::ifstream in(gate.name());
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  BOOST_TEST(text == "kept until the end");
}

BOOST_AUTO_TEST_CASE(signals_that_interrupt_system_calls_do_no_harm) {
  struct sigaction action{};
  struct sigaction before{};
  action.sa_handler = [](int) {}; // without SA_RESTART
  ::sigaction(SIGUSR1, &action, &before);
  {
    process_pool_executor pool(1);
    static_cast<void>(pool.submit(process).result()); // its thread is there, and has not blocked the signal
    sigset_t user_signal;
    sigset_t mask;
    ::sigemptyset(&user_signal);
    ::sigaddset(&user_signal, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &user_signal, &mask);
    const std::vector<double> many(1'000'000, 1.0);
    const auto sum = pool.submit([](std::vector<double> v) { return v; }, many);
    while (!sum.done()) {
      ::kill(::getpid(), SIGUSR1);
      std::this_thread::yield();
    }
    BOOST_TEST((sum.result() == many));
    ::kill(::getpid(), SIGUSR1);
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  }
  ::sigaction(SIGUSR1, &before, nullptr);
}

// ---------------------------------------------------------------- cancel and shutdown

BOOST_AUTO_TEST_CASE(a_queued_job_can_be_cancelled_and_never_runs) {
  const file_gate gate;
  const file_gate never;
  process_pool_executor pool(1);
  const auto running = pool.submit(pass, 1, gate.name());
  const auto queued = pool.submit(pass, 2, never.name());
  gate.wait_for_job();
  BOOST_TEST(queued.cancel());
  BOOST_TEST(!running.cancel());
  gate.open();
  BOOST_TEST(running.result() == 1);
  BOOST_CHECK_THROW(queued.result(), asyncio::cancelled_error);
  pool.shutdown();
  BOOST_TEST(!std::filesystem::exists(never.came()));
}

BOOST_AUTO_TEST_CASE(after_shutdown_no_job_is_taken) {
  process_pool_executor pool(1);
  pool.shutdown();
  BOOST_CHECK_EXCEPTION(pool.submit(add, 1, 2), asyncio::misuse_error, [](const asyncio::misuse_error& e) {
    return has(e.what(), "this process_pool_executor was shut down");
  });
  pool.shutdown(); // again
}

BOOST_AUTO_TEST_CASE(shutdown_waits_for_the_jobs_and_ends_the_workers) {
  process_pool_executor pool(2);
  const auto first = pool.submit(add, 1, 2);
  const auto second = pool.submit(add, 3, 4);
  pool.shutdown();
  BOOST_TEST(first.done());
  BOOST_TEST(second.done());
  BOOST_TEST(!has_children());
}

BOOST_AUTO_TEST_CASE(shutdown_without_waiting_ends_the_workers_when_the_jobs_are_done) {
  const file_gate gate;
  process_pool_executor pool(1);
  const pid_t worker = pool.submit(process).result();
  const auto running = pool.submit(pass, 1, gate.name());
  const auto queued = pool.submit(process);
  pool.shutdown(false);
  BOOST_TEST(!running.done());
  gate.open();
  BOOST_TEST(queued.result() == worker);
  BOOST_TEST(comes_to_its_end(worker));
}

BOOST_AUTO_TEST_CASE(only_the_pools_end_waits_for_workers_that_take_their_time_to_end) {
  const file_gate gate;
  process_pool_executor pool(1);
  const pid_t worker = pool.submit(take_time_to_end, gate.name()).result();
  pool.shutdown(false);
  gate.wait_for_job(); // it is at its end
  BOOST_TEST(is_running(worker));
  gate.open();
  BOOST_TEST(comes_to_its_end(worker));
}

BOOST_AUTO_TEST_CASE(the_last_result_comes_before_the_workers_end) {
  const file_gate running;
  const file_gate ending;
  process_pool_executor pool(1);
  const pid_t worker = pool.submit(take_time_to_end, ending.name()).result();
  const auto last = pool.submit(pass, 7, running.name());
  bool was_running = false;
  last.add_done_callback([&] {
    ending.wait_for_job();
    was_running = is_running(worker);
    ending.open();
  });
  running.wait_for_job();
  pool.shutdown(false);
  running.open();
  pool.shutdown();
  BOOST_TEST(was_running);
}

BOOST_AUTO_TEST_CASE(ctrl_c_hurries_the_end_of_the_workers) {
  const asyncio::interrupt_scope scope;
  const file_gate gate;
  {
    process_pool_executor pool(1);
    static_cast<void>(pool.submit(take_time_to_end, gate.name()).result());
    pool.shutdown(false);
    gate.wait_for_job();
    std::raise(SIGINT);
    const auto start = std::chrono::steady_clock::now();
    BOOST_CHECK_THROW(pool.shutdown(), asyncio::interrupt_error);
    pool.shutdown(); // it is thrown once
    BOOST_TEST((std::chrono::steady_clock::now() - start < 4s));
  }
}

BOOST_AUTO_TEST_CASE(shutdown_can_cancel_what_is_queued) {
  const file_gate gate;
  process_pool_executor pool(1);
  const auto running = pool.submit(pass, 1, gate.name());
  const auto queued = pool.submit(add, 1, 2);
  gate.wait_for_job();
  pool.shutdown(false, true);
  BOOST_TEST(queued.cancelled());
  gate.open();
  BOOST_TEST(running.result() == 1);
}

BOOST_AUTO_TEST_CASE(the_pools_end_waits_for_its_jobs) {
  std::vector<asyncio::concurrent_future<int>> jobs;
  {
    process_pool_executor pool(2);
    for (int i = 0; i < 20; ++i) {
      jobs.push_back(pool.submit(same, i));
    }
  }
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST_REQUIRE(jobs[static_cast<std::size_t>(i)].done());
    BOOST_TEST(jobs[static_cast<std::size_t>(i)].result() == i);
  }
}

BOOST_AUTO_TEST_CASE(a_pool_without_jobs_starts_nothing) {
  const process_pool_executor pool(4);
  BOOST_TEST(!has_children());
}

BOOST_AUTO_TEST_CASE(pools_do_not_know_of_each_other) {
  std::list<process_pool_executor> pools;
  std::vector<asyncio::concurrent_future<int>> jobs;
  for (int i = 0; i < 6; ++i) {
    pools.emplace_back(2U);
    jobs.push_back(pools.back().submit(same, i));
  }
  pools.pop_front(); // while the others work
  BOOST_TEST(jobs.front().done());
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST(jobs[static_cast<std::size_t>(i)].result() == i);
  }
}

BOOST_AUTO_TEST_CASE(terminate_workers_ends_jobs_that_run_and_drops_the_others) {
  const file_gate gate;
  process_pool_executor pool(1);
  const pid_t worker = pool.submit(process).result();
  const auto running = pool.submit(pass, 1, gate.name());
  const auto queued = pool.submit(add, 1, 2);
  gate.wait_for_job();
  pool.terminate_workers();
  BOOST_TEST(queued.cancelled());
  BOOST_TEST(has(broken_by(running), "was ended by signal 15 (Terminated) in "));
  BOOST_TEST(comes_to_its_end(worker));
  BOOST_CHECK_THROW(pool.submit(add, 1, 2), asyncio::misuse_error);
}

BOOST_AUTO_TEST_CASE(terminate_workers_ends_stopped_ones_too) {
  process_pool_executor pool(1);
  const pid_t worker = pool.submit(process).result();
  const auto running = pool.submit(raise_signal, SIGSTOP);
  for (std::string state; state != "T";) {
    std::ifstream stat("/proc/" + std::to_string(worker) + "/stat");
    std::string skipped;
    stat >> skipped >> skipped >> state;
  }
  pool.terminate_workers();
  BOOST_TEST(has(broken_by(running), "signal 15"));
}

BOOST_AUTO_TEST_CASE(kill_workers_ends_what_withstands_sigterm) {
  const file_gate gate;
  process_pool_executor pool(1);
  const auto stubborn = pool.submit(
      [](const std::string& name) {
        std::signal(SIGTERM, SIG_IGN);
        pass(1, name);
      },
      gate.name());
  gate.wait_for_job();
  pool.terminate_workers();
  pool.kill_workers();
  BOOST_TEST(has(broken_by(stubborn), "signal 9"));
}

// ---------------------------------------------------------------- under a loop

ASYNC_TEST_CASE(results_and_exceptions_are_awaited) {
  process_pool_executor pool(2);
  const int sum = co_await asyncio::run_in_executor(pool, add, 1, 2);
  BOOST_TEST(sum == 3);
  auto [a, b] = co_await asyncio::gather(asyncio::run_in_executor(pool, same, 1),
                                         asyncio::run_in_executor(pool, same, 2));
  BOOST_TEST(a == 1);
  BOOST_TEST(b == 2);
  auto failing = asyncio::run_in_executor(pool, [] { throw std::out_of_range("far out"); });
  co_await end_of(failing);
  BOOST_TEST(ending_of(failing) == "std::out_of_range: far out");
  auto broken = asyncio::run_in_executor(pool, raise_signal, SIGKILL);
  co_await end_of(broken);
  BOOST_CHECK_THROW(broken.result(), asyncio::broken_process_pool);
}

ASYNC_TEST_CASE(virtual_time_stands_still_while_a_process_works) {
  process_pool_executor pool(1);
  const auto start = asyncio::clock::now();
  auto sleeping = asyncio::create_task(asyncio::sleep(1h));
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(co_await asyncio::run_in_executor(pool, process));
    BOOST_TEST((asyncio::clock::now() == start));
  }
  BOOST_TEST(!sleeping.done());
  co_await sleeping;
  BOOST_TEST((asyncio::clock::now() == start + 1h));
}

ASYNC_TEST_CASE(a_cancelled_wait_leaves_the_job_running) {
  const file_gate gate;
  process_pool_executor pool(1);
  auto running = pool.submit(pass, 7, gate.name());
  auto awaited = asyncio::wrap_future(running);
  auto queued = asyncio::run_in_executor(pool, add, 1, 2);
  gate.wait_for_job();
  awaited.cancel();
  queued.cancel();
  co_await end_of(awaited);
  BOOST_TEST(ending_of(awaited) == "cancelled");
  BOOST_TEST(ending_of(queued) == "cancelled");
  gate.open();
  const int value = co_await asyncio::wrap_future(running);
  BOOST_TEST(value == 7);
}

BOOST_AUTO_TEST_CASE(many_tasks_share_a_pool_in_real_time) {
  const auto main = []() -> awaitable<int> {
    process_pool_executor pool(3);
    std::vector<asyncio::future<int>> jobs;
    for (int i = 0; i < 100; ++i) {
      jobs.push_back(asyncio::run_in_executor(pool, same, i));
    }
    const std::vector<int> results = co_await asyncio::gather(jobs);
    co_return std::accumulate(results.begin(), results.end(), 0);
  };
  BOOST_TEST(asyncio::run(main()) == 4950);
}

BOOST_AUTO_TEST_SUITE_END()
