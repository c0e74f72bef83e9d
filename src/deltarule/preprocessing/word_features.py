"""The encoder of columns of free text, such as titles or reviews: which frequent words a cell has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_percent
from deltarule.data.table import Column
from deltarule.preprocessing import column_names
from deltarule.preprocessing.column_casting import distinct_texts
from deltarule.preprocessing.column_encoder import (
    ColumnEncoder,
    Feature,
    indicator,
    missing_summary,
)
from deltarule.preprocessing.operations import Flags, Operation

MIN_WORD_ROWS = 5
"""A word is used if at least this many training rows have it, and as many do not."""
MIN_WORD_SHARE = 0.001
"""In large tables, at least this share of the training rows."""
MIN_WORDS_PER_TEXT = 2.0
"""Texts with fewer words on average are names or codes."""
MIN_COVERAGE = 0.5
"""Texts are words if at least this share of them has a word that is used, and categories if at least this
share of the rows has a text of at least `MIN_WORD_ROWS` rows."""
MIN_USUAL_SHARE = 0.01
"""A text without a word that is used is unusual if fewer of the training texts have none."""
MAX_CELLS, MAX_STREAMED_CELLS = 50_000_000, 500_000_000
"""Upper bounds on rows times words, which limit the memory, and the block file of a streamed table."""
_WORD = re.compile(r"[^\W\d_][^\W_]+")
_SHOWN = 5  # words in a summary


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text: two or more letters or digits after a letter, in lower case."""
    return frozenset(_WORD.findall(text.casefold()))


@dataclass(frozen=True)
class WordsEncoder(ColumnEncoder):
    """One feature per word: 1 where the cell has that word, else 0.

    `words` are in the order of their training rows, most frequent first. A missing cell has none, and is
    marked by one more feature if training had missing cells. `share_without` is the share of the training
    texts that have none of the words.
    """

    kind = "words"
    values = "words"
    words: tuple[str, ...]
    missing_indicator: bool
    share_without: float = 0.0

    @property
    def features(self) -> tuple[Feature, ...]:
        words = tuple(Feature(f"{self.column} has {word}", "word") for word in self.words)
        return (*words, *indicator(self.column, self.missing_indicator))

    @property
    def summary(self) -> str:
        shown = ", ".join(self.words[:_SHOWN]) + ", ..." * (len(self.words) > _SHOWN)
        none = ""
        if self.may_lack_words:
            none = f"{format_percent(self.share_without)} of the training texts have none of them, "
        return f"{len(self.words)} words ({shown}), {none}{missing_summary(self.missing_indicator)}"

    def cast(self, column: Column) -> NDArray[np.uint8]:
        """Return uint8 (n, features): 1 for each word that a cell has."""
        found, texts = distinct_texts(column)
        width = len(self.words)
        flags = np.zeros((len(texts) + 1, width + self.missing_indicator), np.uint8)
        for row, text in zip(flags, texts, strict=False):
            row[[self._places[word] for word in words_of(text) if word in self._places]] = 1
        flags[-1, width:] = 1  # the last row is that of missing cells
        result: NDArray[np.uint8] = flags[found]
        return result

    def has_words(self, values: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return for cells, as `cast` returns them, whether they have at least one of the words (n,)."""
        return np.asarray(values[:, : len(self.words)].any(axis=1), np.bool_)

    def word_counts(self, values: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the number of known words of cast cells (n,); NaN where they are marked as missing."""
        counts = np.asarray(values[:, : len(self.words)].sum(axis=1), np.float64)
        if self.missing_indicator:
            counts[values[:, -1] != 0] = np.nan
        return counts

    @property
    def may_lack_words(self) -> bool:
        """Whether at least `MIN_USUAL_SHARE` of the training texts have none of the words."""
        return self.share_without >= MIN_USUAL_SHARE

    def flags(self, text: str) -> NDArray[np.uint8]:
        """Return uint8 (1, features) of a text."""
        return self.cast(Column(self.column, "text", np.zeros(1, np.int8), [text]))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words)}

    @property
    def operations(self) -> tuple[Operation, ...]:
        return (Flags(len(self.words) + self.missing_indicator),)


def words_encoder(
    part: Column, missing: int, max_words: int, *, all_rows: int | None = None
) -> WordsEncoder | None:
    """Return the encoder of training cells of texts; None if they do not read as words.

    They do if few rows share their text with others, texts have at least two words on average, and most
    of them have a word that is neither rare nor in nearly all rows. A column whose name is that of an
    identifier holds no words. `all_rows` are those of the table of which the cells are a sample.
    """
    most = MAX_CELLS // len(part) if all_rows is None else MAX_STREAMED_CELLS // max(all_rows, 1)
    if column_names.is_identifier(part.name):
        return None
    codes = part.values[part.values >= 0]
    rows = np.bincount(codes, minlength=len(part.levels))
    if not len(codes) or rows[rows >= MIN_WORD_ROWS].sum() > MIN_COVERAGE * len(codes):
        return None
    used = np.flatnonzero(rows)
    texts = [part.levels[code] for code in used.tolist()]
    words = _frequent_words(texts, rows[used], min(max_words, most))
    if not words:
        return None
    known = frozenset(words)
    has_word = np.array([not known.isdisjoint(words_of(text)) for text in texts])
    covered = int(rows[used][has_word].sum())
    if covered < MIN_COVERAGE * len(codes):
        return None
    return WordsEncoder(part.name, missing, words, missing > 0, 1 - covered / len(codes))


def _frequent_words(texts: Sequence[str], rows: NDArray[Any], most: int) -> tuple[str, ...]:
    """Return the words of most rows, most frequent first; none if texts have too few words."""
    total = int(rows.sum())
    counts: Counter[str] = Counter()
    for word, count in _occurrences(texts, rows):
        counts[word] += count
    if counts.total() < MIN_WORDS_PER_TEXT * total:
        return ()
    fewest = max(MIN_WORD_ROWS, MIN_WORD_SHARE * total)
    kept = [word for word, count in counts.items() if fewest <= count <= total - fewest]
    return tuple(sorted(kept, key=lambda word: (-counts[word], word))[:most])


def _occurrences(texts: Sequence[str], rows: NDArray[Any]) -> Iterator[tuple[str, int]]:
    for text, count in zip(texts, rows.tolist(), strict=True):
        for word in words_of(text):
            yield word, count
