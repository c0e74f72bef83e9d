// Philox against the known-answer vectors of Random123 (Salmon et al. 2011), kat_vectors.
#include "core/random.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "tests/check.hpp"

using namespace deltarule;

namespace {

void check_philox(const std::uint32_t (&counter)[4], const std::uint32_t (&key)[2],
                  const std::uint32_t (&wanted)[4]) {
  std::uint32_t out[4];
  philox(counter, key, out);
  CHECK(std::memcmp(out, wanted, sizeof out) == 0);
}

void known_answers() {
  check_philox({0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  check_philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff},
               {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  check_philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
               {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

void streams_are_blocks_one_after_the_other() {
  const Stream stream{0x299f31d0a4093822, Purpose::dropout, 3, 0x13198a2e, 0x85a308d3};
  const std::uint32_t key[2] = {0xa4093822, 0x299f31d0};
  std::vector<std::uint32_t> words(4 * 21);
  random_words(stream, 5, 21, words.data());
  for (std::uint32_t block = 0; block < 21; ++block) {
    const std::uint32_t counter[4] = {5 + block, 0x85a308d3, 0x13198a2e, 5 + 256 * 3};
    std::uint32_t out[4];
    philox(counter, key, out);
    CHECK(std::memcmp(out, words.data() + 4 * block, sizeof out) == 0);
  }
}

void a_shuffle_is_a_permutation() {
  for (const std::size_t rows : {1u, 2u, 3u, 31u, 32u, 33u, 1000u}) {
    std::vector<std::uint32_t> order(rows), other(rows);
    shuffle_rows(7, 0, rows, order.data());
    shuffle_rows(7, 1, rows, other.data());
    if (rows > 31) CHECK(order != other);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < rows; ++i) CHECK(order[i] == i);
  }
}

void draws_are_rows() {
  std::vector<std::uint32_t> order(5000);
  draw_rows(1, 2, order.size(), order.data());
  for (const std::uint32_t row : order) CHECK(row < order.size());
  std::sort(order.begin(), order.end());
  const auto different = std::unique(order.begin(), order.end()) - order.begin();
  CHECK_NEAR(static_cast<double>(different) / 5000, 1 - std::exp(-1.0), 0.03);  // drawn with replacement
}

}  // namespace

int main() {
  known_answers();
  streams_are_blocks_one_after_the_other();
  a_shuffle_is_a_permutation();
  draws_are_rows();
  return failures > 0;
}
