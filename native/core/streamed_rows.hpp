// Rows that training and evaluation take: a table in memory, or a stream of tables.
#pragma once

#include <functional>
#include <utility>

#include "core/compute.hpp"

namespace deltarule {

// Rows that are not in memory as a whole; row_window.hpp reads them from a block file.
template <class T>
class StreamedRows {
 public:
  virtual ~StreamedRows() = default;

  virtual std::size_t rows() const = 0;
  // Begins an epoch of `sampling.Blocks`.
  virtual void begin_epoch(std::uint32_t epoch) = 0;
  // Returns the next `count` rows of the epoch, which are valid until the next call.
  virtual std::pair<Table<T>, Batch> next(std::size_t count) = 0;
  // Waits until nothing is read any more.
  virtual void wait() = 0;
  // Calls use(table) for all rows in their order, a multiple of EVALUATED_TOGETHER at a time.
  virtual void each_table(bool with_inputs, const std::function<void(const Table<T>&)>& use) = 0;
};

// Rows in memory or in a stream, neither of which is owned.
template <class T>
struct Rows {
  Rows() = default;
  Rows(const Table<T>& table_) : table(table_) {}
  explicit Rows(StreamedRows<T>& stream_) : stream(&stream_) {}

  std::size_t samples() const { return stream == nullptr ? table.samples() : stream->rows(); }
  // Calls use(table) for all rows in their order.
  template <class Use>
  void each_table(bool with_inputs, const Use& use) const {
    if (stream == nullptr) use(table);
    else stream->each_table(with_inputs, use);
  }

  Table<T> table;
  StreamedRows<T>* stream = nullptr;
};

}  // namespace deltarule
