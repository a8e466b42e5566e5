#include <demos/download/session.hpp>

#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/future.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <exception>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

#include <demos/download/back_off.hpp>
#include <demos/download/connection.hpp>
#include <demos/download/idle_connections.hpp>
#include <demos/download/name_lookup.hpp>
#include <demos/download/printable.hpp>
#include <demos/download/tls.hpp>

namespace demos {
namespace {

namespace ip = boost::asio::ip;
using asyncio::awaitable;
using endpoints = std::vector<ip::tcp::endpoint>;

constexpr unsigned timed_out_at_the_site = 408; // sites send it unasked, too, before they close

bool is_success(unsigned status) {
  return status >= 200 && status < 300;
}

bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_busy(const response& answer) {
  return answer.status == 429 || answer.status == 502 || answer.status == 503 || answer.status == 504;
}

std::string in_words(const response& answer) {
  std::string words = "the site answered " + std::to_string(answer.status);
  return answer.reason.empty() ? words : words + ' ' + printable(answer.reason);
}

std::string in_words(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s"
                                  : std::to_string(time.count()) + " ms";
}

/// How long a Retry-After asks to wait: it has seconds, or a date.
std::optional<std::chrono::seconds> read_retry_after(const std::string& text) {
  constexpr std::int64_t longest = 1'000'000'000; // which no timeout reaches
  std::int64_t seconds = 0;
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    seconds = read.ec == std::errc() ? seconds : longest;
  } else {
    std::tm date{};
    const char* const after = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (after == nullptr || *after != '\0') {
      return std::nullopt;
    }
    seconds = ::timegm(&date) - std::time(nullptr);
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, longest));
}

url redirected(const url& from, const response& answer) {
  if (answer.location.empty()) {
    throw download_error(in_words(answer) + ", and doesn't say where");
  }
  std::optional<url> to;
  std::string problem;
  try {
    to = from.resolve(answer.location);
  } catch (const asyncio::invalid_argument_error& error) {
    problem = error.what();
  }
  if (!to) {
    throw download_error("a bad redirect: " + problem);
  }
  if (from.is_https() && !to->is_https()) {
    throw download_error("a redirect to " + printable(to->text()) +
                         ", where nothing is encrypted, was refused");
  }
  return *to;
}

} // namespace

class session::inside {
public:
  explicit inside(session_options options) : options_(std::move(options)) {}

  awaitable<response> get(url from) {
    response answer;
    try {
      const auto deadline = asyncio::clock::now() + options_.timeout;
      answer = co_await asyncio::with_timeout_at(deadline, [&] { return follow(std::move(from), deadline); });
    } catch (const asyncio::timeout_error&) {
      throw download_error("it was not there within " + in_words(options_.timeout));
    } catch (const boost::system::system_error& error) { // the system has no more memory, threads, ...
      throw download_error(error.code().message());
    }
    if (!is_success(answer.status)) {
      throw download_error(in_words(answer));
    }
    co_return answer;
  }

private:
  /// Asks until the answer is no redirect.
  awaitable<response> follow(url from, asyncio::clock::time_point deadline) {
    for (int redirects = 0;; ++redirects) {
      response answer = co_await ask_again(from, deadline);
      if (!is_redirect(answer.status)) {
        co_return answer;
      }
      if (redirects == options_.redirects) {
        throw download_error("more than " + std::to_string(options_.redirects) + " redirects");
      }
      from = redirected(from, answer);
    }
  }

  /// Asks until there is an answer that is worth something, or another try isn't.
  awaitable<response> ask_again(const url& what, asyncio::clock::time_point deadline) {
    for (int retries = 0;; ++retries) {
      response answer;
      std::exception_ptr failure;
      try {
        answer = co_await ask(what);
      } catch (const passing_error&) {
        failure = std::current_exception();
      }
      if (!failure && !is_busy(answer)) {
        co_return answer;
      }
      const asyncio::clock::duration pause = pause_before_retry(retries, answer);
      if (retries == options_.retries || asyncio::clock::now() + pause > deadline) {
        if (failure) {
          std::rethrow_exception(failure);
        }
        co_return answer;
      }
      co_await asyncio::sleep(pause);
    }
  }

  /// Longer than usual if the site wants that.
  asyncio::clock::duration pause_before_retry(int retries, const response& answer) {
    const std::chrono::milliseconds pause = back_off(retries, options_, random_);
    const std::optional<std::chrono::seconds> wanted = read_retry_after(answer.retry_after);
    return wanted && *wanted > pause ? asyncio::clock::duration(*wanted) : pause;
  }

  /// On a connection that is there, or a new one.
  awaitable<response> ask(const url& what) {
    if (std::unique_ptr<connection> kept = idle_.take(what.origin())) {
      response answer;
      try {
        answer = co_await ask_on(std::move(kept), what);
      } catch (const passing_error&) {
        answer.status = timed_out_at_the_site; // only that it didn't say so
      }
      if (answer.status != timed_out_at_the_site) {
        co_return answer;
      }
      idle_.close(what.origin()); // the site gave it up, and so probably the others, since nobody used them
    }
    std::unique_ptr<connection> fresh = co_await connect_in_time(what);
    co_return co_await ask_on(std::move(fresh), what);
  }

  awaitable<response> ask_on(std::unique_ptr<connection> on, url what) {
    response answer = co_await on->ask(what, options_);
    if (on->is_reusable()) {
      idle_.put(what.origin(), std::move(on));
    }
    co_return answer;
  }

  awaitable<std::unique_ptr<connection>> connect_in_time(url to) {
    try {
      const auto deadline = asyncio::clock::now() + options_.connect_timeout;
      co_return co_await asyncio::with_timeout_at(deadline, [&] { return connect(to, deadline); });
    } catch (const asyncio::timeout_error&) {
      throw passing_error("there was no connection within " + in_words(options_.connect_timeout));
    }
  }

  awaitable<std::unique_ptr<connection>> connect(url to, asyncio::clock::time_point deadline) {
    boost::asio::ssl::context* const tls = to.is_https() ? &tls_context() : nullptr;
    const endpoints addresses = co_await addresses_of(to);
    try {
      co_return co_await demos::connect(to, addresses, deadline, tls);
    } catch (const no_descriptors_error&) {
      if (!idle_.close_all()) {
        throw;
      }
    }
    co_return co_await demos::connect(to, addresses, deadline, tls);
  }

  /// Made for the first who needs it, and of the session's own: threads don't share it.
  boost::asio::ssl::context& tls_context() {
    try {
      return tls_ ? *tls_ : tls_.emplace(make_tls_context(options_.ca_file));
    } catch (const asyncio::invalid_argument_error& error) { // the file was there before
      throw download_error(error.what());
    }
  }

  awaitable<endpoints> addresses_of(url of) {
    if (const auto local = options_.connect_to.find(of.authority()); local != options_.connect_to.end()) {
      co_return endpoints(1, ip::tcp::endpoint(ip::address_v4::loopback(), local->second));
    }
    boost::system::error_code is_name;
    if (const ip::address number = ip::make_address(of.host(), is_name); !is_name) {
      co_return endpoints(1, ip::tcp::endpoint(number, of.port()));
    }
    const name_lookup_result found = co_await look_up_once(of.host());
    if (!found.problem.empty()) {
      lookups_.erase(of.host());
      const std::string problem = "its host can't be looked up: " + found.problem;
      if (found.may_pass) {
        throw passing_error(problem);
      }
      throw download_error(problem);
    }
    endpoints all;
    for (const ip::address& each : found.addresses) {
      all.emplace_back(each, of.port());
    }
    co_return all;
  }

  /// All who want to know the same wait for one look-up; it goes on if one of them is cancelled.
  awaitable<name_lookup_result> look_up_once(const std::string& host) {
    auto known = lookups_.find(host);
    if (known == lookups_.end()) {
      known = lookups_.emplace(host, look_up(host)).first;
    }
    const asyncio::future<name_lookup_result> looking = known->second;
    co_return co_await asyncio::shield(looking);
  }

  session_options options_;
  std::optional<boost::asio::ssl::context> tls_; // before the connections that use it
  std::mt19937 random_{std::random_device{}()};
  std::unordered_map<std::string, asyncio::future<name_lookup_result>> lookups_;
  idle_connections idle_{options_.idle_limit};
};

session::session(session_options options) : inside_(std::make_unique<inside>(std::move(options))) {}

session::~session() = default;

awaitable<response> session::get(url from) {
  return inside_->get(std::move(from));
}

} // namespace demos
