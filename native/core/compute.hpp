// What an instruction level computes: updates, evaluations and predictions of one network. One
// implementation (network.hpp) is compiled for each level; levels.cpp chooses among them at start.
#pragma once

#include <cstdint>
#include <memory>

#include "core/names.hpp"
#include "core/plan.hpp"

namespace deltarule {

// Which samples an update sees: order[first] ... order[first + count - 1], or without an order the
// rows first ... first + count - 1 themselves.
struct Batch {
  const std::uint32_t* order = nullptr;
  std::size_t first = 0;
  std::size_t count = 0;
  std::uint32_t epoch = 0;  // from 0: what dropout masks depend on
  std::uint32_t step = 0;
};

// Sums over samples; score: of the weights of samples that are classified right, or of w · errors².
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

// What an update has of its own, see `engines/update_values.py`; a rate for each layer's input.
struct UpdateValues {
  double learning_rate = 0;
  double weight_decay = 0;
  double label_smoothing = 0;
  const double* dropout_rates = nullptr;
};

// Parameters and the optimizer's memory, each a vector of all parameters.
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

  // One update, number t from 1; returns J before it. Where J is not finite nothing is changed.
  // `score`: added to where it is not null.
  virtual double update(const Table<T>& table, const Batch& batch, Memory<T>& memory,
                        const UpdateValues& values, std::uint64_t t, Sums* score) = 0;
  // Sums of w · loss (no penalty, no smoothing, no dropout) and w, and of the score where asked.
  virtual Sums evaluate(const Table<T>& table, const T* weights, bool scored) = 0;
  // J over all rows without dropout; its gradient is written to `gradient`.
  virtual double loss_and_gradient(const Table<T>& table, const T* weights, T* gradient) = 0;
  // outputs, of shape (rows, outputs), of inputs of shape (rows, inputs).
  virtual void predict(const T* weights, const T* inputs, std::size_t rows, T* outputs) = 0;
  // The layer where a run broke, as `reference.diverged_layer`.
  virtual std::size_t diverged_layer(const Table<T>& table, const Batch& batch, const T* weights) = 0;
};

// `threads`: at most so many; small networks use one. The plan must outlive what is made.
template <class T>
using MakeCompute = std::unique_ptr<Compute<T>> (*)(const Plan& plan, int threads);

// Instruction levels, best last; those of this processor that this library was compiled for.
enum class Level : int { baseline, avx2, avx512 };
const char* name_of(Level level);
bool is_compiled(Level level);
bool is_supported(Level level);  // compiled, and the processor can
Level best_level();

std::unique_ptr<Compute<float>> make_compute_float(Level level, const Plan& plan, int threads);
std::unique_ptr<Compute<double>> make_compute_double(Level level, const Plan& plan, int threads);

}  // namespace deltarule
