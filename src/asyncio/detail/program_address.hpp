#pragma once

#include <cstdint>
#include <string>

namespace asyncio::detail {

/// Where a function is in the program, counted from where that was loaded: the same number in
/// every process that runs the same executable. misuse_error for one of a shared library,
/// and for null.
[[nodiscard]] std::uint64_t place_in_program(std::uintptr_t function);

/// The other way round, in this process.
[[nodiscard]] std::uintptr_t function_at(std::uint64_t place) noexcept;

/// Its name as the executable's table of symbols has it, `count_steps(long, long)`; without
/// one `the function at 0x1f40`.
[[nodiscard]] std::string function_name(std::uint64_t place);

} // namespace asyncio::detail
