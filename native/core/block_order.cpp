#include "core/block_order.hpp"

#include <algorithm>
#include <numeric>

#include "core/random.hpp"

namespace deltarule {

BlockOrder::BlockOrder(const Plan& plan, std::uint32_t epoch, std::size_t rows)
    : seed_(plan.seed),
      epoch_(epoch),
      rows_(rows),
      block_rows_(std::min(plan.block_rows, rows)),
      shuffled_((rows - 1) / block_rows_ + 1),
      window_blocks_(std::min(plan.window_blocks, shuffled_.size())) {
  std::iota(shuffled_.begin(), shuffled_.end(), 0u);
  shuffle({seed_, Purpose::blocks, 0, epoch_, 0}, shuffled_.size(), shuffled_.data());
}

std::size_t BlockOrder::windows() const {
  return (shuffled_.size() + window_blocks_ - 1) / window_blocks_;
}

std::size_t BlockOrder::rows_in(std::uint32_t block) const {
  return std::min(block_rows_, rows_ - first_row(block));
}

std::vector<std::uint32_t> BlockOrder::blocks(std::size_t window) const {
  const std::size_t begin = window * window_blocks_;
  const std::size_t end = std::min(begin + window_blocks_, shuffled_.size());
  std::vector<std::uint32_t> chosen(shuffled_.data() + begin, shuffled_.data() + end);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::size_t BlockOrder::window_rows(std::size_t window) const {
  std::size_t rows = 0;
  for (const std::uint32_t block : blocks(window)) rows += rows_in(block);
  return rows;
}

void BlockOrder::shuffle_window(std::size_t window, std::size_t rows, std::uint32_t* numbers) const {
  shuffle({seed_, Purpose::shuffle, 0, epoch_, static_cast<std::uint32_t>(window)}, rows, numbers);
}

void BlockOrder::write(std::uint32_t* order) const {
  for (std::size_t window = 0; window < windows(); ++window) {
    std::uint32_t* const begin = order;
    for (const std::uint32_t block : blocks(window)) {
      std::iota(order, order + rows_in(block), static_cast<std::uint32_t>(first_row(block)));
      order += rows_in(block);
    }
    shuffle_window(window, static_cast<std::size_t>(order - begin), begin);
  }
}

}  // namespace deltarule
