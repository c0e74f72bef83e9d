// The two inner loops of all matrix products: a tile of TILE_ROWS by STRIP numbers kept in registers.
//
// Each number of a product is summed over k in one fixed order: blocks of BLOCK_DEPTH in turn, within
// a block one term after another. So it does not depend on the tile's position, the number of samples or
// the thread.
#pragma once

#include <algorithm>

#include "core/prefetch.hpp"
#include "core/vector.hpp"

namespace deltarule::DELTARULE_LEVEL {

// With 2 vectors a row: 24 of AVX-512's 32 registers, 12 of the others' 16.
constexpr int TILE_ROWS = VECTOR_BYTES == 64 ? 12 : 6;
constexpr std::size_t BLOCK_DEPTH = 256;  // k: a strip's block (16 KB of 16 floats) stays in L1

// The left factor of a product. Element (m, k) is data[k * stride + m] where K_MAJOR, else
// data[m * stride + k].
template <class T>
struct Left {
  const T* data;
  std::size_t stride;
};

// Sums in registers. Loops over them are unrolled, or the compiler would keep them in memory.
template <class T, int ROWS, int VECTORS>
using Tile = Vector<T>[ROWS][VECTORS];

// Calls use(i, v) for each vector of a tile.
template <int ROWS, int VECTORS, class Use>
[[gnu::always_inline]] inline void each_vector(const Use& use) {
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; ++v) use(i, v);
  }
}

// sum(i, :) += sum over k of left(i, k) right(k, :), right of shape (length, STRIP).
template <class T, int ROWS, int VECTORS, bool K_MAJOR>
[[gnu::always_inline]] inline void accumulate(Tile<T, ROWS, VECTORS>& sum, Left<T> left,
                                              const T* right, std::size_t length) {
#pragma GCC unroll 4
  for (std::size_t k = 0; k < length; ++k) {
    Vector<T> row[VECTORS];
#pragma GCC unroll 2
    for (int v = 0; v < VECTORS; ++v) row[v] = load(right + k * STRIP<T> + v * LANES<T>);
    each_vector<ROWS, VECTORS>([&](int i, int v) {
      const std::size_t ii = static_cast<std::size_t>(i);
      sum[i][v] += row[v] * left.data[K_MAJOR ? k * left.stride + ii : ii * left.stride + k];
    });
  }
}

// One tile of a product whose result is a strip: out(i, :) = [out(i, :) +] sum [+ bias(i)].
template <class T, int ROWS, int VECTORS, bool K_MAJOR>
void strip_tile(Left<T> left, const T* right, std::size_t length, T* out, bool add, const T* bias) {
  Tile<T, ROWS, VECTORS> sum;
  each_vector<ROWS, VECTORS>([&](int i, int v) { sum[i][v] = Vector<T>{}; });
  accumulate<T, ROWS, VECTORS, K_MAJOR>(sum, left, right, length);
  const auto layout = [&](int i, int v) { return out + i * STRIP<T> + v * LANES<T>; };
  if (add)
    each_vector<ROWS, VECTORS>([&](int i, int v) { sum[i][v] = load(layout(i, v)) + sum[i][v]; });
  if (bias != nullptr)
    each_vector<ROWS, VECTORS>([&](int i, int v) { sum[i][v] = sum[i][v] + bias[i]; });
  each_vector<ROWS, VECTORS>([&](int i, int v) { store(layout(i, v), sum[i][v]); });
}

// One tile of a gradient: out(i, j) = [out(i, j) +] sum over samples of left(i, sample) deltas(sample, j)
// for j < columns. `left`: strips of (units, STRIP), `left_strip` numbers apart. `ahead`: null, or what is
// prefetched at the same time, from its index `at` on. Not inlined: small networks were up to 6 % slower where
// GCC did it.
template <class T, int ROWS, int VECTORS>
[[gnu::noinline]] void gradient_tile(const T* left, std::size_t left_strip, const T* deltas,
                                     std::size_t samples, T* out, std::size_t out_stride,
                                     std::size_t columns, bool add, const Ahead<T>* ahead, std::size_t at) {
  Tile<T, ROWS, VECTORS> sum;
  each_vector<ROWS, VECTORS>([&](int i, int v) { sum[i][v] = Vector<T>{}; });
  constexpr std::size_t WHOLE = STRIP<T>;
  std::size_t strip = 0;
  for (; samples >= WHOLE; samples -= WHOLE, left += left_strip, deltas += WHOLE * WHOLE, ++strip) {
    if (ahead != nullptr) ahead->prefetch_part(strip, at, ROWS, columns);
    accumulate<T, ROWS, VECTORS, false>(sum, {left, WHOLE}, deltas, WHOLE);
  }
  if (samples > 0) accumulate<T, ROWS, VECTORS, false>(sum, {left, WHOLE}, deltas, samples);
  if (columns == VECTORS * LANES<T>) {
    const auto layout = [&](int i, int v) {
      return out + static_cast<std::size_t>(i) * out_stride + v * LANES<T>;
    };
    if (add)
      each_vector<ROWS, VECTORS>([&](int i, int v) { sum[i][v] = load(layout(i, v)) + sum[i][v]; });
    each_vector<ROWS, VECTORS>([&](int i, int v) { store(layout(i, v), sum[i][v]); });
    return;
  }
  T rows[ROWS][VECTORS * LANES<T>];
  each_vector<ROWS, VECTORS>([&](int i, int v) { store(rows[i] + v * LANES<T>, sum[i][v]); });
  for (int i = 0; i < ROWS; ++i) {
    T* const to = out + static_cast<std::size_t>(i) * out_stride;
    for (std::size_t j = 0; j < columns; ++j) to[j] = add ? to[j] + rows[i][j] : rows[i][j];
  }
}

// Calls use<ROWS>() for a number of rows known only at run time.
template <int ROWS = TILE_ROWS, class Use>
inline void with_rows(std::size_t rows, const Use& use) {
  if constexpr (ROWS == 1) {
    use.template operator()<1>();
  } else {
    if (rows >= ROWS) use.template operator()<ROWS>();
    else with_rows<ROWS - 1>(rows, use);
  }
}

}  // namespace deltarule::DELTARULE_LEVEL
