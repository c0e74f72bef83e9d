"""Measure exported C on emulated microcontrollers: flash, stack and instructions of a row.

    python benchmarks/c_export_cortex.py examples/iris.csv:species [TABLE:TARGET ...]

The table is that of docs/how-to/microcontrollers.md. Needs arm-none-eabi-gcc with newlib and
qemu-system-arm (on Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm). The emulator
counts instructions, not cycles: it has no pipeline and no wait states of flash.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from c_export import SIZES

import deltarule as dr
from deltarule.export import to_c

START = Path(__file__).parents[1] / "tests" / "unit" / "export" / "cortex_m4_start.c"
BOARDS = {
    "Cortex-M4F": (
        "mps2-an386", ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    ),
    "Cortex-M3": ("mps2-an385", ["-mcpu=cortex-m3", "-mthumb"]),
}  # fmt: skip
"""Name, board of the emulator and options of the compiler; the second has no floating-point unit."""
PLACES = [
    "-Wl,--section-start=.vectors=0", "-Wl,--section-start=.init=0x8000", "-Wl,-Tdata=0x20000000",
]  # fmt: skip
INSTRUCTIONS_PER_TICK = 40  # a timer with 25 MHz, one instruction per ns
ROWS = 20
MAIN = """
#define MODEL_SELF_TEST_FUNCTION 1
#include "model.c"
#include <stdio.h>
#define MARK 0xA5A5A5A5u
int main(void) {
  volatile uint32_t *const timer = (volatile uint32_t *)0x40000000u;
  volatile uint32_t *const top = (volatile uint32_t *)__builtin_frame_address(0);
  volatile uint32_t *p;
  uint32_t ticks;
  int failed;
  for (p = top - 4096; p < top - 32; ++p) {
    *p = MARK;
  }
  timer[1] = timer[2] = 0xFFFFFFFFu;
  timer[0] = 1u;
  failed = model_self_test();
  ticks = 0xFFFFFFFFu - timer[1];
  for (p = top - 4096; *p == MARK; ++p) {
  }
  printf("%d %lu %lu\\n", failed, (unsigned long)ticks, (unsigned long)(4 * (top - p)));
  return 0;
}
"""


def measure(folder: Path, board: str) -> tuple[int, int, int, int]:
    """Return flash without and with libm, stack in bytes, and instructions of a row."""
    machine, options = BOARDS[board]
    compiler = ["arm-none-eabi-gcc", "-std=c99", "-Os", *options]
    subprocess.run([*compiler, "-c", "model.c", "-o", "model.o"], cwd=folder, check=True)
    (folder / "called.c").write_text(
        "#define MODEL_SELF_TEST 1\n"
        "void exit(int status) { (void)status; for (;;) { } }\n"
        "int *__errno(void) { static int error; return &error; }\n"
    )
    alone = ["-nostartfiles", "-Wl,--gc-sections,-e,model_predict,-u,model_predict"]
    with_libm = [*compiler, *alone, "model.o", "called.c", "-o", "alone.elf", "-lm"]
    subprocess.run(with_libm, cwd=folder, check=True, capture_output=True)
    (folder / "main.c").write_text(MAIN)
    built = [*compiler, "main.c", str(START), "--specs=rdimon.specs", *PLACES, "-o", "main.elf"]
    subprocess.run([*built, "-lm"], cwd=folder, check=True)
    run = [
        "qemu-system-arm", "-M", machine, "-nographic", "-icount", "shift=0",
        "-semihosting-config", "enable=on,target=native", "-kernel", "main.elf",
    ]  # fmt: skip
    done = subprocess.run(run, cwd=folder, check=True, capture_output=True, text=True)
    failed, ticks, stack = map(int, done.stdout.split())
    if failed:
        raise SystemExit(f"The self-test failed in row {failed}.")
    sizes = (_flash(folder / name) for name in ("model.o", "alone.elf"))
    return (*sizes, stack, ticks * INSTRUCTIONS_PER_TICK // ROWS)


def _flash(path: Path) -> int:
    done = subprocess.run(
        ["arm-none-eabi-size", path], check=True, capture_output=True, text=True
    ).stdout
    text, data, *_ = done.splitlines()[1].split()
    return int(text) + int(data)


def main(arguments: list[str]) -> None:
    """Print a line of the table for each table, size and board."""
    print(
        "| table | networks | core | flash kB | with libm | stack B | instructions | ms, estimated |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for argument in arguments:
        table, _, target = argument.rpartition(":")
        for name, settings in SIZES.items():
            # A few epochs: the code is the same after more.
            model = dr.train(table, target, **settings, epochs=3).model
            with tempfile.TemporaryDirectory() as folder:
                to_c(model, Path(folder) / "model.c")
                for board in BOARDS:
                    flash, whole, stack, count = measure(Path(folder), board)
                    sizes = f"{flash / 1000:.1f} | {whole / 1000:.1f} | {stack:,}"
                    shown = f"{Path(table).stem} | {name} | {board} | {sizes}"
                    ms = count / 1e5  # at 100 MHz
                    print(f"| {shown} | {count:,} | {ms:.{2 if ms < 10 else 0}f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
