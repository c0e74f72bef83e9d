// Accuracy or R² accumulated over batches, as `equations.Score`.
#pragma once

#include <cmath>
#include <vector>

#include "core/compute.hpp"
#include "core/plan.hpp"

namespace deltarule {

class Score {
 public:
  Score() = default;

  // `table`: all rows that may be scored; R² compares with their variance.
  template <class T>
  Score(const Loss& loss, std::size_t outputs, const Table<T>& table) : classifies_(loss.classifies) {
    if (classifies_) return;
    const auto weight_of = [&](std::size_t row) {
      return table.weights == nullptr ? 1.0 : static_cast<double>(table.weights[row]);
    };
    const auto target_of = [&](std::size_t row, std::size_t j) {
      if (table.classes == nullptr) return static_cast<double>(table.targets[row * outputs + j]);
      return static_cast<std::size_t>(table.classes[row]) == j ? 1.0 : 0.0;
    };
    std::vector<double> mean(outputs, 0.0);
    double weights = 0, spread = 0;
    for (std::size_t i = 0; i < table.samples(); ++i) {
      const std::size_t row = table.row_of(i);
      weights += weight_of(row);
      for (std::size_t j = 0; j < outputs; ++j) mean[j] += target_of(row, j) * weight_of(row);
    }
    for (double& each : mean) each /= weights;
    for (std::size_t i = 0; i < table.samples(); ++i) {
      const std::size_t row = table.row_of(i);
      for (std::size_t j = 0; j < outputs; ++j) {
        const double away = target_of(row, j) - mean[j];
        spread += away * away * weight_of(row);
      }
    }
    spread_per_row_ = spread / weights;
  }

  double value(const Sums& sums) const {
    if (sums.weight == 0) return std::nan("");
    if (classifies_) return sums.score / sums.weight;
    if (spread_per_row_ == 0) return std::nan("");
    return 1 - sums.score / (spread_per_row_ * sums.weight);
  }

 private:
  bool classifies_ = true;
  double spread_per_row_ = 0;
};

}  // namespace deltarule
