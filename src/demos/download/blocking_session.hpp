#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/run.hpp>

#include <stop_token>

#include <demos/download/response.hpp>
#include <demos/download/session.hpp>
#include <demos/download/session_options.hpp>
#include <demos/download/url.hpp>

namespace demos {

/// A session for code that blocks: it runs a loop of its own for as long as a get() takes.
///
/// It belongs to one thread.
class blocking_session {
public:
  explicit blocking_session(const session_options& options = {}, std::stop_token stop = {});

  /// What session::get() gives or throws; meanwhile the thread waits. When the token is stopped it
  /// throws asyncio::interrupt_error, at once.
  response get(const url& from);

private:
  asyncio::awaitable<response> get_until_stopped(url from);

  std::stop_token stop_;
  asyncio::runner runner_;
  session session_; // its connections go before the loop does
};

} // namespace demos
