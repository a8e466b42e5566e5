#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

#include <demos/download/progress_bar.hpp>
#include <demos/download/response.hpp>
#include <demos/download/url.hpp>

namespace demos {

/// What is printed about downloads. Any thread may call it.
class download_report {
public:
  download_report(std::string program, std::size_t total);

  /// `Read 10966 from http://jython.example`, on stdout.
  void read(std::size_t bytes, const url& from);

  /// The program, the address and what was wrong, in one line on stderr.
  void failed(const url& from, const download_error& error);

  /// The last line: `Downloaded 160 in 1.20 seconds`; of 160, if it was fewer.
  void finish(std::chrono::nanoseconds duration);

  /// 0 if everything was downloaded, and could be printed; 1 if not.
  [[nodiscard]] int exit_status() const;

private:
  void print(const std::string& line);

  const std::string program_;
  const std::size_t total_;
  const bool to_terminal_;
  mutable std::mutex mutex_;
  std::size_t downloaded_ = 0;
  std::size_t failed_ = 0;
  std::chrono::steady_clock::time_point flushed_;
  progress_bar bar_;
};

} // namespace demos
