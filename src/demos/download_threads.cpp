// download_threads: the same downloads on five threads, which wait at the same time.
//
// A session is for one thread, so each has one of its own: a thread_local variable is made where
// a thread first comes by, and goes with it. Five threads need a fifth of the time. Notice what
// has to be thought of: who may use which object, and that the lines come in any order.
//
//   run    cmake --build --preset dev -t run-download_threads
//   debug  cmake --build --preset dev -t debug-download_threads
//   try    download_threads 1, download_threads 20, download_threads 160

#include <asyncio/concurrent_future.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <cstddef>
#include <functional>
#include <vector>

#include <demos/download/blocking_session.hpp>
#include <demos/download/download_main.hpp>

using demos::download_plan;
using demos::download_report;
using demos::url;

demos::blocking_session& get_session(const download_plan& plan) {
  thread_local demos::blocking_session session(plan.options, plan.stop);
  return session;
}

void download_site(const url& site, const download_plan& plan, download_report& report) {
  demos::blocking_session& session = get_session(plan);
  try {
    const demos::response response = session.get(site); // stop here: `info threads` shows the others
    report.read(response.content.size(), site);
  } catch (const demos::download_error& error) {
    report.failed(site, error);
  }
}

// A job runs later, so submit() copies what it is given. std::ref() makes it a reference, to what has to
// be there until the executor, at its end, has waited for all jobs.
void download_all_sites(const download_plan& plan, download_report& report, int workers) {
  asyncio::thread_pool_executor executor(static_cast<std::size_t>(workers));
  std::vector<asyncio::concurrent_future<void>> downloading;
  for (const url& site : plan.sites) {
    downloading.push_back(executor.submit(download_site, site, std::cref(plan), std::ref(report)));
  }
  for (const auto& each : downloading) {
    each.result(); // waits for that job, and throws what it threw
  }
}

int main(int argc, char** argv) {
  demos::download_arguments arguments("download_threads", "Many downloads, on several threads.");
  const int& workers = arguments.number("workers", 5, 1, 1000, "how many threads share the work");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return demos::blocking_download_main(arguments, [&](const download_plan& plan, download_report& report) {
    download_all_sites(plan, report, workers);
  });
}

// | Read 10966 from http://jython.example
// | Read 276 from http://olympus.example/dice
// | Read 10966 from http://jython.example
// | Read 276 from http://olympus.example/dice
// | Downloaded 4 in 0.02 seconds
