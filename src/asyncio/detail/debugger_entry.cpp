#include <asyncio/detail/debugger_entry.hpp>

#include <asyncio/detail/scheduler.hpp>

#include <boost/version.hpp>

#include <mutex>

#if defined __clang__
#define ASYNCIO_COMPILER "clang " __clang_version__
#else
#define ASYNCIO_COMPILER "g++ " __VERSION__
#endif

constinit asyncio::detail::debugger_entry asyncio_debugger_entry{
    {"asyncio"}, 1, BOOST_VERSION, ASYNCIO_COMPILER, nullptr};

namespace asyncio::detail {

namespace {

constinit std::mutex listing;

} // namespace

void list_for_debugger(scheduler& added) noexcept {
  const std::lock_guard lock(listing);
  scheduler*& first = asyncio_debugger_entry.loops;
  added.next_loop = first;
  if (first != nullptr) {
    first->previous_loop = &added;
  }
  first = &added;
}

void unlist_for_debugger(scheduler& gone) noexcept {
  const std::lock_guard lock(listing);
  scheduler*& first = asyncio_debugger_entry.loops;
  (gone.previous_loop == nullptr ? first : gone.previous_loop->next_loop) = gone.next_loop;
  if (gone.next_loop != nullptr) {
    gone.next_loop->previous_loop = gone.previous_loop;
  }
}

} // namespace asyncio::detail
