#include <asyncio/detail/context_state.hpp>

#include <algorithm>

namespace asyncio::detail {

constinit thread_local context_ref* entered_context = nullptr;

context_ref& thread_context() noexcept {
  thread_local context_ref own;
  return own;
}

context_state& make_context(context_ref& wanted) {
  if (!wanted) {
    wanted = context_ref(new context_state);
  }
  return *wanted;
}

context_ref copy_of(const context_ref& other) {
  return other && !other->empty() ? context_ref(new context_state(*other)) : context_ref();
}

context_state::value context_state::find(std::uint64_t variable) const noexcept {
  if (values_ != nullptr) {
    for (const auto& [key, found] : *values_) {
      if (key == variable) {
        return found;
      }
    }
  }
  return nullptr;
}

context_state::value context_state::replace(std::uint64_t variable, value by) {
  map changed = values_ != nullptr ? *values_ : map();
  const auto place = std::ranges::find(changed, variable, &map::value_type::first);
  value before = place != changed.end() ? place->second : nullptr;
  if (by == nullptr) {
    if (place != changed.end()) {
      changed.erase(place);
    }
  } else if (place != changed.end()) {
    place->second = std::move(by);
  } else {
    changed.emplace_back(variable, std::move(by));
  }
  values_ = changed.empty() ? nullptr : std::make_shared<const map>(std::move(changed));
  return before;
}

} // namespace asyncio::detail
