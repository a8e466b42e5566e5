#pragma once

#include <cstdint>
#include <optional>

namespace asyncio {

/// The seed in force (ASYNCIO_SEED, run_options().seed()), or nothing: for programs that
/// draw something of their own, and want it repeatable with the rest of the run.
[[nodiscard]] std::optional<std::uint64_t> current_seed();

} // namespace asyncio
