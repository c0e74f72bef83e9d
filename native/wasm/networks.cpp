// Networks that predict and evaluate, without a training session.
#include <memory>

#include "core/compute.hpp"
#include "core/score.hpp"
#include "wasm/tables.hpp"

namespace deltarule {
namespace {

struct AnyNetwork {
  explicit AnyNetwork(const Plan& plan_) : plan(plan_) {}
  virtual ~AnyNetwork() = default;
  virtual void predict(const void* weights, const void* inputs, std::size_t rows, void* outputs) = 0;
  virtual double loss_and_gradient(const AnyTable& table, const void* weights, void* gradient) = 0;
  virtual void evaluate(const AnyTable& table, const void* weights, double* loss_and_score) = 0;

  const Plan plan;
};

template <class T>
struct NetworkOf final : AnyNetwork {
  explicit NetworkOf(const Plan& plan_) : AnyNetwork(plan_), compute(make()) {}

  std::unique_ptr<Compute<T>> make() const {
    if constexpr (sizeof(T) == 4) return make_compute_float(Level::baseline, plan, 1);
    else return make_compute_double(Level::baseline, plan, 1);
  }

  void predict(const void* weights, const void* inputs, std::size_t rows, void* outputs) override {
    if (rows == 0) return;
    compute->predict(static_cast<const T*>(weights), static_cast<const T*>(inputs), rows,
                     static_cast<T*>(outputs));
  }

  double loss_and_gradient(const AnyTable& table, const void* weights, void* gradient) override {
    if (!table.fits<T>(plan)) return 0;
    return compute->loss_and_gradient(table.of<T>(), static_cast<const T*>(weights), static_cast<T*>(gradient));
  }

  void evaluate(const AnyTable& table, const void* weights, double* loss_and_score) override {
    if (!table.fits<T>(plan)) return;
    const Table<T> rows = table.of<T>();
    const Sums sums = compute->evaluate(rows, static_cast<const T*>(weights), true);
    loss_and_score[0] = sums.loss / sums.weight;
    loss_and_score[1] = Score(plan.loss, plan.layers.back().units, rows).value(sums);
  }

  std::unique_ptr<Compute<T>> compute;
};

}  // namespace

DELTARULE_EXPORT(open_network) AnyNetwork* open_network(const Plan* plan, int bits) {
  if (bits == 32) return new NetworkOf<float>(*plan);
  return new NetworkOf<double>(*plan);
}

DELTARULE_EXPORT(close_network) void close_network(AnyNetwork* network) { delete network; }

// Computes outputs of shape (rows, outputs) from inputs of shape (rows, inputs).
DELTARULE_EXPORT(predict)
void predict(AnyNetwork* network, const void* weights, const void* inputs, std::size_t rows, void* outputs) {
  network->predict(weights, inputs, rows, outputs);
}

// Returns J over all samples without dropout and writes its gradient; `message` tells whether the table fits.
DELTARULE_EXPORT(loss_and_gradient)
double loss_and_gradient(AnyNetwork* network, const AnyTable* table, const void* weights, void* gradient) {
  return network->loss_and_gradient(*table, weights, gradient);
}

// Writes the loss and the score; `message` tells whether the table fits.
DELTARULE_EXPORT(evaluate)
void evaluate(AnyNetwork* network, const AnyTable* table, const void* weights, double* loss_and_score) {
  network->evaluate(*table, weights, loss_and_score);
}

}  // namespace deltarule
