"""Random tables as hostile as people's: odd names, few rows, rare classes, extreme values, every type.

Columns of texts are those of `reading.random_tables`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from reading.random_tables import random_column

Rng = np.random.Generator
Column = list[str] | pa.Array
ODD_NAMES = (
    "", " ", "a b", " padded ", "größe", "年齢", "🙂", "1", "2.5", "NA", "nan", "y", "Y", "target",
    'say "x"', "a,b", "a;b", "line\nbreak", "tab\t", "select", "rowid", "x" * 300, "c0",
    "__index_level_0__", "%s", "{0}", "<b>", "../x", "-1", "true", "2020-01-01", "probability of a",
    "e\u0301", "\u200b", "'", "\\",
)  # fmt: skip
EXTREMES = (
    1e308, -1e308, 1.7e308, 5e-324, 1e-310, np.inf, -np.inf, -0.0, 0.0, 1e20, 2.0**53 + 2, 1e-20, np.nan,
)  # fmt: skip


@dataclass(frozen=True)
class HostileTable:
    """Columns of texts, or (`typed`) of Arrow types; the target and the settings to train with."""

    columns: tuple[tuple[str, Column], ...]
    target: str
    typed: bool
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.columns[0][1])

    def part(self, rows: np.ndarray, *, target: bool = True) -> HostileTable:
        """Return some of the rows, with or without the target."""
        kept = [(n, c) for n, c in self.columns if target or n != self.target]
        columns = [
            (name, column.take(pa.array(rows)) if self.typed else [column[i] for i in rows])
            for name, column in kept
        ]
        return HostileTable(tuple(columns), self.target, self.typed)


def hostile_table(seed: int) -> HostileTable:
    """Return the random table of a seed."""
    rng = np.random.default_rng([seed, 7])
    rows = int(rng.integers(1, 7)) if rng.random() < 0.15 else int(rng.integers(8, 90))
    typed = bool(rng.random() < 0.4)
    make = _typed_column if typed else _text_column
    names = _names(rng, int(rng.integers(1, 6)))
    columns = [(name, make(rng, rows)) for name in names]
    target = "y" if rng.random() < 0.7 else _names(rng, 1)[0]
    settings = _settings(rng, names)
    for role in ("weight", "groups", "time"):
        if rng.random() < 0.07:
            name = names[0] if rng.random() < 0.3 else role
            settings[role] = name
            if name == role:
                columns.append((name, _role_column(rng, rows, role, typed)))
    known = {name for name, _ in columns}
    if target in known and rng.random() < 0.5:  # an ordinary column as target
        return HostileTable(tuple(columns), target, typed, settings)
    columns = [(name, column) for name, column in columns if name != target]
    truth = _target(rng, rows)
    columns.append((target, pa.array(truth) if typed else _texts(truth)))
    if not typed and rng.random() < 0.03 and columns[0][0].strip():
        columns.append(columns[0])  # a name twice
    order = rng.permutation(len(columns))
    return HostileTable(tuple(columns[i] for i in order), target, typed, settings)


def _names(rng: Rng, count: int) -> list[str]:
    plain = [f"c{i}" for i in range(count)]
    odd = rng.permutation(len(ODD_NAMES))[:count]
    return list(
        dict.fromkeys(
            ODD_NAMES[o] if rng.random() < 0.25 else name
            for o, name in zip(odd, plain, strict=True)
        )
    )


def _text_column(rng: Rng, rows: int) -> list[str]:
    kind = rng.integers(10)
    if kind == 0:
        return ["same"] * rows if rng.random() < 0.5 else ["4.0"] * rows
    if kind == 1:
        return [f"id-{i:05d}" for i in rng.permutation(rows)]
    if kind == 2:
        return [("", "NA", "x" * 5000)[rng.integers(3)] for _ in range(rows)]
    if kind == 3:
        return [repr(float(v)) for v in _extremes(rng, rows)]
    if kind == 4:
        return [""] * rows
    if kind == 5:
        return ["".join(map(chr, rng.integers(32, 0x2FFF, 5))) for _ in range(rows)]
    return random_column(rng, rows)


def _typed_column(rng: Rng, rows: int) -> pa.Array:
    missing = rng.random(rows) < (0.0, 0.2, 1.0)[rng.choice(3, p=(0.6, 0.35, 0.05))]
    return pa.array(_TYPED[rng.integers(len(_TYPED))](rng, rows), mask=missing)


def _extremes(rng: Rng, rows: int) -> np.ndarray:
    values = rng.normal(size=rows) * 10.0 ** rng.integers(-300, 300)
    odd = rng.random(rows) < (0.05, 0.5)[rng.integers(2)]
    return np.where(odd, np.array(EXTREMES)[rng.integers(0, len(EXTREMES), rows)], values)


def _integers(rng: Rng, rows: int) -> np.ndarray:
    dtype = np.dtype(("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")[rng.integers(8)])
    info = np.iinfo(dtype)
    low, high = (info.min, info.max) if rng.random() < 0.3 else (0, 5)
    return rng.integers(low, high, rows, dtype=dtype, endpoint=True)


def _labels(rng: Rng, rows: int) -> np.ndarray:
    words = np.array(["a", "b", "", "größer", "1", "nan", "x" * 400], dtype=object)
    return words[rng.integers(0, rng.integers(1, len(words) + 1), rows)]


def _datetimes(rng: Rng, rows: int) -> np.ndarray:
    years = int(rng.choice([1, 30, 250]))
    days = rng.integers(-365 * years, 365 * years, rows)
    return (np.datetime64("2000-01-01") + days).astype("datetime64[us]")


_TYPED: tuple[Callable[[Rng, int], np.ndarray], ...] = (
    lambda rng, rows: rng.normal(size=rows),
    lambda rng, rows: rng.normal(size=rows).astype(np.float32),
    lambda rng, rows: np.full(rows, rng.normal()),
    lambda rng, rows: rng.random(rows) < 0.5,
    lambda rng, rows: rng.integers(0, 10**6, rows).astype("timedelta64[s]"),
    _extremes,
    _extremes,
    _integers,
    _integers,
    _labels,
    _datetimes,
)


def _target(rng: Rng, rows: int) -> np.ndarray:
    kind = rng.integers(8)
    if kind == 0:
        return _extremes(rng, rows) if rng.random() < 0.5 else np.full(rows, 2.0)
    if kind == 1:
        return rng.random(rows) < rng.random()
    if kind == 2:
        return rng.integers(0, int(rng.choice([2, 3, 40, 10**9])), rows)
    if kind == 3:  # rare classes, one of them with one row
        labels = np.array(["common"] * rows, dtype=object)
        labels[: rows // 4] = "other"
        labels[-1] = "once"
        return rng.permutation(labels)
    if kind in (4, 5):
        count = int(rng.integers(2, 6))
        return np.array([f"k{i}" for i in range(count)], dtype=object)[rng.integers(0, count, rows)]
    scale = 10.0 ** rng.integers(-8, 9)
    return (rng.normal(size=rows) + rng.integers(0, 2) * 1e3) * scale


def _role_column(rng: Rng, rows: int, role: str, typed: bool) -> Column:
    values: np.ndarray = rng.integers(0, 4, rows)
    if role == "weight":
        values = rng.random(rows) * (rng.random(rows) < 0.9) - (0.1 if rng.random() < 0.1 else 0.0)
    if role == "time":
        values = _datetimes(rng, rows)
    return pa.array(values) if typed else _texts(values)


def _texts(values: np.ndarray) -> list[str]:
    return [str(value) for value in values.tolist()]


def _settings(rng: Rng, names: list[str]) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "epochs": int(rng.integers(1, 4)),
        "folds": int(rng.choice([1, 1, 2, 3])),
        "hidden": (3,),
        "seed": int(rng.integers(100)),
        "engine": "reference" if rng.random() < 0.2 else "auto",
    }
    odd: dict[str, tuple[Any, ...]] = {
        "task": ("regression", "binary", "multiclass"),
        "drop": ((names[0],),),
        "keep": ((names[-1],),),
        "class_weight": ("balanced",),
        "threshold": (0.3, "max_f1"),
        "positive_class": ("True", "k0"),
        "test_fraction": (0.0, 0.5),
        "validation_fraction": (0.3, 0.01),
        "optimizer": ("sgd", "lbfgs", "rmsprop"),
        "learning_rate": (10.0, 1e-9),
        "l2": (1e3,),
        "batch_size": (1, 10_000),
        "activation": ("relu",),
    }
    for name, values in odd.items():
        if rng.random() < 0.04:
            settings[name] = values[rng.integers(len(values))]
    return settings
