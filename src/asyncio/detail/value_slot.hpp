#pragma once

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

/// Whether a T can be copied; containers claim to be whatever their elements are.
template <class T>
inline constexpr bool copyable = std::is_copy_constructible_v<T>;
template <class T>
  requires requires { typename T::allocator_type; }
inline constexpr bool copyable<T> = std::is_copy_constructible_v<T> && copyable<typename T::value_type>;
template <class... Ts>
inline constexpr bool copyable<std::tuple<Ts...>> = (copyable<Ts> && ...);
template <class T, class U>
inline constexpr bool copyable<std::pair<T, U>> = copyable<T> && copyable<U>;

/// Room for a value that comes later.
template <class T>
class value_slot {
public:
  value_slot() noexcept {} // NOLINT(modernize-use-equals-default): the union member stays empty
  ~value_slot() {
    if (full_) {
      value_.~T();
    }
  }
  value_slot(const value_slot&) = delete;
  value_slot& operator=(const value_slot&) = delete;

  template <class... Args>
  void emplace(Args&&... args) {
    std::construct_at(&value_, std::forward<Args>(args)...);
    full_ = true;
  }

  [[nodiscard]] T* address() noexcept { return &value_; }

private:
  union {
    T value_;
  };
  bool full_ = false;
};

template <>
class value_slot<void> {
public:
  void emplace() noexcept {}
  [[nodiscard]] void* address() noexcept { return nullptr; }
};

} // namespace asyncio::detail
