// What a plan and its tables must fulfill, whoever passes them. Python has checked the settings; what is checked
// here would be read beyond the end of an array.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/plan.hpp"

namespace deltarule {

// Returns what is wrong with a plan, or null.
const char* problem_of(const Plan& plan);

// Returns what is wrong with a table for this plan, or null; `inputs` and `outputs`: the widths of its arrays.
template <class T>
const char* problem_of(const Plan& plan, const Table<T>& table, std::size_t inputs, std::size_t outputs) {
  const std::size_t units = plan.layers.back().units;
  if (table.rows == 0) return "there are no rows";
  if (inputs != plan.inputs()) return "inputs do not fit the network";
  if ((table.targets == nullptr) == (table.classes == nullptr)) return "either targets or classes are needed";
  if (table.targets != nullptr && outputs != units) return "targets do not fit inputs and network";
  if (table.chosen != nullptr && table.chosen_count == 0) return "no rows are chosen";
  for (std::size_t i = 0; i < table.chosen_count; ++i)
    if (table.chosen[i] >= table.rows) return "a chosen row is not there";
  if (table.classes == nullptr) return nullptr;
  for (std::size_t row = 0; row < table.rows; ++row) {
    const std::int32_t number = table.classes[row];
    if (number < 0 || static_cast<std::size_t>(number) >= units)
      return "a class number is not among the network's outputs";
  }
  return nullptr;
}

}  // namespace deltarule
