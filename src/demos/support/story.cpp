#include <demos/support/story.hpp>

#include <asyncio/clock.hpp>

#include <boost/core/null_deleter.hpp>
#include <boost/log/attributes/constant.hpp>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/sinks/text_ostream_backend.hpp>
#include <boost/log/sources/logger.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/shared_ptr.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <mutex>

namespace demos {
namespace {

namespace blog = boost::log;

std::string stamp() {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(asyncio::time_of_day()).count();
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", static_cast<int>(seconds / 3600 % 24),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return text.data();
}

void add_the_sink() {
  using sink_type = blog::sinks::synchronous_sink<blog::sinks::text_ostream_backend>;
  const auto sink = boost::make_shared<sink_type>();
  sink->locked_backend()->add_stream(boost::shared_ptr<std::ostream>(&std::cout, boost::null_deleter()));
  sink->locked_backend()->auto_flush(true);
  sink->set_filter(blog::expressions::has_attr<std::string>("Story"));
  sink->set_formatter(blog::expressions::stream << blog::expressions::attr<std::string>("Story") << ": "
                                                << blog::expressions::smessage);
  blog::core::get()->add_sink(sink);
}

} // namespace

void story(const std::string& line) {
  static std::once_flag once;
  std::call_once(once, add_the_sink);
  blog::sources::logger logger;
  logger.add_attribute("Story", blog::attributes::constant<std::string>(stamp()));
  BOOST_LOG(logger) << line;
}

} // namespace demos
