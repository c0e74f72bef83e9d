// The computations of one network: updates, evaluation and prediction. One implementation
// (network.hpp) is compiled for each instruction level; levels.cpp chooses among them at run time.
#pragma once

#include <cstdint>
#include <memory>

#include "core/names.hpp"
#include "core/plan.hpp"

namespace deltarule {

constexpr std::size_t EVALUATED_TOGETHER = 512;

// The samples of an update: order[first] ... order[first + count - 1], or without an order the rows
// first ... first + count - 1.
struct Batch {
  const std::uint32_t* order = nullptr;
  std::size_t first = 0;
  std::size_t count = 0;
  std::uint32_t epoch = 0;  // from 0; dropout masks depend on it
  std::uint32_t step = 0;
};

// Sums over samples; score: sum of the weights of correctly classified samples, or of w · errors².
struct Sums {
  double loss = 0;
  double score = 0;
  double weight = 0;

  Sums& operator+=(const Sums& other) {
    loss += other.loss;
    score += other.score;
    weight += other.weight;
    return *this;
  }
};

// The values that schedules set for one update, see `engines/update_values.py`; one dropout rate per layer.
struct UpdateValues {
  double learning_rate = 0;
  double weight_decay = 0;
  double label_smoothing = 0;
  const double* dropout_rates = nullptr;
};

// Parameters and the optimizer's slots, each with one number per parameter.
template <class T>
struct Memory {
  T* weights = nullptr;
  T* slots[3] = {nullptr, nullptr, nullptr};
  double momentum_product = 1;  // Nadam's
};

template <class T>
class Compute {
 public:
  virtual ~Compute() = default;

  // Makes update number t (from 1) and returns J before it. Changes nothing if J is not finite.
  // Adds to `score` unless it is null.
  virtual double update(const Table<T>& table, const Batch& batch, Memory<T>& memory,
                        const UpdateValues& values, std::uint64_t t, Sums* score) = 0;
  // Adds to sums of w · loss (no penalty, no smoothing, no dropout) and w, and of the score if `scored`. Tables
  // of a multiple of EVALUATED_TOGETHER rows, one after another, have the sums of one table.
  virtual Sums evaluate(const Table<T>& table, const T* weights, bool scored, Sums before = {}) = 0;
  // Returns J over all samples without dropout and writes its gradient to `gradient`.
  virtual double loss_and_gradient(const Table<T>& table, const T* weights, T* gradient) = 0;
  // Computes outputs of shape (rows, outputs) from inputs of shape (rows, inputs).
  virtual void predict(const T* weights, const T* inputs, std::size_t rows, T* outputs) = 0;
  // Returns the layer in which a run diverged.
  virtual std::size_t diverged_layer(const Table<T>& table, const Batch& batch, const T* weights) = 0;
};

// `threads`: maximum threads; small networks use one. The plan must outlive the result.
template <class T>
using MakeCompute = std::unique_ptr<Compute<T>> (*)(const Plan& plan, int threads);

// Instruction levels, best last.
enum class Level : int { baseline, avx2, avx512 };
const char* name_of(Level level);
bool is_compiled(Level level);
bool is_supported(Level level);  // compiled, and supported by the processor
Level best_level();

std::unique_ptr<Compute<float>> make_compute_float(Level level, const Plan& plan, int threads);
std::unique_ptr<Compute<double>> make_compute_double(Level level, const Plan& plan, int threads);

}  // namespace deltarule
