// Training sessions: see `contract.TrainingSession`.
#include <algorithm>
#include <memory>
#include <vector>

#include "core/session.hpp"
#include "wasm/tables.hpp"

namespace deltarule {
namespace {

// What `run` writes: how many records there are and where, and how the call ended.
struct RunResult {
  double records = 0;         // the address of `Record`s
  double record_count = 0;
  double reason = 0;          // `StopReason`
  double rule = -1;
  double step = 0;            // where it diverged
  double layer = 0;
  double interrupted = 0;
};

// The state of the stopping controller, as numbers; for each stopping rule its count of numbers and these
// numbers follow.
struct StateNumbers {
  double epochs_done, first_loss, elapsed_s, best_value, plateau[3], momentum_product;
};
constexpr std::size_t STATE_NUMBERS = sizeof(StateNumbers) / sizeof(double);

enum class Vector : int { result, weights, best_weights, slot };

struct AnySession {
  virtual ~AnySession() = default;
  virtual void run(const UpdateValueTable& values, double deadline_s, RunResult& result) = 0;
  virtual const void* vector(Vector which, std::size_t slot) = 0;
  virtual std::size_t state_size() = 0;
  virtual void state(double* numbers) = 0;
  virtual void restore(const double* numbers, std::size_t count, const void* weights,
                       const void* best_weights, const void* slots) = 0;
  virtual bool is_broken() const = 0;
};

template <class T>
struct SessionOf final : AnySession {
  SessionOf(const Plan& plan, const AnyTable& data, const AnyTable* validation, const void* start,
            const void* slots)
      : checked(validation == nullptr ? Table<T>{} : validation->of<T>()),
        session(plan, data.of<T>(), validation == nullptr ? nullptr : &checked, static_cast<const T*>(start),
                slots_of(plan, slots), Level::baseline, 1) {}

  // Slots lie one behind the other.
  static std::vector<const T*> slots_of(const Plan& plan, const void* slots) {
    std::vector<const T*> pointers;
    for (std::size_t i = 0; i < plan.optimizer.slot_count; ++i)
      pointers.push_back(static_cast<const T*>(slots) + i * plan.parameter_count());
    return pointers;
  }

  void run(const UpdateValueTable& values, double deadline_s, RunResult& result) override {
    records.clear();
    const Outcome outcome = session.run(values, deadline_s, [] { return keep_going() != 0; },
                                        [] { return target_scale(); }, records);
    result.records = static_cast<double>(reinterpret_cast<std::uintptr_t>(records.data()));
    result.record_count = static_cast<double>(records.size());
    result.reason = static_cast<double>(static_cast<int>(outcome.verdict.reason));
    result.rule = outcome.verdict.rule;
    result.step = static_cast<double>(outcome.step);
    result.layer = static_cast<double>(outcome.layer);
    result.interrupted = outcome.interrupted ? 1 : 0;
  }

  const void* vector(Vector which, std::size_t slot) override {
    switch (which) {
      case Vector::result: return session.result();
      case Vector::weights: return session.last_weights();
      case Vector::best_weights: return session.best_weights();
      case Vector::slot: return slot < MAX_SLOTS ? session.last_slot(slot) : nullptr;
    }
    return nullptr;
  }

  std::size_t state_size() override {
    std::size_t size = STATE_NUMBERS;
    for (const std::vector<double>& rule : session.controller().rule_states) size += 1 + rule.size();
    return size;
  }

  void state(double* numbers) override {
    const StoppingController& controller = session.controller();
    const StateNumbers state{static_cast<double>(controller.epochs_done), controller.first_loss,
                             controller.elapsed_s, controller.best_value,
                             {controller.plateau[0], controller.plateau[1], controller.plateau[2]},
                             session.last_momentum_product()};
    __builtin_memcpy(numbers, &state, sizeof state);
    numbers += STATE_NUMBERS;
    for (const std::vector<double>& rule : controller.rule_states) {
      *numbers++ = static_cast<double>(rule.size());
      numbers = std::copy(rule.begin(), rule.end(), numbers);
    }
  }

  // Whether the counts are those of the plan's stopping rules.
  bool fits(const double* numbers, std::size_t count) {
    if (count != state_size()) return false;
    numbers += STATE_NUMBERS;
    for (const std::vector<double>& rule : session.controller().rule_states) {
      if (*numbers != static_cast<double>(rule.size())) return false;
      numbers += 1 + rule.size();
    }
    return true;
  }

  void restore(const double* numbers, std::size_t count, const void* weights, const void* best_weights,
               const void* slots) override {
    if (!accept(fits(numbers, count) ? nullptr : "the states do not fit the stopping rules")) return;
    StateNumbers state;
    __builtin_memcpy(&state, numbers, sizeof state);
    numbers += STATE_NUMBERS;
    StoppingController& controller = session.controller();
    controller.epochs_done = static_cast<std::uint64_t>(state.epochs_done);
    controller.first_loss = state.first_loss;
    controller.elapsed_s = state.elapsed_s;
    controller.best_value = state.best_value;
    std::copy_n(state.plateau, 3, controller.plateau);
    for (std::vector<double>& rule : controller.rule_states) {
      std::copy_n(numbers + 1, rule.size(), rule.begin());
      numbers += 1 + rule.size();
    }
    session.restore(static_cast<const T*>(weights), static_cast<const T*>(best_weights),
                    slots_of(session.plan(), slots), state.momentum_product);
  }

  bool is_broken() const override { return session.is_broken(); }

  Rows<T> checked;
  Session<T> session;
  std::vector<Record> records;
};

template <class T>
AnySession* open_as(const Plan& plan, const AnyTable& data, const AnyTable* validation, const void* start,
                    const void* slots) {
  if (!data.fits<T>(plan) || (validation != nullptr && !validation->fits<T>(plan))) return nullptr;
  return new SessionOf<T>(plan, data, validation, start, slots);
}

}  // namespace

// The arrays of the tables must outlive the session; `start` and `slots` are copied.
DELTARULE_EXPORT(open_session)
AnySession* open_session(const Plan* plan, int bits, const AnyTable* data, const AnyTable* validation,
                         const void* start, const void* slots) {
  if (bits == 32) return open_as<float>(*plan, *data, validation, start, slots);
  return open_as<double>(*plan, *data, validation, start, slots);
}

DELTARULE_EXPORT(close_session) void close_session(AnySession* session) { delete session; }

// Trains up to `epochs` epochs with update values of shape (epochs, columns, width); see `core/session.hpp`.
DELTARULE_EXPORT(run)
void run(AnySession* session, const double* values, std::size_t epochs, std::size_t columns, std::size_t width,
         double deadline_s, RunResult* result) {
  session->run({values, epochs, columns, width}, deadline_s, *result);
}

// Returns where the parameters or a slot are, until the session runs again; `which` is a `Vector`.
DELTARULE_EXPORT(session_vector)
const void* session_vector(AnySession* session, int which, std::size_t slot) {
  return session->vector(static_cast<Vector>(which), slot);
}

DELTARULE_EXPORT(state_size) std::size_t state_size(AnySession* session) { return session->state_size(); }
DELTARULE_EXPORT(state) void state(AnySession* session, double* numbers) { session->state(numbers); }

// `best_weights` may be 0.
DELTARULE_EXPORT(restore)
void restore(AnySession* session, const double* numbers, std::size_t count, const void* weights,
             const void* best_weights, const void* slots) {
  session->restore(numbers, count, weights, best_weights, slots);
}

DELTARULE_EXPORT(is_broken) int is_broken(AnySession* session) { return session->is_broken() ? 1 : 0; }

}  // namespace deltarule
