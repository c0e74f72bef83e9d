// The fields of a plan with their names: the one list that the keyword arguments of the Python module and the
// flat form of the WebAssembly module (`native/wasm/flat_plan.hpp`) are made from.
#pragma once

#include "core/plan.hpp"

namespace deltarule {

// The names of the records, as Python calls them.
template <class Record>
constexpr const char* RECORD_NAME = nullptr;
template <>
inline constexpr const char* RECORD_NAME<Column> = "Column";
template <>
inline constexpr const char* RECORD_NAME<Group> = "Group";
template <>
inline constexpr const char* RECORD_NAME<Layer> = "Layer";
template <>
inline constexpr const char* RECORD_NAME<Loss> = "Loss";
template <>
inline constexpr const char* RECORD_NAME<Optimizer> = "Optimizer";
template <>
inline constexpr const char* RECORD_NAME<Plateau> = "Plateau";
template <>
inline constexpr const char* RECORD_NAME<Rule> = "Rule";
template <>
inline constexpr const char* RECORD_NAME<Plan> = "Plan";

// Calls visit(name, field) for each field of a record.
template <class Visit>
void each_field(Column& column, Visit&& visit) {
  visit("formula", column.formula);
  visit("outputs", column.outputs);
  visit("features", column.features);
  visit("parameter_count", column.parameter_count);
  visit("edges", column.edges);
  visit("source", column.source);
}

template <class Visit>
void each_field(Group& group, Visit&& visit) {
  visit("count", group.count);
  visit("rate_factor", group.rate_factor);
  visit("decay_factor", group.decay_factor);
  visit("trainable", group.trainable);
}

template <class Visit>
void each_field(Layer& layer, Visit&& visit) {
  visit("inputs", layer.inputs);
  visit("units", layer.units);
  visit("activation", layer.activation);
  visit("activation_setting", layer.activation_setting);
  visit("bias", layer.bias);
  visit("drops", layer.drops);
  visit("l1", layer.l1);
  visit("l2", layer.l2);
  visit("max_norm", layer.max_norm);
  visit("weight_factor", layer.weight_factor);
  visit("scale", layer.scale);
  visit("learned_activation", layer.learned_activation);
  visit("sharing", layer.sharing);
  visit("trainable", layer.trainable);
  visit("kind", layer.kind);
  visit("momentum", layer.momentum);
  visit("epsilon", layer.epsilon);
  visit("rescales", layer.rescales);
  visit("centers", layer.centers);
}

template <class Visit>
void each_field(Loss& loss, Visit&& visit) {
  visit("formula", loss.formula);
  visit("settings", loss.settings);
  visit("label_smoothing", loss.label_smoothing);
  visit("classifies", loss.classifies);
  visit("fused", loss.fused);
  visit("other_classes", loss.other_classes);
  visit("own_class", loss.own_class);
  visit("threshold", loss.threshold);
}

template <class Visit>
void each_field(Optimizer& optimizer, Visit&& visit) {
  visit("formula", optimizer.formula);
  visit("slot_count", optimizer.slot_count);
  visit("settings", optimizer.settings);
  visit("clip_norm", optimizer.clip_norm);
  visit("clip_array_norm", optimizer.clip_array_norm);
  visit("clip_value", optimizer.clip_value);
}

template <class Visit>
void each_field(Plateau& plateau, Visit&& visit) {
  visit("factor", plateau.factor);
  visit("patience_epochs", plateau.patience_epochs);
  visit("min_improvement", plateau.min_improvement);
  visit("minimum", plateau.minimum);
  visit("monitor", plateau.monitor);
}

template <class Visit>
void each_field(Rule& rule, Visit&& visit) {
  visit("formula", rule.formula);
  visit("settings", rule.settings);
  visit("initial_state", rule.initial_state);
}

template <class Visit>
void each_field(Plan& plan, Visit&& visit) {
  visit("layers", plan.layers);
  visit("columns", plan.columns);
  visit("members", plan.members);
  visit("groups", plan.groups);
  visit("loss", plan.loss);
  visit("optimizer", plan.optimizer);
  visit("sampling", plan.sampling);
  visit("batch_rows", plan.batch_rows);
  visit("block_rows", plan.block_rows);
  visit("window_blocks", plan.window_blocks);
  visit("epochs", plan.epochs);
  visit("stopping", plan.stopping);
  visit("measures_gradient_norm", plan.measures_gradient_norm);
  visit("plateau", plan.plateau);
  visit("keep_best", plan.keep_best);
  visit("score", plan.score);
  visit("seed", plan.seed);
}

}  // namespace deltarule
