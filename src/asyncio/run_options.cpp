#include <asyncio/run_options.hpp>

#include <asyncio/errors.hpp>

#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace asyncio {
namespace {

constexpr double slowest = 0.001;
constexpr double fastest = 1e6;

/// Empty if the variable isn't set, or set to nothing.
std::string_view environment(const char* name) {
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody here sets it
  return value != nullptr ? value : "";
}

std::string problem_with(const char* name, std::string_view value, const char* what_is_right) {
  return std::string(name) + "='" + std::string(value) + "' makes no sense: " + what_is_right;
}

bool is_speed(double factor) {
  return factor >= slowest && factor <= fastest; // false for not-a-number
}

/// Zero if the text isn't a number from its first character to its last.
double number_in(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end ? number : 0;
}

} // namespace

run_options::run_options() {
  if (const auto value = environment("ASYNCIO_CLOCK"); value == "virtual") {
    virtual_time_ = true;
  } else if (!value.empty() && value != "real") {
    problem_ = problem_with("ASYNCIO_CLOCK", value, "it is virtual or real");
  }
  if (const auto value = environment("ASYNCIO_SPEED"); !value.empty()) {
    speed_ = number_in(value);
    if (!is_speed(speed_)) {
      problem_ = problem_with("ASYNCIO_SPEED", value,
                              "it is a number from 0.001 to 1000000, 20 for twenty times faster");
    } else if (virtual_time_ && speed_ != 1.0) {
      problem_ =
          problem_with("ASYNCIO_SPEED", value, "virtual time, which ASYNCIO_CLOCK asks for, has no speed");
    }
  }
  if (const auto value = environment("ASYNCIO_DEBUG"); value == "1") {
    debug_ = true;
  } else if (!value.empty() && value != "0") {
    problem_ = problem_with("ASYNCIO_DEBUG", value, "it is 1 or 0");
  }
  if (const auto value = environment("ASYNCIO_LOG"); !value.empty()) {
    try {
      log_ = severity_of(value);
    } catch (const invalid_argument_error&) {
      problem_ = problem_with("ASYNCIO_LOG", value, "it is trace, debug, info, warning, error or fatal");
    }
  }
  elapsed_file_ = environment("ASYNCIO_ELAPSED");
}

run_options& run_options::virtual_time(bool on) noexcept {
  virtual_time_ = on;
  if (on) {
    speed_ = 1.0;
  }
  return *this;
}

run_options& run_options::speed(double factor) noexcept {
  virtual_time_ = false;
  speed_ = factor;
  return *this;
}

run_options& run_options::debug(bool on) noexcept {
  debug_ = on;
  return *this;
}

run_options& run_options::log(severity threshold) noexcept {
  log_ = threshold;
  return *this;
}

run_options& run_options::elapsed_file(std::string path) noexcept {
  elapsed_file_ = std::move(path);
  return *this;
}

void run_options::check() const {
  if (!problem_.empty()) {
    throw invalid_argument_error(problem_);
  }
  if (!is_speed(speed_)) {
    throw invalid_argument_error("a speed is a number from 0.001 to 1000000");
  }
}

} // namespace asyncio
