// The order of rows under `sampling.Blocks`, as `random.shuffled_windows`.
#pragma once

#include <cstdint>
#include <vector>

#include "core/plan.hpp"

namespace deltarule {

// The windows of one epoch of at least one row.
class BlockOrder {
 public:
  BlockOrder(const Plan& plan, std::uint32_t epoch, std::size_t rows);

  std::uint32_t epoch() const { return epoch_; }
  std::size_t windows() const;
  std::size_t window_rows(std::size_t window) const;
  // Returns the blocks of a window, ascending.
  std::vector<std::uint32_t> blocks(std::size_t window) const;
  // The first row of a block, and how many rows it has.
  std::size_t first_row(std::uint32_t block) const { return block * block_rows_; }
  std::size_t rows_in(std::uint32_t block) const;

  // Shuffles what stands for the rows of a window, which are given block after block.
  void shuffle_window(std::size_t window, std::size_t rows, std::uint32_t* numbers) const;
  // Writes the rows of the whole epoch in their order.
  void write(std::uint32_t* order) const;

 private:
  std::uint64_t seed_;
  std::uint32_t epoch_;
  std::size_t rows_;
  std::size_t block_rows_;  // at most all of them
  std::vector<std::uint32_t> shuffled_;
  std::size_t window_blocks_;  // at most all of them
};

}  // namespace deltarule
