// Results below the smallest normal number become 0 while this lives, on the thread that made it.
// In a saturated network, gradients and the optimizer's averages of them decay to such numbers, and a processor
// needs up to a hundred times longer for each.
#pragma once

#include <cstdint>

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace deltarule {

class FlushToZero {
 public:
  FlushToZero() : before_(control()) { set_control(before_ | FLUSH); }
  ~FlushToZero() { set_control(before_); }
  FlushToZero(const FlushToZero&) = delete;
  FlushToZero& operator=(const FlushToZero&) = delete;

 private:
#if defined(__SSE2__) || defined(_M_X64)
  using Control = unsigned int;
  static constexpr Control FLUSH = 1u << 15;  // FTZ of MXCSR
  static Control control() { return _mm_getcsr(); }
  static void set_control(Control value) { _mm_setcsr(value); }
#elif defined(__aarch64__) && defined(__GNUC__)
  using Control = std::uint64_t;
  static constexpr Control FLUSH = std::uint64_t{1} << 24;  // FZ of FPCR
  static Control control() {
    Control value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void set_control(Control value) { asm volatile("msr fpcr, %0" : : "r"(value)); }
#else
  using Control = int;
  static constexpr Control FLUSH = 0;
  static Control control() { return 0; }
  static void set_control(Control) {}
#endif
  Control before_;
};

}  // namespace deltarule
