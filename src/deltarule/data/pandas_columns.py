"""Columns of pandas: each dtype as a raw column, or in a type that DuckDB reads in a query."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from deltarule.data.array_columns import array_part, category_column
from deltarule.data.arrow_columns import arrow_column
from deltarule.data.object_columns import object_column
from deltarule.data.raw_columns import RawColumn, RawPart, integer_part, text_part


def series_column(name: str, series: Any, *, share: bool) -> RawColumn | str:
    """Return the column of a Series, or why it cannot be used.

    A period becomes its start, an interval its text, a sparse column a dense one.
    """
    dtype = series.dtype
    kind = type(dtype).__name__
    if isinstance(dtype, np.dtype):
        if dtype.kind == "c":
            return complex_reason(dtype)
        part = array_part(series.to_numpy(), share=share)
        return object_column(name, series.tolist()) if part is None else RawColumn(name, (part,))
    if kind == "ArrowDtype" or (kind == "StringDtype" and dtype.storage == "pyarrow"):
        found = arrow_column(name, import_module("pyarrow").array(series.array))
        if found is not None:
            return found
    if kind == "StringDtype":
        cells = series.to_numpy(dtype=object).tolist()
        return RawColumn(name, (text_part([c if isinstance(c, str) else None for c in cells]),))
    if kind == "CategoricalDtype":
        return category_column(name, list(dtype.categories), series.cat.codes.to_numpy())
    if kind == "DatetimeTZDtype":
        plain = series.dt.tz_convert("UTC").dt.tz_localize(None)
        return RawColumn(name, (RawPart("datetime", plain.to_numpy("datetime64[us]")),))
    if kind in ("SparseDtype", "PeriodDtype", "IntervalDtype"):
        return series_column(name, as_duckdb_reads(series)[0], share=share)
    if dtype.kind in "iu":  # nullable integers, of pandas or of Arrow
        missing = series.isna().to_numpy()
        values = series.array.to_numpy(dtype=f"{dtype.kind}8", na_value=0)
        return RawColumn(name, (integer_part(values, missing),))
    return object_column(name, series.astype(object).tolist())


def as_duckdb_reads(series: Any) -> tuple[Any, str]:
    """Return a pandas Series in a type that DuckDB reads, and why it must be dropped, "" if it need not.

    A period becomes its start, an interval its text, a sparse column a dense one.
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
    return series, complex_reason(dtype) if dtype.kind == "c" else ""


def complex_reason(dtype: Any) -> str:
    """Return why complex numbers cannot be used."""
    return f"it holds {dtype}, not a number, text or date"
