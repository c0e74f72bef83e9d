/* The start of a program on a Cortex-M4: the vector table, the floating-point unit, then the C library. */
#include <stdint.h>

extern void _start(void);
void reset_handler(void);

void reset_handler(void) {
  *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20;
  _start();
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    0x20040000u, (uintptr_t)reset_handler};
