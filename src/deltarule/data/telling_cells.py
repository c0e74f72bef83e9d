"""Rare cells that decide how a column is read, found in all of its cells by DuckDB.

`infer_schema` may depend on a single cell that fits the format of all others: 007 makes whole numbers
codes, unless 1.5 is among them; two integers beyond 2⁵³ that are one float64 make numbers categories. A
sample of the cells gets such cells added.
"""

from __future__ import annotations

from deltarule.data.duckdb_connection import sql_text
from deltarule.data.raw_columns import MAX_EXACT_INTEGER

MAX_SHAPES = 5000
MAX_FREQUENT = 1000
_SPACES = "".join(chr(i) for i in range(0x3001) if chr(i).isspace())
_WIDE_KINDS = ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM")
_SEPARATED = "|".join(
    f"[1-9][0-9]{{0,2}}({mark}[0-9]{{3}}){{5,}}" for mark in (",", "[.]", "'", " ")
)
_LONG_INTEGER = f"[+-]?([0-9]{{16,}}|{_SEPARATED})"
_RUNS = (("{15,}", "l"), ("{3,}", "m"), ("{2}", "s"), ("", "p"))
"""Lengths of a run of digits after its first one, and the letter that stands for them."""


def trimmed(text: str) -> str:
    """Return SQL for a text without white space at its ends, as `str.strip`."""
    return f"trim({text}, {sql_text(_SPACES)})"


def telling_cells(cells: str, kind: str, numbers: str = "") -> list[str]:
    """Return SELECTs of cells of `cells`, whose column c0 has the type `kind`.

    These are the most frequent ones, the first text without letters of each shape, and two integers that
    are one float64, if there are any. `numbers` are the JSON types t0 of cells that are numbers.
    """
    found = [f"SELECT unnest(approx_top_k(c0, {MAX_FREQUENT})) FROM ({cells})"]
    if kind == "VARCHAR":
        texts = f"FROM ({cells}) WHERE t0 = 'VARCHAR'" if numbers else cells
        found += [_shapes(texts), *_merged(texts)]
        if numbers:
            integers = f"FROM ({cells}) WHERE t0 IN ({numbers})"
            found += _merged(integers)
    elif kind in _WIDE_KINDS or (kind.startswith("DECIMAL(") and kind.endswith(",0)")):
        large = f"SELECT c0 FROM ({cells}) WHERE abs(CAST(c0 AS DOUBLE)) >= {MAX_EXACT_INTEGER}"
        pair = f"FROM ({large}) GROUP BY CAST(c0 AS DOUBLE) HAVING min(c0) <> max(c0)"
        found += [f"SELECT {of}(c0) {pair} ORDER BY min(c0) LIMIT 1" for of in ("min", "max")]
    return found


def _shapes(texts: str) -> str:
    """Return a SELECT of the first text of each shape; 12 and 345.6 are p and s.1, 007 is 0s."""
    text = trimmed("c0")
    shape = f"translate({text}, '23456789', '11111111')"
    for length, letter in _RUNS:
        shape = f"regexp_replace({shape}, '([01])[01]{length}', '\\1{letter}', 'g')"
    plain = f"regexp_full_match({text}, '[^\\p{{L}}]*[0-9][^\\p{{L}}]*([eE][+-]?[0-9]+)?')"
    return (
        f"SELECT min(c0) AS c0 FROM (SELECT c0, {shape} AS shape FROM ({texts}) WHERE {plain}) "
        f"GROUP BY shape ORDER BY count(*), 1 LIMIT {MAX_SHAPES}"
    )


def _merged(texts: str) -> list[str]:
    """Return SELECTs of two texts whose digits differ, but not the float64 that they are."""
    digits = f"regexp_replace({trimmed('c0')}, '[,.'' +]', '', 'g')"
    whole = f"regexp_replace({digits}, '^(-?)0+', '\\1')"
    matches = f"regexp_full_match({trimmed('c0')}, {sql_text(_LONG_INTEGER)})"
    large = f"SELECT c0, {whole} AS digits FROM ({texts}) WHERE {matches}"
    pair = f"FROM ({large}) GROUP BY TRY_CAST(digits AS DOUBLE) HAVING min(digits) <> max(digits)"
    return [
        f"SELECT {of}(c0, digits) AS c0 {pair} ORDER BY min(digits) LIMIT 1"
        for of in ("arg_min", "arg_max")
    ]
