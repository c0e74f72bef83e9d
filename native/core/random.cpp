#include "core/random.hpp"

#include <algorithm>
#include <numeric>

namespace deltarule {
namespace {

constexpr int LANES = 8;  // blocks computed together, so that the compiler can use vectors

// Ten rounds on LANES counters that differ in their first word only.
void philox_lanes(std::uint32_t first, const std::uint32_t rest[3], const std::uint32_t key[2],
                  std::uint32_t out[4][LANES]) {
  std::uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
  for (int lane = 0; lane < LANES; ++lane) {
    c0[lane] = first + static_cast<std::uint32_t>(lane);
    c1[lane] = rest[0];
    c2[lane] = rest[1];
    c3[lane] = rest[2];
  }
  std::uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    for (int lane = 0; lane < LANES; ++lane) {
      const std::uint64_t p0 = std::uint64_t{PHILOX_MULTIPLIERS[0]} * c0[lane];
      const std::uint64_t p1 = std::uint64_t{PHILOX_MULTIPLIERS[1]} * c2[lane];
      c0[lane] = static_cast<std::uint32_t>(p1 >> 32) ^ c1[lane] ^ k0;
      c2[lane] = static_cast<std::uint32_t>(p0 >> 32) ^ c3[lane] ^ k1;
      c1[lane] = static_cast<std::uint32_t>(p1);
      c3[lane] = static_cast<std::uint32_t>(p0);
    }
    k0 += PHILOX_KEY_STEPS[0];
    k1 += PHILOX_KEY_STEPS[1];
  }
  std::copy_n(c0, LANES, out[0]);
  std::copy_n(c1, LANES, out[1]);
  std::copy_n(c2, LANES, out[2]);
  std::copy_n(c3, LANES, out[3]);
}

// Calls use(k, word) for the first `count` words of a stream.
template <class Use>
void each_word(const Stream& stream, std::size_t count, Use use) {
  std::uint32_t words[4 * LANES];
  for (std::size_t k = 0; k < count; k += 4 * LANES) {
    random_words(stream, static_cast<std::uint32_t>(k / 4), LANES, words);
    const std::size_t here = std::min<std::size_t>(4 * LANES, count - k);
    for (std::size_t i = 0; i < here; ++i) use(k + i, words[i]);
  }
}

}  // namespace

void philox(const std::uint32_t counter[4], const std::uint32_t key[2], std::uint32_t out[4]) {
  std::uint32_t lanes[4][LANES];
  philox_lanes(counter[0], counter + 1, key, lanes);
  for (int i = 0; i < 4; ++i) out[i] = lanes[i][0];
}

void random_words(const Stream& stream, std::uint32_t first_block, std::size_t blocks,
                  std::uint32_t* words) {
  const std::uint32_t key[2] = {static_cast<std::uint32_t>(stream.seed),
                                static_cast<std::uint32_t>(stream.seed >> 32)};
  const std::uint32_t rest[3] = {stream.step, stream.epoch,
                                 static_cast<std::uint32_t>(stream.purpose) + 256 * stream.layer};
  std::uint32_t lanes[4][LANES];
  for (std::size_t block = 0; block < blocks; block += LANES) {
    philox_lanes(first_block + static_cast<std::uint32_t>(block), rest, key, lanes);
    const int here = static_cast<int>(std::min<std::size_t>(LANES, blocks - block));
    for (int lane = 0; lane < here; ++lane)
      for (int i = 0; i < 4; ++i) *words++ = lanes[i][lane];
  }
}

void shuffle(const Stream& stream, std::size_t count, std::uint32_t* numbers) {
  if (count < 2) return;
  each_word(stream, count - 1, [&](std::size_t k, std::uint32_t word) {
    const std::uint64_t i = count - 1 - k;
    std::swap(numbers[i], numbers[(word * (i + 1)) >> 32]);
  });
}

void shuffle_rows(std::uint64_t seed, std::uint32_t epoch, std::size_t rows, std::uint32_t* order) {
  std::iota(order, order + rows, 0u);
  shuffle({seed, Purpose::shuffle, 0, epoch, 0}, rows, order);
}

void draw_rows(std::uint64_t seed, std::uint32_t epoch, std::size_t rows, std::uint32_t* order) {
  const Stream stream{seed, Purpose::draw, 0, epoch, 0};
  each_word(stream, rows, [&](std::size_t k, std::uint32_t word) {
    order[k] = static_cast<std::uint32_t>((std::uint64_t{word} * rows) >> 32);
  });
}

}  // namespace deltarule
