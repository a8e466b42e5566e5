#pragma once

#include <asyncio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <demos/download/plan.hpp>
#include <demos/download/report.hpp>
#include <demos/support/arguments.hpp>

namespace demos {

/// The command line that the download lessons share; each may add to it.
class download_arguments : public arguments {
public:
  download_arguments(std::string program, std::string summary);

  /// As arguments::parse(). A bad address, or a file without certificates, is bad input, too.
  [[nodiscard]] bool parse(int argc, char** argv);

  [[nodiscard]] bool uses_own_site() const noexcept { return urls_.empty(); }
  [[nodiscard]] std::chrono::milliseconds delay() const noexcept { return std::chrono::milliseconds(delay_); }

  /// Goes round the addresses as often as it takes.
  [[nodiscard]] download_plan plan() const;

private:
  void check();

  const std::vector<std::string>& urls_;
  const int& count_;
  const int& delay_;
  const int& timeout_;
  const int& connect_timeout_;
  const int& retries_;
  const std::string& ca_file_;
};

/// Downloads everything: a function that blocks, or a coroutine.
using blocking_downloads = std::function<void(const download_plan&, download_report&)>;
using async_downloads = std::function<asyncio::awaitable<void>(const download_plan&, download_report&)>;

/// `int main()` of a download lesson: starts a site, unless there are addresses on the command
/// line; has everything downloaded; says at the end how much it was, and how long it took.
///
/// Returns the exit status: 0, 1 if something was not downloaded, 130 after Ctrl-C.
int download_main(const download_arguments& given, async_downloads download_all);

/// The same, on a thread of its own; Ctrl-C stops the plan's token. The main thread's loop waits
/// for that.
int blocking_download_main(const download_arguments& given, blocking_downloads download_all);

} // namespace demos
