#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <vector>

#include <demos/support/python_random.hpp>

namespace {

constexpr int lowest = std::numeric_limits<int>::min();
constexpr int highest = std::numeric_limits<int>::max();

/// Zero to a thousand, and what lies about each power of two, up to the largest there is.
std::vector<std::uint64_t> many_seeds() {
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    seeds.push_back(seed);
  }
  for (unsigned power = 10; power < 64; ++power) {
    seeds.push_back(std::uint64_t{1} << power);
  }
  for (unsigned power = 10; power < 64; ++power) {
    seeds.push_back((std::uint64_t{1} << power) - 1);
  }
  seeds.push_back(std::numeric_limits<std::uint64_t>::max());
  return seeds;
}

struct figure {
  figure(int least_, int most_, std::uint64_t checksum_) : least(least_), most(most_), checksum(checksum_) {}

  int least;
  int most;
  std::uint64_t checksum;

  friend std::ostream& operator<<(std::ostream& out, const figure& f) {
    return out << f.least << " to " << f.most;
  }
};

// What CPython 3.13 gives for:
//
//     seeds = list(range(1000)) + [1 << k for k in range(10, 64)] + [(1 << k) - 1 for k in range(10, 65)]
//     checksum = 0
//     for seed in seeds:
//       random.seed(seed)
//       for _ in range(20):
//         checksum = (checksum * 31 + random.randint(least, most)) % 2**64
const std::vector<figure> figures_of_python{
    figure(0, 10, 17012208390912003585U),
    figure(0, 0, 0U),
    figure(1, 6, 5357963772234815880U),
    figure(0, 1, 4325213130947880416U),
    figure(0, 7, 11257204454291682868U),
    figure(0, 8, 5396798088628955762U),
    figure(-50, 50, 804115062031650341U),
    figure(1, 1000000, 11479813176067230869U),
    figure(0, highest, 14603764644168365717U),
    figure(lowest, highest, 4422996725134331735U),
    figure(lowest, highest - 1, 1501072620762917160U),
    figure(7, 1073741830, 9260128462499967598U),
};

} // namespace

BOOST_AUTO_TEST_SUITE(python_random_test)

BOOST_AUTO_TEST_CASE(seed_444_gives_what_it_gives_in_python) {
  demos::python_random random(444);
  std::vector<int> drawn;
  for (int i = 0; i < 6; ++i) {
    drawn.push_back(random.randint(0, 10));
  }
  BOOST_TEST(drawn == (std::vector<int>{4, 4, 0, 4, 7, 4}), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(many_seeds_give_what_they_give_in_python, figures_of_python, wanted) {
  std::uint64_t checksum = 0;
  for (const std::uint64_t seed : many_seeds()) {
    demos::python_random random(seed);
    for (int i = 0; i < 20; ++i) {
      checksum = checksum * 31 + static_cast<std::uint64_t>(random.randint(wanted.least, wanted.most));
    }
  }
  BOOST_TEST(checksum == wanted.checksum);
}

BOOST_AUTO_TEST_CASE(an_empty_range_is_refused) {
  demos::python_random random(1);
  BOOST_CHECK_THROW(random.randint(1, 0), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
