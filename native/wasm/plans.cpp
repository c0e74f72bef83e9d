// Plans, and what the caller has to know to write one.
#include <string>
#include <utility>

#include "core/names.hpp"
#include "core/plan_check.hpp"
#include "core/stopping_rules.hpp"
#include "wasm/flat_plan.hpp"
#include "wasm/interface.hpp"

namespace deltarule {
namespace {

std::string list_of(const char* title, Names names) {
  std::string text = "\"" + std::string(title) + "\":[";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "\"" : ",\"") + std::string(names[i]) + "\"";
  return text + "]";
}

template <class... Records>
std::string describe_records() {
  std::string text = "\"records\":{";
  const char* comma = "";
  ((text += comma + describe_record<Records>(), comma = ","), ...);
  return text + "}";
}

std::string description() {
  const FormulaNames& names = formula_names();
  return "{" + list_of("activations", names.activations) + "," + list_of("losses", names.losses) + "," +
         list_of("optimizers", names.optimizers) + "," +
         list_of("optimizer_settings", names.optimizer_settings) + "," +
         list_of("column_embeddings", names.column_embeddings) + "," +
         list_of("stopping_rules", STOPPING_RULE_NAMES) + "," +
         describe_records<Column, Group, Layer, Loss, Optimizer, Plateau, Rule, Plan>() + "}";
}

}  // namespace

// JSON, ended by a zero byte: the names of the formulas in the order of their numbers, and the records of a plan
// with the kinds of their fields (flat_plan.hpp).
DELTARULE_EXPORT(describe) const char* describe() {
  static const std::string text = description();
  return text.c_str();
}

// Returns a plan from its flat form, or 0.
DELTARULE_EXPORT(open_plan) Plan* open_plan(const double* numbers, std::size_t count) {
  Plan plan;
  FlatReader reader(numbers, count);
  reader.read(plan);
  if (!accept(reader.problem()) || !accept(problem_of(plan))) return nullptr;
  return new Plan(std::move(plan));
}

DELTARULE_EXPORT(close_plan) void close_plan(Plan* plan) { delete plan; }

DELTARULE_EXPORT(parameter_count) std::size_t parameter_count(const Plan* plan) { return plan->parameter_count(); }
DELTARULE_EXPORT(input_count) std::size_t input_count(const Plan* plan) { return plan->inputs(); }
DELTARULE_EXPORT(output_count) std::size_t output_count(const Plan* plan) { return plan->layers.back().units; }

}  // namespace deltarule
