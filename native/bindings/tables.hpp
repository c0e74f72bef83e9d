// Tables of samples as Python passes them, and the checks of all bindings that compute.
#pragma once

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "bindings/bindings.hpp"
#include "core/compute.hpp"

namespace deltarule {

// Arrays of samples, referenced while a computation uses them.
template <class T>
struct TableOfArrays {
  ArrayIn<T, 2> inputs;
  std::optional<ArrayIn<T, 2>> targets;
  std::optional<ArrayIn<std::int32_t, 1>> classes;
  std::optional<ArrayIn<T, 1>> weights;
  std::optional<ArrayIn<std::uint32_t, 1>> chosen;

  Table<T> table() const {
    return {inputs.data(), targets ? targets->data() : nullptr, classes ? classes->data() : nullptr,
            weights ? weights->data() : nullptr, inputs.shape(0), chosen ? chosen->data() : nullptr,
            chosen ? chosen->shape(0) : 0};
  }
};

inline Level level_named(const std::string& name) {
  for (const Level level : {Level::baseline, Level::avx2, Level::avx512})
    if (name == name_of(level) && is_supported(level)) return level;
  throw nb::value_error("this instruction level is not supported here");
}

// Raises ValueError for a table that does not fit the plan; Python has checked everything else.
template <class T>
void check_table(const Plan& plan, const TableOfArrays<T>& arrays) {
  const std::size_t rows = arrays.inputs.shape(0), outputs = plan.layers.back().units;
  if (rows == 0) throw nb::value_error("there are no rows");
  if (arrays.inputs.shape(1) != plan.inputs())
    throw nb::value_error("inputs do not fit the network");
  if (arrays.targets.has_value() == arrays.classes.has_value())
    throw nb::value_error("either targets or classes are needed");
  if (arrays.targets && (arrays.targets->shape(0) != rows || arrays.targets->shape(1) != outputs))
    throw nb::value_error("targets do not fit inputs and network");
  if (arrays.weights && arrays.weights->shape(0) != rows)
    throw nb::value_error("weights do not fit inputs");
  if (arrays.chosen) {
    if (arrays.chosen->shape(0) == 0) throw nb::value_error("no rows are chosen");
    for (std::size_t i = 0; i < arrays.chosen->shape(0); ++i)
      if (arrays.chosen->data()[i] >= rows) throw nb::value_error("a chosen row is not there");
  }
  if (!arrays.classes) return;
  if (arrays.classes->shape(0) != rows) throw nb::value_error("classes do not fit inputs");
  for (std::size_t row = 0; row < rows; ++row) {
    const std::int32_t number = arrays.classes->data()[row];
    if (number < 0 || static_cast<std::size_t>(number) >= outputs)
      throw nb::value_error("a class number is not among the network's outputs");
  }
}

inline void check_size(std::size_t size, std::size_t wanted, const char* sentence) {
  if (size != wanted) throw nb::value_error(sentence);
}

}  // namespace deltarule
