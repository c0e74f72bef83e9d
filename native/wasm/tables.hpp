// A table of samples as the caller describes it: where its arrays are. It does not own them.
#pragma once

#include "core/plan_check.hpp"
#include "wasm/interface.hpp"

namespace deltarule {

struct AnyTable {
  const void* inputs;             // (rows, columns)
  std::size_t columns;
  const void* targets;            // (rows, outputs), or null
  std::size_t outputs;
  const std::int32_t* classes;    // (rows,), or null
  const void* weights;            // (rows,), or null
  std::size_t rows;
  const std::uint32_t* chosen;    // (chosen_count,), or null
  std::size_t chosen_count;

  template <class T>
  Table<T> of() const {
    return {static_cast<const T*>(inputs), static_cast<const T*>(targets), classes,
            static_cast<const T*>(weights), rows, chosen, chosen_count};
  }

  template <class T>
  bool fits(const Plan& plan) const {
    return accept(problem_of(plan, of<T>(), columns, outputs));
  }
};

}  // namespace deltarule
