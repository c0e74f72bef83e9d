// Networks that predict and evaluate, once for float (…32) and once for double (…64).
#include <nanobind/stl/tuple.h>

#include <atomic>
#include <cmath>
#include <cstdint>
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

// Computations without a training session. Several threads may compute at the same time, with or without the
// GIL, each with buffers of its own; only the first of them has further threads.
template <class T>
struct BoundNetwork {
  // A link of a chain that only grows, so that it needs no lock, which a fork could leave locked.
  struct Buffers {
    static constexpr std::uint32_t NOBODY = 0;
    std::atomic<std::uint32_t> user{NOBODY};  // otherwise 1 + the forks of the process that uses them
    std::atomic<Buffers*> next{nullptr};
    std::unique_ptr<Compute<T>> compute;
    Buffer<T> row;         // outputs of `predict_row`,
    nb::object row_array;  // as an array of shape (1, outputs)
  };

  // Buffers for the time of one call.
  class Borrowed {
   public:
    explicit Borrowed(BoundNetwork& network) : Borrowed(network.free_buffers()) {
      const bool first = &buffers_ == &network.first;
      if (!buffers_.compute) buffers_.compute = network.new_compute(first ? network.threads : 1);
    }
    ~Borrowed() { buffers_.user.store(Buffers::NOBODY, std::memory_order_release); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Compute<T>* operator->() const { return buffers_.compute.get(); }

    // An array over `row`, which the next call overwrites.
    nb::handle row_array(std::size_t units) const {
      if (!buffers_.row_array.is_valid()) {
        buffers_.row = Buffer<T>(units);
        buffers_.row_array =
            nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<2>>(buffers_.row.data(), {1, units}, nb::handle()),
                     nb::rv_policy::reference);
      }
      return buffers_.row_array;
    }
    T* row() const { return buffers_.row.data(); }

   private:
    explicit Borrowed(Buffers& buffers) : buffers_(buffers) {}

    Buffers& buffers_;
  };

  Plan plan;
  Level level;
  int threads;
  Buffers first;

  BoundNetwork(const Plan& plan_, const std::string& level_, int threads_)
      : plan(plan_), level(level_named(level_)), threads(threads_) {
    first.compute = new_compute(threads);
  }
  ~BoundNetwork() {
    for (Buffers* rest = first.next.load(); rest != nullptr;)
      delete std::exchange(rest, rest->next.load());
  }
  BoundNetwork(const BoundNetwork&) = delete;
  BoundNetwork& operator=(const BoundNetwork&) = delete;

  // Buffers that the caller now uses; the first ones if they are free.
  Buffers& free_buffers() {
    const std::uint32_t caller = 1 + fork_count();
    for (Buffers* buffers = &first;;) {
      std::uint32_t user = buffers->user.load(std::memory_order_relaxed);
      if (user != caller &&
          buffers->user.compare_exchange_strong(user, caller, std::memory_order_acquire)) {
        // After a fork, nobody returns what other threads of the parent were using.
        if (user != Buffers::NOBODY) static_cast<void>(buffers->compute.release());
        return *buffers;
      }
      Buffers* next = buffers->next.load(std::memory_order_acquire);
      if (next == nullptr) {
        auto added = std::make_unique<Buffers>();
        added->user.store(caller, std::memory_order_relaxed);
        if (buffers->next.compare_exchange_strong(next, added.get())) return *added.release();
      }
      buffers = next;
    }
  }

  std::unique_ptr<Compute<T>> new_compute(int its_threads) const {
    if constexpr (sizeof(T) == 4) return make_compute_float(level, plan, its_threads);
    else return make_compute_double(level, plan, its_threads);
  }

  std::vector<ArrayIn<T, 1>> prepared;  // the parameters that predictions use, of one network or several
  std::atomic<bool> backward{false};    // the order in which `predict_each` goes through them next
  nb::object copy_method = nb::steal(PyUnicode_InternFromString("copy"));

  // Called before other threads have the network.
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
    const bool from_end = backward.load(std::memory_order_relaxed);
    backward.store(!from_end, std::memory_order_relaxed);
    const Borrowed compute(*this);
    std::optional<ReleasedGil> released;
    if (static_cast<double>(networks * rows * plan.parameter_count()) > RELEASE_WORK) released.emplace();
    for (std::size_t i = 0; i < networks; ++i) {
      const std::size_t m = from_end ? networks - 1 - i : i;
      compute->predict(prepared[m].data(), inputs.data(), rows, outputs.data() + m * rows * units);
    }
  }

  // Returns the outputs of one row; None if `inputs` is not a finite, row-major array of shape (1, inputs) and
  // type T: `predict` handles these. One call instead of several, because calls cost more than the arithmetic.
  nb::object predict_row(nb::handle inputs) {
    ArrayIn<T, 2> x;
    if (prepared.empty() || !nb::try_cast(inputs, x, false) || x.shape(0) != 1 || x.shape(1) != plan.inputs())
      return nb::none();
    const T* const numbers = x.data();
    for (std::size_t j = 0; j < x.shape(1); ++j)
      if (!std::isfinite(numbers[j])) return nb::none();
    const Borrowed compute(*this);
    const nb::handle outputs = compute.row_array(plan.layers.back().units);
    compute->predict(prepared.front().data(), numbers, 1, compute.row());
    return outputs.attr(copy_method)();
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
