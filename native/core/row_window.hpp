// Rows of a block file in memory, some at a time: windows of an epoch, and pieces in order.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "core/block_order.hpp"
#include "core/block_source.hpp"
#include "core/streamed_rows.hpp"

namespace deltarule {

// Room for some rows, as a table.
template <class T>
class RowRoom {
 public:
  RowRoom() = default;
  RowRoom(const BlockSource& source, std::size_t rows, bool with_inputs = true);

  RowsOut<T> at(std::size_t row);  // where rows from this place on are written
  Table<T> table(std::size_t rows) const;
  void copy_row(const RowRoom& from, std::size_t row, std::size_t to);

 private:
  std::size_t inputs_ = 0;
  std::size_t outputs_ = 0;
  Buffer<T> input_values_;
  Buffer<T> target_values_;
  Buffer<std::int32_t> class_numbers_;
  Buffer<T> weights_;
};

// The windows of `sampling.Blocks`, two in memory: while the rows of one are used, a thread reads the next
// one. A thread that is not wanted or that the system refuses is done without, as in thread_pool.hpp.
template <class T>
class WindowReader final : public StreamedRows<T> {
 public:
  WindowReader(const BlockSource& source, const Plan& plan, bool reads_ahead);
  ~WindowReader() override;
  WindowReader(const WindowReader&) = delete;
  WindowReader& operator=(const WindowReader&) = delete;

  std::size_t rows() const override { return source_.rows; }
  void begin_epoch(std::uint32_t epoch) override;
  std::pair<Table<T>, Batch> next(std::size_t count) override;
  // What was read remains.
  void wait() override;
  void each_table(bool with_inputs, const std::function<void(const Table<T>&)>& use) override;

 private:
  struct Window {
    RowRoom<T> room;
    std::size_t number = NONE;  // of its epoch
    std::uint32_t epoch = 0;
    std::size_t rows = 0;
  };
  static constexpr std::size_t NONE = ~std::size_t{0};

  void load(Window& window, const BlockOrder& order, std::size_t number, bool beside);
  void fill(Window& window, const BlockOrder& order, std::size_t number);
  void enter(std::size_t number);

  static constexpr std::size_t PIECE_ROWS = 64 * EVALUATED_TOGETHER;

  void make_room();

  const BlockSource source_;
  const Plan plan_;
  bool reads_ahead_;
  std::size_t spare_;  // rows before those of a window: what is left of the window before it
  Window windows_[2];
  bool has_room_ = false;
  int present_ = 0;
  std::unique_ptr<BlockOrder> order_;
  std::uint32_t epoch_ = 0;
  std::size_t number_ = 0;              // of the present window
  std::vector<std::uint32_t> places_;   // of the rows in the present window, in their order
  std::size_t used_ = 0;
  std::vector<char> scratch_;
  std::unique_ptr<std::thread> thread_;
  std::uint32_t forks_ = 0;
  std::exception_ptr error_;
};

}  // namespace deltarule
