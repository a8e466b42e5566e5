#pragma once

#include <asyncio/detail/clock_scope.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run_options.hpp>

#include <vector>

/// What a loop's exception handler is told, for as long as it lives.
class reports {
public:
  explicit reports(asyncio::loop& of) : of_(of) {
    of_.set_exception_handler(
        [this](asyncio::loop&, const asyncio::exception_context& context) { contexts.push_back(context); });
  }
  ~reports() { of_.set_exception_handler(nullptr); }
  reports(const reports&) = delete;
  reports& operator=(const reports&) = delete;

  std::vector<asyncio::exception_context> contexts;

private:
  asyncio::loop& of_;
};

namespace detail {

struct virtual_time {
  asyncio::detail::clock_scope in_force{
      asyncio::detail::clock_setting{.is_virtual = true, .speed = 1.0, .seed = {}}};
};

} // namespace detail

/// A loop in virtual time, for tests that run it themselves.
struct virtual_loop : private detail::virtual_time, public asyncio::loop {};

/// Everything that is ready, once; waits for nothing.
inline void run_one_pass(asyncio::loop& loop) {
  loop.stop();
  loop.run_forever();
}

/// For tests that call run() themselves.
inline asyncio::run_options in_virtual_time() {
  return asyncio::run_options().virtual_time();
}
