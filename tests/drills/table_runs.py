"""Train on random tables: each trains, saves, loads and predicts alike from every source, or is refused.

    PYTHONPATH=tests python -m drills.table_runs 0 10000

tries the cases 0 to 9,999 and prints each failure as a line of JSON, then the counts. The same numbers
give the same tables. An error must be one of deltarule, in one sentence; a warning must be deltarule's;
predictions are finite, and a row has the same bits alone, among others, and from another source.
"""

from __future__ import annotations

import csv
import io
import json
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from drills.hostile_tables import HostileTable, hostile_table
from reading.sources import SOURCES

import deltarule as dr
from deltarule.data import Table, read_table
from deltarule.errors import DataWarning, DeltaruleError
from deltarule.report import write_report
from deltarule.table_model import Prediction, TableModel

MAX_SENTENCE = 600
HANG_SECONDS = 60
TEXT_FILES = {"csv": ",", "tsv": "\t", "semicolons": ";"}
"""Separators, which a file of one row and odd names does not show."""


def _csv(table: HostileTable) -> io.BytesIO:
    """Return the table as CSV, in which a name may occur twice."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([name for name, _ in table.columns])
    writer.writerows(zip(*(cells for _, cells in table.columns), strict=True))
    return io.BytesIO(text.getvalue().encode())


def _arrow(table: HostileTable) -> pa.Table:
    return pa.table(dict(table.columns))


def _polars(table: HostileTable) -> pl.DataFrame:
    """Return the table as a polars frame, column by column: `pl.from_arrow` renames a column ''."""
    return pl.DataFrame({name: pl.from_arrow(column) for name, column in table.columns})


def _parquet(table: HostileTable) -> io.BytesIO:
    file = io.BytesIO()
    _polars(table).write_parquet(file)
    file.seek(0)
    return file


def _of_texts(name: str) -> Callable[[HostileTable], Any]:
    return lambda table: SOURCES[name](dict(table.columns))  # type: ignore[arg-type]


TEXT_SOURCES = {name: _of_texts(name) for name in SOURCES} | {"csv": _csv}
TYPED_SOURCES: dict[str, Callable[[HostileTable], Any]] = {
    "pyarrow": _arrow,
    "pandas": lambda table: _arrow(table).to_pandas(),
    "polars": _polars,
    "parquet": _parquet,
}


def _source(table: HostileTable, rng: np.random.Generator) -> tuple[str, Any, dict[str, Any]]:
    """Return the table in a random source that can hold it, and how to read it."""
    names = [name for name, _ in table.columns]
    others: set[str] = set()
    if len(set(names)) < len(names):
        return "csv", _csv(table), {"header": True, "separator": ","}
    if any(not name or name != name.strip() for name in names):
        others |= set(TEXT_FILES)  # which are read without these spaces
    if not table.typed and not any(cell.strip() for _, cells in table.columns for cell in cells):
        others |= set(TEXT_FILES)  # in which rows of empty cells alone are blank lines
    if table.typed and any(pa.types.is_duration(column.type) for _, column in table.columns):
        others.add("parquet")  # has no durations
    sources = TYPED_SOURCES if table.typed else TEXT_SOURCES
    sources = {name: source for name, source in sources.items() if name not in others}
    name = list(sources)[rng.integers(len(sources))]
    options = {"header": True, "separator": TEXT_FILES[name]} if name in TEXT_FILES else {}
    return name, sources[name](table), options


def problem_of(seed: int, folder: Path) -> tuple[str, str | None]:
    """Return how a case ended and what is wrong with it, or None."""
    table, rng = hostile_table(seed), np.random.default_rng([seed, 8])
    name, source, options = _source(table, rng)
    settings = dict(table.settings)
    engine = settings.pop("engine")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            read = read_table(source, **options)
            result = dr.train(read, table.target, engine=engine, **settings)
        except DeltaruleError as error:
            return "refused", _problem_of_message(str(error)) or _problem_of(caught)
        except Exception:
            return "failed", f"training from {name}: {_trace()}"
        try:
            problem = _use(result, read, table, rng, folder, seed)
        except Exception:
            return "failed", f"after training from {name}: {_trace()}"
        return "trained", problem or _problem_of(caught)


def _use(
    result: dr.TableResult,
    read: Table,
    table: HostileTable,
    rng: np.random.Generator,
    folder: Path,
    seed: int,
) -> str | None:
    """Save, load, predict, score and report; return what is wrong."""
    model = result.model
    expected = model.predict(read)
    if not _is_valid(expected):
        return f"predictions that are not finite: {expected.values[:5]}"
    model.save(folder / "model")
    loaded = dr.load(folder / "model")
    if not _same(loaded.predict(read), expected, np.arange(read.rows)):
        return "the loaded model predicts otherwise"
    for _ in range(2):
        rows = np.sort(rng.permutation(table.rows)[: rng.integers(1, 6)])
        problem = _predict(loaded, table, rows, expected, rng)
        if problem is not None:
            return problem
    problem = _predict(loaded, table, rng.integers(0, table.rows, 1), expected, rng)
    if problem is None and seed % 4 == 0:
        try:
            loaded.evaluate(read)
        except DeltaruleError as error:
            return _problem_of_message(str(error))
    if problem is None and seed % 4 == 1:
        problem = _distill(loaded, read, rng)
    if problem is None and seed % 20 == 0:
        write_report(result, folder / "report.html")
    return problem


def _distill(model: TableModel, read: Table, rng: np.random.Generator) -> str | None:
    """Distill the model on its training table, whose test rows must be found again."""
    hidden, networks = [(), (2,), (6, 4)][rng.integers(3)], int(rng.integers(1, 3))
    try:
        found = dr.distill(model, read, hidden=hidden, networks=networks)
    except DeltaruleError as error:
        return _problem_of_message(str(error))
    if not _is_valid(found.model.predict(read)):
        return "the distilled model predicts what is not finite"
    return None if found.tested_in_training else f"other test rows: {found.notes}"


def _predict(
    model: TableModel,
    table: HostileTable,
    rows: np.ndarray,
    expected: Prediction,
    rng: np.random.Generator,
) -> str | None:
    part = table.part(rows, target=bool(rng.random() < 0.5))
    if not part.columns:
        return None
    name, source, options = _source(part, rng)
    found = model.predict(model.read(source, **options) if options else source)
    if _same(found, expected, rows):
        return None
    return f"rows {rows.tolist()} from {name} answer otherwise: {found.values[:5]}"


def _same(found: Prediction, expected: Prediction, rows: np.ndarray) -> bool:
    both = [(found.values, expected.values), (found.probabilities, expected.probabilities)]
    return all(
        (a is None and b is None)
        or (a is not None and b is not None and np.array_equal(a, b[rows]))
        for a, b in both
    )


def _is_valid(prediction: Prediction) -> bool:
    numbers = [prediction.probabilities, prediction.values]
    return all(a is None or a.dtype.kind not in "fc" or bool(np.isfinite(a).all()) for a in numbers)


def _problem_of_message(message: str) -> str | None:
    if len(message) > MAX_SENTENCE:
        return f"a message of {len(message)} characters: {message[:300]}"
    return None if message.rstrip().endswith((".", "?")) else f"no sentence: {message}"


def _problem_of(caught: list[warnings.WarningMessage]) -> str | None:
    for one in caught:
        if not issubclass(one.category, DataWarning):
            return f"{one.category.__name__}: {one.message} ({one.filename}:{one.lineno})"
        if problem := _problem_of_message(str(one.message)):
            return problem
    return None


def _trace() -> str:
    return " ".join(traceback.format_exc(limit=-3).split())[-1200:]


def _hung(*_: object) -> None:
    raise TimeoutError(f"more than {HANG_SECONDS} s")


def main(first: int, end: int) -> None:
    """Try cases and print the failures, then how many of each end there were."""
    ends: Counter[str] = Counter()
    signal.signal(signal.SIGALRM, _hung)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, end):
            signal.alarm(HANG_SECONDS)
            how, problem = problem_of(seed, Path(folder))
            signal.alarm(0)
            ends[how] += 1
            if problem is not None:
                print(json.dumps({"case": seed, "problem": problem}), flush=True)
    print(json.dumps({"cases": end - first, **ends}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
