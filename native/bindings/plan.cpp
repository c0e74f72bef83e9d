// The plan, piece by piece. Formulas are passed by number; Python looks the numbers up by name.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <string>

#include "bindings/bindings.hpp"
#include "core/names.hpp"
#include "core/stopping_rules.hpp"
#include "core/plan.hpp"

namespace deltarule {
namespace {

void check_number(int number, Names names) {
  if (number < 0 || static_cast<std::size_t>(number) >= names.size())
    throw nb::value_error("there is no formula of this number");
}

std::vector<std::string> as_strings(Names names) { return {names.begin(), names.end()}; }

}  // namespace

void bind_plan(nb::module_& m) {
  using namespace nb::literals;
  using std::optional;
  m.def("activation_names", [] { return as_strings(formula_names().activations); });
  m.def("loss_names", [] { return as_strings(formula_names().losses); });
  m.def("optimizer_names", [] { return as_strings(formula_names().optimizers); });
  m.def("optimizer_settings", [] { return as_strings(formula_names().optimizer_settings); });
  m.def("stopping_rule_names", [] { return as_strings(STOPPING_RULE_NAMES); });
  m.def("column_embedding_names", [] { return as_strings(formula_names().column_embeddings); });
  nb::class_<Column>(m, "Column").def(
      "__init__",
      [](Column* self, int formula, std::size_t outputs, std::size_t features,
         std::size_t parameter_count, std::vector<double> edges, std::size_t source) {
        check_number(formula, formula_names().column_embeddings);
        new (self) Column{formula, outputs, features, parameter_count, std::move(edges), source};
      },
      nb::kw_only(), "formula"_a, "outputs"_a, "features"_a, "parameter_count"_a, "edges"_a, "source"_a);
  nb::class_<Group>(m, "Group").def(
      "__init__",
      [](Group* self, std::size_t count, double rate_factor, double decay_factor, bool trainable) {
        new (self) Group{count, rate_factor, decay_factor, trainable};
      },
      nb::kw_only(), "count"_a, "rate_factor"_a, "decay_factor"_a, "trainable"_a);
  nb::class_<Layer>(m, "Layer")
      .def("__init__",
           [](Layer* self, std::size_t inputs, std::size_t units, int activation,
              double activation_setting, bool bias, bool drops, double l1, double l2,
              optional<double> max_norm, double weight_factor, bool scale, bool learned_activation,
              int sharing, bool trainable, int kind, double momentum, double epsilon,
              bool rescales, bool centers) {
             check_number(activation, formula_names().activations);
             new (self) Layer{inputs,        units, activation,         activation_setting,
                              bias,          drops, l1,                 l2,
                              max_norm,      weight_factor, scale,      learned_activation,
                              static_cast<Sharing>(sharing), trainable,
                              static_cast<LayerKind>(kind), momentum, epsilon, rescales, centers};
           },
           nb::kw_only(), "inputs"_a, "units"_a, "activation"_a, "activation_setting"_a, "bias"_a,
           "drops"_a, "l1"_a, "l2"_a, "max_norm"_a.none(), "weight_factor"_a, "scale"_a,
           "learned_activation"_a, "sharing"_a, "trainable"_a, "kind"_a, "momentum"_a, "epsilon"_a,
           "rescales"_a, "centers"_a);
  nb::class_<Loss>(m, "Loss").def(
      "__init__",
      [](Loss* self, int formula, const std::vector<double>& settings, double label_smoothing,
         bool classifies, bool fused, double other_classes, double own_class,
         optional<double> threshold) {
        check_number(formula, formula_names().losses);
        new (self) Loss{formula, {},            label_smoothing, classifies,
                        fused,   other_classes, own_class,       threshold};
        if (settings.size() > self->settings.size()) throw nb::value_error("a loss has too many settings");
        std::copy(settings.begin(), settings.end(), self->settings.begin());
      },
      nb::kw_only(), "formula"_a, "settings"_a, "label_smoothing"_a, "classifies"_a, "fused"_a,
      "other_classes"_a, "own_class"_a, "threshold"_a.none());
  nb::class_<Optimizer>(m, "Optimizer")
      .def("__init__",
           [](Optimizer* self, int formula, std::size_t slot_count, const std::vector<double>& settings,
              optional<double> clip_norm, optional<double> clip_array_norm,
              optional<double> clip_value) {
             check_number(formula, formula_names().optimizers);
             if (slot_count > MAX_SLOTS || settings.size() > MAX_OPTIMIZER_SETTINGS)
               throw nb::value_error("an optimizer has too many slots or settings");
             new (self) Optimizer{formula, slot_count, {}, clip_norm, clip_array_norm, clip_value};
             std::copy(settings.begin(), settings.end(), self->settings.begin());
           },
           nb::kw_only(), "formula"_a, "slot_count"_a, "settings"_a, "clip_norm"_a.none(),
           "clip_array_norm"_a.none(), "clip_value"_a.none());
  nb::class_<Rule>(m, "Rule").def(
      "__init__",
      [](Rule* self, int formula, std::vector<double> settings, std::vector<double> initial_state) {
        check_number(formula, STOPPING_RULE_NAMES);
        new (self) Rule{formula, std::move(settings), std::move(initial_state)};
      },
      nb::kw_only(), "formula"_a, "settings"_a, "initial_state"_a);
  nb::class_<Plateau>(m, "Plateau")
      .def("__init__",
           [](Plateau* self, double factor, double patience_epochs, double min_improvement,
              double minimum, int monitor) {
             new (self) Plateau{factor, patience_epochs, min_improvement, minimum,
                                static_cast<Monitor>(monitor)};
           },
           nb::kw_only(), "factor"_a, "patience_epochs"_a, "min_improvement"_a, "minimum"_a, "monitor"_a);
  nb::class_<Plan>(m, "Plan").def(
      "__init__",
      [](Plan* self, std::vector<Layer> layers, std::vector<Column> columns, std::size_t members,
         std::vector<Group> groups, Loss loss, Optimizer optimizer, int sampling,
         std::size_t batch_rows, std::size_t block_rows, std::size_t window_blocks,
         std::uint64_t epochs, std::vector<Rule> stopping,
         bool measures_gradient_norm, optional<Plateau> plateau, optional<int> keep_best, bool score,
         std::uint64_t seed) {
        optional<Monitor> kept;
        if (keep_best) kept = static_cast<Monitor>(*keep_best);
        if (block_rows == 0 || window_blocks == 0) throw nb::value_error("a block has no rows");
        new (self) Plan{std::move(layers), std::move(columns), members, std::move(groups), loss,
                        optimizer, static_cast<SamplingKind>(sampling), batch_rows, block_rows,
                        window_blocks, epochs, std::move(stopping), measures_gradient_norm, plateau, kept, score, seed};
      },
      nb::kw_only(), "layers"_a, "columns"_a, "members"_a, "groups"_a, "loss"_a, "optimizer"_a,
      "sampling"_a, "batch_rows"_a, "block_rows"_a, "window_blocks"_a, "epochs"_a, "stopping"_a, "measures_gradient_norm"_a,
      "plateau"_a.none(), "keep_best"_a.none(), "score"_a, "seed"_a);
}

}  // namespace deltarule
