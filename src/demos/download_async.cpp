// download_async: the same downloads by coroutines, on one thread.
//
// Where download_sequential waits for an answer, co_await lets another coroutine ask for its page
// meanwhile. One session is enough: no two coroutines ever run at the same moment. A coroutine
// costs next to nothing, so there can be one for each download; what limits them is what the
// sites can bear, and that is what the semaphore is for.
//
//   run    cmake --build --preset dev -t run-download_async
//   debug  cmake --build --preset dev -t debug-download_async
//   try    --limit 1, and --limit 160: as fast as a single download

#include <asyncio/semaphore.hpp>
#include <asyncio/task_group.hpp>

#include <demos/download/download_main.hpp>
#include <demos/download/session.hpp>

using asyncio::awaitable;
using demos::download_plan;
using demos::download_report;
using demos::url;

// A coroutine may outlive the call that made it. So it has a copy of `site`; what it refers to, such as
// the session, has to be there until it has ended.
awaitable<void> download_site(url site, demos::session& session, asyncio::semaphore& slots,
                              download_report& report) {
  auto slot = co_await slots.hold(); // waits for a free one; given back at the end of the function
  try {
    const demos::response response = co_await session.get(site); // stop here: the others wait, too
    report.read(response.content.size(), site);
  } catch (const demos::download_error& error) {
    report.failed(site, error);
  }
}

awaitable<void> download_all_sites(const download_plan& plan, download_report& report, int limit) {
  demos::session session(plan.options); // outside of the group, which waits for all who use it
  asyncio::semaphore slots(limit);
  // The group's body is a lambda and a coroutine; it may refer to what is here ([&]), as it is awaited
  // here. What it creates runs once it has ended. With no co_await in it, co_return makes it a coroutine.
  co_await asyncio::with_task_group([&](asyncio::task_group& downloads) -> awaitable<void> {
    for (const url& site : plan.sites) {
      downloads.create_task(download_site(site, session, slots, report));
    }
    co_return;
  });
}

int main(int argc, char** argv) {
  demos::download_arguments arguments("download_async", "Many downloads, by coroutines on one thread.");
  const int& limit = arguments.option("limit", 20, 1, 1000, "how many may be in flight at once");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  // The lambda only makes the coroutine; nothing of it runs before download_main() has a loop run it.
  return demos::download_main(arguments, [&](const download_plan& plan, download_report& report) {
    return download_all_sites(plan, report, limit);
  });
}

// | Read 10966 from http://jython.example
// | Read 276 from http://olympus.example/dice
// | Read 10966 from http://jython.example
// | Read 276 from http://olympus.example/dice
// | Downloaded 4 in 0.01 seconds
