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
#include "core/plan_check.hpp"

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
  const std::size_t rows = arrays.inputs.shape(0);
  if (arrays.targets && arrays.targets->shape(0) != rows)
    throw nb::value_error("targets do not fit inputs and network");
  if (arrays.weights && arrays.weights->shape(0) != rows)
    throw nb::value_error("weights do not fit inputs");
  if (arrays.classes && arrays.classes->shape(0) != rows) throw nb::value_error("classes do not fit inputs");
  const char* const problem = problem_of(plan, arrays.table(), arrays.inputs.shape(1),
                                         arrays.targets ? arrays.targets->shape(1) : 0);
  if (problem != nullptr) throw nb::value_error(problem);
}

inline void check_size(std::size_t size, std::size_t wanted, const char* sentence) {
  if (size != wanted) throw nb::value_error(sentence);
}

}  // namespace deltarule
