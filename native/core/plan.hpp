// What a run does, as plain numbers: the C++ side of `engines/contract.py`. Names and meanings are
// those of the Python descriptions; numbers are checked there, not here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace deltarule {

enum class Activation : int {
  identity, sign, step, sigmoid, tanh, relu, leaky_relu, elu, selu, gelu, silu, mish, softplus,
  exponential, softmax
};

enum class LossKind : int {
  mean_squared_error, mean_absolute_error, huber, binary_cross_entropy, categorical_cross_entropy,
  hinge, poisson, quantile
};

enum class OptimizerKind : int {
  gradient_descent, momentum, nesterov, adagrad, adadelta, rmsprop, adam, adamw, nadam, amsgrad
};

enum class SamplingKind : int { in_order, shuffled, single_sample };

enum class Monitor : int { training_loss, validation_loss, training_score, validation_score };

enum class RuleKind : int { no_progress, target_reached, time_limit };

enum class StopReason : int { none, epochs_done, no_progress, target_reached, time_limit, diverged };

struct Layer {
  std::size_t inputs = 0;
  std::size_t units = 0;
  Activation activation = Activation::identity;
  double activation_setting = 0;  // negative_slope or alpha
  bool bias = true;
  double dropout_rate = 0;  // of the layer's input
  double l1 = 0;
  double l2 = 0;
  std::optional<double> max_norm;

  std::size_t weight_count() const { return inputs * units; }
  std::size_t rows() const { return inputs + (bias ? 1 : 0); }  // biases are one more row of weights
  std::size_t parameter_count() const { return rows() * units; }
};

struct Loss {
  LossKind kind = LossKind::mean_squared_error;
  double setting = 0;  // delta or quantile
  double label_smoothing = 0;

  bool classifies() const {
    return kind == LossKind::binary_cross_entropy || kind == LossKind::categorical_cross_entropy ||
           kind == LossKind::hinge;
  }
  // Whether loss and output activation are computed together, from the logits.
  bool fused_with(Activation output) const {
    return (kind == LossKind::binary_cross_entropy && output == Activation::sigmoid) ||
           (kind == LossKind::categorical_cross_entropy && output == Activation::softmax) ||
           (kind == LossKind::poisson && output == Activation::exponential);
  }
};

// How many vectors of the parameters' length an optimizer remembers.
constexpr std::size_t slot_count(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::gradient_descent: return 0;
    case OptimizerKind::adadelta:
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
    case OptimizerKind::nadam: return 2;
    case OptimizerKind::amsgrad: return 3;
    default: return 1;
  }
}

struct Optimizer {
  OptimizerKind kind = OptimizerKind::gradient_descent;
  double momentum = 0;
  double decay = 0;
  double decay_mean = 0;
  double decay_square = 0;
  double epsilon = 0;
  double weight_decay = 0;
  double momentum_decay = 0;
  std::optional<double> clip_norm;
  double epsilon_inside = 0;  // RMSprop: under the root

  std::size_t slot_count() const { return deltarule::slot_count(kind); }
};

struct Plateau {
  double factor = 1;
  double patience_epochs = 1;
  double min_improvement = 0;
  double minimum = 0;
  Monitor monitor = Monitor::training_loss;
};

struct Rule {
  RuleKind kind = RuleKind::no_progress;
  Monitor monitor = Monitor::validation_loss;
  double patience_epochs = 1;
  double min_improvement = 0;
  bool cumulative = true;
  double target = 0;
  double seconds = 0;
};

struct Plan {
  std::vector<Layer> layers;
  Loss loss;
  Optimizer optimizer;
  SamplingKind sampling = SamplingKind::shuffled;
  std::size_t batch_rows = 1;
  std::uint64_t epochs = 1;
  std::vector<Rule> stopping;
  std::optional<Plateau> plateau;
  std::optional<Monitor> keep_best;
  bool score = false;
  std::uint64_t seed = 0;

  std::size_t parameter_count() const {
    std::size_t count = 0;
    for (const Layer& layer : layers) count += layer.parameter_count();
    return count;
  }
  bool fused() const { return loss.fused_with(layers.back().activation); }
};

// A table of samples that somebody else owns; rows lie one after the other.
template <class T>
struct Table {
  const T* inputs = nullptr;             // (rows, inputs)
  const T* targets = nullptr;            // (rows, outputs), or null where there are classes
  const std::int32_t* classes = nullptr; // (rows,), or null
  const T* weights = nullptr;            // (rows,), or null: all 1
  std::size_t rows = 0;
};

}  // namespace deltarule
