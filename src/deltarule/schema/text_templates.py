"""Group texts by their template: the text in lowercase ASCII with every digit replaced by 0.

Times of one spelling share few templates, so that a regular expression runs once per template and the
digits of all its texts are read together with NumPy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_CHARACTERS = 80  # longer texts are not times
_TEXTS_AT_ONCE = 65_536
_ZERO, _NINE, _UPPER_A, _UPPER_Z = 48, 57, 65, 90
_SPACES = re.compile(r"\s+")
_EAST_ASIAN_DATE = re.compile(r"(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]")
_DIGITS = str.maketrans("123456789", "000000000")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


@dataclass(frozen=True)
class TemplateGroup:
    """The texts of one template.

    `rows` are their indices among all texts, and `digits` has a row for each text and a column for each
    character of the template, with meaningful values only where the template has a 0.
    """

    template: str
    rows: NDArray[np.intp]
    digits: NDArray[np.uint8]

    def number(self, span: tuple[int, int]) -> NDArray[np.int64]:
        """Return the integers (rows,) written at these characters; 0 for an empty span."""
        value = np.zeros(len(self.rows), np.int64)
        for place in range(*span):
            value = value * 10 + self.digits[:, place]
        return value


def template_of(text: str) -> str:
    """Return the template of one text, "" if it has none."""
    plain = _plain(text)
    return plain.lower().translate(_DIGITS) if len(plain) <= MAX_CHARACTERS else ""


def group_by_template(texts: Sequence[str]) -> Iterator[TemplateGroup]:
    """Yield the groups of texts; one template may occur in several groups.

    Texts that are empty, longer than `MAX_CHARACTERS` or not ASCII without their accents are in no group.
    """
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        yield from _groups([*texts[start : start + _TEXTS_AT_ONCE]], start)


def _groups(texts: list[str], start: int) -> Iterator[TemplateGroup]:
    joined = "".join(texts)
    if not joined.isascii() or "  " in joined or "\t" in joined or "\0" in joined:
        texts = [_plain(text) for text in texts]
    if max(map(len, texts)) > MAX_CHARACTERS:
        texts = [text if len(text) <= MAX_CHARACTERS else "" for text in texts]
    width = max(map(len, texts))
    if width == 0:
        return
    characters = np.array(texts, f"S{width}").view(np.uint8).reshape(len(texts), width)
    digits = characters - np.uint8(_ZERO)
    is_upper = (characters >= _UPPER_A) & (characters <= _UPPER_Z)
    lowered = characters | (is_upper.view(np.uint8) << 5)
    lowered[digits <= _NINE - _ZERO] = _ZERO
    places: dict[bytes, int] = {}
    templates = lowered.view(f"S{width}").ravel().tolist()
    codes = np.array([places.setdefault(template, len(places)) for template in templates])
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(places)))
    for template, first, end in zip(places, [0, *ends[:-1]], ends, strict=True):
        if template:
            rows = order[first:end]
            picked = digits if len(places) == 1 else digits[rows]
            yield TemplateGroup(template.decode(), rows + start, picked)


def _plain(text: str) -> str:
    """Return the text with single spaces and without accents; empty if it is not ASCII then."""
    if not text.isascii():
        text = _EAST_ASIAN_DATE.sub(r"\1-\2-\3", text.translate(_DASHES))
        letters = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in letters if not unicodedata.combining(letter))
    text = _SPACES.sub(" ", text)
    return text if text.isascii() and "\0" not in text else ""
