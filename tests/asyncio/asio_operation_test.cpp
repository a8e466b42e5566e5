// Operations of Boost.Asio that coroutines of ours await.
//
// In virtual time the clock stands while I/O is awaited, so here the order comes from zero
// sleeps and from the other end of a connection.

#include <asyncio/awaitable.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/asio.hpp>
#include <support/async_test.hpp>
#include <support/endings.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <unistd.h>

namespace asio = boost::asio;
using asyncio::awaitable;
using boost::system::error_code;
using namespace std::chrono_literals;
using boost::test_tools::per_element;
using names = std::vector<std::string>;
using stream = asio::local::stream_protocol::socket;

namespace {

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

bool is_error(const std::exception_ptr& error, const error_code& code) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == code;
  } catch (...) {
    return false;
  }
}

awaitable<std::string> read_some(stream& from) {
  std::string text(64, '\0');
  const std::size_t size = co_await from.async_read_some(asio::buffer(text), asio::deferred);
  co_return text.substr(0, size);
}

template <class Token>
awaitable<names> cancel_one_that_waits_with(Token token) {
  names seen;
  auto waiting = asyncio::create_task(wait_for_ever(token, seen));
  co_await passes(5);
  waiting.cancel();
  co_await waiting;
  co_return seen;
}

} // namespace

BOOST_AUTO_TEST_SUITE(asio_operation_test)

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
  co_await passes(5);
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
  co_await passes(5);
  wire.near.cancel();
  co_await end_of(reading);
  BOOST_TEST(!reading.cancelled());
  BOOST_TEST(is_error(reading.exception(), asio::error::operation_aborted));
}

// ---------------------------------------------------------------- cancellation

ASYNC_TEST_CASE(a_cancel_is_thrown_once_with_deferred) {
  const names seen = co_await cancel_one_that_waits_with(asio::deferred);
  BOOST_TEST(seen == cancelled_once, per_element());
}

ASYNC_TEST_CASE(a_cancel_is_thrown_once_with_use_awaitable) {
  const names seen = co_await cancel_one_that_waits_with(asyncio::use_awaitable);
  BOOST_TEST(seen == cancelled_once, per_element());
}

ASYNC_TEST_CASE(a_cancel_is_thrown_once_with_as_tuple) {
  const names deferred = co_await cancel_one_that_waits_with(asio::as_tuple(asio::deferred));
  BOOST_TEST(deferred == cancelled_once, per_element());
  const names awaited = co_await cancel_one_that_waits_with(asio::as_tuple(asyncio::use_awaitable));
  BOOST_TEST(awaited == cancelled_once, per_element());
}

ASYNC_TEST_CASE(a_cancel_is_thrown_once_with_redirect_error) {
  error_code error;
  const names seen = co_await cancel_one_that_waits_with(asio::redirect_error(asyncio::use_awaitable, error));
  BOOST_TEST(seen == cancelled_once, per_element());
}

ASYNC_TEST_CASE(a_cancel_is_thrown_once_with_asios_own_use_awaitable) {
  const names seen = co_await cancel_one_that_waits_with(asio::use_awaitable);
  BOOST_TEST(seen == cancelled_once, per_element());
}

ASYNC_TEST_CASE(a_cancel_that_is_not_caught_cancels_the_task, *row("cancel-19")) {
  connection wire;
  auto reading = asyncio::create_task(read_some(wire.near));
  co_await passes(5);
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
  co_await passes(5);
  reading.cancel();
  co_await end_of(reading);
  BOOST_TEST(reading.cancelled());
}

ASYNC_TEST_CASE(a_cancelled_read_leaves_its_buffer_alone) {
  connection wire;
  std::string abandoned(8, '.');
  const auto read = [&]() -> awaitable<void> {
    co_await wire.near.async_read_some(asio::buffer(abandoned), asio::deferred);
  };
  auto reading = asyncio::create_task(read());
  co_await passes(5);
  reading.cancel();
  co_await end_of(reading);
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
  co_await end_of(cancelling);
  BOOST_TEST(cancelling.cancelled());
}

ASYNC_TEST_CASE(the_task_goes_on_only_when_a_cancelled_operation_has_given_up) {
  operation_by_hand<error_code, int> operation;
  const auto wait = [&]() -> awaitable<void> { co_await operation.begin(asio::deferred); };
  auto waiting = asyncio::create_task(wait());
  co_await passes(5);
  waiting.cancel();
  co_await passes(5);
  BOOST_TEST(!waiting.done());
  BOOST_TEST((operation.cancels == std::vector{asio::cancellation_type::all}));
  operation.complete(asio::error::operation_aborted, 0);
  co_await end_of(waiting);
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
  co_await passes(5);
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
  co_await passes(5);
  waiting.cancel();
  operation.complete({}, 42);
  co_await end_of(waiting);
  BOOST_TEST(waiting.cancelled());
}

ASYNC_TEST_CASE(a_cancel_beats_a_completion_that_was_not_acted_on_yet) {
  operation_by_hand<error_code, int> operation;
  const auto wait = [&]() -> awaitable<int> { co_return co_await operation.begin(asio::deferred); };
  auto waiting = asyncio::create_task(wait());
  co_await passes(5);
  operation.complete({}, 42);
  waiting.cancel();
  co_await end_of(waiting);
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
  co_await passes(5);
  reading.cancel();
  co_await passes(5);
  wire.far_says("still here");
  const std::string text = co_await reading;
  BOOST_TEST(text == "still here");
}

// ---------------------------------------------------------------- the end of a loop

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
             per_element());
}

BOOST_AUTO_TEST_CASE(a_loop_is_destroyed_under_an_operation_that_was_cancelled) {
  names seen;
  {
    asyncio::loop loop;
    loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
    auto reading = loop.create_task(read_until_the_end("cancelled", asio::deferred, seen));
    loop.run_until_complete(passes(5));
    reading.cancel(); // its handler waits in the io_context
  }
  BOOST_TEST(seen == names{"cancelled ended"}, per_element());
}

BOOST_AUTO_TEST_SUITE_END()
