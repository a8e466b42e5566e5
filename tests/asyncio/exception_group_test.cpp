#include <asyncio/errors.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/run.hpp>
#include <support/captured.hpp>

#include <boost/test/unit_test.hpp>

#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using asyncio::describe;
using asyncio::exception_group;
using errors = std::vector<std::exception_ptr>;

namespace {

template <class Error>
std::exception_ptr stored(Error error) {
  return std::make_exception_ptr(std::move(error));
}

std::exception_ptr boom() {
  return stored(std::runtime_error("Boom!"));
}

std::string printed(const exception_group& group) {
  std::ostringstream text;
  text << group;
  return text.str();
}

asyncio::awaitable<void> fail_with(std::exception_ptr error) {
  std::rethrow_exception(error);
  co_return;
}

} // namespace

BOOST_AUTO_TEST_SUITE(exception_group_test)

BOOST_AUTO_TEST_CASE(keeps_its_message_and_its_exceptions_in_order) {
  const errors given{boom(), stored(asyncio::cancelled_error("enough"))};
  const exception_group group("two", given);
  BOOST_TEST(group.message() == "two");
  BOOST_TEST((group.exceptions() == given));
}

BOOST_AUTO_TEST_CASE(says_how_many_there_are) {
  const exception_group one("one", {boom()});
  const exception_group two("two", {boom(), boom()});
  BOOST_TEST(one.what() == std::string("one (1 sub-exception)"));
  BOOST_TEST(two.what() == std::string("two (2 sub-exceptions)"));
}

BOOST_AUTO_TEST_CASE(one_of_nothing_is_refused) {
  BOOST_CHECK_THROW(exception_group("none", {}), asyncio::invalid_argument_error);
  BOOST_CHECK_THROW(exception_group("a null", {boom(), nullptr}), asyncio::invalid_argument_error);
}

BOOST_AUTO_TEST_CASE(a_copy_shares_what_is_in_it_and_a_moved_one_keeps_it) {
  static_assert(std::is_nothrow_copy_constructible_v<exception_group>);
  static_assert(std::is_nothrow_copy_assignable_v<exception_group>);
  exception_group first("one", {boom()});
  const exception_group second = std::move(first);
  BOOST_TEST(first.message() == "one"); // NOLINT(bugprone-use-after-move): that is the question
  BOOST_TEST(&first.exceptions() == &second.exceptions());
}

BOOST_AUTO_TEST_CASE(is_caught_as_a_std_exception) {
  try {
    throw exception_group("one", {boom()});
  } catch (const std::exception& error) {
    BOOST_TEST(error.what() == std::string("one (1 sub-exception)"));
  }
}

BOOST_AUTO_TEST_CASE(prints_a_line_for_each_exception_and_indents_what_is_nested) {
  const exception_group inner("inner", {stored(std::out_of_range("far out")), stored(42)});
  const exception_group outer("outer", {boom(), stored(inner), stored(asyncio::cancelled_error())});
  const std::string tree = "asyncio::exception_group: outer (3 sub-exceptions)\n"
                           "  + std::runtime_error: Boom!\n"
                           "  + asyncio::exception_group: inner (2 sub-exceptions)\n"
                           "      + std::out_of_range: far out\n"
                           "      + an exception of an unknown type\n"
                           "  + asyncio::cancelled_error";
  BOOST_TEST(printed(outer) == tree);
  BOOST_TEST(describe(stored(outer)) == tree);
}

BOOST_AUTO_TEST_CASE(prints_a_message_of_two_lines_in_its_place) {
  const exception_group group("one", {stored(std::runtime_error("first\nsecond"))});
  BOOST_TEST(printed(group) == "asyncio::exception_group: one (1 sub-exception)\n"
                               "  + std::runtime_error: first\n"
                               "    second");
}

BOOST_AUTO_TEST_CASE(run_main_prints_the_tree_of_one_that_escapes) {
  const captured error(std::cerr);
  BOOST_TEST(asyncio::run_main(fail_with(stored(exception_group("one", {boom()})))) == 1);
  BOOST_TEST(error.text().starts_with("error: asyncio::exception_group: one (1 sub-exception)\n"
                                      "  + std::runtime_error: Boom!\n"
                                      "  escaped from the main task"));
}

BOOST_AUTO_TEST_SUITE_END()
