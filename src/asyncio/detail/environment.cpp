#include <asyncio/detail/environment.hpp>

#include <charconv>
#include <cstdlib>

namespace asyncio::detail {
namespace {

template <class Number>
bool read(std::string_view text, Number& number) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stopped, error] =
      std::from_chars(begin, end, number); // NOLINT(bugprone-suspicious-stringview-data-usage): it has an end
  return error == std::errc() && stopped == end;
}

} // namespace

std::string_view environment(const char* name) {
  const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody here sets it
  return value != nullptr ? value : "";
}

std::string problem_with(const char* name, std::string_view value, const char* what_is_right) {
  return std::string(name) + "='" + std::string(value) + "' makes no sense: " + what_is_right;
}

bool read_number(std::string_view text, double& number) {
  return read(text, number);
}

bool read_number(std::string_view text, unsigned long long& number) {
  return read(text, number);
}

} // namespace asyncio::detail
