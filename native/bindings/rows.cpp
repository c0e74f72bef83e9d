// Rows as Python dictionaries, encoded without a Python object per cell.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/bindings.hpp"
#include "core/features.hpp"
#include "core/memory.hpp"

namespace deltarule {
namespace {

using nb::literals::operator""_a;

constexpr double MAX_EXACT_INTEGER = 9007199254740992.0;  // 2^53

// The cell of a row, or nothing. Without the GIL another thread may take it out of the row meanwhile, so that it
// is kept alive.
#if defined(Py_GIL_DISABLED)
nb::object cell_of(const nb::dict& row, nb::handle name) {
  PyObject* cell = nullptr;
  if (PyDict_GetItemRef(row.ptr(), name.ptr(), &cell) < 0) PyErr_Clear();
  return nb::steal(cell);
}
#else
nb::handle cell_of(const nb::dict& row, nb::handle name) {
  PyObject* const cell = PyDict_GetItemWithError(row.ptr(), name.ptr());  // borrowed
  if (cell == nullptr) PyErr_Clear();
  return cell;
}
#endif

// The columns of a model. Python adds them once; `encode` may then be called by any number of threads.
class RowEncoder {
 public:
  void add_column(nb::str name, const std::string& values, std::vector<std::string> levels,
                  std::vector<double> missing, double low, double high) {
    using Values = RowColumn::Values;
    RowColumn column;
    column.values = named<Values>(values, {{"number", Values::number},
                                           {"boolean", Values::boolean},
                                           {"code", Values::code},
                                           {"other", Values::other}});
    column.missing = std::move(missing);
    column.low = low;
    column.high = high;
    names_.push_back(std::move(name));
    columns_.push_back(std::move(column));
    columns_.back().levels = std::move(levels);
    RowColumn& added = columns_.back();
    for (std::size_t i = 0; i < added.levels.size(); ++i)
      added.codes.emplace(added.levels[i], static_cast<std::int32_t>(i));
  }

  // Adds an operation to the last column.
  void add_operation(const std::string& kind, const std::vector<double>& numbers, std::size_t count,
                     bool marks_others, const std::vector<std::vector<double>>& tables) {
    using Kind = Operation::Kind;
    Operation operation;
    operation.kind = named<Kind>(kind, {{"soft_clip", Kind::soft_clip},
                                        {"standardize", Kind::standardize},
                                        {"normal_score", Kind::normal_score},
                                        {"sign", Kind::sign},
                                        {"is_missing", Kind::is_missing},
                                        {"one_hot", Kind::one_hot},
                                        {"look_up", Kind::look_up},
                                        {"code_from_one", Kind::code_from_one}});
    double* const own[] = {&operation.a, &operation.b, &operation.c, &operation.d};
    for (std::size_t i = 0; i < numbers.size() && i < 4; ++i) *own[i] = numbers[i];
    operation.count = count;
    operation.marks_others = marks_others;
    if (operation.kind == Kind::normal_score && tables.size() == 4)
      operation.knots = {tables[0], tables[1], tables[2], tables[3]};
    if (operation.kind == Kind::look_up && tables.size() == 1) operation.entries = tables[0];
    add_width(operation.width());
    columns_.back().operations.push_back(std::move(operation));
  }

  // Leaves room for features of the last column that Python computes.
  void add_width(std::size_t width) {
    columns_.back().width += width;
    width_ += width;
  }

  // Writes the features of a row into an array of shape (1, width). Returns false for a row with anything that
  // Python has to look at: a missing column, an unknown level, another type, a number beyond the training rows.
  bool encode(nb::dict row, ArrayOut<float, 2> features) const {
    if (features.shape(0) != 1 || features.shape(1) != width_)
      throw nb::value_error("features do not fit the columns");
    float* out = features.data();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const RowColumn& column = columns_[i];
      if (column.values != RowColumn::Values::other) {
        const auto cell = cell_of(row, names_[i]);
        if (!cell.is_valid() || !encode_cell(column, cell.ptr(), out)) return false;
      }
      out += column.width;
    }
    return true;
  }

  // Prepares for many rows of tables, which `encode_table` takes.
  void prepare_tables() {
    for (RowColumn& column : columns_)
      for (Operation& operation : column.operations) operation.many_scores = ManyScores(operation.knots);
  }

  // Writes the features of some rows of a table into an array of shape (rows, width). `cells` has the numbers or the
  // codes of each column, and None for those that Python computes.
  void encode_table(nb::list cells, ArrayIn<std::int64_t, 1> rows, ArrayOut<float, 2> features) const {
    using Values = RowColumn::Values;
    if (features.shape(0) != rows.shape(0) || features.shape(1) != width_ || cells.size() != columns_.size())
      throw nb::value_error("cells and features do not fit the columns");
    std::vector<ArrayIn<double, 1>> numbers(columns_.size());
    std::vector<ArrayIn<std::int32_t, 1>> codes(columns_.size());
    std::int64_t first = 0, last = -1;
    for (std::size_t i = 0; i < rows.shape(0); ++i) {
      first = std::min(first, rows.data()[i]);
      last = std::max(last, rows.data()[i]);
    }
    const auto check_size = [&](std::size_t size) {
      if (first < 0 || last >= static_cast<std::int64_t>(size)) throw nb::value_error("there is no such row");
    };
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].values == Values::other) continue;
      if (columns_[i].values != Values::code) {
        numbers[i] = nb::cast<ArrayIn<double, 1>>(cells[i], false);
        check_size(numbers[i].shape(0));
        continue;
      }
      codes[i] = nb::cast<ArrayIn<std::int32_t, 1>>(cells[i], false);
      check_size(codes[i].shape(0));
      const auto levels = static_cast<std::int64_t>(columns_[i].levels.size());
      for (std::size_t r = 0; r < rows.shape(0); ++r) {
        const std::int32_t code = codes[i].data()[rows.data()[r]];
        if (code < -1 || code >= levels) throw nb::value_error("a code has no level");
      }
    }
    const ReleasedGil released;
    // Block by block, so that the features being written stay in the processor's cache.
    for (std::size_t begin = 0; begin < rows.shape(0); begin += BLOCK_ROWS) {
      const std::size_t count = std::min(BLOCK_ROWS, rows.shape(0) - begin);
      const std::int64_t* const chosen = rows.data() + begin;
      float* out = features.data() + begin * width_;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].values == Values::code) columns_[i].encode_rows(codes[i].data(), chosen, count, out, width_);
        else if (columns_[i].values != Values::other)
          columns_[i].encode_rows(numbers[i].data(), chosen, count, out, width_);
        out += columns_[i].width;
      }
    }
  }

  std::size_t width() const { return width_; }

 private:
  static constexpr std::size_t BLOCK_ROWS = 1024;

  // The value of a name; raises ValueError for another name.
  template <class T>
  static T named(const std::string& name, std::initializer_list<std::pair<const char*, T>> values) {
    for (const auto& [known, value] : values)
      if (name == known) return value;
    throw nb::value_error("no column or operation has this name");
  }

  static bool encode_cell(const RowColumn& column, PyObject* cell, float* out) {
    const double nothing = std::nan("");
    if (column.values == RowColumn::Values::code) {
      if (cell == Py_None) {
        column.encode_code(-1, out);
        return true;
      }
      if (!PyUnicode_CheckExact(cell)) return false;
      Py_ssize_t size = 0;
      const char* const text = PyUnicode_AsUTF8AndSize(cell, &size);
      if (text == nullptr) {  // a lone surrogate
        PyErr_Clear();
        return false;
      }
      const auto found = column.codes.find(std::string_view(text, static_cast<std::size_t>(size)));
      if (found == column.codes.end()) return false;
      column.encode_code(found->second, out);
      return true;
    }
    double x = nothing;
    if (cell == Py_None) {
      column.encode(x, out);
      return true;
    }
    if (column.values == RowColumn::Values::boolean) {
      if (!PyBool_Check(cell)) return false;
      x = cell == Py_True ? 1 : 0;
      if (!column.is_usual(x)) return false;
      column.encode(x, out);
      return true;
    }
    if (PyFloat_CheckExact(cell)) {
      x = PyFloat_AsDouble(cell);
      if (!std::isnan(x) && !column.is_usual(x)) return false;
    } else if (PyLong_CheckExact(cell)) {
      x = PyLong_AsDouble(cell);
      if (x == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return false;
      }
      if (std::fabs(x) >= MAX_EXACT_INTEGER || !column.is_usual(x)) return false;
    } else {
      return false;
    }
    column.encode(x, out);
    return true;
  }

  std::deque<RowColumn> columns_;  // which stay where they are: `codes` points into `levels`
  std::vector<nb::str> names_;
  std::size_t width_ = 0;
};

}  // namespace

void bind_rows(nb::module_& m) {
  nb::class_<RowEncoder>(m, "RowEncoder")
      .def(nb::init<>())
      .def("add_column", &RowEncoder::add_column, "name"_a, "values"_a, "levels"_a, "missing"_a, "low"_a, "high"_a)
      .def("add_operation", &RowEncoder::add_operation, "kind"_a, "numbers"_a, "count"_a, "marks_others"_a,
           "tables"_a)
      .def("add_width", &RowEncoder::add_width, "width"_a)
      .def("encode", &RowEncoder::encode, "row"_a, "features"_a.noconvert())
      .def("prepare_tables", &RowEncoder::prepare_tables)
      .def("encode_table", &RowEncoder::encode_table, "cells"_a, "rows"_a.noconvert(), "features"_a.noconvert())
      .def_prop_ro("width", &RowEncoder::width);
}

}  // namespace deltarule
