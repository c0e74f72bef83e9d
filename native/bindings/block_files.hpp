// Rows of a training run as Python passes them: in arrays or in a block file.
#pragma once

#include <nanobind/stl/variant.h>

#include <memory>
#include <variant>

#include "bindings/tables.hpp"
#include "core/row_window.hpp"

namespace deltarule {

template <class T>
using RowsOfPython = std::variant<TableOfArrays<T>, BlockSource>;

// Raises ValueError for a part of a file that does not fit the plan; Python has checked everything else.
void check_source(const Plan& plan, const BlockSource& source);

// Returns a view of rows that fit the plan, or raises ValueError. `stream` becomes the owner of one that reads.
template <class T>
Rows<T> checked_rows(const Plan& plan, const RowsOfPython<T>& rows, int threads,
                     std::unique_ptr<StreamedRows<T>>& stream) {
  if (const auto* const arrays = std::get_if<TableOfArrays<T>>(&rows)) {
    check_table(plan, *arrays);
    return arrays->table();
  }
  const BlockSource& file = std::get<BlockSource>(rows);
  check_source(plan, file);
  stream = std::make_unique<WindowReader<T>>(file, plan, threads > 1);
  return Rows<T>(*stream);
}

void bind_block_files(nb::module_& m);

}  // namespace deltarule
