#pragma once

#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <utility>

namespace asyncio {

class handle;

/// What a loop tells its exception handler: something failed, and nobody else will hear of it.
struct exception_context {
  exception_context(std::string message_, std::exception_ptr exception_, std::string source_ = {},
                    std::source_location where_ = {})
      : message(std::move(message_)), exception(std::move(exception_)), source(std::move(source_)),
        where(where_) {}

  std::string message;
  std::exception_ptr exception;
  std::string source;                     ///< the name of the task, if it was one
  std::source_location where;             ///< where that task was created
  std::shared_ptr<const handle> callback; ///< the one of call_soon() and its kin that threw, or null
};

} // namespace asyncio
