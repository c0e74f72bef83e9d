// Memory for arrays of numbers: aligned to cache lines, sized once, never resized.
#pragma once

#include <cstddef>
#include <limits>
#include <utility>

namespace deltarule {

constexpr std::size_t ALIGNMENT = 64;

// Throws std::bad_alloc (out_of_memory.cpp); WebAssembly, without exceptions, ends the instance instead.
[[noreturn]] void out_of_memory();

// The product of two sizes, or `out_of_memory`: where addresses have 32 bits, it may be larger than every number.
inline std::size_t checked_product(std::size_t a, std::size_t b) {
  std::size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) out_of_memory();
  return product;
}

// Zeroed memory, or `out_of_memory`. Not inline: one copy serves every instruction level.
void* allocate(std::size_t bytes);
void release(void* memory, std::size_t bytes) noexcept;  // as many as were requested

// A fixed number of zeros of type T, padded so that a whole vector may be read at the end.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size)
      : data_(static_cast<T*>(allocate(checked_bytes_of(size)))), size_(size) {}
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) release(data_, bytes_of(size_));
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }

 private:
  static constexpr std::size_t PADDING = 64;  // elements: a whole vector may be read at the end
  static constexpr std::size_t bytes_of(std::size_t size) { return (size + PADDING) * sizeof(T); }
  static std::size_t checked_bytes_of(std::size_t size) {
    if (size > std::numeric_limits<std::size_t>::max() / sizeof(T) - PADDING) out_of_memory();
    return bytes_of(size);
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace deltarule
