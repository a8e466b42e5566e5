#pragma once

#include <asyncio/blocking.hpp>

#include <future>

/// Holds a worker until it is opened.
class gate {
public:
  /// What a worker runs: says that it has come, and waits.
  void pass() {
    came_.set_value();
    asyncio::blocking_region([&] { opened_.wait(); });
  }

  void wait_for_worker() {
    asyncio::blocking_region([&] { came_.get_future().wait(); });
  }
  void open() { open_.set_value(); }

private:
  std::promise<void> came_;
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};
