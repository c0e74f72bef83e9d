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

  // `each_table(use)` calls use(table) for all rows that may be scored, one table after another; R²
  // compares with their variance.
  template <class EachTable>
  Score(const Loss& loss, std::size_t outputs, const EachTable& each_table) : classifies_(loss.classifies) {
    if (classifies_) return;
    std::vector<double> mean(outputs, 0.0);
    double weights = 0, spread = 0;
    const auto each_target = [&](const auto& use) {
      each_table([&](const auto& table) {
        for (std::size_t i = 0; i < table.samples(); ++i) {
          const std::size_t row = table.row_of(i);
          const double weight = table.weights == nullptr ? 1.0 : static_cast<double>(table.weights[row]);
          for (std::size_t j = 0; j < outputs; ++j) {
            if (table.classes == nullptr) use(j, static_cast<double>(table.targets[row * outputs + j]), weight);
            else use(j, static_cast<std::size_t>(table.classes[row]) == j ? 1.0 : 0.0, weight);
          }
        }
      });
    };
    each_target([&](std::size_t j, double target, double weight) {
      if (j == 0) weights += weight;
      mean[j] += target * weight;
    });
    for (double& each : mean) each /= weights;
    each_target([&](std::size_t j, double target, double weight) {
      const double away = target - mean[j];
      spread += away * away * weight;
    });
    spread_per_row_ = spread / weights;
  }

  template <class T>
  Score(const Loss& loss, std::size_t outputs, const Table<T>& table)
      : Score(loss, outputs, [&](const auto& use) { use(table); }) {}

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
