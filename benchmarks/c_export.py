"""Measure exported C: processor time of a row, flash, stack and scores (docs/how-to/microcontrollers.md).

    python benchmarks/c_export.py examples/iris.csv:species [TABLE:TARGET ...]

Each table is trained by default, that model is distilled, and single networks of the same sizes are
trained without it. Scores are those of the test rows. Needs gcc.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import deltarule as dr
from deltarule.export import to_c
from deltarule.table_model.scores import Scores, format_named_score

HIDDEN = ((32, 32), (16,), (8,))
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


def row(model: dr.TableModel, scores: Scores) -> str:
    """Return the needs of a model as C and its scores as cells of a line."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "model.c"
        facts = to_c(model, source).facts
        flash, ram, stack = (facts[f"{part} bytes"] for part in ("flash", "RAM", "stack"))
        times = " | ".join(measure(source, level) for level in ("-Os", "-O3"))
    names = ("accuracy", "log_loss") if model.target.classes else ("r2", "rmse")
    shown = " | ".join(format_named_score(name, getattr(scores, name)) for name in names)
    return f"{flash / 1000:,.1f} | {ram} | {stack:,} | {times} | {shown}"


def models(table: str, target: str) -> Iterator[tuple[str, dr.TableModel, Scores]]:
    """Yield a name, a model and its test scores for the default, the distilled and the small ones."""
    result = dr.train(table, target)
    yield "default", result.model, result.scores
    for hidden in HIDDEN:
        units = "-".join(map(str, hidden))
        distilled = dr.distill(result.model, table, hidden=hidden)
        yield f"distilled, {units} units", distilled.model, distilled.scores
        alone = dr.train(table, target, folds=1, hidden=hidden)
        yield f"trained, {units} units", alone.model, alone.scores


def main(arguments: list[str]) -> None:
    """Print a line of the table for each table and model."""
    print(
        "| table | model | flash kB | RAM B | stack B | µs, -Os | µs, -O3 | accuracy, R² | loss |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for argument in arguments:
        table, _, target = argument.rpartition(":")
        for name, model, scores in models(table, target):
            print(f"| {Path(table).stem} | {name} | {row(model, scores)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
