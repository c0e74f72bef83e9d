// Rows of a table in another order, each read from memory before its turn comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace deltarule {

// Writes the rows with these numbers, of `words` 32-bit words each, one after the other.
inline void gather_rows(const std::uint32_t* rows, std::size_t words, const std::int64_t* order, std::size_t count,
                        std::uint32_t* out) {
  constexpr std::size_t AHEAD = 8, LINE_WORDS = 16;
  for (std::size_t i = 0; i < count; ++i) {
    if (i + AHEAD < count) {
      const std::uint32_t* const next = rows + static_cast<std::size_t>(order[i + AHEAD]) * words;
      for (std::size_t w = 0; w < words; w += LINE_WORDS) __builtin_prefetch(next + w);
      __builtin_prefetch(next + words - 1);
    }
    std::memcpy(out + i * words, rows + static_cast<std::size_t>(order[i]) * words, words * sizeof *rows);
  }
}

}  // namespace deltarule
