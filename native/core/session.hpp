// A training session: epochs, batches, records and stopping; see `contract.TrainingSession`.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/compute.hpp"
#include "core/memory.hpp"
#include "core/score.hpp"
#include "core/stopping_controller.hpp"
#include "core/streamed_rows.hpp"

namespace deltarule {

// One epoch, in the order and the types of `history.EPOCH_RECORD`.
struct Record {
  std::int64_t epoch;  // from 1
  double learning_rate;
  double training_loss;
  double training_score;
  double validation_loss;
  double validation_score;
  double elapsed_s;
};

// The `UpdateValues` of the coming updates, of shape (epochs, columns, width): columns is 1 or the steps of an
// epoch, width is 3 and one for each dense layer.
struct UpdateValueTable {
  const double* numbers;
  std::size_t epochs;
  std::size_t columns;
  std::size_t width;
};

struct Outcome {
  Verdict verdict;
  bool interrupted = false;
  std::uint64_t step = 0;  // where it diverged, from 1
  std::size_t layer = 0;
};

// Returns the size of the loss of a constant prediction over all samples; called only in doubt. NaN: abandon the
// current epoch and return.
using TargetScale = std::function<double()>;

// Called about every 50 ms; false: abandon the current epoch and return.
using KeepGoing = std::function<bool()>;

template <class T>
class Session {
 public:
  // Networks up to this size keep a copy of their whole state after each epoch, so that an interrupted
  // session can continue; larger ones keep only what `result` needs.
  static constexpr std::size_t COPIED_PARAMETERS = 1 << 18;

  // The tables must outlive the session. `slots`: initial values.
  Session(Plan plan, const Rows<T>& data, const Rows<T>* validation, const T* start,
          const std::vector<const T*>& slots, Level level, int threads);

  // Trains table.epochs epochs, or up to `deadline_s` seconds from now where that is not negative; a
  // record of each finished epoch, and of the one that diverged, is added to `records`. An exception, for
  // want of memory, leaves the session as an interrupted epoch does.
  Outcome run(const UpdateValueTable& table, double deadline_s, const KeepGoing& keep_going,
              const TargetScale& target_scale, std::vector<Record>& records);

  const Plan& plan() const { return plan_; }
  std::size_t parameter_count() const { return parameter_count_; }
  std::size_t steps_per_epoch() const;
  // Whether an epoch was interrupted and the state after the last finished one is lost.
  bool is_broken() const { return broken_; }

  const T* result() const { return kept().data(); }  // the kept parameters
  const T* last_weights() const;               // after the last finished epoch
  const T* best_weights() const { return best().data(); }
  const T* last_slot(std::size_t i) const;
  double last_momentum_product() const { return copied_.momentum_product; }
  StoppingController& controller() { return controller_; }

  // Puts another state in the place of the present one; the stopping controller's is set by the caller.
  void restore(const T* weights, const T* best_weights, const std::vector<const T*>& slots,
               double momentum_product);

  // At the end of a run the memory is moved out, because a copy of a large network may not fit; each buffer
  // can be moved once.
  void end() { keep_start(); }
  Buffer<T> give_result() { return std::move(kept()); }
  Buffer<T> give_last_weights() { return std::move(weights_); }
  Buffer<T> give_last_slot(std::size_t i) { return std::move(slots_[i]); }

 private:
  struct Copy {
    Buffer<T> weights;
    Buffer<T> slots[3];
    double momentum_product = 1;
  };
  struct Epoch;

  bool copies_everything() const { return parameter_count_ <= COPIED_PARAMETERS; }
  // Large networks have one buffer for the kept parameters, of the best or of the last epoch.
  Buffer<T>& best() { return copies_everything() ? best_ : copied_.weights; }
  const Buffer<T>& best() const { return copies_everything() ? best_ : copied_.weights; }
  // Before the first epoch these are the initial weights.
  Buffer<T>& kept() { return const_cast<Buffer<T>&>(std::as_const(*this).kept()); }
  const Buffer<T>& kept() const {
    if (controller_.has_best()) return best();
    return copied_.weights.empty() ? weights_ : copied_.weights;
  }
  Memory<T> memory();
  void keep_start();
  Outcome run_epochs(const UpdateValueTable& table, double deadline_s, const KeepGoing& keep_going,
                     const TargetScale& target_scale, std::vector<Record>& records);
  void remember();
  void go_back();
  void draw_order(std::uint64_t epoch);
  bool goes_on(const KeepGoing& keep_going);
  bool train(Epoch& epoch, const KeepGoing& keep_going);
  void take_batch(Epoch& epoch, std::size_t step);
  Outcome close(Epoch& epoch, const TargetScale& target_scale, std::vector<Record>& records);
  Outcome diverge(const Epoch& epoch, const Record& record, std::vector<Record>& records);
  double gradient_norm();
  double initial_loss();
  Record record_of(const Epoch& epoch, double loss, const Sums* validation);

  Plan plan_;
  Rows<T> data_;
  Rows<T> validation_;
  bool validates_;
  StoppingController controller_;
  std::unique_ptr<Compute<T>> compute_;
  Score score_;
  Score validation_score_;
  std::size_t parameter_count_;
  Buffer<T> weights_;
  Buffer<T> slots_[3];
  double momentum_product_ = 1;
  Copy copied_;     // after the last finished epoch
  Buffer<T> best_;
  Buffer<T> gradient_;  // where a stopping rule needs its norm
  std::vector<std::uint32_t> order_;
  std::uint64_t steps_between_clocks_ = 1;
  double next_signal_check_s_ = 0;
  bool broken_ = false;
};

}  // namespace deltarule
