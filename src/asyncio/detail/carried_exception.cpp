// Three texts: the type's name, and what its constructor takes. An exception whose type is not
// listed, one derived from a listed one included, keeps its name and message only.

#include <asyncio/detail/carried_exception.hpp>

#include <asyncio/errors.hpp>

#include <boost/core/demangle.hpp>

#include <algorithm>
#include <any>
#include <array>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>

#include <cxxabi.h>

namespace asyncio::detail {
namespace {

using texts = std::array<std::string, 3>;

struct known_error {
  const std::type_info* type;
  std::exception_ptr (*make)(const std::string& message);
};

template <class Error>
std::exception_ptr make(const std::string& message) {
  if constexpr (std::is_constructible_v<Error, const std::string&>) {
    return std::make_exception_ptr(Error(message));
  } else {
    return std::make_exception_ptr(Error());
  }
}

template <class... Errors>
constexpr std::array<known_error, sizeof...(Errors)> list_errors() {
  return {known_error{&typeid(Errors), &make<Errors>}...};
}

const auto known_errors =
    list_errors<std::logic_error, std::invalid_argument, std::domain_error, std::length_error,
                std::out_of_range, std::runtime_error, std::range_error, std::overflow_error,
                std::underflow_error, std::bad_alloc, std::bad_array_new_length, std::bad_cast,
                std::bad_any_cast, std::bad_typeid, std::bad_exception, std::bad_function_call,
                std::bad_optional_access, std::bad_variant_access, std::bad_weak_ptr, std::exception,
                cancelled_error, interrupt_error, timeout_error, invalid_state_error, misuse_error,
                invalid_argument_error, queue_empty, queue_full, queue_shut_down, broken_barrier_error,
                deadlock_error, broken_process_pool>();

constexpr std::array<const std::error_category& (*)(), 4> known_categories{
    +[]() -> const std::error_category& { return std::generic_category(); },
    +[]() -> const std::error_category& { return std::system_category(); },
    +[]() -> const std::error_category& { return std::iostream_category(); },
    +[]() -> const std::error_category& { return std::future_category(); }};

bool is_known(const std::type_info& type) {
  return std::ranges::any_of(known_errors, [&](const known_error& each) { return *each.type == type; });
}

texts remote(const std::type_info* type, const std::string& message) {
  return {"", type != nullptr ? boost::core::demangle(type->name()) : "an unknown type", message};
}

// A system_error puts the words for its code behind the message it was given.
texts describe_system_error(const std::system_error& error) {
  std::string message = error.what();
  const std::string words = error.code().message();
  if (message.ends_with(words)) {
    message.resize(message.size() - words.size());
    if (message.ends_with(": ")) {
      message.resize(message.size() - 2);
    }
  }
  return {typeid(std::system_error).name(),
          std::to_string(error.code().value()) + ' ' + error.code().category().name(), message};
}

bool has_known_category(const std::system_error& error) {
  return std::ranges::any_of(known_categories,
                             [&](const auto category) { return error.code().category() == category(); });
}

/// what(), which a type of the program's own may have return null.
std::string message_of(const std::exception& error) {
  const char* const message = error.what();
  return message != nullptr ? message : "";
}

texts take_apart(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& e) {
    if (typeid(e) == typeid(std::system_error) && has_known_category(e)) {
      return describe_system_error(e);
    }
    return remote(&typeid(e), message_of(e));
  } catch (const remote_error& e) { // of a pool within the worker
    return {"", e.type_name(), e.message()};
  } catch (const std::exception& e) {
    if (is_known(typeid(e))) {
      return {typeid(e).name(), "", message_of(e)};
    }
    return remote(&typeid(e), message_of(e));
  } catch (const cancelled_error& e) {
    return {typeid(e).name(), "", e.message()};
  } catch (const interrupt_error& e) {
    return {typeid(e).name(), "", ""};
  } catch (...) {
    return remote(abi::__cxa_current_exception_type(), "");
  }
}

std::exception_ptr put_together(const texts& parts) {
  const auto& [name, detail, message] = parts;
  if (name == typeid(std::system_error).name()) {
    const std::size_t space = detail.find(' ');
    for (const auto category : known_categories) {
      if (detail.substr(space + 1) == category().name()) {
        const std::error_code code(std::stoi(detail), category());
        return std::make_exception_ptr(message.empty() ? std::system_error(code)
                                                       : std::system_error(code, message));
      }
    }
  }
  for (const known_error& each : known_errors) {
    if (name == each.type->name()) {
      return each.make(message);
    }
  }
  return std::make_exception_ptr(remote_error(detail, message));
}

} // namespace

std::string pack_exception(const std::exception_ptr& error) {
  const texts parts = take_apart(error);
  std::string bytes;
  for (const std::string& part : parts) {
    bytes += std::to_string(part.size()) + ' ' + part;
  }
  return bytes;
}

std::exception_ptr unpack_exception(std::string_view bytes) {
  texts parts;
  for (std::string& part : parts) {
    const std::size_t space = bytes.find(' ');
    const std::size_t size = std::stoull(std::string(bytes.substr(0, space)));
    part = bytes.substr(space + 1, size);
    bytes.remove_prefix(space + 1 + size);
  }
  return put_together(parts);
}

} // namespace asyncio::detail
