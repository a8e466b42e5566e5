#include <demos/download/back_off.hpp>

#include <algorithm>

namespace demos {

std::chrono::milliseconds back_off(int retries, const session_options& options, std::mt19937& random) {
  std::chrono::milliseconds pause = std::min(options.first_pause, options.longest_pause);
  for (int i = 0; i < retries && pause < options.longest_pause; ++i) {
    pause = std::min(2 * pause, options.longest_pause);
  }
  using milliseconds_drawn = std::uniform_int_distribution<std::chrono::milliseconds::rep>;
  return std::chrono::milliseconds(milliseconds_drawn(pause.count() / 2, pause.count())(random));
}

} // namespace demos
