#pragma once

#include <chrono>
#include <random>

#include <demos/download/session_options.hpp>

namespace demos {

/// The pause before another try, after so many: each is twice as long as the one before, and then drawn
/// between the half and the whole, so that all who failed together don't come back together.
std::chrono::milliseconds back_off(int retries, const session_options& options, std::mt19937& random);

} // namespace demos
