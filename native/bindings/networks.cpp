// Networks that predict and evaluate, once for float (…32) and once for double (…64).
#include <nanobind/stl/tuple.h>

#include <cmath>
#include <deque>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/block_files.hpp"
#include "core/memory.hpp"
#include "core/score.hpp"
#include "core/thread_pool.hpp"

namespace deltarule {
namespace {

using nb::literals::operator""_a;

// From this many products of a number and a parameter on, about 10 microseconds, predictions release the GIL.
// A thread that released it waits for up to 5 milliseconds where another one computes in Python.
constexpr double RELEASE_WORK = 2e5;

// Computations without a training session. Several threads may compute at the same time, each with buffers
// of its own; only the first of them has further threads.
template <class T>
struct BoundNetwork {
  struct Buffers {
    std::unique_ptr<Compute<T>> compute;
    bool in_use = false;
  };

  // Buffers for the time of one call; made and returned with the GIL held.
  class Borrowed {
   public:
    explicit Borrowed(BoundNetwork& network) : buffers_(network.free_buffers()) { buffers_.in_use = true; }
    ~Borrowed() { buffers_.in_use = false; }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Compute<T>* operator->() const { return buffers_.compute.get(); }

   private:
    Buffers& buffers_;
  };

  Plan plan;
  Level level;
  int threads;
  std::deque<Buffers> all_buffers;
  std::uint32_t forks = fork_count();

  BoundNetwork(const Plan& plan_, const std::string& level_, int threads_)
      : plan(plan_), level(level_named(level_)), threads(threads_) {
    free_buffers();
  }

  Buffers& free_buffers() {
    // After a fork, nobody returns what other threads of the parent were using.
    if (forks != fork_count()) {
      for (Buffers& buffers : all_buffers)
        if (std::exchange(buffers.in_use, false)) static_cast<void>(buffers.compute.release());
      forks = fork_count();
    }
    for (Buffers& buffers : all_buffers) {
      if (buffers.in_use) continue;
      const bool first = &buffers == &all_buffers.front();
      if (!buffers.compute) buffers.compute = new_compute(first ? threads : 1);
      return buffers;
    }
    all_buffers.push_back({new_compute(all_buffers.empty() ? threads : 1)});
    return all_buffers.back();
  }

  std::unique_ptr<Compute<T>> new_compute(int its_threads) const {
    if constexpr (sizeof(T) == 4) return make_compute_float(level, plan, its_threads);
    else return make_compute_double(level, plan, its_threads);
  }

  std::vector<ArrayIn<T, 1>> prepared;  // the parameters that predictions use, of one network or several
  bool backward = false;                // the order in which `predict_each` goes through them next
  static constexpr std::size_t MAX_OUTPUTS = 256;  // NumPy copies more than 500 numbers without the GIL
  Buffer<T> row;                          // outputs of `predict_row`,
  nb::object row_array;                   // as an array of shape (1, outputs)
  nb::object copy_method = nb::steal(PyUnicode_InternFromString("copy"));

  void prepare(std::vector<ArrayIn<T, 1>> weights) {
    check_size(!weights.empty(), true, "there are no weights");
    for (const auto& array : weights)
      check_size(array.shape(0), plan.parameter_count(), "weights do not fit the network");
    prepared = std::move(weights);
  }

  void check_inputs(const ArrayIn<T, 2>& inputs) const {
    if (prepared.empty()) throw nb::value_error("call prepare first");
    check_size(inputs.shape(1), plan.inputs(), "inputs do not fit the network");
  }

  // Outputs of shape (rows, outputs) of the first prepared network.
  void predict(ArrayIn<T, 2> inputs, ArrayOut<T, 2> outputs) {
    check_inputs(inputs);
    check_size(outputs.shape(1), plan.layers.back().units, "outputs do not fit the network");
    check_size(outputs.shape(0), inputs.shape(0), "outputs do not fit inputs");
    const T* const weights = prepared.front().data();
    const std::size_t rows = inputs.shape(0);
    if (rows == 0) return;
    const Borrowed compute(*this);
    if (rows == 1) return compute->predict(weights, inputs.data(), rows, outputs.data());
    const ReleasedGil released;
    compute->predict(weights, inputs.data(), rows, outputs.data());
  }

  // Outputs of shape (networks, rows, outputs) of all prepared networks. A call begins with the networks that
  // the one before ended with: their parameters are still in the cache.
  void predict_each(ArrayIn<T, 2> inputs, ArrayOut<T, 3> outputs) {
    check_inputs(inputs);
    const std::size_t rows = inputs.shape(0), networks = prepared.size(), units = plan.layers.back().units;
    check_size(outputs.shape(0), networks, "outputs do not fit the networks");
    check_size(outputs.shape(1), rows, "outputs do not fit inputs");
    check_size(outputs.shape(2), units, "outputs do not fit the network");
    if (rows == 0) return;
    const bool from_end = std::exchange(backward, !backward);
    const Borrowed compute(*this);
    std::optional<ReleasedGil> released;
    if (static_cast<double>(networks * rows * plan.parameter_count()) > RELEASE_WORK) released.emplace();
    for (std::size_t i = 0; i < networks; ++i) {
      const std::size_t m = from_end ? networks - 1 - i : i;
      compute->predict(prepared[m].data(), inputs.data(), rows, outputs.data() + m * rows * units);
    }
  }

  // Returns the outputs of one row; None if `inputs` is not a finite, row-major array of shape (1, inputs) and
  // type T, or if there are many outputs: `predict` handles these. One call instead of several, because calls
  // cost more than the arithmetic.
  nb::object predict_row(nb::handle inputs) {
    const std::size_t units = plan.layers.back().units;
    ArrayIn<T, 2> x;
    if (prepared.empty() || units > MAX_OUTPUTS || !nb::try_cast(inputs, x, false) || x.shape(0) != 1 ||
        x.shape(1) != plan.inputs())
      return nb::none();
    const T* const numbers = x.data();
    for (std::size_t j = 0; j < x.shape(1); ++j)
      if (!std::isfinite(numbers[j])) return nb::none();
    if (!row_array.is_valid()) {
      row = Buffer<T>(units);
      row_array = nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<2>>(row.data(), {1, row.size()}, nb::handle()),
                           nb::rv_policy::reference);
    }
    const Borrowed compute(*this);
    compute->predict(prepared.front().data(), numbers, 1, row.data());
    return row_array.attr(copy_method)();
  }

  double loss_and_gradient(const TableOfArrays<T>& data, ArrayIn<T, 1> weights,
                           ArrayOut<T, 1> gradient) {
    check_table(plan, data);
    check_size(weights.shape(0), plan.parameter_count(), "weights do not fit the network");
    check_size(gradient.shape(0), plan.parameter_count(), "gradient does not fit the network");
    const Borrowed compute(*this);
    const ReleasedGil released;
    return compute->loss_and_gradient(data.table(), weights.data(), gradient.data());
  }

  // Returns (loss, score).
  std::tuple<double, double> evaluate(const RowsOfPython<T>& data, ArrayIn<T, 1> weights) {
    std::unique_ptr<StreamedRows<T>> stream;
    const Rows<T> rows = checked_rows(plan, data, 1, stream);
    check_size(weights.shape(0), plan.parameter_count(), "weights do not fit the network");
    const Borrowed compute(*this);
    const ReleasedGil released;
    Sums sums;
    rows.each_table(true, [&](const Table<T>& table) {
      sums = compute->evaluate(table, weights.data(), true, sums);
    });
    const Score score(plan.loss, plan.layers.back().units,
                      [&](const auto& use) { rows.each_table(false, use); });
    return {sums.loss / sums.weight, score.value(sums)};
  }
};

template <class T>
void bind_for(nb::module_& m, const char* name) {
  using N = BoundNetwork<T>;
  nb::class_<N>(m, name)
      .def(nb::init<const Plan&, const std::string&, int>(), "plan"_a, "level"_a, "threads"_a)
      .def("prepare", &N::prepare, "weights"_a.noconvert())
      .def("predict", &N::predict, "inputs"_a.noconvert(), "outputs"_a.noconvert())
      .def("predict_each", &N::predict_each, "inputs"_a.noconvert(), "outputs"_a.noconvert())
      .def("predict_row", &N::predict_row, "inputs"_a)
      .def("loss_and_gradient", &N::loss_and_gradient, "data"_a, "weights"_a.noconvert(),
           "gradient"_a.noconvert())
      .def("evaluate", &N::evaluate, "data"_a, "weights"_a.noconvert());
}

}  // namespace

void bind_networks(nb::module_& m) {
  bind_for<float>(m, "Network32");
  bind_for<double>(m, "Network64");
}

}  // namespace deltarule
