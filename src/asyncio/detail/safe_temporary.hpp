#pragma once

#include <type_traits>

namespace asyncio::detail {

// g++ before 13 destroys the members of an aggregate temporary twice if the full expression
// has a co_await in it, and a lambda with captures counts as an aggregate. What would be
// harmed is refused where the library takes it by value; the rest compiles as it should.

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
inline constexpr bool temporaries_die_twice = true;
#else
inline constexpr bool temporaries_die_twice = false;
#endif

/// What a lambda with captures is, as far as one can tell.
template <class T>
concept like_a_lambda = !std::is_assignable_v<T&, T> && requires { &T::operator(); };

/// T as deduced for a forwarding reference.
template <class T>
inline constexpr bool safe_value =
    !temporaries_die_twice || std::is_lvalue_reference_v<T> || std::is_trivially_destructible_v<T> ||
    (!std::is_aggregate_v<T> && !like_a_lambda<T>);

template <class F>
inline constexpr bool safe_callable =
    !temporaries_die_twice || std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<F>;

#define ASYNCIO_ASSERT_SAFE_CALLABLE(F)                                                                      \
  static_assert(                                                                                             \
      ::asyncio::detail::safe_callable<F>,                                                                   \
      "g++ 12 destroys a temporary lambda's captures twice in an expression with co_await: give it a "       \
      "name in a line of its own and pass the name, capture by reference, or pass a function followed "      \
      "by its arguments")

#define ASYNCIO_ASSERT_SAFE_VALUE(T)                                                                         \
  static_assert(                                                                                             \
      ::asyncio::detail::safe_value<T>,                                                                      \
      "g++ 12 destroys the members of an aggregate temporary, or a lambda's captures, twice in an "          \
      "expression with co_await: give it a name in a line of its own and pass the name, or give its type "   \
      "a constructor")

} // namespace asyncio::detail
