#pragma once

#include <asyncio/detail/node.hpp>

namespace asyncio::detail {

/// Base of what may go while others refer to it, all on one thread: it tells them.
class referent {
public:
  referent() = default;
  referent(const referent&) = delete;
  referent& operator=(const referent&) = delete;

protected:
  ~referent() {
    while (!links_.empty()) {
      static_cast<link&>(links_.pop()).to = nullptr;
    }
  }

private:
  template <class T>
  friend class weak_ref;

  struct link : node {
    explicit link(referent* first) noexcept : node(nullptr) { refer_to(first); }
    ~link() { refer_to(nullptr); }
    link(const link&) = delete;
    link& operator=(const link&) = delete;

    void refer_to(referent* other) noexcept {
      if (to != nullptr) {
        to->links_.remove(*this);
      }
      to = other;
      if (to != nullptr) {
        to->links_.push(*this);
      }
    }

    referent* to = nullptr;
  };

  wait_list links_;
};

/// A pointer that is null once its object is gone: for what stands in a coroutine's frame and
/// may outlive the object. It allocates nothing.
template <class T>
class weak_ref {
public:
  explicit weak_ref(T& to) noexcept : link_(&to) {}
  weak_ref(weak_ref&& other) noexcept : link_(other.link_.to) { other.link_.refer_to(nullptr); }
  weak_ref& operator=(weak_ref&& other) noexcept {
    referent* const taken = other.link_.to;
    other.link_.refer_to(nullptr);
    link_.refer_to(taken);
    return *this;
  }
  ~weak_ref() = default;

  [[nodiscard]] T* get() const noexcept { return static_cast<T*>(link_.to); }
  T* operator->() const noexcept { return get(); }
  explicit operator bool() const noexcept { return link_.to != nullptr; }

private:
  referent::link link_;
};

} // namespace asyncio::detail
