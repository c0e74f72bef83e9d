"""Rows of a table into rows of features: the treatments of all columns, side by side."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deltarule._common.checks import did_you_mean, nearest, sentences
from deltarule._common.strict_reader import StrictReader
from deltarule.data.table import Column, Table, capital, header_hint
from deltarule.errors import ColumnError, DataError, ModelFileError
from deltarule.preprocessing.column_encoder import DroppedTreatment, Feature, Treatment
from deltarule.preprocessing.column_encoder_json import treatment_from_json
from deltarule.preprocessing.encoder_selection import Encoding, learn_treatment

_BLOCK_ROWS = 4096
AS_ASKED = "as asked"


@dataclass(frozen=True)
class ColumnRecord:
    """One column in the report: what came in, what is done to it, what comes out."""

    column: str
    kind: str
    treatment: str
    missing: int
    features: int


@dataclass(frozen=True)
class TableEncoder:
    """Turns a table with the columns of the training table into features.

    Columns are found by name: their order does not matter, and further ones are ignored.
    """

    treatments: tuple[Treatment, ...]

    @staticmethod
    def fit(
        table: Table,
        target: str | None,
        *,
        drop: Collection[str] = (),
        keep: Collection[str] = (),
        rows: NDArray[np.integer[Any]] | None = None,
        encoding: Encoding = Encoding(),  # noqa: B008 - frozen
    ) -> TableEncoder:
        """Learn the treatment of every column but `target` and `drop` from the given `rows` (all).

        Columns in `keep` are taken even if they look like identifiers, and all are if nothing else
        is left to learn from. Raises `ColumnError` for names that are not there,
        `DataError` for infinite numbers and if no column is left to learn from.
        """
        for name in (*drop, *keep, *(() if target is None else (target,))):
            table[name]
        chosen = np.arange(table.rows) if rows is None else np.sort(rows)
        inputs = [column for column in table.columns if column.name != target]
        learned = [_learned(column, chosen, drop, keep, encoding) for column in inputs]
        if not any(treatment.feature_names for treatment in learned):
            everything = tuple(column.name for column in inputs)
            learned = [_learned(column, chosen, drop, everything, encoding) for column in inputs]
        learned += [DroppedTreatment(name, 0, reason) for name, reason in table.left_out]
        if not any(treatment.feature_names for treatment in learned):
            reasons = "; ".join(f"{t.column!r} is {t.words}" for t in learned[:5])
            raise DataError(
                f"{capital(table.source)} has no column to learn from beside the target"
                f"{f': {reasons}' if reasons else ''}. Add columns that vary."
            )
        return TableEncoder(tuple(learned))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that `transform` needs."""
        return tuple(t.column for t in self.treatments if t.feature_names)

    @property
    def features(self) -> tuple[Feature, ...]:
        """What stands in each column of what `transform` returns."""
        return tuple(feature for treatment in self.treatments for feature in treatment.features)

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about the columns that are left out, one sentence each."""
        reasons: dict[str, list[str]] = {}
        for treatment in self.treatments:
            if isinstance(treatment, DroppedTreatment) and treatment.reason != AS_ASKED:
                reasons.setdefault(treatment.reason, []).append(repr(treatment.column))
        return tuple(_left_out(names, reason) for reason, names in reasons.items())

    def transform(
        self,
        table: Table,
        dtype: DTypeLike = np.float32,
        rows: NDArray[np.integer[Any]] | None = None,
    ) -> NDArray[Any]:
        """Return the features of `rows` (all), (rows, features) of `dtype`, C-contiguous, all finite.

        Raises `ColumnError` for a missing column, `DataError` for a value of another kind than in
        training; see `adapt` for what counts as the same.
        """
        used = [treatment for treatment in self.treatments if treatment.feature_names]
        prepared = [treatment.prepare(_find(table, treatment.column)) for treatment in used]
        widths = [len(treatment.feature_names) for treatment in used]
        stops = np.cumsum(widths).tolist()
        count = table.rows if rows is None else len(rows)
        out = np.empty((count, stops[-1] if stops else 0), dtype=dtype)
        # Block by block, so that the rows being written stay in the processor's cache.
        for start in range(0, count, _BLOCK_ROWS):
            block = slice(start, start + _BLOCK_ROWS)
            chosen = block if rows is None else rows[block]
            for treatment, values, width, stop in zip(used, prepared, widths, stops, strict=True):
                treatment.fill(values[chosen], out[block, stop - width : stop])
        return out

    def describe(self) -> list[dict[str, Any]]:
        """Return a record for each input column, as in `ColumnRecord`, for the report."""
        return [
            asdict(ColumnRecord(t.column, t.kind, t.words, t.missing, len(t.feature_names)))
            for t in self.treatments
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the encoder in the types of JSON; floats come back exactly."""
        return {"columns": [treatment.to_json() for treatment in self.treatments]}

    @staticmethod
    def from_json(data: object, where: str = "encoder") -> TableEncoder:
        """Return the encoder that `to_json` described; raise `ModelFileError` if it is not one."""
        reader = StrictReader(data, where)
        treatments = tuple(treatment_from_json(inner) for inner in reader.readers("columns"))
        reader.finish()
        names = [treatment.column for treatment in treatments]
        if len(set(names)) < len(names):
            raise ModelFileError(f"{where}.columns must have different names.")
        return TableEncoder(treatments)


def _learned(
    column: Column,
    rows: NDArray[np.integer[Any]],
    drop: Collection[str],
    keep: Collection[str],
    encoding: Encoding,
) -> Treatment:
    if column.name in drop:
        return DroppedTreatment(column.name, int(column.take(rows).missing.sum()), AS_ASKED)
    return learn_treatment(column, rows, keep=column.name in keep, encoding=encoding)


def _find(table: Table, name: str) -> Column:
    if name in table:
        return table[name]
    raise ColumnError(
        sentences(
            f"{table.source} has no column {name!r}, which the model was trained with.",
            did_you_mean(name, table.names),
            header_hint(table.names),
        ),
        column=name,
        table=table.source,
        suggestion=nearest(name, table.names),
    )


def _left_out(names: list[str], reason: str) -> str:
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    if len(names) == 1:
        return f"Column {shown} is left out: {reason}."
    return f"{len(names)} columns are left out ({shown}), each: {reason}."
