#include <asyncio/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <type_traits>

using asyncio::describe;

namespace {

struct wordless : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

template <class Error>
bool passes_by_a_catch_of_std_exception(const Error& error) {
  try {
    try {
      throw error;
    } catch (const std::exception&) {
      return false;
    }
  } catch (const Error&) {
    return true;
  }
}

std::exception_ptr timeout_error_with_a_cause() {
  try {
    throw asyncio::cancelled_error("enough");
  } catch (const asyncio::cancelled_error&) {
    try {
      std::throw_with_nested(asyncio::timeout_error("too late"));
    } catch (...) {
      return std::current_exception();
    }
  }
}

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const asyncio::cancelled_error& e) {
    return e.message();
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(errors_test)

BOOST_AUTO_TEST_CASE(cancelled_error_keeps_its_message) {
  BOOST_TEST(asyncio::cancelled_error("enough").message() == std::string("enough"));
  BOOST_TEST(asyncio::cancelled_error("enough").what() == std::string("enough"));
}

BOOST_AUTO_TEST_CASE(cancelled_error_without_a_message_has_an_empty_one) {
  BOOST_TEST(asyncio::cancelled_error().message() == std::string());
  BOOST_TEST(asyncio::cancelled_error("").message() == std::string());
  BOOST_TEST(asyncio::cancelled_error().what() == std::string("cancelled"));
}

BOOST_AUTO_TEST_CASE(copies_of_a_cancelled_error_share_the_message_and_do_not_throw) {
  static_assert(std::is_nothrow_copy_constructible_v<asyncio::cancelled_error>);
  const asyncio::cancelled_error first("enough");
  const asyncio::cancelled_error second = first; // NOLINT(performance-unnecessary-copy-initialization)
  BOOST_TEST(second.message() == std::string("enough"));
  BOOST_TEST(static_cast<const void*>(first.message()) == static_cast<const void*>(second.message()));
}

BOOST_AUTO_TEST_CASE(cancel_and_interrupt_are_no_std_exceptions) {
  static_assert(!std::is_base_of_v<std::exception, asyncio::cancelled_error>);
  static_assert(!std::is_base_of_v<std::exception, asyncio::interrupt_error>);
  BOOST_TEST(passes_by_a_catch_of_std_exception(asyncio::cancelled_error()));
  BOOST_TEST(passes_by_a_catch_of_std_exception(asyncio::interrupt_error()));
}

BOOST_AUTO_TEST_CASE(the_others_are_std_exceptions_of_their_kind) {
  static_assert(std::is_base_of_v<std::runtime_error, asyncio::timeout_error>);
  static_assert(std::is_base_of_v<std::logic_error, asyncio::invalid_state_error>);
  static_assert(std::is_base_of_v<std::logic_error, asyncio::misuse_error>);
  static_assert(std::is_base_of_v<std::invalid_argument, asyncio::invalid_argument_error>);
  BOOST_CHECK_THROW(throw asyncio::misuse_error("so"), std::exception);
}

BOOST_AUTO_TEST_CASE(describe_gives_the_type_and_the_message) {
  BOOST_TEST(describe(std::make_exception_ptr(std::runtime_error("Boom!"))) == "std::runtime_error: Boom!");
  BOOST_TEST(describe(std::make_exception_ptr(asyncio::timeout_error("too late"))) ==
             "asyncio::timeout_error: too late");
  BOOST_TEST(describe(std::make_exception_ptr(asyncio::cancelled_error("enough"))) ==
             "asyncio::cancelled_error: enough");
}

BOOST_AUTO_TEST_CASE(describe_names_an_error_that_holds_another_as_it_was_thrown) {
  BOOST_TEST(describe(timeout_error_with_a_cause()) == "asyncio::timeout_error: too late");
}

BOOST_AUTO_TEST_CASE(describe_gives_the_type_alone_where_there_is_no_message) {
  BOOST_TEST(describe(std::make_exception_ptr(asyncio::cancelled_error())) == "asyncio::cancelled_error");
  BOOST_TEST(describe(std::make_exception_ptr(asyncio::interrupt_error())) == "asyncio::interrupt_error");
  BOOST_TEST(describe(std::make_exception_ptr(wordless())).ends_with("wordless"));
  BOOST_TEST(describe(std::make_exception_ptr(std::runtime_error(""))) == "std::runtime_error");
}

BOOST_AUTO_TEST_CASE(describe_knows_what_was_really_thrown) {
  const auto thrown = [] {
    try {
      throw std::out_of_range("far out");
    } catch (const std::logic_error&) {
      return std::current_exception();
    }
  }();
  BOOST_TEST(describe(thrown) == "std::out_of_range: far out");
}

BOOST_AUTO_TEST_CASE(describe_has_words_for_nothing_and_for_what_it_does_not_know) {
  BOOST_TEST(describe(nullptr) == "no error");
  BOOST_TEST(describe(std::make_exception_ptr(42)) == "an exception of an unknown type");
}

BOOST_AUTO_TEST_CASE(a_cancel_is_told_from_other_exceptions) {
  using asyncio::detail::is_cancelled_error;
  BOOST_TEST(is_cancelled_error(std::make_exception_ptr(asyncio::cancelled_error())));
  BOOST_TEST(!is_cancelled_error(std::make_exception_ptr(asyncio::interrupt_error())));
  BOOST_TEST(!is_cancelled_error(std::make_exception_ptr(std::runtime_error("Boom!"))));
  BOOST_TEST(!is_cancelled_error(nullptr));
}

BOOST_AUTO_TEST_CASE(a_class_derived_from_cancelled_error_is_a_cancel_too) {
  struct own_cancel : asyncio::cancelled_error {};
  BOOST_TEST(asyncio::detail::is_cancelled_error(std::make_exception_ptr(own_cancel())));
}

BOOST_AUTO_TEST_CASE(a_cancel_is_made_to_be_stored) {
  BOOST_TEST(message_of(asyncio::detail::make_cancelled_error("enough")) == "enough");
  BOOST_TEST(message_of(asyncio::detail::make_cancelled_error("")) == "");
}

BOOST_AUTO_TEST_SUITE_END()
