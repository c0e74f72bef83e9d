// The three matrix products of a layer, divided into tasks by their shapes alone.
//
// A batch is stored in strips of STRIP samples: the matrix of one strip, shape (units, STRIP), is
// contiguous. Every vector operation works on STRIP samples of one unit, and each strip is the right factor
// that the kernels expect.
//
//     forward   z (units, samples)  = Wᵀ (units, inputs) · x (inputs, samples) + b
//     backward  (inputs, samples)   = W (inputs, units) · δ (units, samples)
//     gradient  (inputs, units)     = x (inputs, samples) · δᵀ (samples, units)
#pragma once

#include <algorithm>

#include "core/kernels.hpp"
#include "core/transpose.hpp"

namespace deltarule::DELTARULE_LEVEL {

constexpr std::size_t BLOCK_TILES = 8;      // maximum tiles in the block of one task
constexpr std::size_t BLOCK_COLUMNS = 256;  // columns of a gradient that one task computes
constexpr std::size_t TASKS_WANTED = 8;     // number of tasks that a product is divided into, if possible
constexpr std::size_t PACK_BYTES = 24576;   // larger weights are copied block by block
constexpr std::size_t PREFETCH_BYTES = 1 << 20;  // larger weights have left the core's cache since their last use

constexpr std::size_t ceil_div(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

template <class T>
constexpr std::size_t strips_for(std::size_t samples) {
  return ceil_div(samples, STRIP<T>);
}

// A batch of vectors in strips; `stride`: numbers from one strip to the next.
template <class T>
struct Strips {
  T* data = nullptr;
  std::size_t stride = 0;
  T* strip(std::size_t s) const { return data + s * stride; }
};

// A range of strips.
struct Range {
  std::size_t begin, end;
  std::size_t count() const { return end - begin; }
};

// Divides the rows of a result into blocks of whole tiles, as evenly as possible: about TASKS_WANTED blocks
// of at least `tiles_wanted` and at most BLOCK_TILES tiles. Several blocks are an even number: with five,
// one of two threads would wait for a fifth of the time.
struct RowBlocks {
  std::size_t rows, tiles, count;

  RowBlocks(std::size_t rows_, std::size_t tiles_wanted)
      : rows(rows_),
        tiles(ceil_div(rows, TILE_ROWS)),
        count(std::max({ceil_div(tiles, BLOCK_TILES), std::min(TASKS_WANTED, tiles / tiles_wanted),
                        std::size_t{1}})) {
    if (count > 1 && count < tiles) count += count % 2;
  }

  std::size_t begin(std::size_t block) const {
    return std::min(rows, tiles * block / count * TILE_ROWS);
  }
};

// Rows and strips of a result, divided into tasks. `packed`: each task copies its rows of the left factor, so
// that more blocks of rows are better than more groups of strips, each of which repeats the copy.
struct Grid {
  RowBlocks blocks;
  Range strips;
  std::size_t groups;  // of strips

  Grid(std::size_t rows, Range strips_, bool packed)
      : blocks(rows, packed ? 2 : 4),
        strips(strips_),
        groups(std::clamp<std::size_t>(TASKS_WANTED / blocks.count, 1, strips.count())) {}

  std::size_t tasks() const { return blocks.count * groups; }
};

struct Block {
  std::size_t row, row_end, strip, strip_end;
  Block(const Grid& grid, std::size_t task)
      : row(grid.blocks.begin(task % grid.blocks.count)),
        row_end(grid.blocks.begin(task % grid.blocks.count + 1)),
        strip(grid.strips.begin + grid.strips.count() * (task / grid.blocks.count) / grid.groups),
        strip_end(grid.strips.begin + grid.strips.count() * (task / grid.blocks.count + 1) / grid.groups) {}
};

constexpr std::size_t PACK_STRIDE = BLOCK_DEPTH + 16;  // not a power of two: rows share no cache set
constexpr std::size_t PACK_NUMBERS = BLOCK_TILES * TILE_ROWS * PACK_STRIDE;  // of a packed block

// Copies left(row ... row + rows, k ... k + length) to `to` and returns it as a left factor for each
// tile; K_MAJOR tiles follow each other, each of shape (length, TILE_ROWS).
template <class T, bool K_MAJOR>
void pack(Left<T> left, std::size_t row, std::size_t rows, std::size_t k, std::size_t length, T* to) {
  if constexpr (K_MAJOR) {
    // Copies all tiles for one k at a time, in memory order: the cache lines of a column of weights would
    // all map to one cache set.
    const std::size_t whole = rows - rows % TILE_ROWS;
    const T* from = left.data + k * left.stride + row;
    for (std::size_t j = 0; j < length; ++j, from += left.stride, to += TILE_ROWS) {
      std::size_t i = 0;
      // Copies whole vectors, although a tile has fewer rows: the next k overwrites the excess. The last k
      // is copied exactly, because a whole vector could reach past the weights.
      if (j + 1 < length) {
        for (; i < whole; i += TILE_ROWS)
          for (int t = 0; t < TILE_ROWS; t += LANES<T>) store(to + i * length + t, load(from + i + t));
      }
      for (; i < rows; i += TILE_ROWS)
        std::copy_n(from + i, std::min<std::size_t>(TILE_ROWS, rows - i), to + i * length);
    }
  } else {
    for (std::size_t i = 0; i < rows; ++i)
      std::copy_n(left.data + (row + i) * left.stride + k, length, to + i * PACK_STRIDE);
  }
}

// Called before each tile of a block, prefetches a part of what is packed next, the block's rows of `left` from
// k on.
template <class T, bool K_MAJOR>
[[gnu::noinline]] void prefetch_left(Left<T> left, std::size_t depth, const Block& block, std::size_t k,
                                     std::size_t tiles_done) {
  asm volatile("");  // an effect, without which GCC removes calls of functions that only prefetch
  const std::size_t length = std::min(BLOCK_DEPTH, depth - k), height = block.row_end - block.row;
  const std::size_t tiles = ceil_div(height, TILE_ROWS) * (block.strip_end - block.strip);
  // As they are in memory.
  const std::size_t rows = K_MAJOR ? length : height, columns = K_MAJOR ? height : length;
  const T* const first = left.data + (K_MAJOR ? k * left.stride + block.row : block.row * left.stride + k);
  for (std::size_t i = rows * tiles_done / tiles; i < rows * (tiles_done + 1) / tiles; ++i)
    prefetch(first + i * left.stride, columns);
}

// One task of out = left · right [+ bias], left of shape (rows, depth). `packed`: whether blocks of
// left are copied to `scratch` first. `vectors(strip)`: how many of its vectors hold samples. Afterwards
// finish(strip, row, row_end) is called for each strip of the block while it is still in the cache.
template <class T, bool K_MAJOR, class Vectors, class Finish>
void multiply_block(Left<T> left, std::size_t depth, Strips<const T> right, Strips<T> out,
                    const T* bias, const Grid& grid, std::size_t task, const Vectors& vectors, bool packed,
                    T* scratch, const Finish& finish) {
  const Block block(grid, task);
  const bool prefetches = packed && grid.blocks.rows * depth * sizeof(T) > PREFETCH_BYTES;
  for (std::size_t k = 0; k < depth; k += BLOCK_DEPTH) {
    const std::size_t length = std::min(BLOCK_DEPTH, depth - k);
    const bool last = k + length == depth;
    std::size_t tiles_done = 0;
    if (packed) pack<T, K_MAJOR>(left, block.row, block.row_end - block.row, k, length, scratch);
    for (std::size_t s = block.strip; s < block.strip_end; ++s) {
      const bool half = vectors(s) == 1;
      for (std::size_t row = block.row; row < block.row_end; row += TILE_ROWS) {
        const std::size_t in_block = row - block.row;
        if (prefetches && !last) prefetch_left<T, K_MAJOR>(left, depth, block, k + length, tiles_done++);
        Left<T> tile;
        if (packed && K_MAJOR) tile = {scratch + in_block * length, TILE_ROWS};
        else if (packed) tile = {scratch + in_block * PACK_STRIDE, PACK_STRIDE};
        else if (K_MAJOR) tile = {left.data + k * left.stride + row, left.stride};
        else tile = {left.data + row * left.stride + k, left.stride};
        const T* const from = right.strip(s) + k * STRIP<T>;
        T* const to = out.strip(s) + row * STRIP<T>;
        const T* const add = last && bias != nullptr ? bias + row : nullptr;
        with_rows(std::min<std::size_t>(TILE_ROWS, block.row_end - row), [&]<int ROWS>() {
          if (half) strip_tile<T, ROWS, 1, K_MAJOR>(tile, from, length, to, k > 0, add);
          else strip_tile<T, ROWS, 2, K_MAJOR>(tile, from, length, to, k > 0, add);
        });
      }
      if (last) finish(s, block.row, block.row_end);
    }
  }
}

// Rows and columns of a gradient, divided into tasks.
struct GradientGrid {
  RowBlocks blocks;
  std::size_t columns;

  GradientGrid(std::size_t rows, std::size_t columns_) : blocks(rows, 1), columns(columns_) {}
  std::size_t tasks() const { return blocks.count * ceil_div(columns, BLOCK_COLUMNS); }
};

struct GradientBlock {
  std::size_t row, row_end, column, column_end;
  GradientBlock(const GradientGrid& grid, std::size_t task)
      : row(grid.blocks.begin(task % grid.blocks.count)),
        row_end(grid.blocks.begin(task % grid.blocks.count + 1)),
        column(task / grid.blocks.count * BLOCK_COLUMNS),
        column_end(std::min(grid.columns, column + BLOCK_COLUMNS)) {}
};

// One task of out = [out +] left · deltas. `left`: strips of inputs. `deltas`: panels of (samples, STRIP),
// `panel` numbers apart, as `transpose_strip` writes them. `out`: the first number of the block, its rows
// out_stride apart. `ahead`: null, or what is prefetched at the same time, matrices of the gradient's shape.
template <class T>
void gradient_block(Strips<const T> left, const T* deltas, std::size_t panel, std::size_t samples,
                    const GradientBlock& block, T* out, std::size_t out_stride, bool add,
                    const Ahead<T>* ahead) {
  for (std::size_t column = block.column; column < block.column_end; column += STRIP<T>) {
    const std::size_t columns = std::min<std::size_t>(STRIP<T>, block.column_end - column);
    const T* const right = deltas + column / STRIP<T> * panel;
    for (std::size_t row = block.row; row < block.row_end; row += TILE_ROWS) {
      const std::size_t rows = std::min<std::size_t>(TILE_ROWS, block.row_end - row);
      const T* const from = left.data + row * STRIP<T>;
      T* const to = out + (row - block.row) * out_stride + (column - block.column);
      const std::size_t at = ahead == nullptr ? 0 : row * ahead->stride + column;
      with_rows(rows, [&]<int ROWS>() {
        if (columns <= LANES<T>)
          gradient_tile<T, ROWS, 1>(from, left.stride, right, samples, to, out_stride, columns, add, ahead, at);
        else
          gradient_tile<T, ROWS, 2>(from, left.stride, right, samples, to, out_stride, columns, add, ahead, at);
      });
    }
  }
}

// Writes strip s of deltas, of shape (units, STRIP), into panels of (samples, STRIP units).
template <class T>
void transpose_strip(Strips<const T> deltas, std::size_t units, std::size_t s, T* panels,
                std::size_t panel) {
  for (std::size_t unit = 0; unit < units; unit += STRIP<T>)
    transpose_square(deltas.strip(s) + unit * STRIP<T>, std::min<std::size_t>(STRIP<T>, units - unit),
                panels + unit / STRIP<T> * panel + s * STRIP<T> * STRIP<T>);
}

}  // namespace deltarule::DELTARULE_LEVEL
