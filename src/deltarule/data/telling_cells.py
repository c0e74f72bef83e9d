"""Rare cells that decide how a column is read, found in all of its cells by DuckDB.

`infer_schema` may depend on a single cell that fits the format of all others: 007 makes whole numbers
codes, unless 1.5 is among them; two integers beyond 2⁵³ that are one float64 make numbers categories. A
sample of the cells gets such cells added.
"""

from __future__ import annotations

from deltarule.data.duckdb_connection import sql_text
from deltarule.data.raw_columns import MAX_EXACT_INTEGER

MAX_SHAPES = 5000
MIN_FREQUENT_SHARE = 0.001  # of all cells: so frequent a cell would be a matter of luck in a sample
_SPACES = "".join(chr(i) for i in range(0x3001) if chr(i).isspace())
_WIDE_KINDS = ("BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM")
_SEPARATED = "|".join(
    f"[1-9][0-9]{{0,2}}({mark}[0-9]{{3}}){{5,}}" for mark in (",", "[.]", "'", " ")
)
_LONG_INTEGER = f"[+-]?([0-9]{{16,}}|{_SEPARATED})"
_RUNS = (("1" * 16, "l"), ("1111", "m"), ("111", "t"), ("11", "s"))
"""Digits in a row, and the letter that stands for them."""


def trimmed(text: str) -> str:
    """Return SQL for a text without white space at its ends, as `str.strip`."""
    may_have = f"regexp_matches({text}, '^[^!-~]|[^!-~]$')"  # a cheap test
    return f"CASE WHEN {may_have} THEN trim({text}, {sql_text(_SPACES)}) ELSE {text} END"


def telling_cells(cells: str, kind: str, numbers: str = "") -> list[str]:
    """Return SELECTs of cells of `cells`, whose column c0 has the type `kind`.

    These are frequent texts, the first text without letters of each shape, and two integers that are one
    float64, if there are any. `numbers` are the JSON types t0 of cells that are numbers.
    """
    if kind == "VARCHAR":
        total = f"(SELECT count(*) FROM ({cells}))"
        frequent = f"GROUP BY c0 HAVING count(*) > {MIN_FREQUENT_SHARE} * {total}"
        texts = f"FROM ({cells}) WHERE t0 = 'VARCHAR'" if numbers else cells
        found = [f"SELECT c0 FROM ({cells}) {frequent}", _shapes(texts), _merged(texts)]
        return found + ([_merged(f"FROM ({cells}) WHERE t0 IN ({numbers})")] if numbers else [])
    if kind in _WIDE_KINDS or (kind.startswith("DECIMAL(") and kind.endswith(",0)")):
        large = f"SELECT c0 FROM ({cells}) WHERE abs(CAST(c0 AS DOUBLE)) >= {MAX_EXACT_INTEGER}"
        pair = f"FROM ({large}) GROUP BY CAST(c0 AS DOUBLE) HAVING min(c0) <> max(c0)"
        return [f"SELECT unnest([min(c0), max(c0)]) AS c0 {pair} ORDER BY min(c0) LIMIT 2"]
    return []


def _without_letters(texts: str) -> str:
    """Return a SELECT of the texts that have digits and no letters but those of 1e5."""
    return (
        f"SELECT c0 FROM ({texts}) "
        "WHERE NOT regexp_matches(c0, '[^eE\\P{L}]') AND regexp_matches(c0, '[0-9]')"
    )


def _shapes(texts: str) -> str:
    """Return a SELECT of the first text of each shape: 12 is s, 345.6 t.1; zero in front counts."""
    shape = "translate(c0, '023456789', '111111111')"
    for digits, letter in _RUNS:
        shape = f"replace({shape}, '{digits}', '{letter}')"
    has_zero = "starts_with(ltrim(c0, '+- '), '0')"
    shaped = f"SELECT c0, {shape} AS shape, {has_zero} AS has_zero FROM ({_without_letters(texts)})"
    return (
        f"SELECT min(c0) AS c0 FROM ({shaped}) GROUP BY shape, has_zero "
        f"ORDER BY count(*), 1 LIMIT {MAX_SHAPES}"
    )


def _merged(texts: str) -> str:
    """Return a SELECT of two texts whose digits differ, but not the float64 that they are."""
    matches = f"regexp_full_match({trimmed('c0')}, {sql_text(_LONG_INTEGER)})"
    large = f"FROM ({_without_letters(texts)}) WHERE strlen(c0) >= 16 AND {matches}"
    digits = "regexp_replace(regexp_replace(c0, '[^0-9-]', '', 'g'), '^(-?)0+', '\\1')"
    pair = f"FROM (SELECT c0, {digits} AS digits {large}) GROUP BY TRY_CAST(digits AS DOUBLE)"
    return (
        f"SELECT unnest([arg_min(c0, digits), arg_max(c0, digits)]) AS c0 {pair} "
        "HAVING min(digits) <> max(digits) ORDER BY min(digits) LIMIT 2"
    )
