// All of Boost.Log that the library needs, in one file: its set-up headers cost seconds.

#include <asyncio/log.hpp>

#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/thread_name.hpp>

#include <boost/log/attributes/function.hpp>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/sinks/text_ostream_backend.hpp>
#include <boost/log/trivial.hpp>
#include <boost/log/utility/setup/console.hpp>

#include <array>
#include <atomic>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <string>

namespace asyncio {
namespace {

namespace blog = boost::log;

constexpr std::array<std::string_view, 6> severity_names{"trace",   "debug", "info",
                                                         "warning", "error", "fatal"};

std::atomic<detail::name_source> task_name{nullptr};

std::string stamp() {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time_of_day()).count();
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", static_cast<int>(seconds / 3600 % 24),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return text.data();
}

std::string who() {
  const detail::name_source source = task_name.load();
  const char* task = source != nullptr ? source() : nullptr;
  return task != nullptr ? task : current_thread_name();
}

blog::trivial::severity_level trivial(severity level) {
  return static_cast<blog::trivial::severity_level>(level);
}

using console_sink = blog::sinks::synchronous_sink<blog::sinks::text_ostream_backend>;

boost::shared_ptr<console_sink> the_sink;

// On our sink only: what other sinks of the program show is not ours to say. A record of
// theirs may have no severity, and is none of ours then.
void show_from(severity level) {
  the_sink->set_filter(blog::expressions::has_attr(blog::trivial::severity) &&
                       blog::trivial::severity >= trivial(level));
}

void add_the_sink() {
  const auto core = blog::core::get();
  core->add_global_attribute("Stamp", blog::attributes::make_function(&stamp));
  core->add_global_attribute("Who", blog::attributes::make_function(&who));
  the_sink = blog::add_console_log(std::clog, blog::keywords::auto_flush = true,
                                   blog::keywords::format = blog::expressions::stream
                                                            << blog::expressions::attr<std::string>("Stamp")
                                                            << ' ' << blog::trivial::severity << " ["
                                                            << blog::expressions::attr<std::string>("Who")
                                                            << "] " << blog::expressions::smessage);
  show_from(severity::warning);
}

} // namespace

void set_up_logging() {
  static std::once_flag once;
  std::call_once(once, add_the_sink);
}

void set_log_level(severity level) {
  set_up_logging();
  show_from(level);
}

void log(severity level, std::string_view message) {
  set_up_logging();
  BOOST_LOG_SEV(blog::trivial::logger::get(), trivial(level)) << message;
}

severity severity_of(std::string_view name) {
  for (std::size_t i = 0; i < severity_names.size(); ++i) {
    if (severity_names[i] == name) {
      return static_cast<severity>(i);
    }
  }
  throw invalid_argument_error("'" + std::string(name) +
                               "' is no log level: use trace, debug, info, warning, error or fatal");
}

namespace detail {

void set_log_name_source(name_source source) noexcept {
  task_name.store(source);
}

void log_unhandled(const exception_context& context) noexcept {
  try {
    std::string line = context.message;
    if (!context.source.empty()) {
      line += " (" + context.source;
      if (context.where.line() != 0) {
        line += std::string(", created at ") + context.where.file_name() + ':' +
                std::to_string(context.where.line());
      }
      line += ')';
    }
    if (context.exception) {
      line += ": " + describe(context.exception);
    }
    log(severity::error, line);
  } catch (...) { // a log that cannot be written must not end the program
    std::fputs("asyncio: an exception could not be reported\n", stderr);
  }
}

} // namespace detail
} // namespace asyncio
