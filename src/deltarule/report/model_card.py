"""The model card (Mitchell et al. 2019): what a model is for and where it ends, as people fill it in."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from deltarule.errors import FileError, SettingError
from deltarule.table_model import TableResult
from deltarule.table_model.known_limits import known_limits

Card = Mapping[str, str]
FIELDS = {
    "Intended use": "Which decisions does it support, who uses it, on which rows?",
    "Not intended for": "For which rows or decisions must it not be used?",
    "Data": "Where do the rows come from, from when, who may use them, what was left out?",
    "Limits": "",  # filled in by `known_limits`
    "People concerned": "Whom do errors harm? Are the scores alike for the groups concerned?",
    "Contact and review": "Who is responsible, and when is the model checked or trained again?",
}
"""The fields of the card with the questions that an empty one shows."""
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$")
_MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class CardField:
    """One field of the card; an empty one shows `hint`."""

    title: str
    paragraphs: tuple[str, ...]
    hint: str


def read_card(path: str | os.PathLike[str]) -> dict[str, str]:
    """Return the sections of a Markdown file by heading: ``## Intended use`` and the text below it.

    Raises `FileError` if the file cannot be read or has no headings.
    """
    try:
        with open(path, "rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise FileError(f"The card {os.fspath(path)} cannot be read: {error.strerror}.") from None
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading:
            lines = sections.setdefault(heading[1], [])
        else:
            lines.append(line)
    if not sections:
        raise FileError(
            f"The card {os.fspath(path)} has no headings: begin each section with one, such as "
            "'## Intended use'."
        )
    # A heading without text, such as the title of the page, is left out.
    found = {title: "\n".join(lines).strip() for title, lines in sections.items()}
    return {title: text for title, text in found.items() if text}


def card_fields(result: TableResult, card: Card | None) -> list[CardField]:
    """Return the fields to show: those of `FIELDS`, filled from `card`, then its other sections.

    Raises `SettingError` if the card is not a mapping of texts.
    """
    if card is not None and not (
        isinstance(card, Mapping)
        and all(isinstance(part, str) for item in card.items() for part in item)
    ):
        hint = 'For example: card={"Intended use": "..."}.'
        raise SettingError("card", "must be a dict of texts by field", card, hint)
    given = {title.strip().casefold(): (title, text) for title, text in (card or {}).items()}
    fields = []
    for title, hint in FIELDS.items():
        text = given.pop(title.casefold(), ("", ""))[1]
        if title == "Limits" and not text:
            text = known_limits(result.model)
        fields.append(CardField(title, _paragraphs(text), hint))
    return [*fields, *(CardField(title, _paragraphs(text), "") for title, text in given.values())]


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())
