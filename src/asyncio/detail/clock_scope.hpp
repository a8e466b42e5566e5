#pragma once

#include <asyncio/detail/clock_source.hpp>
#include <asyncio/detail/virtual_time.hpp>

#include <optional>

namespace asyncio::detail {

/// Puts a setting of the clock in force for as long as it lives, and lets the calling thread
/// take part in virtual time. The clock is one for the whole process: a scope that overlaps
/// another has to ask for the same setting, otherwise misuse_error. A virtual clock begins at
/// zero, unless the process is in virtual time already.
class clock_scope {
public:
  explicit clock_scope(const clock_setting& setting);
  ~clock_scope();
  clock_scope(const clock_scope&) = delete;
  clock_scope& operator=(const clock_scope&) = delete;

private:
  std::optional<visit> takes_part_;
};

} // namespace asyncio::detail
