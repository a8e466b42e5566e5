#include <asyncio/thread_name.hpp>

#include <atomic>
#include <utility>

#include <pthread.h>
#include <unistd.h>

namespace asyncio {
namespace {

std::string& name_of_this_thread() {
  thread_local std::string name;
  return name;
}

std::string next_name() {
  if (::getpid() == ::gettid()) {
    return "MainThread";
  }
  static std::atomic<int> count{0};
  return "Thread-" + std::to_string(++count);
}

} // namespace

const std::string& current_thread_name() {
  std::string& name = name_of_this_thread();
  if (name.empty()) {
    name = next_name();
  }
  return name;
}

void set_current_thread_name(std::string name) {
  // The end of a long name tells threads of one pool apart.
  const std::string shown = name.size() > 15 ? name.substr(name.size() - 15) : name;
  ::pthread_setname_np(::pthread_self(), shown.c_str());
  name_of_this_thread() = std::move(name);
}

} // namespace asyncio
