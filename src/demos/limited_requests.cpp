// limited_requests: many requests to a small site, but only a few at a time.
//
// Nothing stops a coroutine program from asking a site for everything at once, and a small
// site goes down under that. A semaphore has a number of slots: who wants one waits for it
// in line, and gives it back when it goes out of scope. Notice that the limit costs time,
// and that gather() doesn't know of it: it's a matter between each request and the semaphore.
//
//   run    cmake --build --preset dev -t run-limited_requests
//   debug  cmake --build --preset dev -t debug-limited_requests
//   try    limited_requests 100 --limit 10

#include <asyncio/clock.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/semaphore.hpp>
#include <asyncio/sleep.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <demos/support/arguments.hpp>
#include <demos/support/print.hpp>

using asyncio::awaitable;
using namespace std::chrono_literals;

struct small_site {
  int in_flight = 0; // requests that it is working on
  int most = 0;      // that it ever worked on at once
};

awaitable<void> answer(small_site& site) {
  ++site.in_flight;
  site.most = std::max(site.most, site.in_flight);
  co_await asyncio::sleep(500ms);
  --site.in_flight;
}

awaitable<void> request(small_site& site, asyncio::semaphore& slots) {
  auto slot = co_await slots.hold(); // stop here: who has the other slots?
  co_await answer(site);
}

awaitable<void> request_all(int requests, int limit) {
  small_site site;
  asyncio::semaphore slots(limit);
  std::vector<awaitable<void>> all;
  for (int i = 0; i < requests; ++i) {
    all.push_back(request(site, slots));
  }

  const auto start = asyncio::clock::now();
  co_await asyncio::gather(std::move(all));
  demos::print(requests, " requests, at most ", limit,
               " at a time: ", demos::seconds{asyncio::clock::now() - start},
               "s, and the most in flight were ", site.most);
}

awaitable<void> async_main(int requests, int limit) {
  co_await request_all(requests, requests); // no limit at all
  co_await request_all(requests, limit);
}

int main(int argc, char** argv) {
  demos::arguments arguments("limited_requests", "Many requests to a small site, a few at a time.");
  const int& requests = arguments.number("requests", 20, 1, 100'000, "how many requests there are");
  const int& limit = arguments.option("limit", 4, 1, 100'000, "how many may be in flight at once");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return asyncio::run_main(async_main(requests, limit));
}

// | 20 requests, at most 20 at a time: 0.5s, and the most in flight were 20
// | 20 requests, at most 4 at a time: 2.5s, and the most in flight were 4
