#include <asyncio/detail/clock_scope.hpp>

#include <asyncio/errors.hpp>

#include <mutex>

namespace asyncio::detail {
namespace {

std::mutex scopes_mutex;
int scopes = 0;
clock_setting outside_of_scopes;

void change_to(const clock_setting& setting) {
  const clock_setting before = clock_in_force();
  if (before != setting) {
    set_clock(setting);
    if (before.is_virtual || setting.is_virtual) {
      virtual_time::instance().restart(setting.seed);
    }
  }
}

} // namespace

clock_scope::clock_scope(const clock_setting& setting) {
  {
    const std::lock_guard lock(scopes_mutex);
    if (scopes > 0 && clock_in_force() != setting) {
      throw misuse_error("the process has one clock: a loop that runs beside another one has to use the same "
                         "setting (real time, its speed, or virtual time)");
    }
    if (scopes == 0) {
      outside_of_scopes = clock_in_force();
      change_to(setting);
    }
    ++scopes;
  }
  if (setting.is_virtual) {
    takes_part_.emplace();
  }
}

clock_scope::~clock_scope() {
  takes_part_.reset();
  const std::lock_guard lock(scopes_mutex);
  if (--scopes == 0) {
    change_to(outside_of_scopes);
  }
}

} // namespace asyncio::detail
