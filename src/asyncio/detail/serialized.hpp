#pragma once

#include <asyncio/errors.hpp>

#include <boost/archive/archive_exception.hpp>
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/array.hpp>
#include <boost/serialization/bitset.hpp>
#include <boost/serialization/complex.hpp>
#include <boost/serialization/deque.hpp>
#include <boost/serialization/list.hpp>
#include <boost/serialization/map.hpp>
#include <boost/serialization/set.hpp>
#include <boost/serialization/shared_ptr.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/unique_ptr.hpp>
#include <boost/serialization/unordered_map.hpp>
#include <boost/serialization/unordered_set.hpp>
#include <boost/serialization/utility.hpp>
#include <boost/serialization/vector.hpp>

#include <chrono>
#include <exception>
#include <ios>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>

namespace asyncio::detail {

/// Values as bytes, for another process of the same program: Boost.Serialization's binary
/// archive, without its header. Tuples, optionals and durations, which Boost 1.81 has no
/// serialize() for, as values of their own, not inside a container.
class byte_writer {
public:
  /// What is written goes behind `begin`.
  explicit byte_writer(std::string begin = {})
      : bytes_(std::move(begin), std::ios::out | std::ios::ate | std::ios::binary),
        archive_(bytes_, boost::archive::no_header) {}

  template <class T>
  void write(const T& value) {
    archive_ << value;
  }
  template <class... Ts>
  void write(const std::tuple<Ts...>& values) {
    std::apply([&](const Ts&... each) { (write(each), ...); }, values);
  }
  template <class T>
  void write(const std::optional<T>& value) {
    write(value.has_value());
    if (value) {
      write(*value);
    }
  }
  template <class Rep, class Period>
  void write(const std::chrono::duration<Rep, Period>& value) {
    write(value.count());
  }

  [[nodiscard]] std::string take() { return std::move(bytes_).str(); }

private:
  std::stringbuf bytes_;
  boost::archive::binary_oarchive archive_;
};

/// Reads what a byte_writer wrote, in the same order and types.
class byte_reader {
public:
  explicit byte_reader(std::string bytes)
      : bytes_(std::move(bytes), std::ios::in | std::ios::binary),
        archive_(bytes_, boost::archive::no_header) {}

  template <class T>
  void read(T& value) {
    archive_ >> value;
  }
  template <class... Ts>
  void read(std::tuple<Ts...>& values) {
    std::apply([&](Ts&... each) { (read(each), ...); }, values);
  }
  template <class T>
  void read(std::optional<T>& value) {
    bool has_value = false;
    read(has_value);
    if (has_value) {
      read(value.emplace());
    }
  }
  template <class Rep, class Period>
  void read(std::chrono::duration<Rep, Period>& value) {
    Rep count{};
    read(count);
    value = std::chrono::duration<Rep, Period>(count);
  }

  [[nodiscard]] bool at_end() { return bytes_.sgetc() == std::stringbuf::traits_type::eof(); }

private:
  std::stringbuf bytes_;
  boost::archive::binary_iarchive archive_;
};

/// A value out of its bytes; misuse_error if they are too few, too many, or make no sense.
/// `what` says what they were.
template <class T>
T read_serialized(std::string bytes, const char* what) {
  std::string problem = "more was written than is read";
  try {
    byte_reader reader(std::move(bytes));
    T value{};
    reader.read(value);
    if (reader.at_end()) {
      return value;
    }
  } catch (const std::exception& error) {
    problem = error.what();
  }
  throw misuse_error(std::string(what) + " could not be decoded (" + problem +
                     "): does each serialize() read what it writes?");
}

} // namespace asyncio::detail
