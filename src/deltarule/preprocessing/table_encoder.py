"""TableEncoder: the rows of a table as features, the encoders of all columns side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deltarule._common.checks import did_you_mean, nearest, sentences
from deltarule._common.fields_only import FieldsOnly
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.strict_reader import StrictReader
from deltarule.data.table import Column, Table, capital, header_hint
from deltarule.errors import ColumnError, DataError, ModelFileError
from deltarule.preprocessing.column_encoder import ColumnEncoder, DroppedColumn, Feature
from deltarule.preprocessing.column_encoder_json import column_encoder_from_json
from deltarule.preprocessing.column_names import unnamed_columns
from deltarule.preprocessing.encoder_selection import Encoding, fit_column_encoder
from deltarule.preprocessing.identifiers import IDENTIFIER, STORED_INDEX
from deltarule.preprocessing.whole_table import WholeTable
from deltarule.preprocessing.word_features import WordsEncoder

_BLOCK_ROWS, _ENCODED_ROWS = 4096, 16384
DROPPED_BY_USER = "it is listed in drop"
HOLDS_WEIGHTS, HOLDS_GROUPS, HOLDS_TIMES = (
    f"it holds the {role}" for role in ("weights", "groups", "times")
)
SCREENED_OUT = "its dependence on the target is not among the most significant"
_KNOWN_REASONS = (DROPPED_BY_USER, HOLDS_WEIGHTS, HOLDS_GROUPS, HOLDS_TIMES, SCREENED_OUT)
"""Reasons that the user gave, or that have a note of their own."""


@dataclass(frozen=True)
class ColumnRecord:
    """One column in the report: what it holds, how it is encoded, how many features it becomes."""

    column: str
    kind: str
    encoding: str
    missing: int
    features: int


@dataclass(frozen=True, repr=False)
class TableEncoder(FieldsOnly, NotebookDisplay):
    """Encodes the columns of a table as features.

    Columns are found by name: their order does not matter, and additional columns are ignored.

    Parameters
    ----------
    column_encoders : tuple of ColumnEncoder
        One for each input column of the training table, in order; dropped columns included.

    See Also
    --------
    deltarule.TableModel : Holds the encoder of its training table.

    Examples
    --------
    >>> from deltarule.data import read_table
    >>> from deltarule.preprocessing import TableEncoder
    >>> table = read_table({"size": [1.0, 2.0, 3.0], "color": ["red", "blue", "green"]})
    >>> encoder = TableEncoder.fit(table, target=None)
    >>> encoder.feature_names
    ('size', 'color=blue', 'color=green', 'color=red')
    >>> encoder.transform(table).shape
    (3, 4)
    """

    column_encoders: tuple[ColumnEncoder, ...]

    def _sentence(self) -> str:
        columns = counted(len(self.columns), "column")
        features = counted(sum(len(e.features) for e in self.column_encoders), "feature")
        dropped = len(self.column_encoders) - len(self.columns)
        return f"{columns} as {features}" + (f", {dropped:,} not used" if dropped else "")

    @staticmethod
    def fit(
        table: Table,
        target: str | None,
        *,
        drop: Collection[str] | Mapping[str, str] = (),
        keep: Collection[str] = (),
        rows: NDArray[np.integer[Any]] | None = None,
        encoding: Encoding = Encoding(),  # noqa: B008 - frozen
        whole: WholeTable | None = None,
    ) -> TableEncoder:
        """Fit an encoder for every column except the target.

        Parameters
        ----------
        table : Table
            The training table.
        target : str or None
            Column that is not an input; None if the table has no target.
        drop : collection of str or dict of str to str, default ()
            Columns that must not be inputs; a dict holds the reason of each.
        keep : collection of str, default ()
            Columns to use even if they look like identifiers. If no other column is usable, all are kept.
        rows : ndarray of shape (n_rows,), dtype int, optional
            Indexes of the training rows; all rows by default.
        encoding : Encoding, optional
            How columns are encoded.
        whole : WholeTable, optional
            The table of which `table` is a sample: numbers of missing cells and counts of levels are its.

        Returns
        -------
        TableEncoder
            The fitted encoder.

        Raises
        ------
        ColumnError
            If a named column does not exist.
        DataError
            If a column holds infinite numbers, or if no column is usable.
        """
        for name in (*drop, *keep, *(() if target is None else (target,))):
            table[name]
        chosen = np.arange(table.rows) if rows is None else np.sort(rows)
        inputs = [column for column in table.columns if column.name != target]
        unnamed = unnamed_columns(table.names)
        categories = frozenset() if table.schema is None else table.schema.stated_categories
        without_words = replace(encoding, max_words=0)

        def fit(column: Column, keep: Collection[str]) -> ColumnEncoder:
            if column.name in drop:
                missing = int(column.take(chosen).missing.sum())
                reason = drop[column.name] if isinstance(drop, Mapping) else DROPPED_BY_USER
                return DroppedColumn(column.name, missing, reason)
            return fit_column_encoder(
                column,
                chosen,
                keep=column.name in keep,
                unnamed=column.name in unnamed,
                encoding=without_words if column.name in categories else encoding,
                whole=whole,
            )

        fitted = [fit(column, keep) for column in inputs]
        if not any(encoder.feature_names for encoder in fitted):
            fitted = [fit(column, table.names) for column in inputs]
        fitted += [DroppedColumn(name, 0, reason) for name, reason in table.left_out]
        if not any(encoder.feature_names for encoder in fitted):
            reasons = "; ".join(f"{e.column!r} is {e.kind}: {e.summary}" for e in fitted[:5])
            raise DataError(
                f"{capital(table.source)} has no usable column besides the target"
                f"{f': {reasons}' if reasons else ''}. Add columns that vary."
            )
        return TableEncoder(tuple(fitted))

    @cached_property
    def used(self) -> tuple[ColumnEncoder, ...]:
        """The encoders that have features."""
        return tuple(encoder for encoder in self.column_encoders if encoder.features)

    @cached_property
    def _places(self) -> tuple[tuple[int, int], ...]:
        """The first feature of each of `used`, and the one after its last."""
        stops = np.cumsum([0, *(len(encoder.features) for encoder in self.used)]).tolist()
        return tuple(pairwise(stops))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that `transform` needs."""
        return tuple(encoder.column for encoder in self.used)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The features, in the order of the columns of what `transform` returns."""
        return tuple(feature for encoder in self.column_encoders for feature in encoder.features)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features."""
        return tuple(feature.name for feature in self.features)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on dropped columns and on free text, one sentence each."""
        reasons: dict[str, list[str]] = {}
        for encoder in self.column_encoders:
            if isinstance(encoder, DroppedColumn) and encoder.reason not in _KNOWN_REASONS:
                reasons.setdefault(encoder.reason, []).append(encoder.column)
        texts = [found for found in self.used if isinstance(found, WordsEncoder)]
        return (
            *(_dropped_note(names, reason) for reason, names in reasons.items()),
            *map(_words_note, texts),
        )

    def transform(
        self,
        table: Table,
        dtype: DTypeLike = np.float32,
        rows: NDArray[np.integer[Any]] | None = None,
    ) -> NDArray[Any]:
        """Encode the rows of a table.

        Parameters
        ----------
        table : Table
            A table with the columns of the training table.
        dtype : dtype, default float32
            Type of the features.
        rows : ndarray of shape (n_rows,), dtype int, optional
            Indexes of the rows to encode; all rows by default.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            The features, C-contiguous and finite.

        Raises
        ------
        ColumnError
            If a column is missing.
        DataError
            If a value cannot be cast to the kind that its column had in training.
        """
        return self.encode(self.cast(table), dtype, rows)

    def cast(self, table: Table) -> tuple[NDArray[Any], ...]:
        """Return the values of the used columns in the kind of training.

        Parameters
        ----------
        table : Table
            A table with the columns of the training table.

        Returns
        -------
        tuple of ndarray of shape (n_rows,)
            Numbers, codes of levels or datetimes, for each of `used`.

        Raises
        ------
        ColumnError
            If a column is missing.
        DataError
            If a value cannot be cast to the kind that its column had in training.
        """
        return tuple(encoder.cast(_find(table, encoder.column)) for encoder in self.used)

    def encode(
        self,
        values: Sequence[NDArray[Any]],
        dtype: DTypeLike = np.float32,
        rows: NDArray[np.integer[Any]] | None = None,
    ) -> NDArray[Any]:
        """Encode what `cast` returned.

        Parameters
        ----------
        values : sequence of ndarray of shape (n_rows,)
            The values of the used columns.
        dtype : dtype, default float32
            Type of the features.
        rows : ndarray of shape (n_rows,), dtype int, optional
            Indexes of the rows to encode; all rows by default.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            The features, C-contiguous and finite.
        """
        places = self._places
        count = (len(values[0]) if values else 0) if rows is None else len(rows)
        out = np.empty((count, places[-1][1] if places else 0), dtype=dtype)
        # Block by block, so that the rows being written stay in the processor's cache.
        for start in range(0, count, _BLOCK_ROWS):
            block = slice(start, start + _BLOCK_ROWS)
            chosen = block if rows is None else rows[block]
            for encoder, cells, (first, stop) in zip(self.used, values, places, strict=True):
                encoder.encode_into(cells[chosen], out[block, first:stop])
        return out

    def encoded_blocks(self, values: Sequence[NDArray[Any]]) -> Iterator[NDArray[np.float32]]:
        """Encode what `cast` returned in blocks, which avoids a second copy of a large table.

        Parameters
        ----------
        values : sequence of ndarray of shape (n_rows,)
            The values of the used columns.

        Yields
        ------
        ndarray of shape (n_block_rows, n_features), dtype float32
            The features of at most 16,384 rows.
        """
        for start in range(0, len(values[0]), _ENCODED_ROWS):
            yield self.encode([cells[start : start + _ENCODED_ROWS] for cells in values])

    def describe(self) -> list[dict[str, Any]]:
        """Describe each input column.

        Returns
        -------
        list of dict
            For each column its name ("column"), the kind of its encoder ("kind"), the encoding in words,
            or the reason if it is dropped ("encoding"), the number of missing training values ("missing")
            and of features ("features").
        """
        return [
            asdict(ColumnRecord(e.column, e.kind, e.summary, e.missing, len(e.feature_names)))
            for e in self.column_encoders
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the encoder as strict JSON types.

        Returns
        -------
        dict
            The description; floating-point numbers are exact.
        """
        return {"columns": [encoder.to_json() for encoder in self.column_encoders]}

    @staticmethod
    def from_json(data: object, where: str = "encoder") -> TableEncoder:
        """Return the encoder that `to_json` described.

        Parameters
        ----------
        data : object
            The description.
        where : str, default "encoder"
            Where the description was found, for error messages.

        Returns
        -------
        TableEncoder
            The encoder.

        Raises
        ------
        ModelFileError
            If `data` does not describe an encoder.
        """
        reader = StrictReader(data, where)
        encoders = tuple(column_encoder_from_json(inner) for inner in reader.readers("columns"))
        reader.finish()
        names = [encoder.column for encoder in encoders]
        if len(set(names)) < len(names):
            raise ModelFileError(f"{where}.columns must have distinct names.")
        return TableEncoder(encoders)


def _find(table: Table, name: str) -> Column:
    if name in table:
        return table[name]
    raise ColumnError(
        sentences(
            f"{capital(table.source)} has no column {name!r}, which the model was trained with.",
            did_you_mean(name, table.source_names),
            header_hint(table.source_names),
        ),
        column=name,
        table=table.source,
        suggestion=nearest(name, table.source_names),
    )


def _words_note(encoder: WordsEncoder) -> str:
    words = counted(len(encoder.words), "word")
    return (
        f"Column {encoder.column!r} is free text: {words} of it are inputs. To leave it out, set "
        f"`drop={encoder.column!r}`."
    )


def _dropped_note(names: list[str], reason: str) -> str:
    shown = ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")
    if len(names) > 1:
        return f"{len(names):,} columns are dropped ({shown}), each because {reason}."
    is_guess = reason.startswith((IDENTIFIER, STORED_INDEX))
    advice = f" To use it, set `keep={names[0]!r}`." if is_guess else ""
    return f"Column {shown} is dropped: {reason}.{advice}"
