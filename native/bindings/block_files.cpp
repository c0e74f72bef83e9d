#include "bindings/block_files.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <exception>
#include <utility>
#include <vector>

namespace deltarule {
namespace {

bool is_type(int type) { return type >= 0 && type <= static_cast<int>(StoredType::uint8); }

// Raises OSError with the number of the error.
void raise_os_error(const std::exception_ptr& pointer, void*) {
  try {
    std::rethrow_exception(pointer);
  } catch (const FileReadError& error) {
    PyObject* const arguments = Py_BuildValue("(is)", error.code, error.what());
    if (arguments == nullptr) return;
    PyErr_SetObject(PyExc_OSError, arguments);
    Py_DECREF(arguments);
  }
}

}  // namespace

void check_source(const Plan& plan, const BlockSource& source) {
  if (source.rows == 0 || source.block_rows == 0) throw nb::value_error("there are no rows");
  if (source.inputs != plan.inputs()) throw nb::value_error("inputs do not fit the network");
  if (source.outputs != plan.layers.back().units) throw nb::value_error("targets do not fit the network");
}

void bind_block_files(nb::module_& m) {
  using namespace nb::literals;
  nb::register_exception_translator(&raise_os_error);
  nb::class_<BlockSection>(m, "BlockSection")
      .def(
          "__init__",
          [](BlockSection* self, int type, std::size_t width, std::vector<std::uint32_t> columns) {
            if (!is_type(type)) throw nb::value_error("there is no stored type of this number");
            new (self) BlockSection{static_cast<StoredType>(type), width, std::move(columns)};
          },
          nb::kw_only(), "type"_a, "width"_a, "columns"_a);
  nb::class_<BlockSource>(m, "BlockSource")
      .def(
          "__init__",
          [](BlockSource* self, int descriptor, std::uint64_t position, std::size_t rows,
             std::size_t block_rows, std::vector<BlockSection> features, const BlockSection& targets,
             bool class_numbers, bool weighted, double mean_weight, std::size_t inputs,
             std::size_t outputs) {
            for (const BlockSection& section : features) {
              if (section.columns.size() != section.width) throw nb::value_error("a section has other columns");
              for (const std::uint32_t column : section.columns)
                if (column >= inputs) throw nb::value_error("a section has a column that is not there");
            }
            if (targets.width != (class_numbers ? 1 : outputs))
              throw nb::value_error("targets do not fit the outputs");
            new (self) BlockSource{descriptor, position,      rows,     block_rows,  std::move(features),
                                   targets,    class_numbers, outputs,  weighted,    mean_weight,
                                   inputs,     outputs};
          },
          nb::kw_only(), "descriptor"_a, "position"_a, "rows"_a, "block_rows"_a, "features"_a, "targets"_a,
          "class_numbers"_a, "weighted"_a, "mean_weight"_a, "inputs"_a, "outputs"_a);
}

}  // namespace deltarule
