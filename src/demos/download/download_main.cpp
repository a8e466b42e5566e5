#include <demos/download/download_main.hpp>

#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/shield.hpp>

#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

#include <demos/download/real_time.hpp>
#include <demos/download/site.hpp>
#include <demos/download/tls.hpp>
#include <sys/resource.h>

namespace demos {
namespace {

using asyncio::awaitable;

constexpr int a_day = 86'400'000; // milliseconds

awaitable<int> start_to_finish(const download_arguments& given, async_downloads download_all) {
  download_plan plan = given.plan();
  std::optional<site> own;
  if (given.uses_own_site()) {
    own.emplace(given.delay());
    plan.options.connect_to = own->ports();
  }

  download_report report(given.program(), plan.sites.size());
  const auto start = asyncio::clock::now();
  std::exception_ptr failure;
  try {
    co_await download_all(plan, report);
  } catch (...) { // what was downloaded until then is told all the same
    failure = std::current_exception();
  }
  report.finish(asyncio::clock::now() - start);
  if (failure) {
    std::rethrow_exception(failure);
  }
  co_return report.exit_status();
}

void end_when_interrupted(const blocking_downloads& download_all, const download_plan& plan,
                          download_report& report) {
  try {
    download_all(plan, report);
  } catch (const asyncio::interrupt_error&) { // the one who interrupted it knows
  }
}

/// A thread can't be cancelled; it is told, and ends soon.
awaitable<void> on_a_thread(blocking_downloads download_all, download_plan plan, download_report& report) {
  std::stop_source stop;
  plan.stop = stop.get_token();
  const auto working =
      asyncio::to_thread(end_when_interrupted, std::cref(download_all), std::cref(plan), std::ref(report));
  std::exception_ptr interrupted;
  try {
    co_await asyncio::shield(working);
  } catch (const asyncio::cancelled_error&) {
    interrupted = std::current_exception();
    stop.request_stop();
  }
  co_await working;
  if (interrupted) {
    std::rethrow_exception(interrupted);
  }
}

/// The usual limit of 1024 is there for programs that use select().
void use_all_descriptors() {
  ::rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors.rlim_cur = descriptors.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
  }
}

} // namespace

download_arguments::download_arguments(std::string program, std::string summary)
    : arguments(std::move(program), std::move(summary)),
      urls_(texts("url", "URL", "where to download from, one or several; if not given, a site of its own")),
      count_(option("count", 160, 1, 1'000'000, "how many downloads in all, going round the addresses")),
      delay_(option("delay", 25, 0, a_day, "how many milliseconds its own site takes for a request")),
      timeout_(option("timeout", 30'000, 1, a_day, "milliseconds that one download may take")),
      connect_timeout_(option("connect-timeout", 5'000, 1, a_day, "milliseconds to connect in")),
      retries_(option("retries", 3, 0, 1000, "how often a download is tried again if that may help")),
      ca_file_(text("cafile", "FILE", "certificates to trust in place of the system's")) {}

bool download_arguments::parse(int argc, char** argv) {
  if (!arguments::parse(argc, argv)) {
    return false;
  }
  try {
    check();
  } catch (const asyncio::invalid_argument_error& error) {
    return refuse(error.what());
  }
  return true;
}

void download_arguments::check() {
  for (const std::string& each : urls_) {
    static_cast<void>(url(each));
  }
  static_cast<void>(make_tls_context(ca_file_));
}

download_plan download_arguments::plan() const {
  std::vector<url> round;
  for (const std::string& each : uses_own_site() ? site::addresses() : urls_) {
    round.emplace_back(each);
  }
  download_plan made;
  const auto count = static_cast<std::size_t>(count_);
  made.sites.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    made.sites.push_back(round[i % round.size()]);
  }
  made.options.timeout = std::chrono::milliseconds(timeout_);
  made.options.connect_timeout = std::chrono::milliseconds(connect_timeout_);
  made.options.retries = retries_;
  made.options.ca_file = ca_file_;
  return made;
}

int download_main(const download_arguments& given, async_downloads download_all) {
  use_all_descriptors();
  return asyncio::run_main(start_to_finish(given, std::move(download_all)), in_real_time());
}

int blocking_download_main(const download_arguments& given, blocking_downloads download_all) {
  return download_main(
      given, [download_all = std::move(download_all)](const download_plan& plan, download_report& report) {
        return on_a_thread(download_all, plan, report);
      });
}

} // namespace demos
