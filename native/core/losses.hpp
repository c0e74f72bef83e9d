// Losses and their gradients for one strip of samples, as `deltarule.losses` defines them. To add one,
// add its name to the list and its formula to `with_cost`, or to `row_losses.hpp` if it is computed from
// all outputs of a row.
#pragma once

#include "core/activations.hpp"
#include "core/elementary.hpp"
#include "core/names.hpp"
#include "core/plan.hpp"

#define DELTARULE_LOSSES(X)                                                      \
  X(mean_squared_error) X(mean_absolute_error) X(huber) X(binary_cross_entropy)  \
  X(categorical_cross_entropy) X(hinge) X(poisson) X(quantile)                   \
  X(mean_squared_logarithmic_error) X(mean_absolute_percentage_error)            \
  X(log_cosh) X(cosine_similarity) X(squared_hinge) X(categorical_hinge)         \
  X(kl_divergence) X(binary_focal_cross_entropy) X(categorical_focal_cross_entropy)

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

// x^power for x >= 0.
template <class V, class T>
inline V to_power(V x, T power) {
  return power == 0 ? V{} + 1 : exponential(logarithm(x) * power);
}

// The factor (1 - p_t)^gamma of a focal loss, and its derivative by 1 - p_t.
template <class V>
struct Focus {
  V factor, slope;
};
template <class V, class T>
inline Focus<V> focus_of(V missing, T gamma) {
  const V factor = to_power(missing, gamma);
  const V tiny = V{} + static_cast<T>(1e-30);
  return {factor, factor * gamma / larger(missing, tiny)};
}

// Calls use(formula), formula: (output or logit, target) -> Cost, for losses that are a mean or a sum of
// one term for each output.
template <class T, class Use>
void with_cost(const Loss& loss, bool fused, Use&& use) {
  using V = Vector<T>;
  const V one = all(T(1)), zero{};
  const T setting = static_cast<T>(loss.settings[0]);
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
    case LossKind::mean_squared_logarithmic_error:
      return use([=](V p, V y) {
        const V up = larger(all(floor), p) + one;
        const V error = logarithm(up) - logarithm(larger(all(floor), y) + one);
        return Cost<V>{error * error, p > floor ? error * T(2) / up : zero, p};
      });
    case LossKind::mean_absolute_percentage_error:
      return use([=](V p, V y) {
        const V share = all(T(100)) / larger(all(floor), absolute(y));
        return Cost<V>{absolute(p - y) * share, sign_of<T>(p - y) * share, p};
      });
    case LossKind::log_cosh:
      return use([=](V p, V y) {
        const V size = absolute(p - y);
        const V value = size + logarithm_of_one_more(exponential(size * T(-2))) - T(0.6931471805599453);
        return Cost<V>{value, hyperbolic_tangent(p - y), p};
      });
    case LossKind::squared_hinge:
      return use([=](V p, V y) {
        const V margin = one - y * p;
        const V missing = margin < 0 ? zero : margin;
        return Cost<V>{missing * missing, y * missing * T(-2), p};
      });
    case LossKind::kl_divergence:
      return use([=](V output, V target) {
        const V y = larger(all(floor), smaller(one, target));
        const V p = larger(all(floor), smaller(one, output));
        return Cost<V>{y * logarithm(y / p), p == output ? -y / p : zero, output};
      });
    case LossKind::binary_focal_cross_entropy: {
      const T gamma = setting, alpha = static_cast<T>(loss.settings[1]);
      const bool balanced = alpha > 0;
      const auto weight = [=](V y) { return balanced ? y * alpha + (one - y) * (T(1) - alpha) : one; };
      if (fused)
        return use([=](V z, V target) {
          const V y = target * keep + spread;
          const V small = exponential(-absolute(z)), large = one / (one + small);
          const V p = z >= 0 ? large : small * large, rest = z >= 0 ? small * large : large;
          const V wrong = z > 0 ? z * (one - y) : -z * y;
          const V cost = logarithm_of_one_more(small) + wrong;
          const auto [factor, slope] = focus_of(y * rest + (one - y) * p, gamma);
          const V gradient = factor * (p - y) + slope * (one - y * T(2)) * p * rest * cost;
          return Cost<V>{weight(y) * factor * cost, weight(y) * gradient, p};
        });
      return use([=](V output, V target) {
        const V y = target * keep + spread;
        const V p = larger(all(floor), smaller(all(T(1) - floor), output));
        const V cost = -(y * logarithm(p) + (one - y) * logarithm(one - p));
        const auto [factor, slope] = focus_of(y * (one - p) + (one - y) * p, gamma);
        const V gradient = factor * (p - y) / (p * (one - p)) + slope * (one - y * T(2)) * cost;
        return Cost<V>{weight(y) * factor * cost, p == output ? weight(y) * gradient : zero, output};
      });
    }
    case LossKind::categorical_cross_entropy:
    case LossKind::categorical_hinge:
    case LossKind::cosine_similarity:
    case LossKind::categorical_focal_cross_entropy:
      return;  // computed from whole rows, see row_losses.hpp
  }
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
