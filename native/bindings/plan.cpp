// The plan, piece by piece; enumerations travel as their numbers, see `engines/native_plan.py`.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include "bindings/bindings.hpp"
#include "core/plan.hpp"

namespace deltarule {

void bind_plan(nb::module_& m) {
  using namespace nb::literals;
  using std::optional;
  nb::class_<Column>(m, "Column").def(
      "__init__",
      [](Column* self, int kind, std::size_t outputs, std::size_t features, std::vector<double> edges,
         std::size_t source) {
        const bool pieces = static_cast<ColumnKind>(kind) == ColumnKind::piecewise_linear;
        if (static_cast<ColumnKind>(kind) != ColumnKind::category && features > MAX_FEATURES)
          throw nb::value_error("a column has too many features");
        if (edges.size() != (pieces ? features + 1 : 0))
          throw nb::value_error("edges do not fit the column's pieces");
        new (self) Column{static_cast<ColumnKind>(kind), outputs, features, std::move(edges), source};
      },
      nb::kw_only(), "kind"_a, "outputs"_a, "features"_a, "edges"_a, "source"_a);
  nb::class_<Group>(m, "Group").def(
      "__init__",
      [](Group* self, std::size_t count, double rate_factor, double decay_factor) {
        new (self) Group{count, rate_factor, decay_factor};
      },
      nb::kw_only(), "count"_a, "rate_factor"_a, "decay_factor"_a);
  nb::class_<Layer>(m, "Layer")
      .def("__init__",
           [](Layer* self, std::size_t inputs, std::size_t units, int activation,
              double activation_setting, bool bias, bool drops, double l1, double l2,
              optional<double> max_norm, double weight_factor, bool scale, bool learned_activation,
              int sharing) {
             new (self) Layer{inputs,        units, static_cast<Activation>(activation), activation_setting,
                              bias,          drops,         l1,    l2, max_norm,
                              weight_factor, scale, learned_activation, static_cast<Sharing>(sharing)};
           },
           nb::kw_only(), "inputs"_a, "units"_a, "activation"_a, "activation_setting"_a, "bias"_a,
           "drops"_a, "l1"_a, "l2"_a, "max_norm"_a.none(), "weight_factor"_a, "scale"_a,
           "learned_activation"_a, "sharing"_a);
  nb::class_<Loss>(m, "Loss").def(
      "__init__",
      [](Loss* self, int kind, double setting, double label_smoothing) {
        new (self) Loss{static_cast<LossKind>(kind), setting, label_smoothing};
      },
      nb::kw_only(), "kind"_a, "setting"_a, "label_smoothing"_a);
  nb::class_<Optimizer>(m, "Optimizer")
      .def("__init__",
           [](Optimizer* self, int kind, double momentum, double decay, double decay_mean,
              double decay_square, double epsilon, double weight_decay, double momentum_decay,
              optional<double> clip_norm, double epsilon_inside) {
             new (self) Optimizer{static_cast<OptimizerKind>(kind), momentum,     decay,
                                  decay_mean,                       decay_square, epsilon,
                                  weight_decay,                     momentum_decay, clip_norm,
                                  epsilon_inside};
           },
           nb::kw_only(), "kind"_a, "momentum"_a, "decay"_a, "decay_mean"_a, "decay_square"_a,
           "epsilon"_a, "weight_decay"_a, "momentum_decay"_a, "clip_norm"_a.none(),
           "epsilon_inside"_a = 0.0);
  nb::class_<Rule>(m, "Rule").def(
      "__init__",
      [](Rule* self, int kind, std::vector<double> settings, std::vector<double> initial_state) {
        new (self) Rule{static_cast<RuleKind>(kind), std::move(settings), std::move(initial_state)};
      },
      nb::kw_only(), "kind"_a, "settings"_a, "initial_state"_a);
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
         std::size_t batch_rows, std::uint64_t epochs, std::vector<Rule> stopping,
         bool measures_gradient_norm, optional<Plateau> plateau, optional<int> keep_best, bool score,
         std::uint64_t seed) {
        optional<Monitor> kept;
        if (keep_best) kept = static_cast<Monitor>(*keep_best);
        new (self) Plan{std::move(layers), std::move(columns), members, std::move(groups), loss,
                        optimizer, static_cast<SamplingKind>(sampling), batch_rows, epochs,
                        std::move(stopping), measures_gradient_norm, plateau, kept, score, seed};
      },
      nb::kw_only(), "layers"_a, "columns"_a, "members"_a, "groups"_a, "loss"_a, "optimizer"_a,
      "sampling"_a, "batch_rows"_a, "epochs"_a, "stopping"_a, "measures_gradient_norm"_a,
      "plateau"_a.none(), "keep_best"_a.none(), "score"_a, "seed"_a);
}

}  // namespace deltarule
