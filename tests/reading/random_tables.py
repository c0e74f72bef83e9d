"""Random tables of texts as people write them: columns of every kind, spelling and kind of damage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import numpy as np

Rng = np.random.Generator
Cells = list[str]
SPACES = ("", "", "", " ", "  ", "\u00a0", "\u3000", "\t", "\u2009")
MARKERS = ("", "NA", "nan", "None", "?", "#N/A", "null", "N/A", "-nan", "NULL")
AMONG_VALUES = ("-", ".", "missing", "unknown", "n.a.", "--")
WORDS = (
    "red",
    "blue",
    "Green",
    "größer",
    "Zürich",
    "beta",
    "no",
    "yes",
    "a b",
    'say "hi"',
    "x,y",
    "x;y",
)
_SWAPPED = str.maketrans(",.", ".,")


def _numbers(rng: Rng, rows: int) -> np.ndarray:
    scale = 10.0 ** rng.integers(-3, 7)
    return rng.normal(size=rows) * scale + (rng.random() < 0.3) * scale


def _plain(rng: Rng, rows: int) -> Cells:
    digits = rng.integers(0, 5)
    return [f"{v:.{digits}f}" for v in _numbers(rng, rows)]


def _mixed_numbers(rng: Rng, rows: int) -> Cells:
    forms = ("{:.3f}", "{:+.2f}", "{:.2e}", "{:.0f}", "{:.1f}", "{:g}", "{:E}")
    return [forms[rng.integers(len(forms))].format(v) for v in _numbers(rng, rows)]


def _decimal_commas(rng: Rng, rows: int) -> Cells:
    return [f"{v:.3f}".replace(".", ",") for v in rng.uniform(0, 20, rows)]


def _thousands(rng: Rng, rows: int) -> Cells:
    return [f"{v:,.{rng.integers(0, 3)}f}" for v in _numbers(rng, rows) * 100]


def _euro(rng: Rng, rows: int) -> Cells:
    return [f"{v:,.2f}".translate(_SWAPPED) + " €" for v in np.abs(_numbers(rng, rows))]


def _dollars(rng: Rng, rows: int) -> Cells:
    return [f"${v:,.2f}" for v in np.abs(_numbers(rng, rows))]


def _percent(rng: Rng, rows: int) -> Cells:
    return [f"{v:.1f}%" for v in rng.uniform(0, 100, rows)]


def _with_unit(rng: Rng, rows: int) -> Cells:
    unit = ("kg", "cm", "mmHg", "°C")[rng.integers(4)]
    return [f"{v:.1f} {unit}" for v in rng.uniform(1, 99, rows)]


def _spaced(rng: Rng, rows: int) -> Cells:
    space = (" ", "\u00a0", "\u202f", "'")[rng.integers(4)]
    return [f"{v:,.2f}".replace(",", space) for v in _numbers(rng, rows) * 50]


def _signs(rng: Rng, rows: int) -> Cells:
    forms = ("{:.2f}", "\u2212{:.2f}", "({:.2f})", "-{:.2f}", "+{:.2f}")
    return [forms[rng.integers(5)].format(abs(v)) for v in _numbers(rng, rows)]


def _integers(rng: Rng, rows: int) -> Cells:
    return [str(v) for v in rng.integers(-50, 10 ** rng.integers(1, 9), rows)]


def _few_codes(rng: Rng, rows: int) -> Cells:
    codes = [str(v) for v in rng.integers(0, 99, 5)]
    return [codes[i] for i in rng.integers(0, 5, rows)]


def _zip_codes(rng: Rng, rows: int) -> Cells:
    codes = [f"{v:05d}" for v in rng.integers(0, 20_000, 6)]
    return [codes[i] for i in rng.integers(0, 6, rows)]


def _large_integers(rng: Rng, rows: int) -> Cells:
    return [str(2**60 + int(v)) for v in rng.integers(0, 5, rows)]


def _long_codes(rng: Rng, rows: int) -> Cells:
    codes = [str(v) for v in rng.integers(10**16, 9 * 10**16, 7)]
    return [codes[i] for i in rng.integers(0, 7, rows)]


def _versions(rng: Rng, rows: int) -> Cells:
    levels = ("1.1", "1.10", "1.2", "beta", "1.2.0")
    return [levels[i] for i in rng.integers(0, 5, rows)]


def _words(rng: Rng, rows: int) -> Cells:
    return [WORDS[i] for i in rng.integers(0, len(WORDS), rows)]


def _booleans(rng: Rng, rows: int) -> Cells:
    forms = ("true", "false", "True", "FALSE")
    return [forms[i] for i in rng.integers(0, 4, rows)]


def _half_numbers(rng: Rng, rows: int) -> Cells:
    plain, words = _plain(rng, rows), _words(rng, rows)
    return [p if rng.random() < 0.5 else w for p, w in zip(plain, words, strict=True)]


def _times(rng: Rng, rows: int) -> list[datetime]:
    start = datetime(2020, 1, 1) + timedelta(days=int(rng.integers(0, 2000)))
    return [start + timedelta(minutes=int(m)) for m in rng.integers(0, 500_000, rows)]


def _dates(rng: Rng, rows: int) -> Cells:
    forms = (
        "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%b-%Y", "%B %d, %Y", "%Y%m%d", "%Y/%m/%d",
        "%d-%m-%y",
    )  # fmt: skip
    form = forms[rng.integers(len(forms))]
    return [t.strftime(form) for t in _times(rng, rows)]


def _datetimes(rng: Rng, rows: int) -> Cells:
    forms = (
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %I:%M:%S %p", "%d.%m.%Y %H:%M",
        "%m/%d/%Y %I:%M %p", "%Y%m%dT%H%M%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S Europe/Berlin",
    )  # fmt: skip
    form = forms[rng.integers(len(forms))]
    return [t.strftime(form) for t in _times(rng, rows)]


def _zoned(rng: Rng, rows: int) -> Cells:
    zones = [timezone(timedelta(hours=int(h))) for h in rng.integers(-9, 10, 3)] + [UTC]
    return [
        t.replace(tzinfo=zones[rng.integers(4)]).strftime("%Y-%m-%dT%H:%M:%S%z")
        for t in _times(rng, rows)
    ]


def _clock_times(rng: Rng, rows: int) -> Cells:
    form = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%H%M")[rng.integers(4)]
    return [t.strftime(form) for t in _times(rng, rows)]


def _durations(rng: Rng, rows: int) -> Cells:
    minutes = rng.integers(0, 6000, rows).tolist()
    if rng.random() < 0.5:
        return [f"{m // 60}:{m % 60:02d}:{(7 * m) % 60:02d}" for m in minutes]
    return [f"{m // 60}h {m % 60}m" for m in minutes]


COLUMNS: tuple[Callable[[Rng, int], Cells], ...] = (
    _plain, _mixed_numbers, _decimal_commas, _thousands, _euro, _dollars, _percent, _with_unit, _spaced,
    _signs, _integers, _few_codes, _zip_codes, _large_integers, _long_codes, _versions, _words, _booleans,
    _half_numbers, _dates, _datetimes, _zoned, _clock_times, _durations,
)  # fmt: skip


def random_column(rng: Rng, rows: int) -> Cells:
    """Return a column of texts, some of whose cells are missing, odd, or among white space."""
    cells = COLUMNS[rng.integers(len(COLUMNS))](rng, rows)
    if rng.random() < 0.3:  # values that need another format to be read
        other = COLUMNS[rng.integers(len(COLUMNS))](rng, rows)
        odd = rng.random(rows) < (0.03, 0.5)[rng.integers(2)]
        cells = [o if is_odd else c for c, o, is_odd in zip(cells, other, odd, strict=True)]
    share = (0.0, 0.05, 0.4)[rng.integers(3)]
    markers = MARKERS if rng.random() < 0.6 else (*MARKERS, *AMONG_VALUES)
    spaced = rng.random() < 0.4
    result = []
    for cell in cells:
        text = markers[rng.integers(len(markers))] if rng.random() < share else cell
        if spaced:
            text = SPACES[rng.integers(len(SPACES))] + text + SPACES[rng.integers(len(SPACES))]
        result.append(text)
    return result


def random_table(seed: int) -> dict[str, Cells]:
    """Return a table of one to four columns of texts, and a column of plain numbers."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(12, 60))
    table = {f"c{i}": random_column(rng, rows) for i in range(rng.integers(1, 5))}
    return table | {"plain": [f"{v:.3f}" for v in rng.normal(size=rows)]}
