#pragma once

#include <type_traits>
#include <utility>

namespace asyncio::detail {

/// Something that is noted only for those who look inside a program. Built with the CMake option
/// ASYNCIO_RECORD_AWAITS=OFF, no such note takes any room or time, and each gives an empty value:
/// tests/bench/recording_cost.cpp measures what they cost.
template <class T>
class recorded {
#if defined(ASYNCIO_WITHOUT_RECORDING)
  static constexpr bool keeps = false;
#else
  static constexpr bool keeps = true;
#endif

public:
  recorded() = default;
  recorded(T value) noexcept { *this = std::move(value); } // NOLINT(google-explicit-constructor): a T, noted

  recorded& operator=(T value) noexcept {
    if constexpr (keeps) {
      value_ = std::move(value);
    }
    return *this;
  }

  [[nodiscard]] T get() const noexcept {
    if constexpr (keeps) {
      return value_;
    } else {
      return T();
    }
  }

private:
  struct nothing {};
  [[no_unique_address]] std::conditional_t<keeps, T, nothing> value_{};
};

} // namespace asyncio::detail
