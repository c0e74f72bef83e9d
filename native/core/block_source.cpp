#include "core/block_source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#if defined(_WIN32)
#define NOMINMAX
#define WIN32_LEAN_AND_MEAN
#include <io.h>
#include <windows.h>
#else
#include <unistd.h>
#endif

namespace deltarule {
namespace {

constexpr std::size_t ARRAY_ALIGNMENT = 64;
constexpr std::size_t BLOCK_ALIGNMENT = 4096;
constexpr std::size_t MAX_READ = std::size_t{1} << 30;  // one system call reads less than 2 GiB

std::size_t aligned(std::size_t position, std::size_t to) { return (position + to - 1) / to * to; }

std::size_t size_of(StoredType type) {
  return type == StoredType::uint8 ? 1 : type == StoredType::uint16 ? 2 : 4;
}

// Returns how many bytes were read, or -1 with errno.
std::int64_t read_some(int descriptor, char* to, std::size_t bytes, std::uint64_t position) {
#if defined(_WIN32)
  OVERLAPPED place{};
  place.Offset = static_cast<DWORD>(position);
  place.OffsetHigh = static_cast<DWORD>(position >> 32);
  DWORD got = 0;
  const auto handle = reinterpret_cast<HANDLE>(_get_osfhandle(descriptor));
  if (ReadFile(handle, to, static_cast<DWORD>(bytes), &got, &place) || GetLastError() == ERROR_HANDLE_EOF)
    return got;
  errno = EIO;
  return -1;
#else
  return pread(descriptor, to, bytes, static_cast<off_t>(position));
#endif
}

void read_all(int descriptor, char* to, std::size_t bytes, std::uint64_t position) {
  while (bytes > 0) {
    const std::int64_t got = read_some(descriptor, to, std::min(bytes, MAX_READ), position);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileReadError(errno, "the block file cannot be read");
    if (got == 0) throw FileReadError(0, "the block file was cut short while it was read");
    to += got;
    bytes -= static_cast<std::size_t>(got);
    position += static_cast<std::uint64_t>(got);
  }
}

// Calls use(row, place, number) for all values of `count` rows, with numbers of the stored type.
template <class Stored, class Use>
void each_value(const char* from, std::size_t count, std::size_t width, Use use) {
  for (std::size_t row = 0; row < count; ++row) {
    for (std::size_t j = 0; j < width; ++j) {
      Stored number;
      std::memcpy(&number, from + (row * width + j) * sizeof number, sizeof number);
      use(row, j, number);
    }
  }
}

template <class Use>
void each_number(const BlockSection& section, const char* from, std::size_t count, Use use) {
  switch (section.type) {
    case StoredType::float32: return each_value<float>(from, count, section.width, use);
    case StoredType::uint32: return each_value<std::uint32_t>(from, count, section.width, use);
    case StoredType::uint16: return each_value<std::uint16_t>(from, count, section.width, use);
    case StoredType::uint8: return each_value<std::uint8_t>(from, count, section.width, use);
  }
}

template <class T>
void copy_features(const BlockSection& section, const char* from, std::size_t count, std::size_t inputs,
                   T* to) {
  if constexpr (sizeof(T) == sizeof(float)) {
    if (section.type == StoredType::float32 && section.width == inputs) {
      std::memcpy(to, from, count * inputs * sizeof(T));
      return;
    }
  }
  each_number(section, from, count, [&](std::size_t row, std::size_t j, auto number) {
    to[row * inputs + section.columns[j]] = static_cast<T>(number);
  });
}

}  // namespace

std::size_t BlockSource::rows_in(std::size_t block) const {
  return std::min(block_rows, rows - block * block_rows);
}

std::size_t BlockSource::block_bytes(std::size_t rows_of_block) const {
  std::size_t at = 0;
  const auto take = [&](const BlockSection& section) {
    at = aligned(at, ARRAY_ALIGNMENT) + rows_of_block * section.width * size_of(section.type);
  };
  for (const BlockSection& section : features) take(section);
  take(targets);
  if (weighted) take({StoredType::float32, 1, {}});
  return aligned(at, BLOCK_ALIGNMENT);
}

template <class T>
void BlockSource::read(std::size_t first, std::size_t count, const RowsOut<T>& out,
                       std::vector<char>& scratch) const {
  RowsOut<T> here = out;
  while (count > 0) {
    const std::size_t block = first / block_rows, begin = first % block_rows;
    const std::size_t some = std::min(count, rows_in(block) - begin);
    read_in_block(block, begin, some, here, scratch);
    if (here.inputs != nullptr) here.inputs += some * inputs;
    if (here.targets != nullptr) here.targets += some * outputs;
    if (here.classes != nullptr) here.classes += some;
    if (here.weights != nullptr) here.weights += some;
    first += some;
    count -= some;
  }
}

template <class T>
void BlockSource::read_in_block(std::size_t block, std::size_t begin, std::size_t count,
                                const RowsOut<T>& out, std::vector<char>& scratch) const {
  const std::uint64_t start = position + std::uint64_t{block} * block_bytes(block_rows);
  const std::size_t all = rows_in(block);
  std::size_t at = 0;
  // Returns the rows of a section, or null for one that is only passed.
  const auto next = [&](const BlockSection& section, bool wanted) -> const char* {
    const std::size_t row_bytes = section.width * size_of(section.type), place = aligned(at, ARRAY_ALIGNMENT);
    at = place + all * row_bytes;
    if (!wanted) return nullptr;
    if (scratch.size() < count * row_bytes) scratch.resize(count * row_bytes);
    read_all(descriptor, scratch.data(), count * row_bytes, start + place + begin * row_bytes);
    return scratch.data();
  };
  for (const BlockSection& section : features)
    if (const char* from = next(section, out.inputs != nullptr))
      copy_features(section, from, count, inputs, out.inputs);
  if (const char* from = next(targets, out.targets != nullptr || out.classes != nullptr)) {
    each_number(targets, from, count, [&](std::size_t row, std::size_t j, auto number) {
      if (out.classes == nullptr) {
        out.targets[row * outputs + j] = static_cast<T>(number);
        return;
      }
      // Also false for NaN. `fit` checks the file before it trains; `evaluate` does not.
      const bool in_range = number >= 0 && static_cast<double>(number) < static_cast<double>(classes);
      if (!in_range || static_cast<decltype(number)>(static_cast<std::int32_t>(number)) != number)
        throw FileReadError(0, "a target is no class number of an output, or was changed while it was read");
      out.classes[row] = static_cast<std::int32_t>(number);
    });
  }
  if (!weighted || out.weights == nullptr) return;
  const BlockSection section{StoredType::float32, 1, {}};
  each_number(section, next(section, true), count, [&](std::size_t row, std::size_t, auto number) {
    out.weights[row] = static_cast<T>(static_cast<double>(number) / mean_weight);
  });
}

template void BlockSource::read(std::size_t, std::size_t, const RowsOut<float>&, std::vector<char>&) const;
template void BlockSource::read(std::size_t, std::size_t, const RowsOut<double>&, std::vector<char>&) const;

}  // namespace deltarule
