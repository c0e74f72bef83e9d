// Prediction of single rows of networks without layer normalization, for which a strip would waste most of its lanes. Sums run in the same order as
// in kernels.hpp, so a row's prediction has the same bits alone and within a batch.
#pragma once

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

// The outputs of one row. `room`: two buffers of the widest layer's units, padded to whole vectors.
template <class T>
void predict_row(const std::vector<LayerLayout>& layouts, const T* weights, const T* x, T* const (&room)[2],
                 T* outputs) {
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const LayerLayout& layout = layouts[i];
    T* const z = room[i % 2];
    if (layout.layer.is_dense()) row_logits(layout, weights, x, z);
    else normalize_row(layout, weights, x, z);
    if (layout.is_softmax()) softmax_row(z, layout.layer.units);
    else
      activate<T>(activation_of(layout.layer), layout.layer.activation_setting, z, nullptr, layout.layer.units);
    x = z;
  }
  std::copy_n(x, layouts.back().layer.units, outputs);
}

}  // namespace deltarule::DELTARULE_LEVEL
