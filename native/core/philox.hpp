// Philox 4x32-10 (Salmon et al. 2011) for as many counters at once as a vector has lanes.
#pragma once

#include "core/random.hpp"
#include "core/vector.hpp"

namespace deltarule::DELTARULE_LEVEL {

typedef std::uint32_t Words __attribute__((vector_size(VECTOR_BYTES)));
constexpr int WORD_LANES = VECTOR_BYTES / 4;

// Low and high half of each a · m.
inline void multiply_words(Words a, std::uint32_t m, Words& low, Words& high) {
#if defined(__AVX512F__) && !defined(DELTARULE_VECTOR_BYTES)
  const __m512i factor = _mm512_set1_epi32(static_cast<int>(m)), x = __m512i(a);
  const __m512i even = _mm512_mul_epu32(x, factor);
  const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), factor);
  low = Words(_mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32)));
  high = Words(_mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd));
#elif defined(__AVX2__) && !defined(DELTARULE_VECTOR_BYTES)
  const __m256i factor = _mm256_set1_epi32(static_cast<int>(m)), x = __m256i(a);
  const __m256i even = _mm256_mul_epu32(x, factor);
  const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), factor);
  low = Words(_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA));
  high = Words(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA));
#else
  for (int lane = 0; lane < WORD_LANES; ++lane) {
    const std::uint64_t product = std::uint64_t{a[lane]} * m;
    low[lane] = static_cast<std::uint32_t>(product);
    high[lane] = static_cast<std::uint32_t>(product >> 32);
  }
#endif
}

// The four words of each given block of one stream.
inline void words_of_blocks(const Stream& stream, Words blocks, Words (&out)[4]) {
  const auto all_lanes = [](std::uint32_t word) { return Words{} + word; };
  Words c0 = blocks, c1 = all_lanes(stream.step), c2 = all_lanes(stream.epoch),
        c3 = all_lanes(static_cast<std::uint32_t>(stream.purpose) + 256 * stream.layer);
  std::uint32_t k0 = static_cast<std::uint32_t>(stream.seed),
                k1 = static_cast<std::uint32_t>(stream.seed >> 32);
  for (int round = 0; round < 10; ++round, k0 += PHILOX_KEY_STEPS[0], k1 += PHILOX_KEY_STEPS[1]) {
    Words low0, high0, low1, high1;
    multiply_words(c0, PHILOX_MULTIPLIERS[0], low0, high0);
    multiply_words(c2, PHILOX_MULTIPLIERS[1], low1, high1);
    c0 = high1 ^ c1 ^ k0;
    c2 = high0 ^ c3 ^ k1;
    c1 = low1;
    c3 = low0;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

}  // namespace deltarule::DELTARULE_LEVEL
