// Tables and training sessions, once for float (…32) and once for double (…64).
#include <nanobind/stl/tuple.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/block_files.hpp"
#include "core/session.hpp"
#include "core/thread_pool.hpp"

namespace deltarule {
namespace {

using nb::literals::operator""_a;

// Returns an array (numbers,) that owns the memory.
template <class T>
nb::object array_of(Buffer<T> buffer) {
  auto* const memory = new Buffer<T>(std::move(buffer));
  nb::capsule owner(memory, [](void* p) noexcept { delete static_cast<Buffer<T>*>(p); });
  return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<1>>(memory->data(), {memory->size()}, owner));
}

template <class T>
struct BoundSession {
  using Source = RowsOfPython<T>;
  Source data;
  std::optional<Source> validation;
  std::unique_ptr<StreamedRows<T>> stream, validation_stream;
  std::unique_ptr<Session<T>> session;
  std::exception_ptr pending;

  BoundSession(const Plan& plan, const Source& data_, std::optional<Source> validation_,
               ArrayIn<T, 1> start, const std::vector<ArrayIn<T, 1>>& slots, const std::string& level,
               int threads)
      : data(data_), validation(std::move(validation_)) {
    const Rows<T> rows = checked_rows(plan, data, threads, stream);
    const Rows<T> validation_rows =
        validation ? checked_rows(plan, *validation, threads, validation_stream) : Rows<T>{};
    if (stream && (plan.sampling != SamplingKind::blocks || plan.measures_gradient_norm))
      throw nb::value_error("rows of a file are sampled in blocks, without the norm of their gradient");
    check_size(start.shape(0), plan.parameter_count(), "start does not fit the network");
    check_size(slots.size(), plan.optimizer.slot_count, "slots do not fit the optimizer");
    session = std::make_unique<Session<T>>(plan, rows, validation ? &validation_rows : nullptr,
                                           start.data(), pointers(slots, plan.parameter_count()),
                                           level_named(level), threads);
  }

  static std::vector<const T*> pointers(const std::vector<ArrayIn<T, 1>>& arrays, std::size_t size) {
    std::vector<const T*> all;
    for (const auto& array : arrays) {
      check_size(array.shape(0), size, "slots do not fit the network");
      all.push_back(array.data());
    }
    return all;
  }

  // Appends (records as bytes, reason, rule, step, layer) to `chunks`, which a KeyboardInterrupt while the call
  // returns cannot lose. After an interrupt or an exception, the finished epochs come first, and the next call
  // raises.
  void run(ArrayIn<double, 3> numbers, double deadline_s, nb::callable target_scale, nb::list chunks) {
    if (ended) throw nb::value_error("the session has ended");
    if (pending) std::rethrow_exception(std::exchange(pending, nullptr));
    const std::size_t columns = numbers.shape(1), width = 3 + session->plan().block_count();
    if (columns != 1 && columns != session->steps_per_epoch())
      throw nb::value_error("numbers need one column, or one for each step of an epoch");
    check_size(numbers.shape(2), width, "numbers need three and one for each dense layer");
    std::vector<Record> records;
    Outcome outcome;
    try {
      ReleasedGil released;
      outcome = session->run({numbers.data(), numbers.shape(0), columns, width}, deadline_s,
                             [&] { return released.handle_signals(); },
                             [&] { return released.number_from(target_scale); }, records);
    } catch (...) {  // for want of memory
      if (records.empty()) throw;
      pending = std::current_exception();
    }
    if (outcome.interrupted) {
      nb::python_error raised;  // by a signal handler
      if (records.empty()) throw raised;
      pending = std::make_exception_ptr(raised);
    }
    chunks.append(nb::make_tuple(nb::bytes(records.data(), records.size() * sizeof(Record)),
                                 static_cast<int>(outcome.verdict.reason), outcome.verdict.rule, outcome.step,
                                 outcome.layer));
  }

  // After `end` the session moves its memory out instead of copying it: each array can be taken once.
  bool ended = false;
  void end() {
    session->end();
    ended = true;
  }
  nb::object result() {
    return ended ? array_of(session->give_result()) : copy(session->result());
  }
  nb::object weights() {
    return ended ? array_of(session->give_last_weights()) : copy(session->last_weights());
  }
  nb::object best_weights() const { return copy(session->best_weights()); }
  nb::object slot(std::size_t i) {
    check_size(i < session->plan().optimizer.slot_count, true, "no such slot");
    return ended ? array_of(session->give_last_slot(i)) : copy(session->last_slot(i));
  }

  nb::object copy(const T* numbers) const {
    Buffer<T> buffer(session->parameter_count());
    std::copy_n(numbers, buffer.size(), buffer.data());
    return array_of(std::move(buffer));
  }

  // epochs_done, first_loss, elapsed_s, best_value, plateau, rules.
  using State = std::tuple<std::uint64_t, double, double, double, std::vector<double>,
                           std::vector<std::vector<double>>>;
  State state() const {
    const StoppingController& controller = session->controller();
    return {controller.epochs_done, controller.first_loss, controller.elapsed_s, controller.best_value,
            {controller.plateau[0], controller.plateau[1], controller.plateau[2]}, controller.rule_states};
  }

  void restore(const State& state, ArrayIn<T, 1> weights, std::optional<ArrayIn<T, 1>> best_weights,
               const std::vector<ArrayIn<T, 1>>& slots, double momentum_product) {
    const std::size_t count = session->parameter_count();
    const auto& [epochs_done, first_loss, elapsed_s, best_value, plateau, rules] = state;
    StoppingController& controller = session->controller();
    check_size(weights.shape(0), count, "weights do not fit the network");
    if (best_weights) check_size(best_weights->shape(0), count, "best_weights do not fit the network");
    check_size(slots.size(), session->plan().optimizer.slot_count, "slots do not fit the optimizer");
    check_size(plateau.size(), 3, "the state of plateau has 3 numbers");
    check_size(rules.size(), controller.rule_states.size(), "the states do not fit the stopping rules");
    for (std::size_t i = 0; i < rules.size(); ++i)
      check_size(rules[i].size(), controller.rule_states[i].size(), "a state does not fit its stopping rule");
    const std::vector<const T*> slot_pointers = pointers(slots, count);
    controller.epochs_done = epochs_done;
    controller.first_loss = first_loss;
    controller.elapsed_s = elapsed_s;
    controller.best_value = best_value;
    std::copy_n(plateau.data(), 3, controller.plateau);
    controller.rule_states = rules;
    session->restore(weights.data(), best_weights ? best_weights->data() : nullptr, slot_pointers,
                     momentum_product);
  }
};

template <class T>
void bind_for(nb::module_& m, const char* table_name, const char* session_name) {
  nb::class_<TableOfArrays<T>>(m, table_name)
      .def("__init__",
           [](TableOfArrays<T>* self, ArrayIn<T, 2> inputs, std::optional<ArrayIn<T, 2>> targets,
              std::optional<ArrayIn<std::int32_t, 1>> classes, std::optional<ArrayIn<T, 1>> weights,
              std::optional<ArrayIn<std::uint32_t, 1>> chosen) {
             new (self) TableOfArrays<T>{inputs, targets, classes, weights, chosen};
           },
           "inputs"_a.noconvert(), "targets"_a.noconvert().none(), "classes"_a.noconvert().none(),
           "weights"_a.noconvert().none(), "chosen"_a.noconvert().none() = nb::none());
  using S = BoundSession<T>;
  nb::class_<S>(m, session_name)
      .def(nb::init<const Plan&, const typename S::Source&, std::optional<typename S::Source>, ArrayIn<T, 1>,
                    const std::vector<ArrayIn<T, 1>>&, const std::string&, int>(),
           "plan"_a, "data"_a, "validation"_a.none(), "start"_a.noconvert(), "slots"_a, "level"_a,
           "threads"_a)
      .def("run", &S::run, "numbers"_a.noconvert(), "deadline_s"_a, "target_scale"_a, "chunks"_a)
      .def("end", &S::end)
      .def("result", &S::result)
      .def("weights", &S::weights)
      .def("best_weights", &S::best_weights)
      .def("slot", &S::slot, "index"_a)
      .def("state", &S::state)
      .def("momentum_product", [](const S& self) { return self.session->last_momentum_product(); })
      .def("is_broken", [](const S& self) { return self.session->is_broken(); })
      .def("restore", &S::restore, "state"_a, "weights"_a.noconvert(),
           "best_weights"_a.noconvert().none(), "slots"_a, "momentum_product"_a);
}

}  // namespace

void bind_engine(nb::module_& m) {
  m.def("compiled_levels", [] {
    std::vector<std::string> names;
    for (const Level level : {Level::baseline, Level::avx2, Level::avx512})
      if (is_compiled(level)) names.emplace_back(name_of(level));
    return names;
  });
  m.def("supported_levels", [] {
    std::vector<std::string> names;
    for (const Level level : {Level::baseline, Level::avx2, Level::avx512})
      if (is_supported(level)) names.emplace_back(name_of(level));
    return names;
  });
  m.def("take_refused_threads", &take_refused_threads);
  bind_block_files(m);
  bind_for<float>(m, "Table32", "Session32");
  bind_for<double>(m, "Table64", "Session64");
}

}  // namespace deltarule
