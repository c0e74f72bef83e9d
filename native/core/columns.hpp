// Embeddings of input columns, as `deltarule.embeddings` defines them. To add one, add its name to the
// list and its features to `features_of` and `column_gradient`.
//
// All kinds but plain and category compute features of x, followed by a linear layer per column:
// out = features(x) · V + c. A periodic column also outputs x itself.
#pragma once

#include "core/chain.hpp"
#include "core/names.hpp"

#define DELTARULE_COLUMN_EMBEDDINGS(X) X(plain) X(periodic) X(piecewise_linear) X(category)

namespace deltarule::DELTARULE_LEVEL {

enum class ColumnKind : int { DELTARULE_COLUMN_EMBEDDINGS(DELTARULE_ENUMERATOR) };
constexpr const char* COLUMN_EMBEDDING_NAMES[] = {DELTARULE_COLUMN_EMBEDDINGS(DELTARULE_NAME)};

inline ColumnKind kind_of(const Column& column) { return static_cast<ColumnKind>(column.formula); }

constexpr double TWO_PI = 6.283185307179586477;

// One column, and where its parameters and outputs are.
template <class T>
struct ColumnLayout {
  Column column;
  std::size_t parameters = 0;  // among the embedding's
  std::size_t output = 0;      // among the numbers of a row
  std::vector<T> edges;
  std::vector<T> slopes;  // 1 over each piece's width; equal edges in T make a step

  bool outputs_input() const { return kind_of(column) == ColumnKind::periodic; }
  std::size_t learned() const { return column.outputs - (outputs_input() ? 1 : 0); }
  // The position of V among the column's parameters; c follows it.
  std::size_t matrix() const { return outputs_input() ? 2 * column.features : 0; }
};

template <class T>
std::vector<ColumnLayout<T>> column_layouts(const Plan& plan) {
  std::vector<ColumnLayout<T>> layouts;
  std::size_t parameters = 0, output = 0;
  for (const Column& column : plan.columns) {
    ColumnLayout<T> layout{column, parameters, output, {}, {}};
    for (const double edge : column.edges) layout.edges.push_back(static_cast<T>(edge));
    for (std::size_t t = 0; t + 1 < layout.edges.size(); ++t)
      layout.slopes.push_back(
          T(1) / std::max(layout.edges[t + 1] - layout.edges[t], std::numeric_limits<T>::min()));
    parameters += column.parameter_count;
    output += column.outputs;
    layouts.push_back(std::move(layout));
  }
  return layouts;
}

template <class T>
std::size_t code_of(const Column& column, T x) {
  const T last = static_cast<T>(column.features - 1);
  return x > 0 ? static_cast<std::size_t>(std::nearbyint(std::min(x, last))) : 0;  // NaN: 0
}

// Writes the features of a vector of values x.
template <class T>
void features_of(const ColumnLayout<T>& layout, const T* p, Vector<T> x, Vector<T>* features) {
  const std::size_t count = layout.column.features;
  if (kind_of(layout.column) == ColumnKind::periodic) {
    const Vector<T> turns = x * static_cast<T>(TWO_PI);
    for (std::size_t f = 0; f < count; ++f)
      features[f] = sine_cosine(turns * p[f] + p[count + f]).cosine;
    return;
  }
  const Vector<T> zero{}, one = all(T(1));
  for (std::size_t t = 0; t < count; ++t)
    features[t] = larger(zero, smaller(one, (x - layout.edges[t]) * layout.slopes[t]));
}

// Embeds one column of one strip: x of shape (STRIP,) to out of shape (outputs, STRIP).
template <class T>
void embed_strip(const ColumnLayout<T>& layout, const T* p, const T* x, T* out) {
  const Column& column = layout.column;
  if (kind_of(column) == ColumnKind::plain) {
    std::copy_n(x, STRIP<T>, out);
    return;
  }
  if (kind_of(column) == ColumnKind::category) {
    for (std::size_t j = 0; j < STRIP<T>; ++j) {
      const T* const row = p + code_of(column, x[j]) * column.outputs;
      for (std::size_t o = 0; o < column.outputs; ++o) out[o * STRIP<T> + j] = row[o];
    }
    return;
  }
  const std::size_t learned = layout.learned();
  const T *const matrix = p + layout.matrix(), *const shift = matrix + column.features * learned;
  for (int v = 0; v < STRIP<T>; v += LANES<T>) {
    Vector<T> features[MAX_FEATURES];
    const Vector<T> here = load(x + v);
    features_of(layout, p, here, features);
    T* to = out + v;
    if (layout.outputs_input()) store(to, here), to += STRIP<T>;
    for (std::size_t o = 0; o < learned; ++o) {
      Vector<T> sum = all(shift[o]);
      for (std::size_t f = 0; f < column.features; ++f) sum += features[f] * matrix[f * learned + o];
      store(to + o * STRIP<T>, sum);
    }
  }
}

// Embeds all columns of a range of strips: x of (columns, STRIP) to out of (outputs, STRIP).
template <class T>
void embed(const std::vector<ColumnLayout<T>>& layouts, const T* parameters, Strips<T> x, Strips<T> out,
           Range strips, const Executor& executor) {
  const double work = 60.0 * static_cast<double>(layouts.size() * strips.count() * STRIP<T>);
  executor.run(strips.count(), work > PARALLEL_WORK, [&](std::size_t task, int) {
    const std::size_t s = strips.begin + task;
    for (std::size_t j = 0; j < layouts.size(); ++j)
      embed_strip(layouts[j], parameters + layouts[j].parameters,
                  x.strip(s) + layouts[j].column.source * STRIP<T>,
                  out.strip(s) + layouts[j].output * STRIP<T>);
  });
}

template <class T>
T sum_of_lanes(Vector<T> v) {
  T total = 0;
  for (int lane = 0; lane < LANES<T>; ++lane) total += v[lane];
  return total;
}

// Adds one column's gradient, from delta = ∂J/∂out of all strips; delta is 0 in lanes without a sample.
// `sums`: a vector per parameter, zero before and after.
template <class T>
void column_gradient(const ColumnLayout<T>& layout, const T* p, Strips<const T> x,
                     Strips<const T> delta, std::size_t samples, T* gradient, Vector<T>* sums) {
  const Column& column = layout.column;
  const std::size_t count = column.features, strips = strips_for<T>(samples), j = column.source;
  if (kind_of(column) == ColumnKind::plain) return;
  if (kind_of(column) == ColumnKind::category) {
    for (std::size_t i = 0; i < samples; ++i) {
      const std::size_t s = i / STRIP<T>, lane = i % STRIP<T>;
      T* const row = gradient + code_of(column, x.strip(s)[j * STRIP<T> + lane]) * column.outputs;
      const T* const from = delta.strip(s) + layout.output * STRIP<T> + lane;
      for (std::size_t o = 0; o < column.outputs; ++o) row[o] += from[o * STRIP<T>];
    }
    return;
  }
  const std::size_t learned = layout.learned(), matrix = layout.matrix(), shift = matrix + count * learned;
  for (std::size_t s = 0; s < strips; ++s) {
    const T* const from = delta.strip(s) + (layout.output + (layout.outputs_input() ? 1 : 0)) * STRIP<T>;
    for (int v = 0; v < STRIP<T>; v += LANES<T>) {
      const Vector<T> here = load(x.strip(s) + j * STRIP<T> + v);
      Vector<T> features[MAX_FEATURES];
      if (layout.outputs_input()) {
        const Vector<T> turns = here * static_cast<T>(TWO_PI);
        for (std::size_t f = 0; f < count; ++f) {
          const auto [sine, cosine] = sine_cosine(turns * p[f] + p[count + f]);
          features[f] = cosine;
          Vector<T> back{};
          for (std::size_t o = 0; o < learned; ++o)
            back += load(from + o * STRIP<T> + v) * p[matrix + f * learned + o];
          const Vector<T> slope = -sine * back;
          sums[f] += slope * turns;
          sums[count + f] += slope;
        }
      } else {
        features_of(layout, p, here, features);
      }
      for (std::size_t o = 0; o < learned; ++o) {
        const Vector<T> d = load(from + o * STRIP<T> + v);
        sums[shift + o] += d;
        for (std::size_t f = 0; f < count; ++f) sums[matrix + f * learned + o] += features[f] * d;
      }
    }
  }
  for (std::size_t i = 0; i < column.parameter_count; ++i) {
    gradient[i] += sum_of_lanes<T>(sums[i]);
    sums[i] = Vector<T>{};
  }
}

}  // namespace deltarule::DELTARULE_LEVEL
