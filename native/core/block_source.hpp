// Rows in a block file (`formats/block_layout.py`), read by position; nothing is mapped into memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/memory.hpp"
#include "core/plan.hpp"

namespace deltarule {

// Reading failed. `code`: the system's error number, or 0 for a file that changed.
struct FileReadError : std::runtime_error {
  FileReadError(int code_, const std::string& sentence) : std::runtime_error(sentence), code(code_) {}
  int code;
};

enum class StoredType : int { float32, uint32, uint16, uint8 };

// One array of a block: `width` values of each row.
struct BlockSection {
  StoredType type = StoredType::float32;
  std::size_t width = 0;
  std::vector<std::uint32_t> columns;  // of the inputs; empty for targets and weights
};

// The arrays that rows are written to; those that are null are not written.
template <class T>
struct RowsOut {
  T* inputs = nullptr;
  T* targets = nullptr;
  std::int32_t* classes = nullptr;
  T* weights = nullptr;
};

// One part of a block file. The descriptor belongs to the caller.
struct BlockSource {
  int descriptor = -1;
  std::uint64_t position = 0;  // of the first block
  std::size_t rows = 0;
  std::size_t block_rows = 1;
  std::vector<BlockSection> features;
  BlockSection targets;
  bool class_numbers = false;   // whether targets are class numbers
  std::size_t classes = 0;      // class numbers are below
  bool weighted = false;
  double mean_weight = 1;       // weights are divided by it
  std::size_t inputs = 0;
  std::size_t outputs = 0;

  // Reads rows first ... first + count - 1 into arrays that begin with them. `scratch` is grown as needed.
  template <class T>
  void read(std::size_t first, std::size_t count, const RowsOut<T>& out, std::vector<char>& scratch) const;

 private:
  std::size_t rows_in(std::size_t block) const;
  std::size_t block_bytes(std::size_t rows_of_block) const;
  template <class T>
  void read_in_block(std::size_t block, std::size_t begin, std::size_t count, const RowsOut<T>& out,
                     std::vector<char>& scratch) const;
};

}  // namespace deltarule
