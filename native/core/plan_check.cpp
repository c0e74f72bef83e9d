#include "core/plan_check.hpp"

#include "core/names.hpp"
#include "core/stopping_rules.hpp"

namespace deltarule {
namespace {

bool names_one(int number, Names names) {
  return number >= 0 && static_cast<std::size_t>(number) < names.size();
}

const char* problem_of(const Column& column) {
  const Names names = formula_names().column_embeddings;
  if (!names_one(column.formula, names)) return "a column embedding has no formula of this number";
  const bool pieces = column.formula == number_of(names, "piecewise_linear");
  if (column.formula != number_of(names, "category") && column.features > MAX_FEATURES)
    return "a column has too many features";
  if (column.edges.size() != (pieces ? column.features + 1 : 0))
    return "edges do not fit the column's pieces";
  return nullptr;
}

}  // namespace

const char* problem_of(const Plan& plan) {
  const FormulaNames& names = formula_names();
  if (plan.layers.empty()) return "there are no layers";
  if (plan.batch_rows == 0) return "a batch has no rows";
  if (plan.block_rows == 0 || plan.window_blocks == 0) return "a block has no rows";
  for (const Layer& layer : plan.layers)
    if (!names_one(layer.activation, names.activations)) return "an activation has no formula of this number";
  for (const Column& column : plan.columns)
    if (const char* const problem = problem_of(column)) return problem;
  if (!names_one(plan.loss.formula, names.losses)) return "a loss has no formula of this number";
  if (!names_one(plan.optimizer.formula, names.optimizers)) return "an optimizer has no formula of this number";
  if (plan.optimizer.slot_count > MAX_SLOTS) return "an optimizer has too many slots";
  for (const Rule& rule : plan.stopping)
    if (!names_one(rule.formula, STOPPING_RULE_NAMES)) return "a stopping rule has no formula of this number";
  return nullptr;
}

}  // namespace deltarule
