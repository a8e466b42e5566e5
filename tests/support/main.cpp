#define BOOST_TEST_MODULE asyncio
#include <asyncio/seed.hpp>

#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>

#include <iostream>

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

struct tells_seeds {
  tells_seeds() { boost::unit_test::framework::register_observer(teller); }
  ~tells_seeds() { boost::unit_test::framework::deregister_observer(teller); }
  tells_seeds(const tells_seeds&) = delete;
  tells_seeds& operator=(const tells_seeds&) = delete;

  seed_teller teller;
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(tells_seeds);
