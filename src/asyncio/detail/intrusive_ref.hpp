#pragma once

#include <utility>

namespace asyncio::detail {

/// A counted reference to an object that counts for itself (retain, release). Futures count
/// without atomics: they belong to their loop's thread.
template <class T>
class intrusive_ref {
public:
  intrusive_ref() noexcept = default;
  intrusive_ref(T* object) noexcept : object_(object) {
    if (object_ != nullptr) {
      object_->retain();
    }
  }
  intrusive_ref(const intrusive_ref& other) noexcept : intrusive_ref(other.object_) {}
  intrusive_ref(intrusive_ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  intrusive_ref& operator=(intrusive_ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~intrusive_ref() {
    if (object_ != nullptr) {
      object_->release();
    }
  }

  [[nodiscard]] T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const intrusive_ref&, const intrusive_ref&) noexcept = default;

private:
  T* object_ = nullptr;
};

} // namespace asyncio::detail
