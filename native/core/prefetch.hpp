// Asks the processor for memory ahead of its use.
//
// A few cache lines at a time, between computations: of many at once the processor drops most.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/memory.hpp"
#include "core/vector.hpp"

namespace deltarule::DELTARULE_LEVEL {

// Prefetches the cache lines of `count` numbers. Inlined, because GCC removes calls of functions that only
// prefetch.
template <class T>
[[gnu::always_inline]] inline void prefetch(const T* from, std::size_t count) {
  const auto begin = reinterpret_cast<std::uintptr_t>(from), end = begin + count * sizeof(T);
  for (std::uintptr_t line = begin / ALIGNMENT * ALIGNMENT; line < end; line += ALIGNMENT)
    __builtin_prefetch(reinterpret_cast<const void*>(line));
}

// Matrices with rows `stride` apart that are needed after a product: while it computes a tile, it prefetches
// the same tile of each.
template <class T>
struct Ahead {
  const T* matrices[4] = {};
  std::size_t count = 0;
  std::size_t stride = 0;
  std::size_t rows_at_once = 0;

  // Prefetches part `part` of a tile of `rows` rows whose first number has the index `at`.
  [[gnu::always_inline]] void prefetch_part(std::size_t part, std::size_t at, std::size_t rows,
                                            std::size_t columns) const {
    const std::size_t end = std::min(rows, (part + 1) * rows_at_once);
    for (std::size_t i = part * rows_at_once; i < end; ++i)
      for (std::size_t m = 0; m < count; ++m) prefetch(matrices[m] + at + i * stride, columns);
  }
};

}  // namespace deltarule::DELTARULE_LEVEL
