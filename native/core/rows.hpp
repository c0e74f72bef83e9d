// Prediction of single rows of networks without layer normalization, for which a strip would waste most of
// its lanes: here the lanes are units. Sums run in the same order as in kernels.hpp and columns.hpp, so a row's
// prediction has the same bits alone and within a batch.
#pragma once

#include "core/columns.hpp"
#include "core/forward.hpp"
#include "core/normalization.hpp"

namespace deltarule::DELTARULE_LEVEL {

constexpr std::size_t FEW_ROWS = 4;  // at most this many are computed one by one

// Loads `count` numbers; the other lanes are zeros.
template <class T>
inline Vector<T> load_part(const T* from, std::size_t count) {
  T part[LANES<T>] = {};
  std::copy_n(from, count, part);
  return load<T>(part);
}

// sum over k of x[k] w(k, 0 ... VECTORS · LANES - 1), w of rows `stride` apart; [+ bias].
template <class T, int VECTORS>
inline void row_columns(const T* w, std::size_t stride, const T* x, std::size_t depth, const T* bias,
                        T* out) {
  Vector<T> total[VECTORS] = {};
  for (std::size_t k = 0; k < depth; k += BLOCK_DEPTH) {
    Vector<T> sum[VECTORS] = {};
    const std::size_t end = std::min(depth, k + BLOCK_DEPTH);
    for (std::size_t j = k; j < end; ++j) {
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; ++v) sum[v] += load(w + j * stride + v * LANES<T>) * x[j];
    }
    for (int v = 0; v < VECTORS; ++v) total[v] = k == 0 ? sum[v] : total[v] + sum[v];
  }
  for (int v = 0; v < VECTORS; ++v) {
    if (bias != nullptr) total[v] = total[v] + load(bias + v * LANES<T>);
    store(out + v * LANES<T>, total[v]);
  }
}

// The same for the last columns, fewer than a vector.
template <class T>
inline void row_rest(const T* w, std::size_t stride, const T* x, std::size_t depth, const T* bias,
                     std::size_t columns, T* out) {
  // Whole vectors may be read while more rows follow.
  const std::size_t safe = depth - std::min(depth, ceil_div(LANES<T>, stride));
  Vector<T> total{};
  for (std::size_t k = 0; k < depth; k += BLOCK_DEPTH) {
    Vector<T> sum{};
    const std::size_t end = std::min(depth, k + BLOCK_DEPTH);
    std::size_t j = k;
    for (; j < std::min(end, safe); ++j) sum += load(w + j * stride) * x[j];
    for (; j < end; ++j) sum += load_part(w + j * stride, columns) * x[j];
    total = k == 0 ? sum : total + sum;
  }
  if (bias != nullptr) total = total + load_part(bias, columns);
  store(out, total);
}

// out <- Wᵀ x + b. `out` is padded to whole vectors.
template <class T>
void row_logits(const LayerLayout& layout, const T* weights, const T* x, T* out) {
  const std::size_t units = layout.layer.units, depth = layout.layer.inputs;
  const T* const w = weights + layout.offset;
  const T* const bias = layout.layer.bias ? w + layout.layer.weight_count() : nullptr;
  const auto bias_at = [&](std::size_t i) { return bias == nullptr ? nullptr : bias + i; };
  std::size_t i = 0;
  for (; i + 4 * LANES<T> <= units; i += 4 * LANES<T>)
    row_columns<T, 4>(w + i, units, x, depth, bias_at(i), out + i);
  for (; i + LANES<T> <= units; i += LANES<T>)
    row_columns<T, 1>(w + i, units, x, depth, bias_at(i), out + i);
  if (i < units) row_rest(w + i, units, x, depth, bias_at(i), units - i, out + i);
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
      const std::size_t here = std::min<std::size_t>(LANES<T>, layer.units - j);
      const Vector<T> before = load(z + j), a = load_part(slopes + j, here);
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
    const std::size_t here = std::min<std::size_t>(LANES<T>, count - f);
    const auto part = [&](const T* from) { return here == LANES<T> ? load(from + f) : load_part(from + f, here); };
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
  const auto row_at = [&](std::size_t at, std::size_t wanted) {
    return at + LANES<T> <= size ? load(p + at) : load_part(p + at, wanted);
  };
  for (std::size_t o = 0; o < learned; o += LANES<T>) {
    const std::size_t wanted = std::min<std::size_t>(LANES<T>, learned - o);
    Vector<T> sum = row_at(layout.matrix() + count * learned + o, wanted);
    for (std::size_t f = 0; f < count; ++f) sum += row_at(layout.matrix() + f * learned + o, wanted) * features[f];
    store(out + o, sum);
  }
}

// Embeds all columns of one row. `out` is padded by a vector.
template <class T>
void embed_row(const std::vector<ColumnLayout<T>>& layouts, const T* parameters, const T* x, T* out) {
  for (const ColumnLayout<T>& layout : layouts)
    embed_value(layout, parameters + layout.parameters, x[layout.column.source], out + layout.output);
}

// The outputs of one row. `room`: two buffers of the widest layer's units, padded to whole vectors.
template <class T>
void predict_row(const std::vector<LayerLayout>& layouts, const ParameterView<T>& parameters, const T* x,
                 T* const (&room)[2], T* outputs) {
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const LayerLayout& layout = layouts[i];
    T* const z = room[i % 2];
    if (layout.layer.is_dense()) row_logits(layout, parameters.chain, x, z);
    else normalize_row(layout, parameters.learned, x, z);
    if (layout.is_softmax()) softmax_row(z, layout.layer.units);
    else if (layout.layer.learned_activation)
      activate_learned_row(layout.layer, parameters.learned + layout.parts.slopes, z);
    else
      activate<T>(activation_of(layout.layer), layout.layer.activation_setting, z, nullptr, layout.layer.units);
    x = z;
  }
  std::copy_n(x, layouts.back().layer.units, outputs);
}

}  // namespace deltarule::DELTARULE_LEVEL
