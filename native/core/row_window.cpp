#include "core/row_window.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <system_error>
#include <utility>

#include "core/thread_pool.hpp"

namespace deltarule {

template <class T>
RowRoom<T>::RowRoom(const BlockSource& source, std::size_t rows, bool with_inputs)
    : inputs_(source.inputs), outputs_(source.outputs) {
  if (with_inputs) input_values_ = Buffer<T>(rows * inputs_);
  if (source.class_numbers) class_numbers_ = Buffer<std::int32_t>(rows);
  else target_values_ = Buffer<T>(rows * outputs_);
  if (source.weighted) weights_ = Buffer<T>(rows);
}

template <class T>
RowsOut<T> RowRoom<T>::at(std::size_t row) {
  const auto from = [&](auto& buffer, std::size_t width) {
    return buffer.empty() ? nullptr : buffer.data() + row * width;
  };
  return {from(input_values_, inputs_), from(target_values_, outputs_), from(class_numbers_, 1),
          from(weights_, 1)};
}

template <class T>
Table<T> RowRoom<T>::table(std::size_t rows) const {
  const auto from = [](const auto& buffer) { return buffer.empty() ? nullptr : buffer.data(); };
  return {from(input_values_), from(target_values_), from(class_numbers_), from(weights_), rows};
}

template <class T>
void RowRoom<T>::copy_row(const RowRoom& from, std::size_t row, std::size_t to) {
  const auto copy = [&](const auto& source, auto& target, std::size_t width) {
    if (!source.empty()) std::copy_n(source.data() + row * width, width, target.data() + to * width);
  };
  copy(from.input_values_, input_values_, inputs_);
  copy(from.target_values_, target_values_, outputs_);
  copy(from.class_numbers_, class_numbers_, 1);
  copy(from.weights_, weights_, 1);
}

template <class T>
WindowReader<T>::WindowReader(const BlockSource& source, const Plan& plan, bool reads_ahead)
    : source_(source), plan_(plan), reads_ahead_(reads_ahead), spare_(plan.batch_rows) {}

// Rows that are only evaluated need no windows.
template <class T>
void WindowReader<T>::make_room() {
  if (has_room_) return;
  const bool holds_all = plan_.window_blocks > source_.rows / plan_.block_rows;
  const std::size_t window_rows = holds_all ? source_.rows : plan_.window_blocks * plan_.block_rows;
  for (Window& window : windows_) {
    window.room = RowRoom<T>(source_, spare_ + window_rows);
    if (window_rows == source_.rows) break;  // it stays in memory
  }
  has_room_ = true;
}

template <class T>
void WindowReader<T>::each_table(bool with_inputs, const std::function<void(const Table<T>&)>& use) {
  RowRoom<T> room(source_, std::min(PIECE_ROWS, source_.rows), with_inputs);
  std::vector<char> scratch;
  for (std::size_t first = 0; first < source_.rows; first += PIECE_ROWS) {
    const std::size_t count = std::min(PIECE_ROWS, source_.rows - first);
    source_.read(first, count, room.at(0), scratch);
    use(room.table(count));
  }
}

template <class T>
WindowReader<T>::~WindowReader() {
  wait();
}

template <class T>
void WindowReader<T>::wait() {
  if (!thread_) return;
  if (forks_ == fork_count()) {
    thread_->join();
    thread_.reset();
  } else {
    // It exists in the parent process only: it can be neither joined nor destroyed, and what it was writing when
    // the process was forked may be half-written.
    static_cast<void>(thread_.release());
    std::construct_at(&scratch_);
    std::construct_at(&error_);
    for (Window& window : windows_) window.number = NONE;
  }
}

template <class T>
void WindowReader<T>::begin_epoch(std::uint32_t epoch) {
  wait();
  make_room();
  error_ = nullptr;
  order_ = std::make_unique<BlockOrder>(plan_, epoch, source_.rows);
  epoch_ = epoch;
  used_ = 0;
  places_.clear();
  enter(0);
}

// Makes a window the present one, and the rows that are left of the one before it its first ones.
template <class T>
void WindowReader<T>::enter(std::size_t number) {
  wait();
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  const Window& before = windows_[present_];
  const std::size_t left = places_.size() - used_;
  // A file with one window stays in memory: only the order of its rows changes.
  if (order_->windows() > 1) {
    const auto is_wanted = [&](const Window& w) { return w.number == number && w.epoch == epoch_; };
    if (!is_wanted(windows_[present_])) present_ = 1 - present_;
    if (!is_wanted(windows_[present_])) load(windows_[present_], *order_, number, false);
  } else if (before.number == NONE) {
    load(windows_[present_], *order_, number, false);
  }
  Window& window = windows_[present_];
  std::vector<std::uint32_t> places(left + window.rows);
  for (std::size_t i = 0; i < left; ++i) {
    window.room.copy_row(before.room, places_[used_ + i], spare_ - left + i);
    places[i] = static_cast<std::uint32_t>(spare_ - left + i);
  }
  std::iota(places.begin() + static_cast<std::ptrdiff_t>(left), places.end(),
            static_cast<std::uint32_t>(spare_));
  order_->shuffle_window(number, window.rows, places.data() + left);
  places_ = std::move(places);
  used_ = 0;
  number_ = number;
  if (number + 1 < order_->windows()) {
    load(windows_[1 - present_], *order_, number + 1, true);
  } else if (order_->windows() > 1 && epoch_ + 1 < plan_.epochs) {
    load(windows_[1 - present_], BlockOrder(plan_, epoch_ + 1, source_.rows), 0, true);
  }
}

template <class T>
void WindowReader<T>::load(Window& window, const BlockOrder& order, std::size_t number, bool beside) {
  if (!beside) return fill(window, order, number);
  if (!reads_ahead_) return;  // it is read when it is entered
  try {
    forks_ = fork_count();
    thread_ = std::make_unique<std::thread>([this, &window, order, number] {
      try {
        fill(window, order, number);
      } catch (...) {
        error_ = std::current_exception();
      }
    });
  } catch (const std::system_error&) {  // a limit on processes or on memory
    thread_.reset();
  }
}

template <class T>
void WindowReader<T>::fill(Window& window, const BlockOrder& order, std::size_t number) {
  window.number = NONE;
  std::size_t row = spare_;
  for (const std::uint32_t block : order.blocks(number)) {
    source_.read(order.first_row(block), order.rows_in(block), window.room.at(row), scratch_);
    row += order.rows_in(block);
  }
  window.rows = row - spare_;
  window.epoch = order.epoch();
  window.number = number;
}

template <class T>
std::pair<Table<T>, Batch> WindowReader<T>::next(std::size_t count) {
  while (places_.size() - used_ < count) enter(number_ + 1);
  Batch batch;
  batch.order = places_.data();
  batch.first = used_;
  batch.count = count;
  used_ += count;
  const Window& window = windows_[present_];
  return {window.room.table(spare_ + window.rows), batch};
}

template class RowRoom<float>;
template class RowRoom<double>;
template class WindowReader<float>;
template class WindowReader<double>;

}  // namespace deltarule
