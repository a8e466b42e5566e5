#pragma once

#include <boost/test/unit_test.hpp>

/// Which behaviour of asyncio's a test case checks: its row in tests/conformance/rows.txt.
///
///     ASYNC_TEST_CASE(a_free_one_is_taken_at_once, *row("lock-01")) { ... }
///     BOOST_AUTO_TEST_CASE(both, *row("lock-02") * row("lock-03")) { ... }
inline boost::unit_test::label row(const char* id) {
  return boost::unit_test::label(id);
}
