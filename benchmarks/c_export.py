"""Measure exported C: processor time of a row, flash, RAM and stack, as in docs/microcontrollers.md.

    python benchmarks/c_export.py examples/iris.csv:species [TABLE:TARGET ...]

Each table is trained with a few sizes. Needs gcc.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import deltarule as dr
from deltarule.export import to_c

SIZES = {
    "one network, 8 units": {"folds": 1, "hidden": (8,)},
    "one network, 32-32 units": {"folds": 1, "hidden": (32, 32)},
    "default": {},
}
ROUNDS = 200
MAIN = """
#include <stdio.h>
#include <time.h>
int main(void) {{
  double best = 1e9;
  int i, j;
  for (j = 0; j < 7; ++j) {{
    const clock_t start = clock();
    double us;
    for (i = 0; i < {rounds}; ++i) {{
      if (model_self_test() != 0) {{
        return 1;
      }}
    }}
    us = 1e6 * (double)(clock() - start) / (double)CLOCKS_PER_SEC / (20.0 * {rounds});
    best = us < best ? us : best;
  }}
  printf("%.1f\\n", best);
  return 0;
}}
"""


def measure(source: Path, level: str) -> str:
    """Return the processor time of a row in µs, the best of seven runs, with an optimization level."""
    folder = source.parent
    main = "#define MODEL_SELF_TEST_FUNCTION 1\n" + f'#include "{source.name}"\n'
    (folder / "main.c").write_text(main + MAIN.format(rounds=ROUNDS))
    program = folder / "main"
    options = ["-std=c99", level, folder / "main.c", "-o", program, "-lm"]
    subprocess.run(["gcc", *map(str, options)], check=True)
    done = subprocess.run([program], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def main(arguments: list[str]) -> None:
    """Print a line of the table for each table and size."""
    print("| table | networks | flash kB | RAM B | stack B | µs a row, -Os | µs a row, -O3 |")
    print("|---|---|---|---|---|---|---|")
    for argument in arguments:
        table, _, target = argument.rpartition(":")
        for name, settings in SIZES.items():
            model = dr.train(table, target, **settings).model
            with tempfile.TemporaryDirectory() as folder:
                source = Path(folder) / "model.c"
                facts = to_c(model, source).facts
                flash, ram, stack = (facts[f"{part} bytes"] for part in ("flash", "RAM", "stack"))
                times = " | ".join(measure(source, level) for level in ("-Os", "-O3"))
            shown = f"{Path(table).stem} | {name} | {flash / 1000:.1f} | {ram} | {stack:,}"
            print(f"| {shown} | {times} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
