// The parts of temperature scaling (table_model/temperature_scaling.py) that have the same bits in any library:
// all but logarithm and exponential, which NumPy computes.
#pragma once

#include <algorithm>
#include <cstddef>

namespace deltarule {

// With more classes NumPy adds them in another order than one after another.
constexpr std::size_t MAX_CLASSES = 7;

// x <- x / temperature - max of the row, for rows of `classes` numbers.
inline void scale_logits(double* x, std::size_t rows, std::size_t classes, double temperature) {
  for (std::size_t row = 0; row < rows; ++row, x += classes) {
    for (std::size_t i = 0; i < classes; ++i) x[i] /= temperature;
    const double top = *std::max_element(x, x + classes);
    for (std::size_t i = 0; i < classes; ++i) x[i] -= top;
  }
}

// out <- mean over networks of x / sum of the row; x of shape (networks, rows, classes).
inline void mean_shares(const double* x, std::size_t networks, std::size_t rows, std::size_t classes, double* out) {
  std::fill_n(out, rows * classes, 0.0);
  for (std::size_t m = 0; m < networks; ++m) {
    double* to = out;
    for (std::size_t row = 0; row < rows; ++row, x += classes, to += classes) {
      double total = 0;
      for (std::size_t i = 0; i < classes; ++i) total += x[i];
      for (std::size_t i = 0; i < classes; ++i) to[i] += x[i] / total;
    }
  }
  for (std::size_t i = 0; i < rows * classes; ++i) out[i] /= static_cast<double>(networks);
}

}  // namespace deltarule
