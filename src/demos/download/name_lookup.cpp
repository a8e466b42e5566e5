#include <demos/download/name_lookup.hpp>

#include <asyncio/run_in_executor.hpp>
#include <asyncio/thread_pool_executor.hpp>

#include <memory>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace demos {
namespace {

namespace ip = boost::asio::ip;

ip::address address_of(const ::addrinfo& found) {
  if (found.ai_family == AF_INET6) {
    ::sockaddr_in6 raw{};
    std::memcpy(&raw, found.ai_addr, sizeof raw);
    ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &raw.sin6_addr, bytes.size());
    return ip::address_v6(bytes, raw.sin6_scope_id);
  }
  ::sockaddr_in raw{};
  std::memcpy(&raw, found.ai_addr, sizeof raw);
  return ip::address_v4(ntohl(raw.sin_addr.s_addr));
}

name_lookup_result ask_the_system(const std::string& host) {
  ::addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  ::addrinfo* first = nullptr;
  name_lookup_result result;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &first); error != 0) {
    result.problem = ::gai_strerror(error);
    result.may_pass = error == EAI_AGAIN;
    return result;
  }
  const std::unique_ptr<::addrinfo, void (*)(::addrinfo*)> owned(first, &::freeaddrinfo);
  for (const ::addrinfo* each = first; each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET || each->ai_family == AF_INET6) {
      result.addresses.push_back(address_of(*each));
    }
  }
  return result;
}

} // namespace

asyncio::future<name_lookup_result> look_up(const std::string& host) {
  // Never destroyed: its end would wait for look-ups that nobody wants any more. As many that take
  // long may be under way before others have to wait for them.
  static auto* const threads = new asyncio::thread_pool_executor(64, "look-up");
  return asyncio::run_in_executor(*threads, ask_the_system, host);
}

} // namespace demos
