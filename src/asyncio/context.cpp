#include <asyncio/context.hpp>

#include <atomic>

namespace asyncio {

context copy_context() {
  return detail::context_access::make(detail::copy_of_current_context());
}

namespace detail {

std::uint64_t next_context_variable() noexcept {
  static std::atomic<std::uint64_t> made{0};
  return ++made;
}

} // namespace detail
} // namespace asyncio
