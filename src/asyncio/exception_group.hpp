#pragma once

#include <exception>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace asyncio {

/// Several exceptions thrown as one (Python: ExceptionGroup): what a task group ends with. In
/// the place of `except*` one looks through exceptions(), where there may be groups again.
///
///     try {
///       co_await asyncio::with_task_group(fetch_all);
///     } catch (const asyncio::exception_group& group) {
///       std::cout << group << '\n';
///     }
///
/// prints the whole tree:
///
///     asyncio::exception_group: unhandled errors in a task group (2 sub-exceptions)
///       + std::runtime_error: Boom!
///       + asyncio::timeout_error: too late
class exception_group : public std::exception {
public:
  /// invalid_argument_error for no exceptions at all, or a null one.
  exception_group(std::string message, std::vector<std::exception_ptr> exceptions);

  // Copied also where it could be moved: none is ever empty.
  exception_group(const exception_group&) noexcept = default;
  exception_group& operator=(const exception_group&) noexcept = default;
  ~exception_group() override = default;

  [[nodiscard]] const std::string& message() const noexcept;

  /// What was thrown, in the order in which it was.
  [[nodiscard]] const std::vector<std::exception_ptr>& exceptions() const noexcept;

  /// The message and how many there are: `message (2 sub-exceptions)`.
  [[nodiscard]] const char* what() const noexcept override;

private:
  struct contents;
  std::shared_ptr<const contents> contents_; // shared: copying an exception must not throw
};

/// The group and all that is in it, a line each.
std::ostream& operator<<(std::ostream& out, const exception_group& group);

} // namespace asyncio
