#pragma once

#include <asyncio/detail/safe_temporary.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asyncio {

/// A thread with a name, that virtual time knows (Python: threading.Thread, started).
///
/// What f throws is logged with the thread's name and ends the thread only. The destructor
/// joins; if that can never be, in virtual time, the thread's own wait ends with deadlock_error.
/// In virtual time one of the program's threads runs at a time, and hands over only
/// where it blocks: see blocking.hpp. Ctrl-C ends what blocks it with interrupt_error, of which
/// nothing is logged: see interrupt_scope.
///
///     asyncio::thread worker("worker-1", handle_tasks, std::ref(queue));
///     worker.join();
class thread {
public:
  /// No thread.
  thread() noexcept;

  /// Starts a thread that calls f(args...), which are copied or moved in.
  template <class F, class... Args>
    requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
  explicit thread(std::string name, F&& f, Args&&... args)
      : thread(std::move(name),
               std::function<void()>(
                   [call = std::make_shared<std::tuple<std::decay_t<F>, std::decay_t<Args>...>>(
                        std::forward<F>(f), std::forward<Args>(args)...)] {
                     std::apply(
                         [](auto& g, auto&... given) { std::invoke(std::move(g), std::move(given)...); },
                         *call);
                   })) {}

  thread(thread&& other) noexcept;
  thread& operator=(thread&& other) noexcept;
  ~thread();

  /// Blocks until it has ended. misuse_error if there is no thread, or it was joined, or it
  /// is the calling one.
  void join();
  [[nodiscard]] bool joinable() const noexcept;

  /// Whether it still runs.
  [[nodiscard]] bool is_alive() const noexcept;

  [[nodiscard]] const std::string& name() const;

private:
  thread(std::string name, std::function<void()> call);

  class running;
  std::unique_ptr<running> running_;
};

} // namespace asyncio
