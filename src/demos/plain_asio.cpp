// plain_asio: fetch_data with nothing but Boost.Asio, to see what the runtime adds.
//
// The same story as fetch_data.cpp, then a blocking job. What create_task() and co_await say
// there is built by hand here: `started` keeps the result, carries an exception across, and has
// a timer that stands for "it has ended". It knows one type of result; it has no name, cannot
// be cancelled, and starts to run before start() returns.
//
//   run    cmake --build --preset dev -t run-plain_asio
//   debug  cmake --build --preset dev -t debug-plain_asio
//   try    let fetch_data() throw std::runtime_error{"no server"}, then remove the line with
//          rethrow_exception in join(): who notices now?

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using namespace std::chrono_literals;

awaitable<void> sleep(std::chrono::milliseconds duration) {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer{executor, duration};
  co_await timer.async_wait(use_awaitable);
}

awaitable<std::string> fetch_data() {
  std::cout << "start fetching\n";
  co_await sleep(2s); // stands in for a slow server
  std::cout << "done fetching\n";
  co_return "{'data': 1}";
}

awaitable<void> print_numbers() {
  auto executor = co_await asio::this_coro::executor;
  for (int i = 0; i < 10; ++i) {
    std::cout << i << '\n';
    co_await sleep(250ms);
    // The eighth of these sleeps ends with the one of 2 s: let whoever that one wakes go first.
    co_await asio::post(executor, use_awaitable);
  }
}

/// A coroutine that runs by itself, and what it leaves behind.
struct started {
  explicit started(const asio::any_io_executor& executor)
      : ended{executor, asio::steady_timer::time_point::max()} {}

  void end(std::exception_ptr failure) {
    error = std::move(failure);
    ended.expires_at(asio::steady_timer::time_point::min()); // wakes who waits now, or later
  }

  asio::steady_timer ended;
  std::exception_ptr error;
  std::string result;
};

std::shared_ptr<started> start(const asio::any_io_executor& executor, awaitable<std::string> coroutine) {
  auto running = std::make_shared<started>(executor);
  asio::co_spawn(executor, std::move(coroutine), [running](std::exception_ptr failure, std::string result) {
    running->result = std::move(result);
    running->end(std::move(failure));
  });
  return running;
}

std::shared_ptr<started> start(const asio::any_io_executor& executor, awaitable<void> coroutine) {
  auto running = std::make_shared<started>(executor);
  asio::co_spawn(executor, std::move(coroutine),
                 [running](std::exception_ptr failure) { running->end(std::move(failure)); });
  return running;
}

awaitable<std::string> join(std::shared_ptr<started> running) {
  boost::system::error_code ignored; // moving the timer's deadline counts as cancelling it
  co_await running->ended.async_wait(asio::redirect_error(use_awaitable, ignored));
  if (running->error) {
    std::rethrow_exception(running->error);
  }
  co_return running->result;
}

/// A coroutine only so that co_spawn() brings its result back; it never lets go of its thread.
awaitable<int> blocking_job() {
  std::this_thread::sleep_for(100ms);
  co_return 42;
}

awaitable<void> async_main(asio::thread_pool& pool) {
  auto executor = co_await asio::this_coro::executor;
  auto fetching = start(executor, fetch_data());
  auto counting = start(executor, print_numbers());

  std::string data = co_await join(fetching);
  std::cout << data << '\n';
  co_await join(counting);

  int answer = co_await asio::co_spawn(pool, blocking_job(), use_awaitable);
  std::cout << "blocking job: " << answer << '\n'; // on the loop's thread again
}

int main() {
  try {
    asio::thread_pool pool{1};
    asio::io_context loop{1};
    asio::co_spawn(loop, async_main(pool), [](const std::exception_ptr& failure) {
      if (failure) {
        std::rethrow_exception(failure); // comes out of run()
      }
    });
    loop.run();
  } catch (const std::exception& error) {
    std::cerr << "plain_asio: " << error.what() << '\n';
    return 1;
  }
}

// | start fetching
// | 0
// | 1
// | 2
// | 3
// | 4
// | 5
// | 6
// | 7
// | done fetching
// | {'data': 1}
// | 8
// | 9
// | blocking job: 42
