// download_sequential: many downloads, one after the other.
//
// While an answer is on its way, the program waits and does nothing else: 160 times 25
// milliseconds are four seconds. The session keeps its connection to each host, so that only the
// first request there has to connect. Notice that nearly all of the time is waiting.
//
// The lesson brings the two sites along; --url downloads from real ones.
//
//   run    cmake --build --preset dev -t run-download_sequential
//   debug  cmake --build --preset dev -t debug-download_sequential
//   try    download_sequential --count 20 --url https://www.debian.org; and then download_threads

#include <demos/download/blocking_session.hpp>
#include <demos/download/download_main.hpp>

using demos::download_plan;
using demos::download_report;
using demos::url;

void download_site(const url& site, demos::blocking_session& session, download_report& report) {
  try {
    const demos::response response = session.get(site); // stop here: nothing else happens meanwhile
    report.read(response.content.size(), site);
  } catch (const demos::download_error& error) {
    report.failed(site, error);
  }
}

void download_all_sites(const download_plan& plan, download_report& report) {
  demos::blocking_session session(plan.options, plan.stop);
  for (const url& site : plan.sites) {
    download_site(site, session, report);
  }
}

int main(int argc, char** argv) {
  demos::download_arguments arguments("download_sequential", "Many downloads, one after the other.");
  if (!arguments.parse(argc, argv)) {
    return arguments.exit_status();
  }
  return demos::blocking_download_main(arguments, download_all_sites);
}

// | Read 10966 from http://jython.example
// | Read 276 from http://olympus.example/dice
// | Read 10966 from http://jython.example
// | Read 276 from http://olympus.example/dice
// | Downloaded 4 in 0.10 seconds
