#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <support/endings.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

/// Two connected sockets of the running loop.
struct connection {
  connection()
      : near(asyncio::get_running_loop().get_executor()), far(asyncio::get_running_loop().get_executor()) {
    boost::asio::local::connect_pair(near, far);
  }

  void far_says(const std::string& text) { boost::asio::write(far, boost::asio::buffer(text)); }

  boost::asio::local::stream_protocol::socket near;
  boost::asio::local::stream_protocol::socket far;
};

/// Notes its end, wherever its coroutine stands.
class guard {
public:
  guard(std::string name, std::vector<std::string>& seen) : name_(std::move(name)), seen_(seen) {}
  ~guard() { seen_.push_back(name_ + " ended"); }
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;

private:
  std::string name_;
  std::vector<std::string>& seen_;
};

/// A wait that only a cancel ends, and a clean-up that takes its time.
template <class Token>
asyncio::awaitable<void> wait_for_ever(Token token, std::vector<std::string>& seen) {
  boost::asio::steady_timer never(asyncio::get_running_loop().context(),
                                  boost::asio::steady_timer::time_point::max());
  try {
    co_await never.async_wait(token);
    seen.push_back("went on");
  } catch (const asyncio::cancelled_error&) {
    seen.push_back("cancelled");
  } catch (const boost::system::system_error&) {
    seen.push_back("system_error");
  }
  co_await asyncio::sleep(std::chrono::hours(1));
  co_await boost::asio::post(asyncio::get_running_loop().get_executor(), boost::asio::deferred);
  seen.push_back("cleaned up");
}

/// What that notes.
inline const std::vector<std::string> cancelled_once{"cancelled", "cleaned up"};

/// Reads for ever, and notes when its frame is gone.
template <class Token>
asyncio::awaitable<void> read_until_the_end(std::string name, Token token, std::vector<std::string>& seen) {
  const guard ends(std::move(name), seen);
  connection wire;
  std::string text(16, '\0');
  co_await boost::asio::async_read(wire.near, boost::asio::buffer(text), token);
}

/// Starts it, lets it run for a while, and destroys the loop with it.
template <class... Coroutines>
void destroy_a_loop_under(Coroutines... coroutines) {
  asyncio::loop loop;
  loop.set_exception_handler([](asyncio::loop&, const asyncio::exception_context&) {});
  (loop.create_task(std::move(coroutines)), ...);
  loop.run_until_complete(passes(5));
}
