#include <asyncio/errors.hpp>

#include <asyncio/exception_group.hpp>

#include <boost/core/demangle.hpp>

#include <sstream>
#include <string_view>
#include <typeinfo>
#include <utility>

namespace asyncio {

namespace {

std::string name_of(const std::type_info& type) {
  std::string name = boost::core::demangle(type.name());
  // What std::throw_with_nested throws derives from what it was given.
  constexpr std::string_view with_cause = "std::_Nested_exception<";
  if (name.starts_with(with_cause)) {
    name = name.substr(with_cause.size(), name.rfind('>') - with_cause.size());
  }
  return name;
}

} // namespace

cancelled_error::cancelled_error(const std::string& message)
    : message_(message.empty() ? nullptr : std::make_shared<const std::string>(message)) {}

const char* cancelled_error::message() const noexcept {
  return message_ ? message_->c_str() : "";
}

const char* cancelled_error::what() const noexcept {
  return message_ ? message_->c_str() : "cancelled";
}

const char* interrupt_error::what() const noexcept {
  return "interrupted";
}

remote_error::remote_error(std::string type_name, std::string message)
    : std::runtime_error(message.empty() ? type_name : type_name + ": " + message),
      texts_(std::make_shared<const std::pair<std::string, std::string>>(std::move(type_name),
                                                                         std::move(message))) {}

std::string describe(const std::exception_ptr& error) {
  const auto line = [](const std::type_info& type, const std::string& message) {
    std::string name = name_of(type);
    return message.empty() ? name : name + ": " + message;
  };
  if (!error) {
    return "no error";
  }
  try {
    std::rethrow_exception(error);
  } catch (const exception_group& group) {
    std::ostringstream tree;
    tree << group;
    return tree.str();
  } catch (const std::exception& e) {
    const char* const message = e.what(); // a type of the program's own may have null
    return line(typeid(e), message != nullptr ? message : "");
  } catch (const cancelled_error& e) {
    return line(typeid(e), e.message());
  } catch (const interrupt_error& e) {
    return line(typeid(e), "");
  } catch (...) {
    return "an exception of an unknown type";
  }
}

namespace detail {

bool is_cancelled_error(const std::exception_ptr& error) noexcept {
#if defined(__GLIBCXX__)
  void* unused = nullptr; // of the exception only the type is asked
  return error && typeid(cancelled_error).__do_catch(error.__cxa_exception_type(), &unused, 1);
#else
  try {
    std::rethrow_exception(error);
  } catch (const cancelled_error&) {
    return true;
  } catch (...) {
    return false;
  }
#endif
}

std::exception_ptr make_cancelled_error(const std::string& message) {
  static const auto& plain = *new auto(std::make_exception_ptr(cancelled_error())); // a static pool needs it
  return message.empty() ? plain : std::make_exception_ptr(cancelled_error(message));
}

} // namespace detail
} // namespace asyncio
