// A session, and sites that do what no real one should. Time is real here, since I/O is; nothing
// depends on how much of it passes.

#include <asyncio/awaitable.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/semaphore.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/thread.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <demos/download/back_off.hpp>
#include <demos/download/blocking_session.hpp>
#include <demos/download/connection.hpp>
#include <demos/download/real_time.hpp>
#include <demos/download/session.hpp>
#include <demos/download/site.hpp>
#include <sys/resource.h>
#include <unistd.h>

namespace asio = boost::asio;
using asio::ip::tcp;
using asyncio::awaitable;
using boost::system::error_code;
using demos::url;
using namespace std::chrono_literals;
using socket_type = asio::basic_stream_socket<tcp, asyncio::executor>;
using acceptor = asio::basic_socket_acceptor<tcp, asyncio::executor>;
using strings = std::vector<std::string>;

namespace {

/// A test case whose body is a coroutine, in real time.
#define SESSION_TEST_CASE(name)                                                                              \
  static awaitable<void> name##_body();                                                                      \
  BOOST_AUTO_TEST_CASE(name) {                                                                               \
    asyncio::run(name##_body(), demos::in_real_time());                                                      \
  }                                                                                                          \
  static awaitable<void> name##_body()

const std::string fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

/// A site of the test's loop. Each of the strings is what it answers to a question on a connection of
/// its own, and then it closes that; an empty one: it closes without a word. After the last one it
/// answers no more, and leaves the connection open.
class scripted_site {
public:
  explicit scripted_site(strings answers)
      : accepting_(asyncio::get_running_loop().get_executor(),
                   tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        serving_(asyncio::create_task(serve(std::move(answers)))) {}
  ~scripted_site() { serving_.cancel(); }
  scripted_site(const scripted_site&) = delete;
  scripted_site& operator=(const scripted_site&) = delete;

  [[nodiscard]] url address() const {
    return url("http://127.0.0.1:" + std::to_string(accepting_.local_endpoint().port()) + "/page");
  }

  int connections = 0;
  bool client_has_gone = false; // while it was not answered

private:
  awaitable<void> serve(strings answers) {
    for (std::size_t next = 0;; ++next) {
      socket_type client = co_await accepting_.async_accept(asio::deferred);
      ++connections;
      std::string question;
      try {
        co_await asio::async_read_until(client, asio::dynamic_buffer(question), "\r\n\r\n", asio::deferred);
        if (next < answers.size()) {
          co_await asio::async_write(client, asio::buffer(answers[next]), asio::deferred);
        } else {
          co_await asio::async_read_until(client, asio::dynamic_buffer(question), "no end", asio::deferred);
        }
      } catch (const boost::system::system_error&) {
        client_has_gone = true;
      }
    }
  }

  acceptor accepting_;
  asyncio::task<void> serving_;
};

/// A site of the test's loop that keeps its connections. Each question gets the next of the strings,
/// whichever connection it comes on, and after the last one none. One that doesn't say how long it is
/// ends what the site has to say there, though it still listens.
class keeping_site {
public:
  explicit keeping_site(strings answers)
      : answers_(answers.rbegin(), answers.rend()),
        accepting_(asyncio::get_running_loop().get_executor(),
                   tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        serving_(asyncio::create_task(serve())) {}
  ~keeping_site() {
    serving_.cancel();
    for (const auto& each : answering_) {
      each.cancel();
    }
  }
  keeping_site(const keeping_site&) = delete;
  keeping_site& operator=(const keeping_site&) = delete;

  [[nodiscard]] std::uint16_t port() const { return accepting_.local_endpoint().port(); }
  [[nodiscard]] url address() const { return url("http://127.0.0.1:" + std::to_string(port()) + "/page"); }
  [[nodiscard]] std::size_t connections() const { return clients_.size(); }

  /// Something that nobody asked for, to all clients.
  void say(const std::string& unasked) {
    for (const auto& each : clients_) {
      asio::write(*each, asio::buffer(unasked));
    }
  }

private:
  using client = std::shared_ptr<socket_type>;

  awaitable<void> serve() {
    for (;;) {
      clients_.push_back(std::make_shared<socket_type>(co_await accepting_.async_accept(asio::deferred)));
      answering_.push_back(asyncio::create_task(answer(clients_.back())));
    }
  }

  awaitable<void> answer(client asking) {
    std::string question;
    for (;;) {
      error_code gone;
      const std::size_t length =
          co_await asio::async_read_until(*asking, asio::dynamic_buffer(question), "\r\n\r\n",
                                          asio::redirect_error(asyncio::use_awaitable, gone));
      if (gone || answers_.empty()) {
        co_return;
      }
      question.erase(0, length);
      const std::string next = answers_.back();
      answers_.pop_back();
      asio::write(*asking, asio::buffer(next));
      if (next.find("Content-Length") == std::string::npos) {
        asking->shutdown(tcp::socket::shutdown_send);
      }
    }
  }

  strings answers_; // the next one last
  acceptor accepting_;
  std::vector<client> clients_;
  std::vector<asyncio::task<void>> answering_;
  asyncio::task<void> serving_;
};

/// While one lives, the program gets no more descriptors than it has.
class no_more_descriptors {
public:
  no_more_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int first_free = ::dup(0);
    ::close(first_free);
    ::rlimit now = before_;
    now.rlim_cur = static_cast<::rlim_t>(first_free);
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~no_more_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  no_more_descriptors(const no_more_descriptors&) = delete;
  no_more_descriptors& operator=(const no_more_descriptors&) = delete;

private:
  ::rlimit before_{};
};

demos::session_options no_retries() {
  demos::session_options options;
  options.retries = 0;
  return options;
}

demos::session_options quick_retries() {
  demos::session_options options;
  options.retries = 2;
  options.first_pause = 1ms;
  return options;
}

demos::session_options own_site(const demos::site& site) {
  demos::session_options options = no_retries();
  options.connect_to = site.ports();
  return options;
}

/// The content, or what was wrong.
awaitable<std::string> get(demos::session& session, url from) {
  try {
    const demos::response answer = co_await session.get(std::move(from));
    co_return answer.content;
  } catch (const demos::download_error& error) {
    co_return error.what();
  }
}

awaitable<void> get_in_a_slot(demos::session& session, asyncio::semaphore& slots, url from) {
  auto slot = co_await slots.hold();
  co_await session.get(std::move(from));
}

} // namespace

BOOST_AUTO_TEST_SUITE(session_test)

SESSION_TEST_CASE(one_connection_serves_one_download_after_the_other) {
  const demos::site site(0ms);
  demos::session session(own_site(site));
  for (int i = 0; i < 3; ++i) {
    const std::string big = co_await get(session, url(demos::site::addresses().at(0)));
    BOOST_TEST(big.size() == 10'966U);
  }
  BOOST_TEST(site.connections() == 1);
  const std::string small = co_await get(session, url(demos::site::addresses().at(1)));
  BOOST_TEST(small.size() == 276U);
  BOOST_TEST(site.connections() == 2); // the other host
}

SESSION_TEST_CASE(no_more_are_in_flight_than_the_semaphore_has_slots) {
  const demos::site site(5ms);
  demos::session session(own_site(site));
  asyncio::semaphore slots(4);
  std::vector<awaitable<void>> all;
  for (int i = 0; i < 40; ++i) {
    all.push_back(get_in_a_slot(session, slots, url(demos::site::addresses().at(0))));
  }
  co_await asyncio::gather(std::move(all));
  BOOST_TEST(site.most_in_flight() <= 4);
  BOOST_TEST(site.most_in_flight() > 1);
  BOOST_TEST(site.connections() <= 4);
}

SESSION_TEST_CASE(the_own_site_has_two_pages_and_no_others) {
  const demos::site site(0ms);
  demos::session session(own_site(site));
  const std::string missing = co_await get(session, url(demos::site::addresses().at(0) + "/no/page"));
  BOOST_TEST(missing == "the site answered 404 Not Found");
}

SESSION_TEST_CASE(a_connection_closed_before_an_answer_is_retried) {
  scripted_site site({"", "", fine});
  demos::session session(quick_retries());
  const std::string content = co_await get(session, site.address());
  BOOST_TEST(content == "OK");
  BOOST_TEST(site.connections == 3);
}

SESSION_TEST_CASE(only_so_often) {
  scripted_site site({"", "", "", fine});
  demos::session session(quick_retries());
  const std::string content = co_await get(session, site.address());
  BOOST_TEST(content == "the connection was closed before an answer came");
  BOOST_TEST(site.connections == 3);
}

SESSION_TEST_CASE(an_answer_that_breaks_off_is_not_retried) {
  scripted_site site({"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nOK", fine});
  demos::session session(quick_retries());
  const std::string content = co_await get(session, site.address());
  BOOST_TEST(content == "the connection was closed in the middle of the answer");
  BOOST_TEST(site.connections == 1);
}

SESSION_TEST_CASE(a_busy_site_is_asked_again) {
  for (const std::string status :
       {"502 a", "503 b", "504 c", "429 a", "429 d\r\nRetry-After: 0", "429 e\r\nRetry-After: soon",
        "503 e\r\nRetry-After: Thu, 01 Jan 1970 00:00:00 GMT", "503 f\r\nRetry-After: soon"}) {
    scripted_site site({"HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n", fine});
    demos::session session(quick_retries());
    const std::string content = co_await get(session, site.address());
    BOOST_TEST(content == "OK", status);
  }
}

SESSION_TEST_CASE(what_will_not_pass_is_not_asked_again) {
  for (const std::string status : {"500 a", "501 a", "404 a", "400 a", "301 a", "304 a"}) {
    scripted_site site({"HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n", fine});
    demos::session session(quick_retries());
    const std::string content = co_await get(session, site.address());
    BOOST_TEST(content.starts_with("the site answered " + status), content);
    BOOST_TEST(site.connections == 1);
  }
}

SESSION_TEST_CASE(what_a_site_says_is_nothing_that_a_terminal_would_obey) {
  scripted_site site({"HTTP/1.1 404 \x9b[31mred\r\nContent-Length: 0\r\n\r\n",
                      "HTTP/1.1 404 " + std::string(201, 'x') + "\r\nContent-Length: 0\r\n\r\n",
                      "HTTP/1.1 302 Found\r\nLocation: http://\x9b/\r\nContent-Length: 0\r\n\r\n"});
  demos::session session(no_retries());
  const std::string coloured = co_await get(session, site.address());
  BOOST_TEST(coloured == "the site answered 404 \\x9b[31mred");
  const std::string endless = co_await get(session, site.address());
  BOOST_TEST(endless == "the site answered 404 " + std::string(200, 'x') + "...");
  const std::string elsewhere = co_await get(session, site.address());
  BOOST_TEST(elsewhere.starts_with("a bad redirect: 'http://\\x9b/' is no address"), elsewhere);
}

SESSION_TEST_CASE(who_asks_to_wait_for_longer_than_there_is_time_is_not_waited_for) {
  for (const std::string when :
       {"3600", "99999999999", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"}) {
    scripted_site site({"HTTP/1.1 503 Busy\r\nRetry-After: " + when + "\r\nContent-Length: 0\r\n\r\n", fine});
    demos::session session(quick_retries());
    const std::string content = co_await get(session, site.address());
    BOOST_TEST(content == "the site answered 503 Busy");
  }
}

BOOST_AUTO_TEST_CASE(pauses_grow_and_are_drawn_between_the_half_and_the_whole) {
  demos::session_options options;
  options.first_pause = 100ms;
  options.longest_pause = 1000ms;
  std::mt19937 random(7);
  std::set<std::chrono::milliseconds> drawn;
  for (int i = 0; i < 100; ++i) {
    const auto third = demos::back_off(2, options, random);
    BOOST_TEST((third >= 200ms && third <= 400ms));
    drawn.insert(third);
    const auto late = demos::back_off(1000, options, random);
    BOOST_TEST((late >= 500ms && late <= 1000ms));
  }
  BOOST_TEST(drawn.size() > 10U);
}

SESSION_TEST_CASE(what_went_wrong_is_told_where_there_is_no_time_to_try_again) {
  scripted_site site({"", fine});
  demos::session_options options;
  options.first_pause = 1h;
  options.longest_pause = 1h;
  demos::session session(options);
  const std::string content = co_await get(session, site.address());
  BOOST_TEST(content == "the connection was closed before an answer came");
}

SESSION_TEST_CASE(a_connection_that_was_closed_meanwhile_is_no_failure) {
  scripted_site site({fine, fine}); // says that it keeps them, and doesn't
  demos::session session(no_retries());
  for (int i = 0; i < 2; ++i) {
    const std::string content = co_await get(session, site.address());
    BOOST_TEST(content == "OK");
  }
  BOOST_TEST(site.connections == 2);
}

SESSION_TEST_CASE(what_nobody_asked_for_is_not_taken_for_the_next_answer) {
  scripted_site site({fine + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", fine});
  demos::session session(no_retries());
  for (int i = 0; i < 2; ++i) {
    const std::string content = co_await get(session, site.address());
    BOOST_TEST(content == "OK");
  }
}

SESSION_TEST_CASE(a_connection_that_ends_with_its_answer_is_not_used_again) {
  keeping_site site({"HTTP/1.1 200 OK\r\n\r\nOK", fine});
  demos::session session(no_retries());
  for (std::size_t i = 1; i <= 2; ++i) {
    const std::string content = co_await get(session, site.address());
    BOOST_TEST(content == "OK");
    BOOST_TEST(site.connections() == i);
  }
}

SESSION_TEST_CASE(what_comes_while_a_connection_is_idle_is_no_answer) {
  for (const std::string unasked : {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
                                    "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"}) {
    keeping_site site({fine, fine});
    demos::session session(no_retries());
    co_await session.get(site.address());
    site.say(unasked);
    const std::string content = co_await get(session, site.address());
    BOOST_TEST(content == "OK");
    BOOST_TEST(site.connections() == 2U);
  }
}

SESSION_TEST_CASE(a_site_that_was_tired_of_waiting_is_asked_on_a_new_connection) {
  const std::string tired = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
  keeping_site site({fine, tired, fine, tired, tired});
  demos::session session(no_retries());
  for (const std::string expected : {"OK", "OK", "the site answered 408 Request Timeout"}) {
    const std::string content = co_await get(session, site.address());
    BOOST_TEST(content == expected);
  }
  BOOST_TEST(site.connections() == 3U);
}

SESSION_TEST_CASE(the_connection_that_was_idle_longest_makes_room_for_others) {
  keeping_site site({fine, fine, fine, fine, fine});
  demos::session_options options = no_retries();
  options.idle_limit = 2;
  options.connect_to = {{"a", site.port()}, {"b", site.port()}, {"c", site.port()}};
  demos::session session(options);
  for (const std::string host : {"a", "b", "c"}) {
    co_await session.get(url("http://" + host));
  }
  co_await session.get(url("http://b"));
  BOOST_TEST(site.connections() == 3U);
  co_await session.get(url("http://a"));
  BOOST_TEST(site.connections() == 4U);
}

SESSION_TEST_CASE(idle_connections_make_room_where_there_are_no_descriptors) {
  const demos::site site(0ms);
  demos::session_options options = own_site(site);
  options.connect_to["elsewhere.example"] = site.ports().begin()->second;
  demos::session session(options);
  co_await session.get(url(demos::site::addresses().at(0)));
  const no_more_descriptors limit;
  const std::string content = co_await get(session, url("http://elsewhere.example/"));
  BOOST_TEST(content == "the site answered 404 Not Found"); // of that name it has none
}

SESSION_TEST_CASE(without_descriptors_that_is_what_is_said) {
  const demos::site site(0ms);
  demos::session session(own_site(site));
  const no_more_descriptors limit;
  const std::string content = co_await get(session, url(demos::site::addresses().at(0)));
  BOOST_TEST(content == "it can't be connected to: Too many open files");
}

// Its queue is full, so it doesn't even refuse.
SESSION_TEST_CASE(an_address_where_nobody_answers_leaves_time_for_the_next) {
  const tcp::endpoint any_port(asio::ip::address_v4::loopback(), 0);
  const auto executor = asyncio::get_running_loop().get_executor();
  acceptor full(executor);
  full.open(tcp::v4());
  full.bind(any_port);
  full.listen(0);
  socket_type waits_in_it(executor);
  waits_in_it.connect(full.local_endpoint());

  keeping_site site({fine});
  const std::vector<tcp::endpoint> addresses{full.local_endpoint(),
                                             tcp::endpoint(asio::ip::address_v4::loopback(), site.port())};
  const auto soon = asyncio::clock::now() + 20ms;
  const auto connected = co_await demos::connect(site.address(), addresses, soon, nullptr);
  const demos::response answer = co_await connected->ask(site.address(), no_retries());
  BOOST_TEST(answer.content == "OK");
}

SESSION_TEST_CASE(a_site_that_never_comes_to_its_answer_is_left) {
  std::string hints;
  for (int i = 0; i < 100; ++i) {
    hints += "HTTP/1.1 103 Early Hints\r\n\r\n";
  }
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string much(100'000, 'a');
  scripted_site site(
      {hints + fine, "HTTP/1.1 200 OK\r\nX: " + much, chunked + "2;" + much, chunked + "0\r\nX: " + much});
  demos::session session(no_retries());
  const std::string only_hints = co_await get(session, site.address());
  BOOST_TEST(only_hints == "the site promised an answer again and again, and never gave it");
  const std::string long_header = co_await get(session, site.address());
  BOOST_TEST(long_header == "the header of the answer is too long");
  for (const std::string where : {"chunk", "trailer"}) {
    const std::string content = co_await get(session, site.address());
    BOOST_TEST(content == "the answer has a line between its chunks, or a trailer, that is too long", where);
  }
}

SESSION_TEST_CASE(an_answer_is_not_longer_than_the_limit) {
  scripted_site site({fine,
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n1\r\n!\r\n0\r\n\r\n",
                      "HTTP/1.1 200 OK\r\n\r\nOK!", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"});
  demos::session_options options = no_retries();
  options.content_limit = 2;
  demos::session session(options);
  const std::string short_enough = co_await get(session, site.address());
  BOOST_TEST(short_enough == "OK");
  for (const std::string how : {"in chunks", "until the end", "as it says"}) {
    const std::string content = co_await get(session, site.address());
    BOOST_TEST(content == "the answer is too long", how);
  }
}

SESSION_TEST_CASE(a_site_that_says_nothing_runs_into_the_timeout) {
  scripted_site site({});
  demos::session_options options;
  options.timeout = 20ms;
  demos::session session(options);
  const std::string content = co_await get(session, site.address());
  BOOST_TEST(content == "it was not there within 20 ms");
}

SESSION_TEST_CASE(a_cancelled_download_closes_its_connection) {
  scripted_site site({});
  demos::session session;
  const auto getting = asyncio::create_task(session.get(site.address()));
  while (site.connections == 0) {
    co_await asyncio::sleep(1ms);
  }
  getting.cancel();
  bool cancelled = false;
  try {
    co_await getting;
  } catch (const asyncio::cancelled_error&) {
    cancelled = true;
  }
  BOOST_TEST(cancelled);
  while (!site.client_has_gone) {
    co_await asyncio::sleep(1ms);
  }
}

SESSION_TEST_CASE(a_name_is_looked_up_for_all_who_want_it) {
  const demos::site site(0ms);
  const std::string address = "http://localhost:" + std::to_string(site.ports().begin()->second) + "/";
  demos::session session(no_retries());
  const auto contents = co_await asyncio::gather(get(session, url(address)), get(session, url(address)));
  BOOST_TEST(std::get<0>(contents) == "the site answered 404 Not Found"); // of that name it has none
  BOOST_TEST(std::get<1>(contents) == "the site answered 404 Not Found");
}

SESSION_TEST_CASE(a_cancelled_look_up_leaves_the_others_alone) {
  const demos::site site(0ms);
  const url address("http://localhost:" + std::to_string(site.ports().begin()->second) + "/");
  demos::session session(no_retries());
  const auto first = asyncio::create_task(get(session, address));
  const auto second = asyncio::create_task(get(session, address));
  co_await asyncio::sleep(0s);
  first.cancel();
  const std::string content = co_await second;
  BOOST_TEST(content == "the site answered 404 Not Found");
}

// Answers that were fine once, with some bytes changed, removed or added.
SESSION_TEST_CASE(whatever_comes_back_a_download_ends) {
  const strings seeds{
      fine, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n",
      "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nOK",
      "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\n\r\n"};
  std::mt19937 random(7);
  const auto draw = [&](std::size_t below) { return random() % below; };
  strings answers;
  for (int i = 0; i < 300; ++i) {
    std::string answer = seeds[draw(seeds.size())];
    for (std::size_t changes = 1 + draw(4); changes > 0; --changes) {
      const std::size_t where = draw(answer.size());
      switch (draw(4)) {
      case 0:
        answer[where] = static_cast<char>(draw(256));
        break;
      case 1:
        answer.erase(where, 1 + draw(8));
        break;
      case 2:
        answer.insert(where, 1 + draw(8), static_cast<char>(draw(256)));
        break;
      default:
        answer.insert(where, answer.substr(draw(answer.size()), draw(16)));
        break;
      }
      answer += answer.empty() ? "H" : "";
    }
    answers.push_back(answer);
  }
  scripted_site site(answers);
  demos::session_options options = no_retries();
  options.redirects = 0;
  int ended = 0;
  while (site.connections < static_cast<int>(answers.size())) {
    demos::session session(options);
    co_await get(session, site.address());
    ++ended;
  }
  BOOST_TEST(ended == static_cast<int>(answers.size()));
}

BOOST_AUTO_TEST_CASE(a_blocking_session_downloads) {
  const demos::site site(0ms);
  demos::blocking_session session(own_site(site));
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(session.get(url(demos::site::addresses().at(1))).content.size() == 276U);
  }
  BOOST_TEST(site.connections() == 1);
  BOOST_CHECK_THROW(session.get(url("http://127.0.0.1:1/")), demos::download_error);
}

BOOST_AUTO_TEST_CASE(a_blocking_session_that_has_no_descriptors_fails_until_it_has) {
  const demos::site site(0ms);
  demos::blocking_session session(own_site(site));
  const url address(demos::site::addresses().at(1));
  {
    const no_more_descriptors limit;
    BOOST_CHECK_THROW(session.get(address), demos::download_error);
  }
  BOOST_TEST(session.get(address).content.size() == 276U);
}

BOOST_AUTO_TEST_CASE(a_blocking_session_that_is_stopped_throws_interrupt_error) {
  const demos::site site(1h);
  std::stop_source stop;
  bool interrupted = false;
  asyncio::thread blocked("blocked", [&] {
    demos::blocking_session session(own_site(site), stop.get_token());
    try {
      session.get(url(demos::site::addresses().at(0)));
    } catch (const asyncio::interrupt_error&) {
      interrupted = true;
    }
  });
  while (site.most_in_flight() == 0) {
    std::this_thread::yield();
  }
  stop.request_stop();
  blocked.join();
  BOOST_TEST(interrupted);
}

BOOST_AUTO_TEST_CASE(a_blocking_session_that_was_stopped_begins_nothing) {
  std::stop_source stop;
  stop.request_stop();
  demos::blocking_session session({}, stop.get_token());
  BOOST_CHECK_THROW(session.get(url("http://127.0.0.1:1/")), asyncio::interrupt_error);
}

BOOST_AUTO_TEST_SUITE_END()
