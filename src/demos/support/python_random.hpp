#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>

namespace demos {

/// The random numbers of Python's module `random`: the same seed gives the same ones.
///
/// Both sides have the Mersenne twister, std::mt19937. What Python does its own way is how a
/// seed becomes the state, and how 32 random bits become a number in a range.
class python_random {
public:
  /// random.seed(seed)
  explicit python_random(std::uint64_t seed) : engine_(make_engine(seed)) {}

  /// random.randint(least, most): both ends included.
  int randint(int least, int most) {
    if (least > most) {
      throw std::invalid_argument("randint: an empty range");
    }
    const auto count = static_cast<std::uint64_t>(std::int64_t{most} - least + 1);
    const auto bits = static_cast<int>(std::bit_width(count));
    std::uint64_t drawn = random_bits(bits);
    while (drawn >= count) {
      drawn = random_bits(bits);
    }
    return static_cast<int>(least + static_cast<std::int64_t>(drawn));
  }

private:
  /// The twister's init_by_array(), with the seed's 32-bit words as the key. To std::mt19937
  /// it is a seed sequence: it is asked for the words of the state, all 624.
  struct init_by_array {
    using result_type = std::uint32_t;

    explicit init_by_array(std::uint64_t seed)
        : key{static_cast<result_type>(seed), static_cast<result_type>(seed >> 32U)},
          length(key[1] == 0 ? 1 : 2) {}

    template <class Iterator>
    void generate(Iterator first, Iterator last) const {
      std::array<result_type, std::mt19937::state_size> state{};
      state[0] = 19650218;
      for (std::size_t i = 1; i < state.size(); ++i) {
        state[i] = 1812433253 * scrambled(state[i - 1]) + static_cast<result_type>(i);
      }
      std::size_t i = 1;
      const auto step = [&] { // state[0] is the copy of the last one
        if (++i == state.size()) {
          state[0] = state.back();
          i = 1;
        }
      };
      for (std::size_t k = 0; k < state.size(); ++k) {
        const std::size_t j = k % length;
        state[i] = (state[i] ^ (scrambled(state[i - 1]) * 1664525)) + key[j] + static_cast<result_type>(j);
        step();
      }
      for (std::size_t k = 1; k < state.size(); ++k) {
        state[i] = (state[i] ^ (scrambled(state[i - 1]) * 1566083941)) - static_cast<result_type>(i);
        step();
      }
      state[0] = 0x80000000;
      std::copy_n(state.begin(), last - first, first);
    }

    static result_type scrambled(result_type word) { return word ^ (word >> 30U); }

    std::array<result_type, 2> key;
    std::size_t length;
  };

  static std::mt19937 make_engine(std::uint64_t seed) {
    init_by_array words(seed);
    return std::mt19937(words);
  }

  /// random.getrandbits(count), for counts from 1 to 64.
  std::uint64_t random_bits(int count) {
    std::uint64_t bits = 0;
    for (int have = 0; have < count; have += 32) {
      std::uint64_t word = engine_();
      if (count - have < 32) {
        word >>= static_cast<unsigned>(32 - (count - have));
      }
      bits |= word << static_cast<unsigned>(have);
    }
    return bits;
  }

  std::mt19937 engine_;
};

} // namespace demos
