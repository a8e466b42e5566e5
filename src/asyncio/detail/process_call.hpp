#pragma once

#include <asyncio/detail/process_workers.hpp>
#include <asyncio/detail/program_address.hpp>
#include <asyncio/detail/serialized.hpp>
#include <asyncio/detail/worker_channel.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

template <class F>
concept function_pointer = std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>;

/// What a value travels as.
template <class T>
struct carried {
  using type = std::decay_t<T>;
};
template <>
struct carried<std::string_view> {
  using type = std::string;
};
template <class T>
using carried_t = typename carried<std::decay_t<T>>::type;

template <class T>
inline constexpr bool is_reference_wrapper = false;
template <class T>
inline constexpr bool is_reference_wrapper<std::reference_wrapper<T>> = true;

/// Refuses what can't be an argument or a result; what has no serialize() Boost.Serialization refuses.
template <class T>
constexpr void check_carried() noexcept {
  using value = std::decay_t<T>;
  static_assert(!std::is_pointer_v<value> && !std::is_member_pointer_v<value> && !is_reference_wrapper<value>,
                "a worker process has memory of its own, where this would point to nothing: pass the value, "
                "a std::string for a char*");
  static_assert(!std::is_lvalue_reference_v<T> || std::is_const_v<std::remove_reference_t<T>>,
                "a worker process gets a copy, so what it does to this argument would be lost: take it by "
                "value, and return the result");
  static_assert(std::default_initializable<carried_t<T>>,
                "what goes to a worker process or comes back is made by its default constructor, and then "
                "read: this type has none");
}

/// F, in a worker, called with values of Params.
template <class F, class Result, class... Params>
struct call_in_worker {
  using result = std::decay_t<Result>;
  using arguments = std::tuple<carried_t<Params>...>;

  template <class... Args>
  static std::string request(const call_target& target, Args&&... args) {
    (check_carried<Params>(), ...);
    const arguments values(std::forward<Args>(args)...);
    byte_writer writer(std::string(reinterpret_cast<const char*>(&target), sizeof target));
    writer.write(values);
    return writer.take();
  }

  static std::string enter(std::uintptr_t function, std::string bytes) {
    auto values = read_serialized<arguments>(std::move(bytes), "the arguments of a process pool's job");
    byte_writer writer;
    const auto invoke = [&](auto&... each) -> decltype(auto) {
      return std::invoke(callable(function), static_cast<carried_t<Params>&&>(each)...);
    };
    if constexpr (std::is_void_v<Result>) {
      std::apply(invoke, values);
    } else {
      check_carried<result>();
      static_assert(!std::same_as<result, std::string_view>,
                    "what this points to stays in the worker process: return a std::string");
      const result value = std::apply(invoke, values);
      writer.write(value);
    }
    return writer.take();
  }

  [[nodiscard]] static std::uintptr_t entry() noexcept { return reinterpret_cast<std::uintptr_t>(&enter); }

private:
  static F callable(std::uintptr_t function) noexcept {
    if constexpr (function_pointer<F>) {
      return reinterpret_cast<F>(function);
    } else {
      return F();
    }
  }
};

/// The types of a call: a function's own, which the arguments are converted to, or those of
/// the arguments.
template <class F, class... Args>
struct process_call_types {
  static_assert(std::is_empty_v<F> && std::default_initializable<F>,
                "a process pool's job is a function, or a lambda without captures: what it needs are "
                "its arguments, since a worker process shares no memory with this one");
  using type = call_in_worker<F, std::invoke_result_t<F, Args...>, Args...>;
};
template <class Result, class... Params, class... Args>
struct process_call_types<Result (*)(Params...), Args...> {
  using type = call_in_worker<Result (*)(Params...), Result, Params...>;
};
template <class Result, class... Params, class... Args>
struct process_call_types<Result (*)(Params...) noexcept, Args...>
    : process_call_types<Result (*)(Params...), Args...> {};
template <class F, class... Args>
  requires requires(F f) {
    { +f } -> function_pointer;
  } && (!function_pointer<F>)
struct process_call_types<F, Args...> : process_call_types<decltype(+std::declval<F>()), Args...> {};

/// A call of F, by a worker; F and Args are decayed.
template <class F, class... Args>
struct process_call {
  using types = typename process_call_types<F, Args...>::type;
  using result = typename types::result;

  template <class... Given>
  static std::string request(const F& f, Given&&... args) {
    call_target target;
    target.entry = place_in_program(types::entry());
    if constexpr (requires { +f; }) {
      target.function = place_in_program(reinterpret_cast<std::uintptr_t>(+f));
    } else {
      target.function = target.entry;
    }
    return types::request(target, std::forward<Given>(args)...);
  }
};

/// A pool's thread calls it, and waits for the worker.
template <class Result>
class remote_job {
public:
  remote_job(process_workers& workers, std::string request)
      : workers_(workers), request_(std::move(request)) {}

  Result operator()() {
    std::string bytes = workers_.call(request_);
    if constexpr (!std::is_void_v<Result>) {
      return read_serialized<Result>(std::move(bytes), "the result of a process pool's job");
    }
  }

private:
  process_workers& workers_;
  std::string request_;
};

} // namespace asyncio::detail
