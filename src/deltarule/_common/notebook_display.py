"""What is shown at the end of a notebook cell: one line of text, and a card as HTML.

A class states its sentence here; its picture and its table are made by `deltarule.notebook`, which knows
every class. The top of the package registers that module, so that no module imports one above it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

MAX_LENGTH = 280
_make_html: Callable[[object], str | None] | None = None


def register(make_html: Callable[[object], str | None]) -> None:
    """Set the function that returns the HTML of an object, or None for its plain text."""
    global _make_html
    _make_html = make_html


def html_of(shown: object) -> str | None:
    """Return the HTML of an object; None where there is none, so that a notebook shows its text."""
    return None if _make_html is None else _make_html(shown)


class NotebookDisplay:
    """Base of the classes that a notebook shows: their text is one line, their HTML a card."""

    def _sentence(self) -> str:
        """Return what the object is, in one sentence without arrays."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {one_line(self._sentence())}>"

    def _repr_html_(self) -> str | None:
        return html_of(self)


def one_line(text: str, max_length: int = MAX_LENGTH - 40) -> str:
    """Return a text on one line, cut to `max_length` characters."""
    text = " ".join(text.split())
    return text if len(text) <= max_length else f"{text[: max_length - 1].rstrip()}…"


MAX_SHOWN_NAME = 120
"""Names to be copied, such as those of columns and files, are cut if they are longer."""


def listed(names: Sequence[object], most: int = 4, max_length: int = 30) -> str:
    """Return the first names as "a, b, c and 3 more", each cut to `max_length` characters."""
    shown = ", ".join(one_line(str(name), max_length) for name in names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
