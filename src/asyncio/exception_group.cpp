#include <asyncio/exception_group.hpp>

#include <asyncio/errors.hpp>

#include <boost/core/demangle.hpp>

#include <algorithm>
#include <ostream>
#include <typeinfo>
#include <utility>

namespace asyncio {

struct exception_group::contents {
  contents(std::string&& message_, std::vector<std::exception_ptr>&& exceptions_)
      : message(std::move(message_)), exceptions(std::move(exceptions_)),
        what(message + " (" + std::to_string(exceptions.size()) +
             (exceptions.size() == 1 ? " sub-exception)" : " sub-exceptions)")) {}

  std::string message;
  std::vector<std::exception_ptr> exceptions;
  std::string what;
};

exception_group::exception_group(std::string message, std::vector<std::exception_ptr> exceptions)
    : contents_(std::make_shared<const contents>(std::move(message), std::move(exceptions))) {
  if (this->exceptions().empty()) {
    throw invalid_argument_error("an exception_group was given no exceptions");
  }
  if (std::ranges::find(this->exceptions(), nullptr) != this->exceptions().end()) {
    throw invalid_argument_error("an exception_group was given a null exception");
  }
}

const std::string& exception_group::message() const noexcept {
  return contents_->message;
}

const std::vector<std::exception_ptr>& exception_group::exceptions() const noexcept {
  return contents_->exceptions;
}

const char* exception_group::what() const noexcept {
  return contents_->what.c_str();
}

std::ostream& operator<<(std::ostream& out, const exception_group& group) {
  out << boost::core::demangle(typeid(group).name()) << ": " << group.what();
  for (const std::exception_ptr& each : group.exceptions()) {
    out << "\n  + ";
    for (const char c : describe(each)) { // which may have lines of its own
      out << c << (c == '\n' ? "    " : "");
    }
  }
  return out;
}

} // namespace asyncio
