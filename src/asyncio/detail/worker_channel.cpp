#include <asyncio/detail/worker_channel.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <stdexcept>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace asyncio::detail {
namespace {

constexpr std::uint32_t mark = 0x61776b31; // a function that writes to its descriptors blindly won't hit it

struct header {
  std::uint32_t begins_with = mark;
  worker_says kind{};
  std::uint64_t size = 0;
};

// Room is made as it fills: a size that is nonsense must not ask for that much memory.
constexpr std::size_t piece = std::size_t{1} << 20;

bool would_block() noexcept {
  return errno == EAGAIN || errno == EWOULDBLOCK; // NOLINT(misc-redundant-expression): POSIX lets them differ
}

} // namespace

worker_channel::~worker_channel() {
  if (descriptor_ != -1) {
    ::close(descriptor_);
  }
}

bool worker_channel::send_all(const char* from, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(descriptor_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      from += sent;
      size -= static_cast<std::size_t>(sent);
    } else if (would_block()) {
      if (!wait_(POLLOUT)) {
        return false;
      }
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool worker_channel::receive_all(char* to, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::recv(descriptor_, to, size, MSG_DONTWAIT);
    if (got > 0) {
      to += got;
      size -= static_cast<std::size_t>(got);
    } else if (got == 0 || (errno != EINTR && !(would_block() && wait_(POLLIN)))) {
      return false;
    }
  }
  return true;
}

bool worker_channel::send(worker_says kind, std::string_view bytes) {
  header head;
  head.kind = kind;
  head.size = bytes.size();
  return send_all(reinterpret_cast<const char*>(&head), sizeof head) && send_all(bytes.data(), bytes.size());
}

std::optional<worker_message> worker_channel::receive() {
  header head;
  if (!receive_all(reinterpret_cast<char*>(&head), sizeof head)) {
    return std::nullopt;
  }
  if (head.begins_with != mark) {
    throw std::runtime_error("what came over the socket is no message");
  }
  worker_message message(head.kind, {});
  while (message.bytes.size() < head.size) {
    const std::size_t before = message.bytes.size();
    message.bytes.resize(std::min<std::uint64_t>(head.size, before + std::max(piece, before)));
    if (!receive_all(message.bytes.data() + before, message.bytes.size() - before)) {
      return std::nullopt;
    }
  }
  return message;
}

void worker_channel::finish() const noexcept {
  ::shutdown(descriptor_, SHUT_WR);
}

} // namespace asyncio::detail
