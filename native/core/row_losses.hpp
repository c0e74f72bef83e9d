// Losses that are computed from all outputs of a row, as `deltarule.losses` defines them.
#pragma once

#include "core/losses.hpp"

namespace deltarule::DELTARULE_LEVEL {

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

// Categorical focal cross-entropy from logits: sum of alpha (1 - p)^gamma y (-log p).
template <class T>
void focal_from_logits(const Loss& loss, const LossStrip<T>& strip) {
  using V = Vector<T>;
  const V one = all(T(1)), zero{};
  const T gamma = static_cast<T>(loss.settings[0]), alpha = static_cast<T>(loss.settings[1]);
  const T keep = static_cast<T>(1 - loss.label_smoothing);
  const T spread = static_cast<T>(loss.label_smoothing / static_cast<double>(strip.units));
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    T* const z = strip.outputs + v;
    V top = load(z);
    for (std::size_t j = 1; j < strip.units; ++j) top = larger(load(z + j * STRIP<T>), top);
    V sum{}, value{}, slopes{};
    for (std::size_t j = 0; j < strip.units; ++j) sum += exponential(load(z + j * STRIP<T>) - top);
    const V log_sum = logarithm(sum), share = one / sum;
    for (std::size_t j = 0; j < strip.units; ++j) {
      const V shifted = load(z + j * STRIP<T>) - top, log_p = shifted - log_sum;
      const V p = exponential(shifted) * share;
      const V y = (load(strip.targets + j * STRIP<T> + v) * keep + spread) * alpha;
      const auto [factor, slope] = focus_of(larger(zero, one - p), gamma);
      const V by_log_p = y * (slope * p * log_p - factor);
      value -= y * factor * log_p;
      slopes += by_log_p;
      store(z + j * STRIP<T>, p);
      if (strip.scale != nullptr) store(strip.delta + j * STRIP<T> + v, by_log_p);
    }
    store(strip.row_losses + v, value);
    if (strip.scale == nullptr) continue;
    for (std::size_t j = 0; j < strip.units; ++j) {
      T* const delta = strip.delta + j * STRIP<T> + v;
      store(delta, (load(delta) - load(z + j * STRIP<T>) * slopes) * load(strip.scale + v));
    }
  }
}

// Categorical focal cross-entropy of other outputs: divides rows by their sum and clips them.
template <class T>
void focal_from_outputs(const Loss& loss, const LossStrip<T>& strip) {
  using V = Vector<T>;
  const V one = all(T(1)), zero{};
  const T gamma = static_cast<T>(loss.settings[0]), alpha = static_cast<T>(loss.settings[1]);
  const T keep = static_cast<T>(1 - loss.label_smoothing);
  const T spread = static_cast<T>(loss.label_smoothing / static_cast<double>(strip.units));
  const V low = all(static_cast<T>(PROBABILITY_FLOOR)), high = one - low;
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    V total{}, value{}, slopes{};
    for (std::size_t j = 0; j < strip.units; ++j) total += load(strip.outputs + j * STRIP<T> + v);
    for (std::size_t j = 0; j < strip.units; ++j) {
      const std::size_t at = j * STRIP<T> + v;
      const V share = load(strip.outputs + at) / total;
      const V p = larger(low, smaller(high, share)), log_p = logarithm(p);
      const V y = (load(strip.targets + at) * keep + spread) * alpha;
      const auto [factor, slope] = focus_of(one - p, gamma);
      const V by_share = p == share ? y * (slope * log_p - factor / p) : zero;
      value -= y * factor * log_p;
      slopes += by_share * share;
      if (strip.scale != nullptr) store(strip.delta + at, by_share);
    }
    store(strip.row_losses + v, value);
    if (strip.scale == nullptr) continue;
    for (std::size_t j = 0; j < strip.units; ++j) {
      T* const delta = strip.delta + j * STRIP<T> + v;
      store(delta, (load(delta) - slopes) / total * load(strip.scale + v));
    }
  }
}

// max(0, 1 + largest (1 - y) p - sum of y p).
template <class T>
void categorical_hinge(const LossStrip<T>& strip) {
  using V = Vector<T>;
  const V one = all(T(1)), zero{};
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    const auto output = [&](std::size_t j) { return load(strip.outputs + j * STRIP<T> + v); };
    const auto target = [&](std::size_t j) { return load(strip.targets + j * STRIP<T> + v); };
    V own{}, other = (one - target(0)) * output(0);
    for (std::size_t j = 0; j < strip.units; ++j) {
      own += target(j) * output(j);
      other = larger((one - target(j)) * output(j), other);
    }
    const V value = other - own + one;
    store(strip.row_losses + v, value < 0 ? zero : value);
    if (strip.scale == nullptr) continue;
    V found{};  // 1 from the first of the largest on
    for (std::size_t j = 0; j < strip.units; ++j) {
      const V rest = one - target(j), is_largest = rest * output(j) == other ? one : zero;
      const V slope = (found > 0 ? zero : is_largest) * rest - target(j);
      found += is_largest;
      store(strip.delta + j * STRIP<T> + v, (value > 0 ? slope : zero) * load(strip.scale + v));
    }
  }
}

// Minus the cosine of the angle between outputs and targets.
template <class T>
void cosine_similarity(const LossStrip<T>& strip) {
  using V = Vector<T>;
  const V floor = all(static_cast<T>(PROBABILITY_FLOOR));
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    V output_square{}, target_square{}, product{};
    for (std::size_t j = 0; j < strip.units; ++j) {
      const V p = load(strip.outputs + j * STRIP<T> + v), y = load(strip.targets + j * STRIP<T> + v);
      output_square += p * p;
      target_square += y * y;
      product += p * y;
    }
    const V length = square_root<T>(output_square), output_length = larger(floor, length);
    const V lengths = larger(floor, square_root<T>(target_square)) * output_length;
    store(strip.row_losses + v, -product / lengths);
    if (strip.scale == nullptr) continue;
    // an output shorter than the floor has a constant divisor
    const V along = length > floor ? product / (output_length * output_length) : V{};
    for (std::size_t j = 0; j < strip.units; ++j) {
      const std::size_t at = j * STRIP<T> + v;
      const V slope = (load(strip.outputs + at) * along - load(strip.targets + at)) / lengths;
      store(strip.delta + at, slope * load(strip.scale + v));
    }
  }
}

// Fills row_losses, outputs and, if scale is given, delta.
template <class T>
void measure_strip(const Loss& loss, bool fused, const LossStrip<T>& strip) {
  switch (kind_of(loss)) {
    case LossKind::categorical_cross_entropy:
      return fused ? cross_entropy_from_logits(loss, strip) : cross_entropy_from_outputs(loss, strip);
    case LossKind::categorical_focal_cross_entropy:
      return fused ? focal_from_logits(loss, strip) : focal_from_outputs(loss, strip);
    case LossKind::categorical_hinge: return categorical_hinge(strip);
    case LossKind::cosine_similarity: return cosine_similarity(strip);
    default: break;
  }
  const bool summed = kind_of(loss) == LossKind::kl_divergence;
  const T share = summed ? T(1) : static_cast<T>(1.0 / static_cast<double>(strip.units));
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

}  // namespace deltarule::DELTARULE_LEVEL
