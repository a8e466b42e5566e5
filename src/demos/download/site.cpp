#include <demos/download/site.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/log.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task_group.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <demos/download/cancel_on_stop.hpp>
#include <demos/download/real_time.hpp>

namespace demos {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using asyncio::awaitable;
using namespace std::chrono_literals;
using socket = asio::basic_stream_socket<tcp, asyncio::executor>;
using acceptor = asio::basic_socket_acceptor<tcp, asyncio::executor>;
using request = http::request<http::empty_body>;
using answer = http::response<http::span_body<const char>>;

constexpr std::string_view big_host = "jython.example";
constexpr std::string_view small_host = "olympus.example";

struct page {
  page(std::string_view host_, std::string_view target_, std::size_t size)
      : host(host_), target(target_), content(size, '.') {}

  std::string_view host;
  std::string_view target;
  std::string content;
};

const page* find_page(const request& wanted) {
  static const std::vector<page> pages{page(big_host, "/", 10'966), page(small_host, "/dice", 276)};
  const auto is_wanted = [&](const page& each) {
    return wanted[http::field::host] == each.host && wanted.target() == each.target;
  };
  const auto found = std::ranges::find_if(pages, is_wanted);
  return found == pages.end() ? nullptr : &*found;
}

answer answer_to(const request& wanted) {
  static constexpr std::string_view nothing_there = "There is nothing here.\n";
  const page* found = find_page(wanted);
  const std::string_view content = found == nullptr ? nothing_there : std::string_view(found->content);
  answer made(found == nullptr ? http::status::not_found : http::status::ok, wanted.version());
  made.set(http::field::content_type, "text/plain");
  made.body() = {content.data(), content.size()};
  made.keep_alive(wanted.keep_alive());
  made.prepare_payload();
  return made;
}

} // namespace

/// What runs on the site's loop.
class site::work {
public:
  work(site& of, std::promise<std::uint16_t>& listening) : site_(of), listening_(listening) {}

  awaitable<void> serve_until_stopped() {
    const cancel_on_stop watch(site_.stop_.get_token());
    const tcp::endpoint any_port(asio::ip::address_v4::loopback(), 0);
    acceptor accepting(asyncio::get_running_loop().get_executor(), any_port);
    listening_.set_value(accepting.local_endpoint().port()); // it is gone after that
    listens_ = true;
    co_await asyncio::with_task_group([&](asyncio::task_group& clients) -> awaitable<void> {
      for (;;) {
        co_await accept(accepting, clients);
      }
    });
  }

  /// Whether it ever did.
  [[nodiscard]] bool listens() const noexcept { return listens_; }

private:
  awaitable<void> accept(acceptor& accepting, asyncio::task_group& clients) {
    try {
      clients.create_task(serve(co_await accepting.async_accept(asio::deferred)));
      co_return;
    } catch (const boost::system::system_error&) {
    }
    co_await asyncio::sleep(10ms); // too many descriptors are in use: some will be given back
  }

  awaitable<void> serve(socket client) {
    ++site_.connections_;
    boost::beast::flat_buffer buffer;
    try {
      for (bool goes_on = true; goes_on;) {
        request wanted;
        co_await http::async_read(client, buffer, wanted, asio::deferred);
        site_.most_in_flight_ = std::max(site_.most_in_flight_.load(), ++in_flight_);
        co_await asyncio::sleep(site_.delay_);
        --in_flight_;
        answer given = answer_to(wanted);
        goes_on = given.keep_alive();
        co_await http::async_write(client, given, asio::deferred);
      }
    } catch (const boost::system::system_error&) { // it has gone, or talks nonsense
    }
  }

  site& site_;
  std::promise<std::uint16_t>& listening_;
  bool listens_ = false;
  int in_flight_ = 0;
};

site::site(std::chrono::milliseconds delay) : delay_(delay) {
  std::promise<std::uint16_t> listening;
  // Not an asyncio::thread: Ctrl-C is for the downloads, and a site stays for those that it serves.
  thread_ = std::thread(&site::run, this, std::ref(listening));
  try {
    port_ = listening.get_future().get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

site::~site() {
  stop_.request_stop();
  thread_.join();
}

void site::run(std::promise<std::uint16_t>& listening) {
  work serving(*this, listening);
  try {
    asyncio::run(serving.serve_until_stopped(), in_real_time().elapsed_file({}));
  } catch (const asyncio::cancelled_error&) {
  } catch (...) {
    if (serving.listens()) {
      asyncio::log(asyncio::severity::error,
                   "the site has ended: " + asyncio::describe(std::current_exception()));
    } else {
      listening.set_exception(std::current_exception());
    }
  }
}

std::vector<std::string> site::addresses() {
  return {"http://" + std::string(big_host), "http://" + std::string(small_host) + "/dice"};
}

std::map<std::string, std::uint16_t> site::ports() const {
  return {{std::string(big_host), port_}, {std::string(small_host), port_}};
}

} // namespace demos
