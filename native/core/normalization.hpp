// Batch and layer normalization, as `engines/normalization.py` defines them: a layer of its own between two
// dense layers.
//
// Sums over the samples of a batch run strip by strip in one order, whichever thread computes a unit.
#pragma once

#include "core/chain.hpp"

namespace deltarule::DELTARULE_LEVEL {

constexpr std::size_t NORMALIZED_UNITS = 8;  // units whose sums over the batch are one task
constexpr std::size_t SUMMED_STRIPS = 64;    // strips whose sum is added to the total at once

// Where the arrays of a normalization layer are among all parameters; null where it has none.
template <class T>
struct NormalizationParameters {
  const T* gamma;
  const T* beta;
  const T* mean;
  const T* variance;

  NormalizationParameters(const LayerLayout& layout, const T* all)
      : gamma(layout.layer.rescales ? all + layout.parts.gamma : nullptr),
        beta(layout.layer.centers ? all + layout.parts.beta : nullptr),
        mean(layout.layer.keeps_averages() ? all + layout.parts.moving_mean : nullptr),
        variance(layout.layer.keeps_averages() ? all + layout.parts.moving_variance : nullptr) {}

  T gamma_of(std::size_t unit) const { return gamma == nullptr ? T(1) : gamma[unit]; }
  T beta_of(std::size_t unit) const { return beta == nullptr ? T(0) : beta[unit]; }
};

// Sets the lanes from `count` on to 0.
template <class T>
Vector<T> first_lanes(Vector<T> v, std::size_t count) {
  for (std::size_t lane = count; lane < static_cast<std::size_t>(LANES<T>); ++lane) v[lane] = T(0);
  return v;
}

// Calls use(unit, sums) with the sums over the samples of terms(s, unit, at) for `COUNT` terms of each unit:
// `terms` returns them for the vector at `at` of the unit in strip s.
template <int COUNT, class T, class Terms, class Use>
void sum_samples(const Workspace<T>& workspace, std::size_t units, const Executor& executor, const Terms& terms,
                 const Use& use) {
  const std::size_t strips = workspace.strips();
  const bool parallel = 4.0 * static_cast<double>(units * strips * STRIP<T>) > PARALLEL_WORK;
  executor.run(ceil_div(units, NORMALIZED_UNITS), parallel, [&](std::size_t task, int) {
    const std::size_t first = task * NORMALIZED_UNITS, end = std::min(units, first + NORMALIZED_UNITS);
    double total[NORMALIZED_UNITS][COUNT] = {};
    for (std::size_t block = 0; block < strips; block += SUMMED_STRIPS) {
      Vector<T> sums[NORMALIZED_UNITS][COUNT] = {};
      for (std::size_t s = block; s < std::min(strips, block + SUMMED_STRIPS); ++s) {
        const std::size_t here = workspace.samples_in(s);
        for (std::size_t unit = first; unit < end; ++unit) {
          for (std::size_t at = 0; at < here; at += LANES<T>) {
            const std::array<Vector<T>, COUNT> each = terms(s, unit, unit * STRIP<T> + at);
            const bool whole = here - at >= static_cast<std::size_t>(LANES<T>);
            for (int k = 0; k < COUNT; ++k)
              sums[unit - first][k] += whole ? each[k] : first_lanes<T>(each[k], here - at);
          }
        }
      }
      for (std::size_t unit = first; unit < end; ++unit)
        for (int k = 0; k < COUNT; ++k)
          for (int lane = 0; lane < LANES<T>; ++lane)
            total[unit - first][k] += static_cast<double>(sums[unit - first][k][lane]);
    }
    for (std::size_t unit = first; unit < end; ++unit) use(unit, total[unit - first]);
  });
}

// The mean, the variance and r of each unit of layer i over the batch.
template <class T>
void measure_batch(const LayerLayout& layout, Workspace<T>& workspace, std::size_t i,
                   const Executor& executor) {
  Normalized<T>& own = workspace.normalized[i];
  const Strips<const T> x = std::as_const(workspace.x[i]).view();
  const double samples = static_cast<double>(workspace.samples);
  const T epsilon = static_cast<T>(layout.layer.epsilon);
  sum_samples<1, T>(
      workspace, layout.layer.units, executor,
      [&](std::size_t s, std::size_t, std::size_t at) { return std::array{load(x.strip(s) + at)}; },
      [&](std::size_t unit, const double* sums) { own.mean[unit] = static_cast<T>(sums[0] / samples); });
  sum_samples<1, T>(
      workspace, layout.layer.units, executor,
      [&](std::size_t s, std::size_t unit, std::size_t at) {
        const Vector<T> error = load(x.strip(s) + at) - own.mean[unit];
        return std::array{Vector<T>(error * error)};
      },
      [&](std::size_t unit, const double* sums) {
        own.variance[unit] = static_cast<T>(sums[0] / samples);
        own.inverse[unit] = T(1) / std::sqrt(own.variance[unit] + epsilon);
      });
}

// The same from the moving averages, for all layers that keep them; before the strips are computed.
template <class T>
void take_averages(const std::vector<LayerLayout>& layouts, const T* all, Workspace<T>& workspace,
                   bool in_update) {
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const Layer& layer = layouts[i].layer;
    if (!layer.keeps_averages() || (in_update && layer.uses_batch())) continue;
    const NormalizationParameters<T> p(layouts[i], all);
    Normalized<T>& own = workspace.normalized[i];
    const T epsilon = static_cast<T>(layer.epsilon);
    for (std::size_t unit = 0; unit < layer.units; ++unit) {
      own.mean[unit] = p.mean[unit];
      own.inverse[unit] = T(1) / std::sqrt(p.variance[unit] + epsilon);
    }
  }
}

// Mean and r of each sample of strip s over the units. The second pass corrects the mean by what rounding
// left in the sum of the first one.
template <class T>
void measure_samples(const LayerLayout& layout, const T* x, T* mean, T* inverse) {
  const std::size_t units = layout.layer.units;
  const T count = static_cast<T>(units), epsilon = static_cast<T>(layout.layer.epsilon);
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    Vector<T> sum{}, squares{};
    for (std::size_t unit = 0; unit < units; ++unit) sum += load(x + unit * STRIP<T> + v);
    const Vector<T> middle = sum / count;
    Vector<T> rest{};
    for (std::size_t unit = 0; unit < units; ++unit) {
      const Vector<T> error = load(x + unit * STRIP<T> + v) - middle;
      rest += error;
      squares += error * error;
    }
    rest = rest / count;
    const Vector<T> variance = larger(Vector<T>{}, squares / count - rest * rest);
    store(mean + v, Vector<T>(middle + rest));
    store(inverse + v, Vector<T>(T(1) / square_root<T>(variance + epsilon)));
  }
}

// (x - mean) · factor + beta: one expression, contracted alike in strips and in rows.
template <class T>
[[gnu::always_inline]] inline Vector<T> rescaled(Vector<T> x, Vector<T> mean, Vector<T> factor,
                                                 Vector<T> beta) {
  return (x - mean) * factor + beta;
}

// z of layer i from its input, in strip s.
template <class T>
void normalize_strip(const LayerLayout& layout, const T* parameters, Workspace<T>& workspace, std::size_t i,
                     std::size_t s) {
  const NormalizationParameters<T> p(layout, parameters);
  Normalized<T>& own = workspace.normalized[i];
  const T* const x = std::as_const(workspace.x[i]).view().strip(s);
  T* const z = workspace.x[i + 1].view().strip(s);
  if (layout.layer.keeps_averages()) {
    for (std::size_t unit = 0; unit < layout.layer.units; ++unit) {
      const Vector<T> mean = all(own.mean[unit]), beta = all(p.beta_of(unit));
      const Vector<T> factor = all(own.inverse[unit] * p.gamma_of(unit));
      for (std::size_t at = unit * STRIP<T>; at < (unit + 1) * STRIP<T>; at += LANES<T>)
        store(z + at, rescaled<T>(load(x + at), mean, factor, beta));
    }
    return;
  }
  T* const mean = own.mean.data() + s * STRIP<T>;
  T* const inverse = own.inverse.data() + s * STRIP<T>;
  measure_samples(layout, x, mean, inverse);
  for (std::size_t unit = 0; unit < layout.layer.units; ++unit) {
    const T gamma = p.gamma_of(unit), beta = p.beta_of(unit);
    for (int v = 0; v < STRIP<T>; v += LANES<T>) {
      const std::size_t at = unit * STRIP<T> + static_cast<std::size_t>(v);
      store(z + at, Vector<T>((load(x + at) - load(mean + v)) * load(inverse + v) * gamma + beta));
    }
  }
}

// The input of layer i normalized, for one row; as `normalize_strip` with the moving averages.
template <class T>
void normalize_row(const LayerLayout& layout, const T* parameters, const T* x, T* z) {
  constexpr std::size_t lanes = static_cast<std::size_t>(LANES<T>);
  const NormalizationParameters<T> p(layout, parameters);
  const T epsilon = static_cast<T>(layout.layer.epsilon);
  for (std::size_t unit = 0; unit < layout.layer.units; unit += lanes) {
    T value[lanes] = {}, mean[lanes] = {}, factor[lanes] = {}, beta[lanes] = {};
    for (std::size_t lane = 0; lane < std::min(lanes, layout.layer.units - unit); ++lane) {
      const T inverse = T(1) / std::sqrt(p.variance[unit + lane] + epsilon);
      value[lane] = x[unit + lane];
      mean[lane] = p.mean[unit + lane];
      factor[lane] = inverse * p.gamma_of(unit + lane);
      beta[lane] = p.beta_of(unit + lane);
    }
    store(z + unit, rescaled<T>(load(value), load(mean), load(factor), load(beta)));
  }
}

// ∂J/∂γ and ∂J/∂β of layer i over the samples of this panel.
template <class T>
void sum_normalization_gradient(const LayerLayout& layout, Workspace<T>& workspace, std::size_t i,
                                const Executor& executor) {
  Normalized<T>& own = workspace.normalized[i];
  const Strips<const T> x = std::as_const(workspace.x[i]).view();
  const Strips<const T> delta = std::as_const(workspace.delta[i]).view();
  const std::size_t units = layout.layer.units;
  const bool by_unit = layout.layer.keeps_averages();
  sum_samples<2, T>(
      workspace, units, executor,
      [&](std::size_t s, std::size_t unit, std::size_t at) {
        const Vector<T> d = load(delta.strip(s) + at), value = load(x.strip(s) + at);
        if (by_unit) return std::array{Vector<T>(d * ((value - own.mean[unit]) * own.inverse[unit])), d};
        const std::size_t sample = s * STRIP<T> + at % STRIP<T>;
        const Vector<T> hat = (value - load(own.mean.data() + sample)) * load(own.inverse.data() + sample);
        return std::array{Vector<T>(d * hat), d};
      },
      [&](std::size_t unit, const double* sums) {
        own.gradient[unit] = static_cast<T>(sums[0]);
        own.gradient[units + unit] = static_cast<T>(sums[1]);
      });
}

// ∂J/∂(input of layer i) from ∂J/∂z, in strip s; `batch`: whether the statistics depend on the input.
template <class T>
void normalization_delta(const LayerLayout& layout, const T* all, const Workspace<T>& workspace,
                         std::size_t i, std::size_t s, bool batch, T* before) {
  const NormalizationParameters<T> p(layout, all);
  const Normalized<T>& own = workspace.normalized[i];
  const std::size_t units = layout.layer.units;
  const T* const x = workspace.x[i].view().strip(s);
  const T* const delta = workspace.delta[i].view().strip(s);
  if (layout.layer.keeps_averages()) {
    const T share = batch ? T(1) / static_cast<T>(workspace.samples) : T(0);
    for (std::size_t unit = 0; unit < units; ++unit) {
      const T inverse = own.inverse[unit], factor = inverse * p.gamma_of(unit), mean = own.mean[unit];
      const T shared = batch ? own.gradient[units + unit] * share : T(0);
      const T tilt = batch ? own.gradient[unit] * share * inverse : T(0);
      for (std::size_t at = unit * STRIP<T>; at < (unit + 1) * STRIP<T>; at += LANES<T>)
        store(before + at,
              Vector<T>((load(delta + at) - shared - (load(x + at) - mean) * tilt) * factor));
    }
    return;
  }
  const T count = static_cast<T>(units);
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    const std::size_t sample = s * STRIP<T> + static_cast<std::size_t>(v);
    const Vector<T> mean = load(own.mean.data() + sample), inverse = load(own.inverse.data() + sample);
    const auto d_of = [&](std::size_t unit) {
      return Vector<T>(load(delta + unit * STRIP<T> + v) * p.gamma_of(unit));
    };
    const auto hat_of = [&](std::size_t unit) {
      return Vector<T>((load(x + unit * STRIP<T> + v) - mean) * inverse);
    };
    Vector<T> shared{}, tilt{};
    for (std::size_t unit = 0; unit < units; ++unit) {
      shared += d_of(unit);
      tilt += d_of(unit) * hat_of(unit);
    }
    shared = shared / count, tilt = tilt / count;
    for (std::size_t unit = 0; unit < units; ++unit)
      store(before + unit * STRIP<T> + v,
            Vector<T>((d_of(unit) - shared - hat_of(unit) * tilt) * inverse));
  }
}

// Writes or adds the gradients of γ and β to where they belong among all of the layer's.
template <class T>
void normalization_gradient_to(const LayerLayout& layout, const Workspace<T>& workspace, std::size_t i,
                               T* gradient, bool add) {
  const Layer& layer = layout.layer;
  const T* const own = workspace.normalized[i].gradient.data();
  const auto put = [&](const T* from) {
    for (std::size_t unit = 0; unit < layer.units; ++unit)
      gradient[unit] = add ? gradient[unit] + from[unit] : from[unit];
    gradient += layer.units;
  };
  if (layer.rescales) put(own);
  if (layer.centers) put(own + layer.units);
}

// average <- m · average + (1 - m) · statistic of the batch.
template <class T>
void update_averages(const std::vector<LayerLayout>& layouts, const Workspace<T>& workspace, T* all) {
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const Layer& layer = layouts[i].layer;
    if (!layer.uses_batch()) continue;
    const Normalized<T>& own = workspace.normalized[i];
    const T kept = static_cast<T>(layer.momentum), share = T(1) - kept;
    T* const mean = all + layouts[i].parts.moving_mean;
    T* const variance = all + layouts[i].parts.moving_variance;
    for (std::size_t unit = 0; unit < layer.units; ++unit) {
      mean[unit] = kept * mean[unit] + share * own.mean[unit];
      variance[unit] = kept * variance[unit] + share * own.variance[unit];
    }
  }
}

}  // namespace deltarule::DELTARULE_LEVEL
