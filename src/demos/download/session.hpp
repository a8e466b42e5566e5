#pragma once

#include <asyncio/awaitable.hpp>

#include <memory>

#include <demos/download/response.hpp>
#include <demos/download/session_options.hpp>
#include <demos/download/url.hpp>

namespace demos {

/// Downloads, on connections that are kept for the next one (Python: requests.Session).
///
/// It belongs to one loop, on which any number of tasks may get() at the same time: each has a
/// connection of its own meanwhile, and leaves it for the others.
class session {
public:
  explicit session(session_options options = {});
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Gives what the site answered, if that is a success (a status of 2xx); else throws
  /// download_error.
  ///
  /// Redirects are followed, but not from https to http: what was asked for in secret would be
  /// told to all. Failures that may pass are retried after a pause, twice as long each time: a
  /// connection that could not be had or was closed before an answer, and the statuses 429, 502, 503
  /// and 504, which may also say when to come back. Cancelling closes the connection.
  ///
  ///     demos::response page = co_await session.get(demos::url("https://example.org"));
  asyncio::awaitable<response> get(url from);

private:
  class inside;
  std::unique_ptr<inside> inside_;
};

} // namespace demos
