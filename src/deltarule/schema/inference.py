"""Find how the texts of a column are read, from its distinct texts and how often each occurs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import DataError
from deltarule.schema.cell_format import Proposal
from deltarule.schema.column_schema import PLAIN_BOOLEANS, TEXT_KINDS, ColumnSchema, ReadKind
from deltarule.schema.datetime_proposals import propose_datetimes
from deltarule.schema.missing_values import is_missing_among_values
from deltarule.schema.number_format import NumberFormat
from deltarule.schema.number_inference import merges_distinct_integers, propose_numbers
from deltarule.schema.plain_numbers import is_code
from deltarule.schema.possible_values import BOOLEANS, are_words
from deltarule.schema.time_of_day_format import TimeOfDayFormat

MAX_ODD_SHARE = 0.05
MIN_SHARE_FOR_NOTE = 0.8
MIN_VALUES_BESIDE_REPEATED_TEXTS = 21
MAX_SHARE_OF_LEVELS = 0.9
_MANY_LEVELS, _SAMPLED_LEVELS, _MIN_SAMPLED_FITS = 10_000, 1000, 0.5

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class ReadingHints:
    """What is known about a column before its cells are seen.

    `kind` is the kind that the user stated. `decimal_mark` and `day_first` come from the user or from
    other columns; `likely_decimal_mark` decides only where nothing else does. Without `clock_numbers`,
    1745 is a number, never a time of day.
    """

    kind: ReadKind | None = None
    decimal_mark: str | None = None
    likely_decimal_mark: str | None = None
    day_first: bool | None = None
    clock_numbers: bool = True

    def allows(self, proposal: Proposal) -> bool:
        """Return whether the format may be used."""
        found = proposal.format
        return self.clock_numbers or not (
            isinstance(found, TimeOfDayFormat) and found.clock_numbers
        )


def infer_from_texts(
    name: str,
    levels: Sequence[str],
    counts: Counts,
    hints: ReadingHints = ReadingHints(),
    errors: Mapping[str, int] = MappingProxyType({}),
) -> tuple[ColumnSchema, str]:
    """Return how the trimmed texts `levels` are read, and a note, "" if there is none.

    None of the levels is a missing marker. A column holds numbers, datetimes, durations or booleans if
    all its cells fit, apart from those that mark missing values among such ("-", "unknown"); or all but
    few odd cells (`_is_accepted`). Others stay texts. `errors` counts the missing cells that are error
    values (#DIV/0!), which the note lists beside those markers. Raises `DataError` if no cell fits the
    stated kind.
    """
    if hints.kind in TEXT_KINDS:
        return ColumnSchema(name, hints.kind, stated=True), ""
    if not len(levels):
        return ColumnSchema(name, "number", NumberFormat()), ""
    if hints.kind is None and (are_words(levels) or _are_texts(levels)):
        return _texts(name, counts), ""
    levels = list(levels)
    shown = np.array([t[0].isdigit() or not is_missing_among_values(t) for t in levels], bool)
    values = [level for level, known in zip(levels, shown.tolist(), strict=True) if known]
    if hints.kind is not None:
        return _as_stated(name, hints.kind, values, counts[shown], hints), ""
    marked = _marked(name, levels, counts, shown, errors)
    fits = np.array([value.lower() in BOOLEANS for value in values], bool)
    if _is_accepted(values, counts[shown], fits):
        return _booleans(name, values, counts[shown]), marked
    note = ""
    for proposal in _proposals(values, counts[shown], hints):
        if _is_accepted(values, counts[shown], proposal.fits):
            return _with_format(name, proposal), marked
        note = note or _nearly(name, values, counts[shown], proposal)
    return _texts(name, counts), note


def _texts(name: str, counts: Counts) -> ColumnSchema:
    return ColumnSchema(name, kind_of_texts(len(counts), int(counts.sum())))


def kind_of_texts(levels: int, cells: int) -> ReadKind:
    """Return the kind of a column of texts: nearly all of the cells of a "text" are distinct."""
    return "text" if levels > MAX_SHARE_OF_LEVELS * cells else "category"


def _booleans(name: str, values: Sequence[str], counts: Counts) -> ColumnSchema:
    """Return the schema of booleans, with the most frequent spelling of each."""
    most, texts = (
        dict.fromkeys(PLAIN_BOOLEANS, 0),
        dict(zip(PLAIN_BOOLEANS, PLAIN_BOOLEANS, strict=True)),
    )
    for text, count in zip(values, counts.tolist(), strict=True):
        if count > most.get(text.lower(), count):
            most[text.lower()], texts[text.lower()] = count, text
    if not most["false"] or not most["true"]:  # the other one is spelled alike: FALSE beside TRUE
        known = texts["true"] if most["true"] else texts["false"]
        changes = (str.lower, str.upper, str.title)
        alike = next((change for change in changes if change(known) == known), str.lower)
        texts = {plain: alike(plain) for plain in PLAIN_BOOLEANS}
    spelled = tuple(texts.values())
    return ColumnSchema(name, "boolean", boolean_texts=() if spelled == PLAIN_BOOLEANS else spelled)


def _with_format(name: str, proposal: Proposal) -> ColumnSchema:
    kind = cast(ReadKind, proposal.format.kind)
    return ColumnSchema(name, kind, proposal.format, assumption=proposal.assumption)


def _proposals(values: Sequence[str], counts: Counts, hints: ReadingHints) -> list[Proposal]:
    """Return the formats that fit some texts: datetimes and durations, then numbers."""
    datetimes = propose_datetimes(values, counts, day_first=hints.day_first)
    found = (datetimes, _numbers(values, counts, hints))
    return [proposal for proposal in found if proposal and hints.allows(proposal)]


def _numbers(values: Sequence[str], counts: Counts, hints: ReadingHints) -> Proposal | None:
    found = propose_numbers(
        values,
        counts,
        decimal_mark=hints.decimal_mark,
        likely_decimal_mark=hints.likely_decimal_mark,
    )
    return None if found is not None and merges_distinct_integers(values) else found


def _as_stated(
    name: str, kind: ReadKind, values: Sequence[str], counts: Counts, hints: ReadingHints
) -> ColumnSchema:
    """Return the schema of the stated kind, whatever the share of odd cells."""
    if kind == "boolean":
        return replace(_booleans(name, values, counts), stated=True)
    found = _stated_numbers(values, counts, hints) if kind == "number" else None
    if found is None:
        found = propose_datetimes(values, counts, day_first=hints.day_first, stated=kind)
    if found is not None:
        return replace(_with_format(name, found), stated=True)
    example = f", for example {values[0][:40]!r}" if values else ""
    raise DataError(
        f"Column {name!r} cannot be read as {kind}, as stated: its cells do not fit{example}. State "
        "another kind for it."
    )


def _stated_numbers(values: Sequence[str], counts: Counts, hints: ReadingHints) -> Proposal | None:
    """Return a format of numbers if any text fits; codes such as 007 are numbers if that is stated."""
    found = propose_numbers(
        values,
        counts,
        decimal_mark=hints.decimal_mark,
        likely_decimal_mark=hints.likely_decimal_mark,
        stated=True,
    )
    if found is not None:
        return found
    plain = NumberFormat(decimal_mark=hints.decimal_mark or ".")
    fits = ~np.isnan(plain.parse_all(values))
    return Proposal(plain, fits) if fits.any() else None


def _are_texts(values: Sequence[str]) -> bool:
    """Whether a sample of very many texts shows that they are neither numbers nor datetimes."""
    if len(values) <= _MANY_LEVELS:
        return False
    step = len(values) // _SAMPLED_LEVELS
    sample = [values[i] for i in range(0, len(values), step)]
    proposals = _proposals(sample, np.ones(len(sample), np.int64), ReadingHints())
    return all(proposal.fits.mean() < _MIN_SAMPLED_FITS for proposal in proposals)


def _is_accepted(values: Sequence[str], counts: Counts, fits: NDArray[np.bool_]) -> bool:
    """Whether enough cells fit: all, or all but an odd share of at most 5 %.

    Odd cells are accepted beside more than 20 distinct values, or if each of them occurs once: a text
    that repeats beside few values is a category. Integers with leading zeros are codes, which are never
    odd cells.
    """
    if not fits.any():
        return False
    if fits.all():
        return True
    odd = ~fits
    if counts[odd].sum() > MAX_ODD_SHARE * counts.sum():
        return False
    if fits.sum() < MIN_VALUES_BESIDE_REPEATED_TEXTS and (counts[odd] > 1).any():
        return False
    return not any(is_code(values[i]) for i in np.flatnonzero(odd).tolist())


def _marked(
    name: str,
    levels: Sequence[str],
    counts: Counts,
    shown: NDArray[np.bool_],
    errors: Mapping[str, int],
) -> str:
    """Return a note on the spellings that mark missing cells among numbers, "" without any."""
    markers = [levels[i] for i in np.flatnonzero(~shown).tolist()] + list(errors)
    if not markers:
        return ""
    failed = sum(errors.values())
    count, total = int(counts[~shown].sum()) + failed, int(counts.sum()) + failed
    listed = ", ".join(repr(marker) for marker in markers[:3]) + ", ..." * (len(markers) > 3)
    return (
        f"{count:,} of {total:,} values of column {name!r} {'is' if count == 1 else 'are'} "
        f"{listed}, which is read as missing."
    )


def _nearly(name: str, values: Sequence[str], counts: Counts, proposal: Proposal) -> str:
    """Return a note if nearly all cells are numbers or datetimes, "" otherwise."""
    odd = ~proposal.fits
    examples = [values[i] for i in np.flatnonzero(odd).tolist()]
    bad, total = int(counts[odd].sum()), int(counts.sum())
    if bad > (1 - MIN_SHARE_FOR_NOTE) * total or any(is_code(text) for text in examples):
        return ""
    kind = proposal.format.kind
    what = {"number": "a number", "datetime": "a date"}.get(kind, "a duration")
    verb, them = ("is", "it") if bad == 1 else ("are", "them")
    advice = "" if kind == "duration" else f"set `columns={{{name!r}: {kind!r}}}`"
    return (
        f"Column {name!r} is read as text, because {bad:,} of its {total:,} values {verb} not {what} "
        f"(for example {examples[0][:40]!r}){advice and f': to treat {them} as missing, {advice}'}."
    )
