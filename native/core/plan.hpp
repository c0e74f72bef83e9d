// A training plan in plain numbers: the C++ side of `engines/contract.py`. Names and meanings are those
// of the Python descriptions, which check all settings.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace deltarule {

enum class SamplingKind : int { in_order, shuffled, single_sample, blocks };

enum class Monitor : int { training_loss, validation_loss, training_score, validation_score };

enum class StopReason : int { none, epochs_done, rule, diverged };

// What the members of a network share: see `layers.Dense`.
enum class Sharing : int { shared, input_factors, factors, separate };

// What a layer computes: a product of matrices, or a normalization of its inputs (normalization.hpp).
enum class LayerKind : int { dense, batch_normalization, layer_normalization };

// Maximum features of one column: their vectors are kept on the stack.
constexpr std::size_t MAX_FEATURES = 1024;

// The embedding of an input column: see `deltarule.embeddings`.
struct Column {
  int formula = 0;            // a number of `FormulaNames::column_embeddings`
  std::size_t outputs = 1;
  std::size_t features = 0;   // frequencies, pieces or rows of the table
  std::size_t parameter_count = 0;
  std::vector<double> edges;  // of the pieces, one more than pieces
  std::size_t source = 0;     // the input column that is read
};

// Adjacent parameters with the same factors of learning rate and weight decay.
struct Group {
  std::size_t count = 0;
  double rate_factor = 1;
  double decay_factor = 1;
  bool trainable = true;  // whether updates change them
};

struct Layer {
  std::size_t inputs = 0;
  std::size_t units = 0;
  int activation = 0;             // a number of `FormulaNames::activations`
  double activation_setting = 0;  // the one setting of its formula, if it has one
  bool bias = true;
  bool drops = false;  // whether dropout precedes it; its rate comes with each update
  double l1 = 0;
  double l2 = 0;
  std::optional<double> max_norm;
  double weight_factor = 1;         // factor of the sums over inputs
  bool scale = false;               // whether inputs have learned scale factors
  bool learned_activation = false;  // z + a (g(z) - z), one learned a per unit
  Sharing sharing = Sharing::shared;
  bool trainable = true;
  LayerKind kind = LayerKind::dense;
  double momentum = 0;    // of moving averages
  double epsilon = 0;     // added to the variance
  bool rescales = false;  // whether a normalization has gamma
  bool centers = false;   // whether it has beta

  bool is_dense() const { return kind == LayerKind::dense; }
  bool keeps_averages() const { return kind == LayerKind::batch_normalization; }
  bool uses_batch() const { return keeps_averages() && trainable; }  // in an update

  // The weights and biases of one member; a normalization has none.
  std::size_t weight_count() const { return is_dense() ? inputs * units : 0; }
  // Biases are one more row of weights.
  std::size_t rows() const { return is_dense() ? inputs + (bias ? 1 : 0) : 0; }
  bool learns_normalization() const { return !is_dense() && trainable && (rescales || centers); }
  // The parameters of a normalization that can be learned.
  std::size_t normalization_count() const { return units * ((rescales ? 1 : 0) + (centers ? 1 : 0)); }
  std::size_t parameter_count() const { return rows() * units; }
  // Whether these are all its parameters.
  bool is_plain() const {
    return weight_factor == 1 && !scale && !learned_activation && sharing == Sharing::shared;
  }
};

// Positions of a layer's arrays among all parameters, in the order of `network.PART_NAMES`; missing arrays
// have size 0.
struct Parts {
  std::size_t begin, embedding, scale, gamma, beta, moving_mean, moving_variance, weights, weight_count,
      biases, bias_count, slopes, input_factors, output_factors, end;
};

struct Loss {
  int formula = 0;     // a number of `FormulaNames::losses`
  std::array<double, 2> settings{};  // of its formula, in the order of its description's fields
  double label_smoothing = 0;
  bool classifies = false;          // whether the score is the accuracy; otherwise R²
  bool fused = false;               // whether it is computed from the logits of the output layer
  double other_classes = 0;         // targets of the classes that a sample does not have
  double own_class = 1;             // target of the class that it has
  std::optional<double> threshold;  // above which an output predicts its class; none: the largest does
};

constexpr std::size_t MAX_SLOTS = 3;
constexpr std::size_t MAX_OPTIMIZER_SETTINGS = 16;

struct Optimizer {
  int formula = 0;             // a number of `FormulaNames::optimizers`
  std::size_t slot_count = 0;  // vectors of the parameters' length that it keeps
  std::array<double, MAX_OPTIMIZER_SETTINGS> settings{};  // by the numbers of their names
  std::optional<double> clip_norm;
  std::optional<double> clip_array_norm;  // of each array of parameters
  std::optional<double> clip_value;       // of each component

  bool clips() const { return clip_norm || clip_array_norm || clip_value; }
};

struct Plateau {
  double factor = 1;
  double patience_epochs = 1;
  double min_improvement = 0;
  double minimum = 0;
  Monitor monitor = Monitor::training_loss;
};

// A stopping rule; its formula is in `stopping_rules.hpp`.
struct Rule {
  int formula = 0;                    // a number of `STOPPING_RULE_NAMES`
  std::vector<double> settings;       // the fields of its description in their order, a monitor as its number
  std::vector<double> initial_state;  // what it remembers before the first epoch
};

struct Plan {
  std::vector<Layer> layers;
  std::vector<Column> columns;  // empty: no embedding
  std::size_t members = 1;
  std::vector<Group> groups;  // empty: all factors are 1
  Loss loss;
  Optimizer optimizer;
  SamplingKind sampling = SamplingKind::shuffled;
  std::size_t batch_rows = 1;
  std::size_t block_rows = 1;     // of SamplingKind::blocks
  std::size_t window_blocks = 1;
  std::uint64_t epochs = 1;
  std::vector<Rule> stopping;
  bool measures_gradient_norm = false;  // whether a stopping rule needs it
  std::optional<Plateau> plateau;
  std::optional<Monitor> keep_best;
  bool score = false;
  std::uint64_t seed = 0;

  std::size_t inputs() const {
    std::size_t count = columns.empty() ? layers.front().inputs : 0;
    for (const Column& column : columns) count = std::max(count, column.source + 1);
    return count;
  }
  std::size_t embedding_count() const {
    std::size_t count = 0;
    for (const Column& column : columns) count += column.parameter_count;
    return count;
  }
  // The positions of each layer's arrays among all parameters.
  std::vector<Parts> parts() const {
    std::vector<Parts> all;
    std::size_t at = 0;
    const auto take = [&](std::size_t count) { return (at += count) - count; };
    for (const Layer& layer : layers) {
      const bool separate = layer.sharing == Sharing::separate, factors = layer.sharing == Sharing::factors;
      Parts part{};
      part.begin = at;
      part.weight_count = layer.weight_count() * (separate ? members : 1);
      part.bias_count = layer.bias ? layer.units * (separate || factors ? members : 1) : 0;
      part.embedding = take(all.empty() ? embedding_count() : 0);
      part.scale = take(layer.scale ? layer.inputs : 0);
      part.gamma = take(layer.rescales ? layer.units : 0);
      part.beta = take(layer.centers ? layer.units : 0);
      part.moving_mean = take(layer.keeps_averages() ? layer.units : 0);
      part.moving_variance = take(layer.keeps_averages() ? layer.units : 0);
      part.weights = take(part.weight_count);
      part.biases = take(part.bias_count);
      part.slopes = take(layer.learned_activation ? layer.units : 0);
      part.input_factors =
          take(factors || layer.sharing == Sharing::input_factors ? members * layer.inputs : 0);
      part.output_factors = take(factors ? members * layer.units : 0);
      part.end = at;
      all.push_back(part);
    }
    return all;
  }
  // The number of all parameters.
  std::size_t parameter_count() const { return parts().back().end; }
  // The number of weights and biases of one member.
  std::size_t chain_count() const {
    std::size_t count = 0;
    for (const Layer& layer : layers) count += layer.parameter_count();
    return count;
  }
  // Whether the parameters are the weights it computes with; then no gradient has to be written to memory.
  bool is_plain() const {
    if (!columns.empty() || members > 1) return false;
    for (const Group& group : groups)
      if (group.rate_factor != 1 || group.decay_factor != 1) return false;
    for (const Layer& layer : layers)
      if (!layer.is_plain()) return false;
    return true;
  }
  // Whether updates need all rows of a batch at once.
  bool uses_batch() const {
    return std::any_of(layers.begin(), layers.end(), [](const Layer& layer) { return layer.uses_batch(); });
  }
  // Whether updates leave some parameters as they are.
  bool has_fixed() const {
    return std::any_of(groups.begin(), groups.end(), [](const Group& group) { return !group.trainable; });
  }
  // The dense layers, each with what comes before it.
  std::size_t block_count() const {
    return static_cast<std::size_t>(
        std::count_if(layers.begin(), layers.end(), [](const Layer& layer) { return layer.is_dense(); }));
  }
};

// A table of samples, not owned; rows are contiguous.
template <class T>
struct Table {
  const T* inputs = nullptr;             // (rows, inputs)
  const T* targets = nullptr;            // (rows, outputs), or null if classes are given
  const std::int32_t* classes = nullptr; // (rows,), or null
  const T* weights = nullptr;            // (rows,), or null: all 1
  std::size_t rows = 0;
  const std::uint32_t* chosen = nullptr; // (chosen_count,): the rows to train on, or null: all
  std::size_t chosen_count = 0;

  std::size_t samples() const { return chosen == nullptr ? rows : chosen_count; }
  std::size_t row_of(std::size_t sample) const { return chosen == nullptr ? sample : chosen[sample]; }
};

}  // namespace deltarule
