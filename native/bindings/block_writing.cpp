// What the writer of block files computes: random numbers, and rows in the order of theirs.
#include <cstddef>
#include <cstdint>

#include "bindings/bindings.hpp"
#include "core/random.hpp"
#include "core/row_gathering.hpp"

namespace deltarule {
namespace {

using nb::literals::operator""_a;

// Writes the words of some blocks of a stream, four each.
void write_random_words(std::uint64_t seed, std::uint32_t purpose, std::uint32_t first,
                        ArrayOut<std::uint32_t, 2> words) {
  if (words.shape(1) != 4) throw nb::value_error("a block has four words");
  const ReleasedGil released;
  random_words(Stream{seed, static_cast<Purpose>(purpose), 0, 0, 0}, first, words.shape(0), words.data());
}

void write_rows(ArrayIn<std::uint32_t, 2> rows, ArrayIn<std::int64_t, 1> order, ArrayOut<std::uint32_t, 2> out) {
  if (out.shape(0) != order.shape(0) || out.shape(1) != rows.shape(1) || rows.shape(1) == 0)
    throw nb::value_error("rows do not fit their order");
  for (std::size_t i = 0; i < order.shape(0); ++i)
    if (order.data()[i] < 0 || static_cast<std::size_t>(order.data()[i]) >= rows.shape(0))
      throw nb::value_error("there is no such row");
  const ReleasedGil released;
  gather_rows(rows.data(), rows.shape(1), order.data(), order.shape(0), out.data());
}

}  // namespace

void bind_block_writing(nb::module_& m) {
  m.def("random_words", &write_random_words, "seed"_a, "purpose"_a, "first"_a, "words"_a.noconvert());
  m.def("gather_rows", &write_rows, "rows"_a.noconvert(), "order"_a.noconvert(), "out"_a.noconvert());
}

}  // namespace deltarule
