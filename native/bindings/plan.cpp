// The plan, piece by piece, by the names of its fields. Formulas are passed by number; Python looks the numbers
// up by name.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <string>
#include <type_traits>

#include "bindings/bindings.hpp"
#include "core/names.hpp"
#include "core/plan_check.hpp"
#include "core/plan_fields.hpp"
#include "core/stopping_rules.hpp"

namespace deltarule {
namespace {

std::vector<std::string> as_strings(Names names) { return {names.begin(), names.end()}; }

// Each stores what Python passed and returns whether it has the field's type.
template <class Field>
bool set(Field& field, nb::handle value) {
  if constexpr (std::is_enum_v<Field>) {
    int number = 0;
    if (!nb::try_cast(value, number)) return false;
    field = static_cast<Field>(number);
    return true;
  } else {
    return nb::try_cast(value, field);
  }
}

template <>
bool set(std::optional<Monitor>& field, nb::handle value) {
  return value.is_none() || set(field.emplace(), value);
}

template <std::size_t N>
bool set(std::array<double, N>& field, nb::handle value) {
  std::vector<double> numbers;
  if (!nb::try_cast(value, numbers)) return false;
  if (numbers.size() > N) throw nb::value_error("a formula has too many settings");
  std::copy(numbers.begin(), numbers.end(), field.begin());
  return true;
}

template <class Record>
void bind_record(nb::module_& m) {
  nb::class_<Record>(m, RECORD_NAME<Record>).def("__init__", [](Record* self, const nb::kwargs& values) {
    const std::string title = RECORD_NAME<Record>;
    Record record;
    std::string names;
    std::size_t fields = 0, given = 0;
    each_field(record, [&](const char* name, auto& field) {
      names += (fields++ == 0 ? "" : ", ") + std::string(name);
      if (!values.contains(name)) return;
      given += 1;
      if (!set(field, values[name]))
        throw nb::type_error(
            ("The field " + std::string(name) + " of a " + title + " has another type.").c_str());
    });
    if (given != fields || values.size() != fields)
      throw nb::type_error(("A " + title + " has the fields " + names + ", all given by name.").c_str());
    if constexpr (std::is_same_v<Record, Plan>)
      if (const char* const problem = problem_of(record)) throw nb::value_error(problem);
    new (self) Record(std::move(record));
  });
}

}  // namespace

void bind_plan(nb::module_& m) {
  m.def("activation_names", [] { return as_strings(formula_names().activations); });
  m.def("loss_names", [] { return as_strings(formula_names().losses); });
  m.def("optimizer_names", [] { return as_strings(formula_names().optimizers); });
  m.def("optimizer_settings", [] { return as_strings(formula_names().optimizer_settings); });
  m.def("stopping_rule_names", [] { return as_strings(STOPPING_RULE_NAMES); });
  m.def("column_embedding_names", [] { return as_strings(formula_names().column_embeddings); });
  bind_record<Column>(m);
  bind_record<Group>(m);
  bind_record<Layer>(m);
  bind_record<Loss>(m);
  bind_record<Optimizer>(m);
  bind_record<Rule>(m);
  bind_record<Plateau>(m);
  bind_record<Plan>(m);
}

}  // namespace deltarule
