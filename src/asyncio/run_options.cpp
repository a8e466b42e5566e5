#include <asyncio/run_options.hpp>

#include <asyncio/detail/environment.hpp>
#include <asyncio/errors.hpp>

#include <string>
#include <utility>

namespace asyncio {

run_options::run_options() {
  using detail::environment;
  using detail::problem_with;
  const detail::clock_environment clock;
  clock_ = clock.setting;
  problem_ = clock.problem;
  if (const auto value = environment("ASYNCIO_DEBUG"); value == "1") {
    debug_ = true;
    dump_on_signal_ = true;
  } else if (value == "0") {
    debug_ = false;
  } else if (!value.empty()) {
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
  clock_.is_virtual = on;
  clock_.speed = 1.0;
  return *this;
}

run_options& run_options::speed(double factor) noexcept {
  clock_.is_virtual = false;
  clock_.speed = factor;
  return *this;
}

run_options& run_options::seed(std::uint64_t number) noexcept {
  clock_.seed = number;
  return *this;
}

run_options& run_options::time_passes_during_io(bool on) noexcept {
  time_passes_during_io_ = on;
  return *this;
}

run_options& run_options::debug(bool on) noexcept {
  debug_ = on;
  return *this;
}

run_options& run_options::dump_on_signal(bool on) noexcept {
  dump_on_signal_ = on;
  return *this;
}

run_options& run_options::loop_factory(std::function<std::shared_ptr<loop>()> factory) noexcept {
  loop_factory_ = std::move(factory);
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
  if (!detail::is_speed(clock_.speed)) {
    throw invalid_argument_error("a speed is a number from 0.001 to 1000000");
  }
}

} // namespace asyncio
