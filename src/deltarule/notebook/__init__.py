"""What notebooks show at the end of a cell: a card with a picture, a sentence and a table.

Each module makes the cards of the classes of one part of the package; it is imported when the first
object of that part is shown. The pictures are those of the report and of `drawing`.
"""

from __future__ import annotations

from importlib import import_module

from deltarule.notebook.dispatch import card_of

_MODULES = {
    "data": "table_cards",
    "estimators": "estimator_cards",
    "history": "network_cards",
    "insight": "insight_cards",
    "keras": "keras_cards",
    "network": "network_cards",
    "parameters": "network_cards",
    "preprocessing": "table_cards",
    "report": "report_cards",
    "schema": "table_cards",
    "splitting": "table_cards",
    "table_model": "model_cards",
    "table_model.by_group": "group_cards",
    "training": "network_cards",
    "tuning": "tuning_cards",
}
"""The module with the cards of each part of the package."""

__all__ = ["html", "make_html"]


def make_html(shown: object) -> str | None:
    """Return the HTML of an object, or None: what a notebook shows must never raise an error."""
    try:
        return html(shown)
    except Exception:
        return None


def html(shown: object) -> str | None:
    """Return the HTML of an object, or None if its class has no card."""
    for cls in type(shown).__mro__:
        package, _, rest = cls.__module__.partition(".")
        names = rest.split(".")
        module = _MODULES.get(".".join(names[:2])) or _MODULES.get(names[0])
        if package == "deltarule" and module is not None:
            import_module(f"{__name__}.{module}")
    card = card_of(shown)
    return None if card is None else card.html()
