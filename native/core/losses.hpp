// Losses and their gradients for one strip of samples, as `deltarule.losses` defines them. To add one,
// add its name to the list and its formula to `with_cost`.
#pragma once

#include "core/activations.hpp"
#include "core/elementary.hpp"
#include "core/names.hpp"
#include "core/plan.hpp"

#define DELTARULE_LOSSES(X)                                                      \
  X(mean_squared_error) X(mean_absolute_error) X(huber) X(binary_cross_entropy)  \
  X(categorical_cross_entropy) X(hinge) X(poisson) X(quantile)

namespace deltarule::DELTARULE_LEVEL {

enum class LossKind : int { DELTARULE_LOSSES(DELTARULE_ENUMERATOR) };
constexpr const char* LOSS_NAMES[] = {DELTARULE_LOSSES(DELTARULE_NAME)};

inline LossKind kind_of(const Loss& loss) { return static_cast<LossKind>(loss.formula); }

constexpr double PROBABILITY_FLOOR = 1e-7;

// One strip at the end of the network; arrays of shape (units, STRIP) or (STRIP,).
template <class T>
struct LossStrip {
  std::size_t units;
  T* outputs;        // in: outputs, or logits where fused; out: outputs
  const T* targets;  // without smoothing
  T* row_losses;     // out
  const T* scale;    // weight / rows of each sample; null: no delta
  T* delta;          // out: derivative by the outputs (fused: by the logits) times scale
};

template <class V>
struct Cost {
  V value;
  V gradient;
  V output;  // the prediction
};

// Calls use(formula), formula: (output or logit, target) -> Cost, for losses that are a mean over the
// outputs.
template <class T, class Use>
void with_cost(const Loss& loss, bool fused, Use&& use) {
  using V = Vector<T>;
  const V one = all(T(1)), zero{};
  const T setting = static_cast<T>(loss.setting);
  const T keep = static_cast<T>(1 - loss.label_smoothing);
  const T spread = static_cast<T>(0.5 * loss.label_smoothing);
  const T floor = static_cast<T>(PROBABILITY_FLOOR);
  switch (kind_of(loss)) {
    case LossKind::mean_squared_error:
      return use([=](V p, V y) { return Cost<V>{(p - y) * (p - y), (p - y) * T(2), p}; });
    case LossKind::mean_absolute_error:
      return use([=](V p, V y) { return Cost<V>{absolute(p - y), sign_of<T>(p - y), p}; });
    case LossKind::huber:
      return use([=](V p, V y) {
        const V error = p - y, size = absolute(error);
        const V inside = smaller(all(setting), size);
        const V slope = larger(all(-setting), smaller(all(setting), error));
        return Cost<V>{inside * (size - inside * T(0.5)), slope, p};
      });
    case LossKind::binary_cross_entropy:
      if (fused)
        return use([=](V z, V target) {
          const V y = target * keep + spread;
          const V small = exponential(-absolute(z));
          const V p = (z >= 0 ? one : small) / (one + small);
          const V wrong = z > 0 ? z * (one - y) : -z * y;
          return Cost<V>{logarithm_of_one_more(small) + wrong, p - y, p};
        });
      return use([=](V output, V target) {
        const V y = target * keep + spread;
        const V p = larger(all(floor), smaller(all(T(1) - floor), output));
        const V slope = (p - y) / (p * (one - p));
        const V value = -(y * logarithm(p) + (one - y) * logarithm(one - p));
        return Cost<V>{value, p == output ? slope : zero, output};
      });
    case LossKind::hinge:
      return use([=](V p, V y) {
        const V margin = one - y * p;
        return Cost<V>{margin < 0 ? zero : margin, y * p < 1 ? -y : zero, p};
      });
    case LossKind::poisson:
      if (fused)
        return use([=](V z, V y) {
          const V rate = exponential(z);
          return Cost<V>{rate - y * z, rate - y, rate};
        });
      return use([=](V p, V y) {
        return Cost<V>{p - y * logarithm(p + floor), one - y / (p + floor), p};
      });
    case LossKind::quantile:
      return use([=](V p, V y) {
        const V error = y - p;
        const V slope = error > 0 ? all(-setting) : (error < 0 ? all(T(1) - setting) : zero);
        return Cost<V>{larger(error * (setting - 1), error * setting), slope, p};
      });
    case LossKind::categorical_cross_entropy:
      return;  // depends on whole rows, see below
  }
}

// Categorical cross-entropy from logits: sum of y (log sum of e^z - z), gradient p sum(y) - y.
template <class T>
void cross_entropy_from_logits(const Loss& loss, const LossStrip<T>& strip) {
  using V = Vector<T>;
  const T keep = static_cast<T>(1 - loss.label_smoothing);
  const T spread = static_cast<T>(loss.label_smoothing / static_cast<double>(strip.units));
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    T* const z = strip.outputs + v;
    V top = load(z);
    for (std::size_t j = 1; j < strip.units; ++j) top = larger(load(z + j * STRIP<T>), top);
    V sum{}, target_sum{}, value{};
    for (std::size_t j = 0; j < strip.units; ++j) {
      const V shifted = load(z + j * STRIP<T>) - top, power = exponential(shifted);
      const V y = load(strip.targets + j * STRIP<T> + v) * keep + spread;
      store(z + j * STRIP<T>, power);
      sum += power;
      target_sum += y;
      value -= y * shifted;
    }
    store(strip.row_losses + v, target_sum * logarithm(sum) + value);
    const V share = all(T(1)) / sum;
    for (std::size_t j = 0; j < strip.units; ++j) {
      const V p = load(z + j * STRIP<T>) * share;
      store(z + j * STRIP<T>, p);
      if (strip.scale == nullptr) continue;
      const V y = load(strip.targets + j * STRIP<T> + v) * keep + spread;
      store(strip.delta + j * STRIP<T> + v, (p * target_sum - y) * load(strip.scale + v));
    }
  }
}

// Categorical cross-entropy of outputs other than softmax: divides rows by their sum and clips them.
template <class T>
void cross_entropy_from_outputs(const Loss& loss, const LossStrip<T>& strip) {
  using V = Vector<T>;
  const T keep = static_cast<T>(1 - loss.label_smoothing);
  const T spread = static_cast<T>(loss.label_smoothing / static_cast<double>(strip.units));
  const V low = all(static_cast<T>(PROBABILITY_FLOOR));
  const V high = all(T(1)) - low, zero{};
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    V total{}, value{}, target_sum{};
    for (std::size_t j = 0; j < strip.units; ++j) total += load(strip.outputs + j * STRIP<T> + v);
    for (std::size_t j = 0; j < strip.units; ++j) {
      const V share = load(strip.outputs + j * STRIP<T> + v) / total;
      const V p = larger(low, smaller(high, share));
      const V y = load(strip.targets + j * STRIP<T> + v) * keep + spread;
      value -= y * logarithm(p);
      target_sum += p == share ? y : zero;  // a clipped probability has no slope
    }
    store(strip.row_losses + v, value);
    if (strip.scale == nullptr) continue;
    for (std::size_t j = 0; j < strip.units; ++j) {
      const std::size_t at = j * STRIP<T> + v;
      const V share = load(strip.outputs + at) / total;
      const V p = larger(low, smaller(high, share));
      const V y = p == share ? load(strip.targets + at) * keep + spread : zero;
      store(strip.delta + at, (target_sum - y / p) / total * load(strip.scale + v));
    }
  }
}

// Fills row_losses, outputs and, if scale is given, delta.
template <class T>
void measure_strip(const Loss& loss, bool fused, const LossStrip<T>& strip) {
  if (kind_of(loss) == LossKind::categorical_cross_entropy) {
    if (fused) cross_entropy_from_logits(loss, strip);
    else cross_entropy_from_outputs(loss, strip);
    return;
  }
  const T share = static_cast<T>(1.0 / static_cast<double>(strip.units));
  with_cost<T>(loss, fused, [&](auto formula) {
    for (int v = 0; v < STRIP<T>; v += LANES<T>) {
      Vector<T> sum{};
      for (std::size_t j = 0; j < strip.units; ++j) {
        const std::size_t at = j * STRIP<T> + v;
        const auto cost = formula(load(strip.outputs + at), load(strip.targets + at));
        sum += cost.value;
        if (fused) store(strip.outputs + at, cost.output);
        if (strip.scale != nullptr)
          store(strip.delta + at, cost.gradient * (load(strip.scale + v) * share));
      }
      store(strip.row_losses + v, sum * share);
    }
  });
}

// Writes each sample's contribution to the score, STRIP doubles: 1 or 0 for correctly and wrongly
// classified samples, or the sum of squared errors.
template <class T>
void score_strip(const Loss& loss, const T* outputs, const T* targets, std::size_t units,
                 double* scores) {
  const bool each = loss.threshold.has_value();
  const T border = static_cast<T>(loss.threshold.value_or(0));
  for (int i = 0; i < STRIP<T>; ++i) {
    const auto at = [&](const T* array, std::size_t j) { return array[j * STRIP<T> + i]; };
    double squares = 0;
    bool right = true;
    std::size_t best_output = 0, best_target = 0;
    for (std::size_t j = 0; j < units; ++j) {
      const T p = at(outputs, j), y = at(targets, j);
      if (!loss.classifies) squares += (double(p) - double(y)) * (double(p) - double(y));
      else if (each) right = right && (p > border) == ((y > border));
      if (p > at(outputs, best_output)) best_output = j;
      if (y > at(targets, best_target)) best_target = j;
    }
    if (!loss.classifies) scores[i] = squares;
    else scores[i] = (each ? right : best_output == best_target) ? 1 : 0;
  }
}

}  // namespace deltarule::DELTARULE_LEVEL
