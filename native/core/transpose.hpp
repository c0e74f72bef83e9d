// Transposes squares of numbers in registers.
#pragma once

#include <algorithm>
#include <utility>

#include "core/vector.hpp"

namespace deltarule::DELTARULE_LEVEL {

// One step of the transposition: a and b are rows i and i + H of a square. For each column j with bit H,
// swaps a's column j with b's column j - H.
template <class T, int H, int... J>
[[gnu::always_inline]] inline void exchange(Vector<T>& a, Vector<T>& b, std::integer_sequence<int, J...>) {
  constexpr int N = LANES<T>;
#if defined(__has_builtin) && __has_builtin(__builtin_shufflevector)
  const Vector<T> upper = __builtin_shufflevector(a, b, ((J & H) ? N + J - H : J)...);
  const Vector<T> lower = __builtin_shufflevector(a, b, ((J & H) ? N + J : J + H)...);
#else
  const Vector<T> upper = __builtin_shuffle(a, b, Whole<T>{((J & H) ? N + J - H : J)...});
  const Vector<T> lower = __builtin_shuffle(a, b, Whole<T>{((J & H) ? N + J : J + H)...});
#endif
  a = upper;
  b = lower;
}

template <class T, int H>
[[gnu::always_inline]] inline void turn_steps(Vector<T> (&rows)[LANES<T>]) {
  if constexpr (H > 0) {
#pragma GCC unroll 16
    for (int i = 0; i < LANES<T>; ++i)
      if ((i & H) == 0)
        exchange<T, H>(rows[i], rows[i + H], std::make_integer_sequence<int, LANES<T>>{});
    turn_steps<T, H / 2>(rows);
  }
}

// rows[i][j] becomes rows[j][i] (Eklundh 1972).
template <class T>
[[gnu::always_inline]] inline void turn(Vector<T> (&rows)[LANES<T>]) {
  turn_steps<T, LANES<T> / 2>(rows);
}

// to(j, i) = from(i, j) for a square of STRIP by STRIP with `rows` given rows. Missing rows that share a
// vector with a given one become zeros; the rest is not written.
template <class T>
void transpose_square(const T* from, std::size_t rows, T* to) {
  constexpr std::size_t N = LANES<T>, WHOLE = STRIP<T>;
  for (std::size_t i = 0; i < rows; i += N) {
    for (std::size_t j = 0; j < WHOLE; j += N) {
      Vector<T> square[N];
#pragma GCC unroll 16
      for (std::size_t r = 0; r < N; ++r)
        square[r] = i + r < rows ? load(from + (i + r) * WHOLE + j) : Vector<T>{};
      turn<T>(square);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < N; ++r) store(to + (j + r) * WHOLE + i, square[r]);
    }
  }
}

// Writes STRIP rows of `width` numbers, given by pointers, as one strip.
template <class T>
void gather_strip(const T* const* rows, std::size_t width, T* strip) {
  constexpr std::size_t N = LANES<T>, WHOLE = STRIP<T>;
  if (width < N) {
    for (std::size_t j = 0; j < WHOLE; ++j)
      for (std::size_t i = 0; i < width; ++i) strip[i * WHOLE + j] = rows[j][i];
    return;
  }
  for (std::size_t first = 0; first < width; first += N) {
    const std::size_t i = std::min(first, width - N);  // the last square may overlap the previous one
    for (std::size_t j = 0; j < WHOLE; j += N) {
      Vector<T> square[N];
#pragma GCC unroll 16
      for (std::size_t r = 0; r < N; ++r) square[r] = load(rows[j + r] + i);
      turn<T>(square);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < N; ++r) store(strip + (i + r) * WHOLE + j, square[r]);
    }
  }
}

}  // namespace deltarule::DELTARULE_LEVEL
