#include <asyncio/asyncio.hpp>

#include <chrono>

using namespace std::chrono_literals;

asyncio::awaitable<int> answer() {
  co_return co_await asyncio::sleep(1s, 42);
}

int main() {
  return asyncio::run(answer(), asyncio::run_options().virtual_time()) == 42 ? 0 : 1;
}
