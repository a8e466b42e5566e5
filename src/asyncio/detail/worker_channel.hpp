#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace asyncio::detail {

/// What a process pool and a worker tell each other.
enum class worker_says : std::uint32_t {
  ready, ///< the worker: it waits for calls
  call,  ///< the pool: do this
  begun, ///< the worker: from here on the call may have done something
  value, ///< the worker: what the function returned
  error  ///< the worker: what it threw
};

struct worker_message {
  worker_message(worker_says kind_, std::string bytes_) : kind(kind_), bytes(std::move(bytes_)) {}

  worker_says kind;
  std::string bytes;
};

/// Whom a call is for, as places in the program: what knows the types of the function, and the
/// function. A call's message begins with it; the arguments follow.
struct call_target {
  std::uint64_t entry = 0;
  std::uint64_t function = 0;
};

/// Gives the bytes of the result.
using call_entry = std::string (*)(std::uintptr_t function, std::string arguments);

/// One end of the socket between them.
class worker_channel {
public:
  /// Blocks until the socket may be ready for these events of poll(); false to give up.
  using wait_function = std::function<bool(short events)>;

  explicit worker_channel(wait_function wait) noexcept : wait_(std::move(wait)) {}
  ~worker_channel();
  worker_channel(const worker_channel&) = delete;
  worker_channel& operator=(const worker_channel&) = delete;

  /// The socket, which becomes the channel's.
  void open(int descriptor) noexcept { descriptor_ = descriptor; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  /// False if the other end is gone, or it gave up.
  [[nodiscard]] bool send(worker_says kind, std::string_view bytes);

  /// Nothing if the other end is gone, or it gave up; std::runtime_error if what comes is no message.
  [[nodiscard]] std::optional<worker_message> receive();

  /// Nothing more will be sent: the other end receives nothing.
  void finish() const noexcept;

private:
  bool send_all(const char* from, std::size_t size);
  bool receive_all(char* to, std::size_t size);

  int descriptor_ = -1;
  wait_function wait_;
};

} // namespace asyncio::detail
