// What Boost.Asio and this library await of each other.
//
// In virtual time the clock stands while I/O is awaited, so here the order comes from zero
// sleeps and from the other end of a connection.

#include <asyncio/awaitable.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/async_test.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <unistd.h>

namespace asio = boost::asio;
using asyncio::awaitable;
using boost::system::error_code;
using namespace std::chrono_literals;
using names = std::vector<std::string>;
using stream = asio::local::stream_protocol::socket;

namespace {

template <class T>
using plain = asio::awaitable<T>;
template <class T>
using plain_on_io_context = asio::awaitable<T, asio::io_context::executor_type>;

/// Two connected sockets of the running loop.
struct connection {
  connection()
      : near(asyncio::get_running_loop().get_executor()), far(asyncio::get_running_loop().get_executor()) {
    asio::local::connect_pair(near, far);
  }

  void far_says(const std::string& text) { asio::write(far, asio::buffer(text)); }

  stream near;
  stream far;
};

/// The two ends of a pipe of the running loop.
struct pipe_ends {
  pipe_ends()
      : out(asyncio::get_running_loop().get_executor()), in(asyncio::get_running_loop().get_executor()) {
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
    out.assign(ends[0]);
    in.assign(ends[1]);
  }

  asio::posix::stream_descriptor out;
  asio::posix::stream_descriptor in;
};

/// An operation in Asio's manner that ends when the test says so.
template <class... Results>
class operation_by_hand {
public:
  template <class Token>
  auto begin(Token&& token) {
    return asio::async_initiate<Token, void(Results...)>(
        [this](auto handler) {
          const auto slot = asio::get_associated_cancellation_slot(handler);
          if (slot.is_connected()) {
            asio::cancellation_slot(slot).assign(
                [this](asio::cancellation_type type) { cancels.push_back(type); });
          }
          complete_ = std::move(handler);
        },
        token);
  }

  [[nodiscard]] bool begun() const { return static_cast<bool>(complete_); }

  void complete(Results... results) {
    auto handler = std::exchange(complete_, nullptr);
    handler(std::move(results)...);
  }

  std::vector<asio::cancellation_type> cancels;

private:
  std::function<void(Results...)> complete_;
};

/// An operation whose initiation throws.
template <class Token>
auto begin_badly(Token&& token) {
  return asio::async_initiate<Token, void(error_code)>(
      [](auto&&) { throw std::runtime_error("it does not begin"); }, token);
}

/// One that is over at once, with these results.
template <class... Results, class Token>
auto give(Token&& token, Results... results) {
  return asio::async_initiate<Token, void(Results...)>(
      [](auto handler, auto... given) {
        asio::post(asyncio::get_running_loop().get_executor(),
                   [handler = std::move(handler), ... held = std::move(given)]() mutable {
                     std::move(handler)(std::move(held)...);
                   });
      },
      token, std::move(results)...);
}

struct no_default {
  explicit no_default(int n) : value(n) {}
  int value;
};

/// Notes its end, wherever its coroutine stands.
class guard {
public:
  guard(std::string name, names& seen) : name_(std::move(name)), seen_(seen) {}
  ~guard() { seen_.push_back(name_ + " ended"); }
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;

private:
  std::string name_;
  names& seen_;
};

bool is_error(const std::exception_ptr& error, const error_code& code) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == code;
  } catch (...) {
    return false;
  }
}

bool is_cancelled(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const asyncio::cancelled_error&) {
    return true;
  } catch (...) {
    return false;
  }
}

awaitable<void> a_few_passes() {
  for (int i = 0; i < 5; ++i) {
    co_await asyncio::sleep(0s);
  }
}

/// Waits for its end, whatever that is.
template <class Task>
awaitable<void> ended(Task task) {
  static_cast<void>(co_await asyncio::gather(asyncio::return_exceptions, task));
}

awaitable<std::string> read_some(stream& from) {
  std::string text(64, '\0');
  const std::size_t size = co_await from.async_read_some(asio::buffer(text), asio::deferred);
  co_return text.substr(0, size);
}

/// A wait that only a cancel ends, and a clean-up that takes its time.
template <class Token>
awaitable<void> wait_for_ever(Token token, names& seen) {
  asio::steady_timer never(asyncio::get_running_loop().context(), asio::steady_timer::time_point::max());
  try {
    co_await never.async_wait(token);
    seen.push_back("went on");
  } catch (const asyncio::cancelled_error&) {
    seen.push_back("cancelled");
  } catch (const boost::system::system_error&) {
    seen.push_back("system_error");
  }
  co_await asyncio::sleep(1h);
  co_await asio::post(asyncio::get_running_loop().get_executor(), asio::deferred);
  seen.push_back("cleaned up");
}

template <class Token>
awaitable<names> cancel_one_that_waits_with(Token token) {
  names seen;
  auto waiting = asyncio::create_task(wait_for_ever(token, seen));
  co_await a_few_passes();
  waiting.cancel();
  co_await waiting;
  co_return seen;
}

const names cancelled_once{"cancelled", "cleaned up"};

} // namespace

BOOST_AUTO_TEST_SUITE(asio_test)

// ---------------------------------------------------------------- results

ASYNC_TEST_CASE(an_operation_without_a_result_gives_nothing) {
  const auto executor = asyncio::get_running_loop().get_executor();
  static_assert(std::is_void_v<decltype(asio::post(executor, asyncio::use_awaitable))::value_type>);
  co_await asio::post(executor, asio::deferred);
  co_await asio::post(executor, asyncio::use_awaitable);
}

ASYNC_TEST_CASE(an_operation_with_one_result_gives_it) {
  connection wire;
  std::array<char, 16> buffer{};
  wire.far_says("four");
  const std::size_t first = co_await wire.near.async_read_some(asio::buffer(buffer), asio::deferred);
  BOOST_TEST(first == 4U);
  wire.far_says("three");
  const std::size_t second = co_await wire.near.async_read_some(asio::buffer(buffer), asyncio::use_awaitable);
  BOOST_TEST(second == 5U);
}

ASYNC_TEST_CASE(an_operation_with_several_results_gives_a_tuple) {
  const std::tuple<int, std::string> first = co_await give<int, std::string>(asio::deferred, 1, "one");
  BOOST_TEST(std::get<1>(first) == "one");
  const auto second = co_await give<error_code, int, std::string>(asyncio::use_awaitable, {}, 2, "two");
  static_assert(std::same_as<decltype(second), const std::tuple<int, std::string>>);
  BOOST_TEST(std::get<0>(second) == 2);
}

ASYNC_TEST_CASE(a_result_that_cannot_be_copied_is_moved) {
  auto answer = std::make_unique<int>(42);
  auto giving = give<error_code, std::unique_ptr<int>>(asyncio::use_awaitable, {}, std::move(answer));
  const std::unique_ptr<int> got = co_await std::move(giving);
  BOOST_TEST(*got == 42);
}

ASYNC_TEST_CASE(as_tuple_gives_the_error_beside_the_value) {
  connection wire;
  std::array<char, 16> buffer{};
  wire.far_says("four");
  const auto [no_error, size] =
      co_await wire.near.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::deferred));
  BOOST_TEST(!no_error);
  BOOST_TEST(size == 4U);
  wire.far.close();
  const auto [error, none] =
      co_await wire.near.async_read_some(asio::buffer(buffer), asio::as_tuple(asyncio::use_awaitable));
  BOOST_TEST((error == asio::error::eof));
  BOOST_TEST(none == 0U);
}

ASYNC_TEST_CASE(redirect_error_puts_the_error_aside) {
  connection wire;
  std::array<char, 16> buffer{};
  error_code error;
  wire.far_says("four");
  const std::size_t size = co_await wire.near.async_read_some(
      asio::buffer(buffer), asio::redirect_error(asyncio::use_awaitable, error));
  BOOST_TEST(!error);
  BOOST_TEST(size == 4U);
  wire.far.close();
  co_await wire.near.async_read_some(asio::buffer(buffer),
                                     asio::redirect_error(asyncio::use_awaitable, error));
  BOOST_TEST((error == asio::error::eof));
}

ASYNC_TEST_CASE(use_awaitable_can_be_the_default_token_of_a_socket) {
  using our_stream = asio::use_awaitable_t<asyncio::executor>::as_default_on_t<stream>;
  our_stream near(asyncio::get_running_loop().get_executor());
  our_stream far(asyncio::get_running_loop().get_executor());
  asio::local::connect_pair(near, far);
  std::array<char, 16> buffer{};
  co_await far.async_write_some(asio::buffer("abc", 3));
  const std::size_t size = co_await near.async_read_some(asio::buffer(buffer));
  BOOST_TEST(size == 3U);
}

ASYNC_TEST_CASE(asios_own_use_awaitable_works_too) {
  connection wire;
  std::array<char, 16> buffer{};
  wire.far_says("four");
  const std::size_t size = co_await wire.near.async_read_some(asio::buffer(buffer), asio::use_awaitable);
  BOOST_TEST(size == 4U);
}

ASYNC_TEST_CASE(an_operation_can_be_made_now_and_awaited_later) {
  asio::steady_timer over(asyncio::get_running_loop().context(), asio::steady_timer::time_point::min());
  auto waiting = over.async_wait(asio::deferred);
  co_await asyncio::sleep(1s);
  co_await std::move(waiting);
}

ASYNC_TEST_CASE(composed_operations_read_a_pipe_line_by_line) {
  pipe_ends through;
  std::string buffered;
  co_await asio::async_write(through.in, asio::buffer(std::string("first\nsecond\n")),
                             asyncio::use_awaitable);
  const std::size_t first = co_await asio::async_read_until(through.out, asio::dynamic_buffer(buffered), '\n',
                                                            asyncio::use_awaitable);
  BOOST_TEST(buffered.substr(0, first) == "first\n");
  buffered.erase(0, first);
  const std::size_t second =
      co_await asio::async_read_until(through.out, asio::dynamic_buffer(buffered), '\n', asio::deferred);
  BOOST_TEST(buffered.substr(0, second) == "second\n");
}

ASYNC_TEST_CASE(accept_and_connect_meet_in_a_gather) {
  using asio::ip::tcp;
  auto& context = asyncio::get_running_loop().context();
  tcp::acceptor listening(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(context);
  auto [server, connected] =
      co_await asyncio::gather(listening.async_accept(asyncio::use_awaitable),
                               client.async_connect(listening.local_endpoint(), asyncio::use_awaitable));
  asio::write(client, asio::buffer("hello", 5));
  std::string heard(5, '\0');
  co_await asio::async_read(server, asio::buffer(heard), asio::deferred);
  BOOST_TEST(heard == "hello");
  static_cast<void>(connected);
}

ASYNC_TEST_CASE(others_run_while_an_operation_waits) {
  connection wire;
  auto reading = asyncio::create_task(read_some(wire.near));
  co_await a_few_passes();
  BOOST_TEST(!reading.done());
  wire.far_says("now");
  const std::string text = co_await reading;
  BOOST_TEST(text == "now");
}

// ---------------------------------------------------------------- errors

ASYNC_TEST_CASE(an_error_code_is_thrown_as_system_error) {
  connection wire;
  wire.far.close();
  std::array<char, 16> buffer{};
  std::exception_ptr deferred_threw;
  try {
    co_await wire.near.async_read_some(asio::buffer(buffer), asio::deferred);
  } catch (...) {
    deferred_threw = std::current_exception();
  }
  BOOST_TEST(is_error(deferred_threw, asio::error::eof));
  std::exception_ptr awaitable_threw;
  try {
    co_await wire.near.async_read_some(asio::buffer(buffer), asyncio::use_awaitable);
  } catch (...) {
    awaitable_threw = std::current_exception();
  }
  BOOST_TEST(is_error(awaitable_threw, asio::error::eof));
}

ASYNC_TEST_CASE(an_exception_of_an_operation_is_thrown_as_it_is) {
  const auto failure = std::make_exception_ptr(std::out_of_range("far out"));
  auto giving = give<std::exception_ptr, int>(asyncio::use_awaitable, failure, 0);
  bool caught = false;
  try {
    co_await std::move(giving);
  } catch (const std::out_of_range&) {
    caught = true;
  }
  BOOST_TEST(caught);
}

ASYNC_TEST_CASE(an_initiation_that_throws_throws_at_the_await) {
  int caught = 0;
  try {
    co_await begin_badly(asio::deferred);
  } catch (const std::runtime_error&) {
    ++caught;
  }
  try {
    co_await begin_badly(asyncio::use_awaitable);
  } catch (const std::runtime_error&) {
    ++caught;
  }
  BOOST_TEST(caught == 2);
  co_await asyncio::sleep(1h); // and nothing is left that would hold the clock
}

ASYNC_TEST_CASE(an_operation_aborted_by_someone_else_is_an_error_and_no_cancel) {
  connection wire;
  auto reading = asyncio::create_task(read_some(wire.near));
  co_await a_few_passes();
  wire.near.cancel();
  co_await ended(reading);
  BOOST_TEST(!reading.cancelled());
  BOOST_TEST(is_error(reading.exception(), asio::error::operation_aborted));
}

// ---------------------------------------------------------------- cancellation

ASYNC_TEST_CASE(a_cancel_is_thrown_once_with_deferred) {
  const names seen = co_await cancel_one_that_waits_with(asio::deferred);
  BOOST_TEST(seen == cancelled_once, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(a_cancel_is_thrown_once_with_use_awaitable) {
  const names seen = co_await cancel_one_that_waits_with(asyncio::use_awaitable);
  BOOST_TEST(seen == cancelled_once, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(a_cancel_is_thrown_once_with_as_tuple) {
  const names deferred = co_await cancel_one_that_waits_with(asio::as_tuple(asio::deferred));
  BOOST_TEST(deferred == cancelled_once, boost::test_tools::per_element());
  const names awaited = co_await cancel_one_that_waits_with(asio::as_tuple(asyncio::use_awaitable));
  BOOST_TEST(awaited == cancelled_once, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(a_cancel_is_thrown_once_with_redirect_error) {
  error_code error;
  const names seen = co_await cancel_one_that_waits_with(asio::redirect_error(asyncio::use_awaitable, error));
  BOOST_TEST(seen == cancelled_once, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(a_cancel_is_thrown_once_with_asios_own_use_awaitable) {
  const names seen = co_await cancel_one_that_waits_with(asio::use_awaitable);
  BOOST_TEST(seen == cancelled_once, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(a_cancel_that_is_not_caught_cancels_the_task) {
  connection wire;
  auto reading = asyncio::create_task(read_some(wire.near));
  co_await a_few_passes();
  reading.cancel("enough");
  std::string message;
  try {
    co_await reading;
  } catch (const asyncio::cancelled_error& e) {
    message = e.message();
  }
  BOOST_TEST(reading.cancelled());
  BOOST_TEST(message == "enough");
}

ASYNC_TEST_CASE(a_cancel_of_composed_operations_is_thrown) {
  connection wire;
  std::string text(1024, '\0');
  const auto read_all = [&]() -> awaitable<void> {
    co_await asio::async_read(wire.near, asio::buffer(text), asio::deferred);
  };
  auto reading = asyncio::create_task(read_all());
  wire.far_says("a part");
  co_await a_few_passes();
  reading.cancel();
  co_await ended(reading);
  BOOST_TEST(reading.cancelled());
}

ASYNC_TEST_CASE(a_cancelled_read_leaves_its_buffer_alone) {
  connection wire;
  std::string abandoned(8, '.');
  const auto read = [&]() -> awaitable<void> {
    co_await wire.near.async_read_some(asio::buffer(abandoned), asio::deferred);
  };
  auto reading = asyncio::create_task(read());
  co_await a_few_passes();
  reading.cancel();
  co_await ended(reading);
  wire.far_says("late");
  const std::string text = co_await read_some(wire.near);
  BOOST_TEST(text == "late");
  BOOST_TEST(abandoned == "........");
}

ASYNC_TEST_CASE(a_task_cancelled_while_it_runs_is_told_at_its_next_operation) {
  connection wire;
  const auto cancel_itself = [&]() -> awaitable<void> {
    asyncio::current_task().cancel();
    co_await read_some(wire.near);
  };
  auto cancelling = asyncio::create_task(cancel_itself());
  co_await ended(cancelling);
  BOOST_TEST(cancelling.cancelled());
}

ASYNC_TEST_CASE(the_task_goes_on_only_when_a_cancelled_operation_has_given_up) {
  operation_by_hand<error_code, int> operation;
  const auto wait = [&]() -> awaitable<void> { co_await operation.begin(asio::deferred); };
  auto waiting = asyncio::create_task(wait());
  co_await a_few_passes();
  waiting.cancel();
  co_await a_few_passes();
  BOOST_TEST(!waiting.done());
  BOOST_TEST((operation.cancels == std::vector{asio::cancellation_type::all}));
  operation.complete(asio::error::operation_aborted, 0);
  co_await ended(waiting);
  BOOST_TEST(waiting.cancelled());
}

ASYNC_TEST_CASE(two_cancels_of_one_operation_are_thrown_once) {
  operation_by_hand<error_code, int> operation;
  int thrown = 0;
  const auto wait = [&]() -> awaitable<void> {
    try {
      co_await operation.begin(asio::deferred);
    } catch (const asyncio::cancelled_error&) {
      ++thrown;
    }
    co_await asyncio::sleep(1s);
  };
  auto waiting = asyncio::create_task(wait());
  co_await a_few_passes();
  waiting.cancel();
  waiting.cancel();
  operation.complete(asio::error::operation_aborted, 0);
  co_await waiting;
  BOOST_TEST(thrown == 1);
  BOOST_TEST(operation.cancels.size() == 1U);
}

ASYNC_TEST_CASE(a_cancel_beats_an_operation_that_succeeded_all_the_same) {
  operation_by_hand<error_code, int> operation;
  const auto wait = [&]() -> awaitable<int> { co_return co_await operation.begin(asyncio::use_awaitable); };
  auto waiting = asyncio::create_task(wait());
  co_await a_few_passes();
  waiting.cancel();
  operation.complete({}, 42);
  co_await ended(waiting);
  BOOST_TEST(waiting.cancelled());
}

ASYNC_TEST_CASE(a_cancel_beats_a_completion_that_was_not_acted_on_yet) {
  operation_by_hand<error_code, int> operation;
  const auto wait = [&]() -> awaitable<int> { co_return co_await operation.begin(asio::deferred); };
  auto waiting = asyncio::create_task(wait());
  co_await a_few_passes();
  operation.complete({}, 42);
  waiting.cancel();
  co_await ended(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(operation.cancels.empty()); // it was over: nobody to tell
}

ASYNC_TEST_CASE(a_task_that_swallows_the_cancel_can_read_on) {
  connection wire;
  const auto stubborn = [&]() -> awaitable<std::string> {
    try {
      co_await read_some(wire.near);
    } catch (const asyncio::cancelled_error&) {
    }
    co_return co_await read_some(wire.near);
  };
  auto reading = asyncio::create_task(stubborn());
  co_await a_few_passes();
  reading.cancel();
  co_await a_few_passes();
  wire.far_says("still here");
  const std::string text = co_await reading;
  BOOST_TEST(text == "still here");
}

// ---------------------------------------------------------------- coroutines of plain Asio

namespace {

template <class Coroutine = plain<int>>
Coroutine plain_answer() {
  co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
  co_return 42;
}

plain<void> plain_note(names& seen) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  seen.push_back("plain");
}

plain<no_default> plain_no_default() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return no_default(7);
}

plain<std::unique_ptr<int>> plain_unique() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return std::make_unique<int>(8);
}

template <class Coroutine = plain<void>>
Coroutine plain_failure() {
  co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
  throw std::out_of_range("plainly wrong");
}

plain<void> plain_wait(names& seen) {
  const guard ends("plain", seen);
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

plain_on_io_context<void> plain_wait_on_io_context(names& seen) {
  const guard ends("plain", seen);
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::deferred);
}

plain<std::string> plain_and_stubborn() {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  error_code error;
  co_await never.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return error == asio::error::operation_aborted ? "aborted, so what" : "not aborted";
}

plain<void> plain_and_failing_when_cancelled() {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  error_code error;
  co_await never.async_wait(asio::redirect_error(asio::use_awaitable, error));
  throw std::out_of_range("failed while cleaning up");
}

} // namespace

ASYNC_TEST_CASE(a_plain_coroutine_gives_its_value) {
  const int on_any = co_await plain_answer();
  BOOST_TEST(on_any == 42);
  const int on_io_context = co_await plain_answer<plain_on_io_context<int>>();
  BOOST_TEST(on_io_context == 42);
}

ASYNC_TEST_CASE(a_plain_coroutine_that_gives_nothing_is_awaited_to_its_end) {
  names seen;
  co_await plain_note(seen);
  seen.push_back("ours");
  BOOST_TEST(seen == (names{"plain", "ours"}), boost::test_tools::per_element());
}

ASYNC_TEST_CASE(a_plain_coroutine_becomes_a_task) {
  names seen;
  auto noting = asyncio::create_task(plain_note(seen), "noting");
  auto answering = asyncio::create_task(plain_answer<plain_on_io_context<int>>());
  BOOST_TEST(seen.empty()); // not before our next await
  BOOST_TEST(noting.name() == "noting");
  co_await noting;
  BOOST_TEST(seen.size() == 1U);
  const int answer = co_await answering;
  BOOST_TEST(answer == 42);
}

ASYNC_TEST_CASE(plain_coroutines_and_ours_meet_in_a_gather) {
  names seen;
  const auto [answer, nothing, ours, other] =
      co_await asyncio::gather(plain_answer(), plain_note(seen), asyncio::sleep(1s, std::string("ours")),
                               plain_answer<plain_on_io_context<int>>());
  BOOST_TEST(answer == 42);
  BOOST_TEST((nothing == std::monostate()));
  BOOST_TEST(ours == "ours");
  BOOST_TEST(other == 42);
}

ASYNC_TEST_CASE(a_value_without_a_default_comes_out_of_a_plain_coroutine) {
  const no_default direct = co_await plain_no_default();
  BOOST_TEST(direct.value == 7);
  auto task = asyncio::create_task(plain_no_default());
  const no_default from_task = co_await task;
  BOOST_TEST(from_task.value == 7);
}

ASYNC_TEST_CASE(a_value_that_cannot_be_copied_comes_out_of_a_plain_coroutine) {
  const std::unique_ptr<int> direct = co_await plain_unique();
  BOOST_TEST(*direct == 8);
  const std::unique_ptr<int> from_task = co_await asyncio::create_task(plain_unique());
  BOOST_TEST(*from_task == 8);
}

ASYNC_TEST_CASE(an_exception_comes_out_of_a_plain_coroutine) {
  bool direct = false;
  try {
    co_await plain_failure();
  } catch (const std::out_of_range&) {
    direct = true;
  }
  BOOST_TEST(direct);
  bool through_a_task = false;
  try {
    co_await asyncio::create_task(plain_failure<plain_on_io_context<void>>());
  } catch (const std::out_of_range&) {
    through_a_task = true;
  }
  BOOST_TEST(through_a_task);
}

ASYNC_TEST_CASE(a_cancel_passes_into_a_plain_coroutine) {
  names seen;
  auto waiting = asyncio::create_task(plain_wait(seen));
  co_await a_few_passes();
  waiting.cancel();
  co_await ended(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(seen == names{"plain ended"}, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(a_cancel_passes_into_a_plain_coroutine_on_the_io_context) {
  names seen;
  auto waiting = asyncio::create_task(plain_wait_on_io_context(seen));
  co_await a_few_passes();
  waiting.cancel();
  co_await ended(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(seen == names{"plain ended"}, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(a_cancelled_await_of_a_plain_coroutine_throws_once) {
  names seen;
  const auto ours = [&]() -> awaitable<void> {
    try {
      co_await plain_wait(seen);
    } catch (const asyncio::cancelled_error&) {
      seen.push_back("cancelled");
    }
    const int answer = co_await plain_answer();
    seen.push_back("cleaned up " + std::to_string(answer));
    co_await asyncio::sleep(1h);
  };
  auto waiting = asyncio::create_task(ours());
  co_await a_few_passes();
  waiting.cancel();
  co_await waiting;
  BOOST_TEST(seen == (names{"plain ended", "cancelled", "cleaned up 42"}), boost::test_tools::per_element());
}

ASYNC_TEST_CASE(a_plain_coroutine_may_swallow_the_cancel_and_give_a_value) {
  auto waiting = asyncio::create_task(plain_and_stubborn());
  co_await a_few_passes();
  waiting.cancel();
  const std::string value = co_await waiting;
  BOOST_TEST(value == "aborted, so what");
  BOOST_TEST(!waiting.cancelled());
}

ASYNC_TEST_CASE(a_plain_coroutine_may_answer_the_cancel_with_an_exception) {
  auto waiting = asyncio::create_task(plain_and_failing_when_cancelled());
  co_await a_few_passes();
  waiting.cancel();
  bool caught = false;
  try {
    co_await waiting;
  } catch (const std::out_of_range&) {
    caught = true;
  }
  BOOST_TEST(caught);
}

ASYNC_TEST_CASE(a_task_cancelled_while_it_runs_is_told_in_a_plain_coroutine) {
  names seen;
  const auto cancel_itself = [&]() -> awaitable<void> {
    asyncio::current_task().cancel();
    co_await plain_wait(seen);
  };
  auto cancelling = asyncio::create_task(cancel_itself());
  co_await ended(cancelling);
  BOOST_TEST(cancelling.cancelled());
}

// ---------------------------------------------------------------- ours, begun by co_spawn

namespace {

awaitable<int> sleep_and_answer() {
  co_await asyncio::sleep(1h);
  co_return 42;
}

awaitable<int> await_a_task() {
  auto answering = asyncio::create_task(asyncio::sleep(0s, 42));
  co_return co_await answering;
}

awaitable<int> fail_after_a_sleep() {
  co_await asyncio::sleep(0s);
  throw std::out_of_range("ours went wrong");
}

awaitable<void> note_the_cancel(names& seen) {
  try {
    co_await asyncio::sleep(1000h);
  } catch (const asyncio::cancelled_error&) {
    seen.push_back("cancelled");
  }
  co_await asyncio::sleep(1h);
  co_await asyncio::create_task(sleep_and_answer());
  seen.push_back("cleaned up");
}

plain<std::string> plain_that_spawns_ours(asyncio::executor ours) {
  const int answer = co_await asio::co_spawn(ours, await_a_task(), asio::use_awaitable);
  try {
    co_await asio::co_spawn(ours, fail_after_a_sleep(), asio::use_awaitable);
  } catch (const std::out_of_range& e) {
    co_return std::to_string(answer) + ", then " + e.what();
  }
  co_return "no exception";
}

} // namespace

ASYNC_TEST_CASE(spawned_detached_it_runs) {
  asyncio::future<> ran;
  const auto ours = [&]() -> awaitable<void> {
    co_await asyncio::sleep(1h);
    ran.set_result();
  };
  asio::co_spawn(asyncio::get_running_loop().get_executor(), ours(), asio::detached);
  co_await ran;
}

ASYNC_TEST_CASE(spawned_with_a_callback_it_gives_its_value) {
  asyncio::future<int> value;
  asio::co_spawn(asyncio::get_running_loop().get_executor(), await_a_task(),
                 [&](const std::exception_ptr& error, int n) {
                   BOOST_TEST(!error);
                   value.set_result(n);
                 });
  const int n = co_await value;
  BOOST_TEST(n == 42);
}

ASYNC_TEST_CASE(spawned_with_a_callback_it_gives_its_exception) {
  asyncio::future<int> value;
  asio::co_spawn(asyncio::get_running_loop().get_executor(), fail_after_a_sleep(),
                 [&](std::exception_ptr error, int) { value.set_exception(std::move(error)); });
  bool caught = false;
  try {
    co_await value;
  } catch (const std::out_of_range&) {
    caught = true;
  }
  BOOST_TEST(caught);
}

ASYNC_TEST_CASE(a_plain_coroutine_awaits_ours) {
  const std::string said = co_await plain_that_spawns_ours(asyncio::get_running_loop().get_executor());
  BOOST_TEST(said == "42, then ours went wrong");
}

ASYNC_TEST_CASE(spawned_it_is_a_task_like_others) {
  asyncio::future<asyncio::any_task> inside;
  const auto ours = [&]() -> awaitable<void> {
    co_await asyncio::sleep(0s);
    inside.set_result(asyncio::current_task());
    co_await asyncio::sleep(1h);
  };
  asio::co_spawn(asyncio::get_running_loop().get_executor(), ours(), asio::detached);
  const asyncio::any_task found = co_await inside;
  BOOST_TEST_REQUIRE(static_cast<bool>(found));
  BOOST_TEST(!(found == asyncio::current_task()));
  BOOST_TEST(found.name().starts_with("Task-"));
  const auto all = asyncio::all_tasks();
  BOOST_TEST((std::find(all.begin(), all.end(), found) != all.end()));
  co_await asyncio::sleep(2h);
  BOOST_TEST(found.done());
}

ASYNC_TEST_CASE(spawned_its_first_step_has_a_task_of_its_own) {
  const asyncio::any_task outside = asyncio::current_task();
  asyncio::future<asyncio::any_task> inside;
  const auto ours = [&]() -> awaitable<void> {
    inside.set_result(asyncio::current_task());
    co_return;
  };
  asio::co_spawn(asyncio::get_running_loop().get_executor(), ours(), asio::detached);
  const asyncio::any_task found = co_await inside;
  BOOST_TEST(static_cast<bool>(found));
  BOOST_TEST(!(found == outside));
}

ASYNC_TEST_CASE(spawned_it_is_cancelled_once_in_asios_way) {
  names seen;
  asyncio::future<> ended_well;
  asio::cancellation_signal signal;
  asio::co_spawn(asyncio::get_running_loop().get_executor(), note_the_cancel(seen),
                 asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr& error) {
                   BOOST_TEST(!error);
                   ended_well.set_result();
                 }));
  co_await a_few_passes();
  signal.emit(asio::cancellation_type::terminal);
  co_await ended_well;
  BOOST_TEST(seen == cancelled_once, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(spawned_and_cancelled_in_asios_way_it_ends_with_cancelled_error) {
  asyncio::future<std::exception_ptr> ended_with;
  asio::cancellation_signal signal;
  asio::co_spawn(asyncio::get_running_loop().get_executor(), sleep_and_answer(),
                 asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr& error, int) {
                   ended_with.set_result(error);
                 }));
  co_await a_few_passes();
  signal.emit(asio::cancellation_type::all);
  const std::exception_ptr error = co_await ended_with;
  BOOST_TEST(is_cancelled(error));
}

ASYNC_TEST_CASE(spawned_it_can_be_cancelled_in_asios_way_again) {
  int cancels = 0;
  asyncio::future<> over;
  asio::cancellation_signal signal;
  const auto ours = [&]() -> awaitable<void> {
    while (cancels < 3) {
      try {
        co_await asyncio::sleep(1000h);
      } catch (const asyncio::cancelled_error&) {
        ++cancels;
      }
    }
  };
  asio::co_spawn(
      asyncio::get_running_loop().get_executor(), ours(),
      asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr&) { over.set_result(); }));
  for (int i = 0; i < 3; ++i) {
    co_await a_few_passes();
    signal.emit(asio::cancellation_type::terminal);
  }
  co_await over;
  BOOST_TEST(cancels == 3);
}

ASYNC_TEST_CASE(spawned_and_cancelled_in_asios_way_while_it_waits_for_an_operation) {
  names seen;
  asyncio::future<> over;
  asio::cancellation_signal signal;
  asio::co_spawn(
      asyncio::get_running_loop().get_executor(), wait_for_ever(asio::deferred, seen),
      asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr&) { over.set_result(); }));
  co_await a_few_passes();
  signal.emit(asio::cancellation_type::terminal);
  co_await over;
  BOOST_TEST(seen == cancelled_once, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(spawned_and_cancelled_in_asios_way_at_once_its_body_is_told) {
  names seen;
  asyncio::future<> over;
  asio::cancellation_signal signal;
  asio::co_spawn(
      asyncio::get_running_loop().get_executor(), note_the_cancel(seen),
      asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr&) { over.set_result(); }));
  signal.emit(asio::cancellation_type::terminal);
  co_await over;
  BOOST_TEST(seen == cancelled_once, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(spawned_it_is_cancelled_at_the_end_of_run) {
  names seen;
  const auto main = [&]() -> awaitable<void> {
    asio::co_spawn(asyncio::get_running_loop().get_executor(), note_the_cancel(seen), asio::detached);
    co_await a_few_passes();
  };
  asyncio::run(main(), asyncio::run_options().virtual_time());
  BOOST_TEST(seen == cancelled_once, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(spawned_before_the_loop_runs_it_waits_for_it) {
  asyncio::loop loop;
  int value = 0;
  const auto ours = [&]() -> awaitable<int> {
    co_await asyncio::sleep(0s);
    co_return 42;
  };
  asio::co_spawn(loop.get_executor(), ours(), [&](const std::exception_ptr&, int n) {
    value = n;
    loop.stop();
  });
  BOOST_TEST(value == 0);
  loop.run_forever();
  BOOST_TEST(value == 42);
}

BOOST_AUTO_TEST_CASE(spawned_on_a_closed_loop_it_is_dropped) {
  bool ran = false;
  const auto ours = [&]() -> awaitable<void> {
    ran = true;
    co_return;
  };
  asyncio::loop loop;
  loop.close();
  asio::co_spawn(loop.get_executor(), ours(), asio::detached);
  BOOST_TEST(!ran);
}

ASYNC_TEST_CASE(spawned_and_cancelled_in_asios_way_at_its_end_its_handler_is_called) {
  int calls = 0;
  asyncio::future<> may_end;
  asio::cancellation_signal signal;
  const auto ours = [&]() -> awaitable<int> {
    co_await may_end;
    signal.emit(asio::cancellation_type::terminal); // it awaits nothing more
    co_return 42;
  };
  asio::co_spawn(
      asyncio::get_running_loop().get_executor(), ours(),
      asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr&, int) { ++calls; }));
  co_await a_few_passes();
  may_end.set_result();
  co_await a_few_passes();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(spawned_from_another_thread_it_runs_on_the_loops) {
  std::thread::id ran_on;
  const auto main = [&]() -> awaitable<void> {
    asyncio::loop& loop = asyncio::get_running_loop();
    asyncio::future<> ran;
    const auto ours = [&]() -> awaitable<void> {
      ran_on = std::this_thread::get_id();
      co_await asyncio::sleep(0s);
      ran.set_result();
    };
    const std::jthread other([&] { asio::co_spawn(loop.get_executor(), ours(), asio::detached); });
    co_await ran;
  };
  asyncio::run(main());
  BOOST_TEST((ran_on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(a_thousand_are_spawned_from_other_threads_while_the_loop_works) {
  constexpr int each = 500;
  int ran = 0;
  const auto main = [&]() -> awaitable<void> {
    asyncio::loop& loop = asyncio::get_running_loop();
    asyncio::future<> all_ran;
    const auto ours = [&]() -> awaitable<void> {
      co_await asyncio::sleep(0s);
      if (++ran == 2 * each) {
        all_ran.set_result();
      }
    };
    const auto spawn = [&] {
      for (int i = 0; i < each; ++i) {
        asio::co_spawn(loop.get_executor(), ours(), asio::detached);
      }
    };
    const std::jthread first(spawn);
    const std::jthread second(spawn);
    while (!all_ran.done()) {
      co_await asyncio::create_task(a_few_passes());
    }
  };
  asyncio::run(main());
  BOOST_TEST(ran == 2 * each);
}

// ---------------------------------------------------------------- awaitable_operators

namespace {

using namespace asio::experimental::awaitable_operators;

awaitable<int> give_when(asyncio::future<> told, int value) {
  co_await told;
  co_return value;
}

awaitable<void> wait_until(asyncio::future<> told, std::string name, names& seen) {
  try {
    co_await told;
    seen.push_back(name + " told");
  } catch (const asyncio::cancelled_error&) {
    seen.push_back(name + " cancelled");
    throw;
  }
}

} // namespace

ASYNC_TEST_CASE(asios_and_waits_for_both) {
  asyncio::future<> one;
  asyncio::future<> other;
  asyncio::get_running_loop().call_soon([&] {
    other.set_result();
    asyncio::get_running_loop().call_soon([&] { one.set_result(); });
  });
  const auto [first, second] = co_await (give_when(one, 1) && give_when(other, 2));
  BOOST_TEST(first == 1);
  BOOST_TEST(second == 2);
}

ASYNC_TEST_CASE(asios_or_cancels_the_slower) {
  names seen;
  asyncio::future<> told;
  asyncio::future<> never;
  asyncio::get_running_loop().call_soon([&] { told.set_result(); });
  const std::variant<int, std::monostate> first =
      co_await (give_when(told, 1) || wait_until(never, "slow", seen));
  BOOST_TEST(first.index() == 0U);
  BOOST_TEST(seen == names{"slow cancelled"}, boost::test_tools::per_element());
}

ASYNC_TEST_CASE(a_cancel_reaches_both_sides_of_an_operator) {
  names seen;
  const auto both = [&]() -> awaitable<void> {
    asyncio::future<> one;
    asyncio::future<> other;
    co_await (wait_until(one, "first", seen) && wait_until(other, "second", seen));
  };
  auto waiting = asyncio::create_task(both());
  co_await a_few_passes();
  waiting.cancel();
  co_await ended(waiting);
  BOOST_TEST(waiting.cancelled());
  BOOST_TEST(seen == (names{"first cancelled", "second cancelled"}), boost::test_tools::per_element());
}

ASYNC_TEST_CASE(the_virtual_clock_moves_for_a_sleep_that_is_awaited_through_asio) {
  const auto start = asyncio::clock::now();
  const int answer = co_await asio::co_spawn(asyncio::get_running_loop().get_executor(), sleep_and_answer(),
                                             asyncio::use_awaitable);
  BOOST_TEST(answer == 42);
  BOOST_TEST((asyncio::clock::now() - start == 1h));
}

static awaitable<void> nap(std::chrono::seconds duration) {
  co_await asyncio::sleep(duration);
}

ASYNC_TEST_CASE(the_virtual_clock_moves_for_sleeps_behind_awaitable_operators) {
  const auto start = asyncio::clock::now();
  co_await (nap(3s) || nap(1h));
  BOOST_TEST((asyncio::clock::now() - start == 3s));
  co_await (nap(3s) && nap(1h));
  BOOST_TEST((asyncio::clock::now() - start == 1h + 3s));
}

// ---------------------------------------------------------------- the executor

ASYNC_TEST_CASE(posted_from_the_loops_thread_work_stands_in_line) {
  names seen;
  asyncio::loop& loop = asyncio::get_running_loop();
  loop.call_soon([&] { seen.push_back("first"); });
  asio::post(loop.get_executor(), [&] { seen.push_back("posted"); });
  loop.call_soon([&] { seen.push_back("last"); });
  BOOST_TEST(seen.empty());
  co_await asyncio::sleep(0s);
  BOOST_TEST(seen == (names{"first", "posted", "last"}), boost::test_tools::per_element());
}

ASYNC_TEST_CASE(dispatched_from_the_loops_thread_work_runs_at_once) {
  bool ran = false;
  asio::dispatch(asyncio::get_running_loop().get_executor(), [&] { ran = true; });
  BOOST_TEST(ran);
  co_return;
}

BOOST_AUTO_TEST_CASE(posted_from_another_thread_work_wakes_the_loop) {
  std::thread::id ran_on;
  const auto main = [&]() -> awaitable<void> {
    asyncio::loop& loop = asyncio::get_running_loop();
    asyncio::future<> ran;
    const std::jthread other([&] {
      asio::post(loop.get_executor(), [&] {
        ran_on = std::this_thread::get_id();
        ran.set_result();
      });
    });
    co_await ran;
  };
  asyncio::run(main());
  BOOST_TEST((ran_on == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(dispatched_from_another_thread_work_runs_on_the_loops) {
  std::thread::id ran_on;
  const auto main = [&]() -> awaitable<void> {
    asyncio::loop& loop = asyncio::get_running_loop();
    asyncio::future<> ran;
    const std::jthread other([&] {
      asio::dispatch(loop.get_executor(), [&] {
        ran_on = std::this_thread::get_id();
        ran.set_result();
      });
    });
    co_await ran;
  };
  asyncio::run(main());
  BOOST_TEST((ran_on == std::this_thread::get_id()));
}

ASYNC_TEST_CASE(an_any_io_executor_can_be_made_from_it) {
  const asyncio::executor ours = asyncio::get_running_loop().get_executor();
  const asio::any_io_executor any = ours;
  BOOST_TEST((any == asio::any_io_executor(ours)));
  BOOST_TEST((*any.target<asyncio::executor>() == ours));
  asyncio::future<> ran;
  asio::post(any, [&] { ran.set_result(); });
  co_await ran;
  asio::steady_timer over(any, asio::steady_timer::time_point::min());
  co_await over.async_wait(asio::deferred);
}

ASYNC_TEST_CASE(a_coroutine_can_ask_for_its_executor) {
  const asyncio::executor executor = co_await asio::this_coro::executor;
  BOOST_TEST((executor == asyncio::get_running_loop().get_executor()));
}

BOOST_AUTO_TEST_CASE(what_posted_work_throws_comes_out_of_the_run) {
  asyncio::loop loop;
  asio::post(loop.get_executor(), [] { throw std::out_of_range("posted"); });
  BOOST_CHECK_THROW(loop.run_forever(), std::out_of_range);
  BOOST_TEST(!loop.is_running());
  const int answer = loop.run_until_complete(asyncio::awaitable<int>(plain_answer<awaitable<int>>()));
  BOOST_TEST(answer == 42);
}

ASYNC_TEST_CASE(a_pool_of_asios_can_be_awaited) {
  asio::thread_pool pool(1);
  const auto here = std::this_thread::get_id();
  std::thread::id there;
  const auto on_the_pool = [&]() -> asio::awaitable<int> {
    there = std::this_thread::get_id();
    co_return 42;
  };
  const int answer = co_await asio::co_spawn(pool, on_the_pool(), asyncio::use_awaitable);
  BOOST_TEST(answer == 42);
  BOOST_TEST((there != here));
  BOOST_TEST((std::this_thread::get_id() == here));
}

// ---------------------------------------------------------------- the end of a loop

namespace {

template <class Token>
awaitable<void> read_until_the_end(std::string name, Token token, names& seen) {
  const guard ends(std::move(name), seen);
  connection wire;
  std::string text(16, '\0');
  co_await asio::async_read(wire.near, asio::buffer(text), token);
}

awaitable<void> wait_in_plain(names& seen) {
  const guard ends("ours", seen);
  co_await plain_wait(seen);
}

/// Starts it, lets it run for a while, and destroys the loop with it.
template <class... Coroutines>
void destroy_a_loop_under(Coroutines... coroutines) {
  asyncio::loop loop;
  loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
  (loop.create_task(std::move(coroutines)), ...);
  loop.run_until_complete(a_few_passes());
}

} // namespace

BOOST_AUTO_TEST_CASE(a_loop_is_destroyed_under_pending_operations) {
  names seen;
  error_code error;
  destroy_a_loop_under(
      read_until_the_end("deferred", asio::deferred, seen),
      read_until_the_end("use_awaitable", asyncio::use_awaitable, seen),
      read_until_the_end("as_tuple", asio::as_tuple(asyncio::use_awaitable), seen),
      read_until_the_end("redirect_error", asio::redirect_error(asyncio::use_awaitable, error), seen),
      read_until_the_end("plain use_awaitable", asio::use_awaitable, seen));
  BOOST_TEST(seen == (names{"deferred ended", "use_awaitable ended", "as_tuple ended", "redirect_error ended",
                            "plain use_awaitable ended"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_loop_is_destroyed_under_a_pending_plain_coroutine) {
  names seen;
  destroy_a_loop_under(wait_in_plain(seen));
  BOOST_TEST(seen == (names{"ours ended", "plain ended"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_loop_is_destroyed_under_what_co_spawn_began) {
  names seen;
  {
    asyncio::loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    asio::co_spawn(loop.get_executor(), read_until_the_end("spawned", asio::deferred, seen), asio::detached);
    loop.run_until_complete(a_few_passes());
    asio::co_spawn(loop.get_executor(), read_until_the_end("not begun", asio::deferred, seen),
                   asio::detached);
  }
  BOOST_TEST(seen == names{"spawned ended"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_loop_is_destroyed_under_an_operation_that_was_cancelled) {
  names seen;
  {
    asyncio::loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    auto reading = loop.create_task(read_until_the_end("cancelled", asio::deferred, seen));
    loop.run_until_complete(a_few_passes());
    reading.cancel(); // its handler waits in the io_context
  }
  BOOST_TEST(seen == names{"cancelled ended"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
