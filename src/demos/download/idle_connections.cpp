#include <demos/download/idle_connections.hpp>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

namespace demos {

idle_connections::entry::entry(std::string origin_, std::unique_ptr<connection> left_)
    : origin(std::move(origin_)), left(std::move(left_)) {}

void idle_connections::put(const std::string& origin, std::unique_ptr<connection> left) {
  entries_.emplace_back(origin, std::move(left));
  if (entries_.size() > limit_) {
    entries_.erase(entries_.begin());
  }
}

std::unique_ptr<connection> idle_connections::take(const std::string& origin) {
  const auto is_wanted = [&](const entry& each) { return each.origin == origin; };
  for (;;) {
    const auto found = std::ranges::find_if(std::views::reverse(entries_), is_wanted);
    if (found == entries_.rend()) {
      return nullptr;
    }
    std::unique_ptr<connection> taken = std::move(found->left);
    entries_.erase(std::next(found).base());
    if (taken->stayed_quiet()) {
      return taken;
    }
  }
}

void idle_connections::close(const std::string& origin) {
  std::erase_if(entries_, [&](const entry& each) { return each.origin == origin; });
}

bool idle_connections::close_all() {
  const bool had_some = !entries_.empty();
  entries_.clear();
  return had_some;
}

} // namespace demos
