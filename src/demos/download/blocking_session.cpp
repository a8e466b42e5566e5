#include <demos/download/blocking_session.hpp>

#include <asyncio/errors.hpp>

#include <boost/system/system_error.hpp>

#include <utility>

#include <demos/download/cancel_on_stop.hpp>
#include <demos/download/real_time.hpp>

namespace demos {

blocking_session::blocking_session(const session_options& options, std::stop_token stop)
    : stop_(std::move(stop)), runner_(in_real_time().elapsed_file({})), session_(options) {}

response blocking_session::get(const url& from) {
  if (stop_.stop_requested()) {
    throw asyncio::interrupt_error();
  }
  try {
    return runner_.run(get_until_stopped(from));
  } catch (const asyncio::cancelled_error&) {
    throw asyncio::interrupt_error();
  } catch (const boost::system::system_error& error) { // a loop needs descriptors, too
    throw download_error("there can be no session: " + error.code().message());
  }
}

asyncio::awaitable<response> blocking_session::get_until_stopped(url from) {
  const cancel_on_stop watch(stop_);
  co_return co_await session_.get(std::move(from));
}

} // namespace demos
