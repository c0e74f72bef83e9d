"""Columns of pandas that DuckDB does not know, as columns that it does."""

from __future__ import annotations

from typing import Any


def as_duckdb_reads(series: Any) -> tuple[Any, str]:
    """Return a pandas Series in a type that is read, and why it must be left out, "" where it need not.

    A period becomes the moment at which it begins, an interval its text, a sparse column a dense one.
    """
    dtype = series.dtype
    kind = type(dtype).__name__
    if kind == "SparseDtype":
        return as_duckdb_reads(series.sparse.to_dense())
    if kind == "PeriodDtype":
        return series.dt.to_timestamp(), ""
    if kind == "IntervalDtype":
        return series.astype(object).map(str, na_action="ignore"), ""
    if kind == "CategoricalDtype" and type(dtype.categories.dtype).__name__ in (
        "IntervalDtype",
        "PeriodDtype",
    ):
        texts = [str(category) for category in dtype.categories]
        return series.cat.rename_categories(texts), ""
    if dtype.kind == "c":
        return series, f"it holds {dtype}, not a number, text or date"
    return series, ""
