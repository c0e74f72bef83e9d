// The random generator: Philox 4x32-10 (Salmon et al. 2011), with the same streams as `random.py`.
#pragma once

#include <cstddef>
#include <cstdint>

namespace deltarule {

enum class Purpose : std::uint32_t { shuffle = 3, draw = 4, dropout = 5, blocks = 12 };

constexpr std::uint32_t PHILOX_MULTIPLIERS[2] = {0xD2511F53u, 0xCD9E8D57u};
constexpr std::uint32_t PHILOX_KEY_STEPS[2] = {0x9E3779B9u, 0xBB67AE85u};

// Identifies a stream of random words; word k is lane k mod 4 of block k / 4.
struct Stream {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::shuffle;
  std::uint32_t layer = 0;
  std::uint32_t epoch = 0;
  std::uint32_t step = 0;
};

// One block of the generator: four words from a counter and a key.
void philox(const std::uint32_t counter[4], const std::uint32_t key[2], std::uint32_t out[4]);

// Writes words [4 * first_block, 4 * first_block + 4 * blocks) of a stream.
void random_words(const Stream& stream, std::uint32_t first_block, std::size_t blocks,
                  std::uint32_t* words);

// Shuffles `count` numbers by the words of a stream (Fisher and Yates, as `random.shuffled`).
void shuffle(const Stream& stream, std::size_t count, std::uint32_t* numbers);

// Writes 0 ... rows - 1 in the order of one epoch, as `random.shuffled`.
void shuffle_rows(std::uint64_t seed, std::uint32_t epoch, std::size_t rows, std::uint32_t* order);

// Writes `rows` row numbers drawn with replacement, as `random.drawn`.
void draw_rows(std::uint64_t seed, std::uint32_t epoch, std::size_t rows, std::uint32_t* order);

}  // namespace deltarule
