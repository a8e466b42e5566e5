#include <asyncio/seed.hpp>
#include <asyncio/serve_if_worker.hpp>

#include <boost/test/results_collector.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

namespace {

/// Says under which seed an assertion failed: on stderr, beside Boost.Test's own line.
class seed_teller : public boost::unit_test::test_observer {
public:
  void assertion_result(boost::unit_test::assertion_result result) override {
    if (result == boost::unit_test::AR_FAILED) {
      tell();
    }
  }

  void exception_caught(const boost::execution_exception&) override { tell(); }

  int priority() override { return 10; }

private:
  static void tell() {
    if (const auto seed = asyncio::current_seed()) {
      std::cerr << "seed " << *seed << ": ASYNCIO_CLOCK=virtual ASYNCIO_SEED=" << *seed << " replays it\n";
    }
  }
};

/// Writes which rows of asyncio's behaviour passed, for cmake/conformance.sh to count: into
/// the file that CONFORMANCE names, a line `lock-01 passed lock_test/a_free_one_is_taken` each.
class row_recorder : public boost::unit_test::test_observer {
public:
  row_recorder() {
    if (const char* file = std::getenv("CONFORMANCE")) {
      out_.open(file);
    }
  }

  void test_unit_finish(const boost::unit_test::test_unit& unit, unsigned long) override {
    const bool passed = boost::unit_test::results_collector.results(unit.p_id).passed();
    for (const std::string& row : unit.p_labels.get()) {
      out_ << row << (passed ? " passed " : " failed ") << unit.full_name() << '\n';
    }
  }

  int priority() override { return 10; } // after the results are in

private:
  std::ofstream out_;
};

struct observers {
  observers() {
    boost::unit_test::framework::register_observer(seeds);
    boost::unit_test::framework::register_observer(rows);
  }
  ~observers() {
    boost::unit_test::framework::deregister_observer(rows);
    boost::unit_test::framework::deregister_observer(seeds);
  }
  observers(const observers&) = delete;
  observers& operator=(const observers&) = delete;

  seed_teller seeds;
  row_recorder rows;
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(observers);

int main(int argc, char** argv) {
  asyncio::serve_if_worker();
  const auto name_the_suite = [] {
    boost::unit_test::framework::master_test_suite().p_name.value = "asyncio";
    return true;
  };
  return boost::unit_test::unit_test_main(name_the_suite, argc, argv);
}
