"""The function that makes the card of any object; the modules of cards register their classes."""

from __future__ import annotations

from functools import singledispatch

from deltarule.notebook.card import Card


@singledispatch
def card_of(shown: object) -> Card | None:
    """Return the card of an object, or None if its class has none."""
    return None
