// Prediction of single rows of networks without layer normalization, for which a strip would waste most of
// its lanes: here the lanes are units. Sums run in the same order as in kernels.hpp and columns.hpp, so a row's
// prediction has the same bits alone and within a batch.
#pragma once

#include "core/columns.hpp"
#include "core/forward.hpp"
#include "core/normalization.hpp"
#include "core/parameterization.hpp"

namespace deltarule::DELTARULE_LEVEL {

constexpr std::size_t FEW_ROWS = 4;  // at most this many are computed one by one

// How the weights w(k, i) of a layer become those it computes with, while they are multiplied: a copy of
// all would take as long to write and read as the products.
enum class Scaling { none, rows, rows_and_columns };

// v(k, i) = f(k) w(k, i) [t(i)], in the order of `to_chain`.
template <class T, Scaling SCALING>
[[gnu::always_inline]] inline Vector<T> scaled_weights(Vector<T> w, T factor, Vector<T> column_factors) {
  if constexpr (SCALING == Scaling::none) return w;
  else if constexpr (SCALING == Scaling::rows) return w * factor;
  else return w * factor * column_factors;
}

// sum over k of x[k] v(k, i ... i + VECTORS · LANES - 1), [+ bias].
template <class T, int VECTORS, Scaling SCALING>
inline void row_columns(const MemberParameters<T>& p, std::size_t units, const T* x, std::size_t depth,
                        std::size_t i, T* out) {
  Vector<T> total[VECTORS] = {};
  for (std::size_t k = 0; k < depth; k += BLOCK_DEPTH) {
    Vector<T> sum[VECTORS] = {};
    const std::size_t end = std::min(depth, k + BLOCK_DEPTH);
    for (std::size_t j = k; j < end; ++j) {
      const T factor = SCALING == Scaling::none ? T(1) : p.row_factor(j);
      const T* const w = p.weights + j * units + i;
#pragma GCC unroll 12
      for (int v = 0; v < VECTORS; ++v) {
        const auto at = static_cast<std::size_t>(v * LANES<T>);
        Vector<T> column_factors{};
        if constexpr (SCALING == Scaling::rows_and_columns) column_factors = load(p.output_factors + i + at);
        sum[v] += scaled_weights<T, SCALING>(load(w + at), factor, column_factors) * x[j];
      }
    }
#pragma GCC unroll 12
    for (int v = 0; v < VECTORS; ++v) total[v] = k == 0 ? sum[v] : total[v] + sum[v];
  }
#pragma GCC unroll 12
  for (int v = 0; v < VECTORS; ++v) {
    const auto at = static_cast<std::size_t>(v * LANES<T>);
    if (p.biases != nullptr) total[v] = total[v] + load(p.biases + i + at);
    store(out + i + at, total[v]);
  }
}

// The same for the last columns, fewer than a vector.
template <class T, Scaling SCALING>
inline void row_rest(const MemberParameters<T>& p, std::size_t units, const T* x, std::size_t depth, std::size_t i,
                     T* out) {
  const std::size_t columns = units - i;
  const T* const w = p.weights + i;
  // Whole vectors may be read while more rows follow.
  const std::size_t safe = depth - std::min(depth, ceil_div(LANES<T>, units));
  Vector<T> column_factors{};
  if constexpr (SCALING == Scaling::rows_and_columns) column_factors = load_up_to(p.output_factors + i, columns);
  Vector<T> total{};
  for (std::size_t k = 0; k < depth; k += BLOCK_DEPTH) {
    Vector<T> sum{};
    const std::size_t end = std::min(depth, k + BLOCK_DEPTH);
    const auto add = [&](std::size_t j, Vector<T> weights) {
      const T factor = SCALING == Scaling::none ? T(1) : p.row_factor(j);
      sum += scaled_weights<T, SCALING>(weights, factor, column_factors) * x[j];
    };
    std::size_t j = k;
    for (; j < std::min(end, safe); ++j) add(j, load(w + j * units));
    for (; j < end; ++j) add(j, load_up_to(w + j * units, columns));
    total = k == 0 ? sum : total + sum;
  }
  if (p.biases != nullptr) total = total + load_up_to(p.biases + i, columns);
  store(out + i, total);
}

// As many vectors of columns at a time as registers hold with their totals: rows of weights are then read
// from one end to the other.
constexpr int ROW_VECTORS = VECTOR_BYTES == 64 ? 12 : 6;

template <class T, Scaling SCALING>
void row_logits(const MemberParameters<T>& p, std::size_t units, const T* x, std::size_t depth, T* out) {
  const std::size_t vectors = units / LANES<T>, passes = ceil_div(vectors, ROW_VECTORS);
  std::size_t done = 0;
  for (std::size_t pass = 0; pass < passes; ++pass) {
    const std::size_t here = ceil_div(vectors - done, passes - pass);
    with_rows<ROW_VECTORS>(here, [&]<int VECTORS>() {
      row_columns<T, VECTORS, SCALING>(p, units, x, depth, done * LANES<T>, out);
    });
    done += here;
  }
  if (done * LANES<T> < units) row_rest<T, SCALING>(p, units, x, depth, done * LANES<T>, out);
}

// out <- Vᵀ x + b with the weights of one member. `out` is padded to whole vectors.
template <class T>
void row_logits(const LayerLayout& layout, const MemberParameters<T>& p, const T* x, T* out) {
  const std::size_t units = layout.layer.units, depth = layout.layer.inputs;
  if (p.output_factors != nullptr) row_logits<T, Scaling::rows_and_columns>(p, units, x, depth, out);
  else if (p.scales_rows()) row_logits<T, Scaling::rows>(p, units, x, depth, out);
  else row_logits<T, Scaling::none>(p, units, x, depth, out);
}

// Softmax of one row, in place.
template <class T>
void softmax_row(T* z, std::size_t units) {
  T top = z[0], sum = 0;
  for (std::size_t j = 1; j < units; ++j) top = z[j] > top ? z[j] : top;
  for (std::size_t j = 0; j < units; j += LANES<T>)
    store(z + j, exponential(load(z + j) - all(top)));
  for (std::size_t j = 0; j < units; ++j) sum += z[j];
  const T share = T(1) / sum;
  for (std::size_t j = 0; j < units; ++j) z[j] *= share;
}

// z <- z + a (g(z) - z) with a learned activation, a of each unit; as `activate_learned`.
template <class T>
void activate_learned_row(const Layer& layer, const T* slopes, T* z) {
  with_formula<T>(activation_of(layer), layer.activation_setting, [&](auto formula) {
    for (std::size_t j = 0; j < layer.units; j += LANES<T>) {
      const Vector<T> before = load(z + j), a = load_up_to(slopes + j, layer.units - j);
      const Vector<T> more = formula(before).value - before;
      store(z + j, before + more * a);
    }
  });
}

// Embeds one column of one row, as `embed_strip`; writes whole vectors, up to one beyond the outputs.
template <class T>
void embed_value(const ColumnLayout<T>& layout, const T* p, T x, T* out) {
  const Column& column = layout.column;
  if (kind_of(column) == ColumnKind::plain) {
    *out = x;
    return;
  }
  if (kind_of(column) == ColumnKind::category) {
    std::copy_n(p + code_of(column, x) * column.outputs, column.outputs, out);
    return;
  }
  const std::size_t count = column.features, learned = layout.learned(), size = column.parameter_count;
  T features[MAX_FEATURES + LANES<T>];
  for (std::size_t f = 0; f < count; f += LANES<T>) {
    const auto part = [&](const T* from) { return load_up_to(from + f, count - f); };
    if (kind_of(column) == ColumnKind::periodic) {
      // Loaded before the sum, which must be one operation as in `features_of`: compilers make it one only
      // where nothing branches within.
      const Vector<T> frequency = part(p), phase = part(p + count), turns = all(x) * static_cast<T>(TWO_PI);
      store(features + f, sine_cosine(turns * frequency + phase).cosine);
    } else {
      const Vector<T> zero{}, one = all(T(1));
      const Vector<T> share = (all(x) - part(layout.edges.data())) * part(layout.slopes.data());
      store(features + f, larger(zero, smaller(one, share)));
    }
  }
  if (layout.outputs_input()) *out++ = x;
  const auto row_at = [&](std::size_t at) { return load_up_to(p + at, size - at); };
  for (std::size_t o = 0; o < learned; o += LANES<T>) {
    Vector<T> sum = row_at(layout.matrix() + count * learned + o);
    for (std::size_t f = 0; f < count; ++f) sum += row_at(layout.matrix() + f * learned + o) * features[f];
    store(out + o, sum);
  }
}

// Embeds all columns of one row. `out` is padded by a vector.
template <class T>
void embed_row(const std::vector<ColumnLayout<T>>& layouts, const T* parameters, const T* x, T* out) {
  for (const ColumnLayout<T>& layout : layouts)
    embed_value(layout, parameters + layout.parameters, x[layout.column.source], out + layout.output);
}

// The outputs of one row of one member, from all parameters. `room`: two buffers of the widest layer's units,
// padded to whole vectors.
template <class T>
void predict_row(const std::vector<LayerLayout>& layouts, const T* parameters, std::size_t member, const T* x,
                 T* const (&room)[2], T* outputs) {
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const LayerLayout& layout = layouts[i];
    T* const z = room[i % 2];
    if (layout.layer.is_dense()) row_logits(layout, MemberParameters<T>(layout, parameters, member), x, z);
    else normalize_row(layout, parameters, x, z);
    if (layout.is_softmax()) softmax_row(z, layout.layer.units);
    else if (layout.layer.learned_activation)
      activate_learned_row(layout.layer, parameters + layout.parts.slopes, z);
    else
      activate<T>(activation_of(layout.layer), layout.layer.activation_setting, z, nullptr, layout.layer.units);
    x = z;
  }
  std::copy_n(x, layouts.back().layer.units, outputs);
}

}  // namespace deltarule::DELTARULE_LEVEL
