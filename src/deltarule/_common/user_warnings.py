"""Warnings that point at the line of the user."""

from __future__ import annotations

import sys
import warnings

_PASSED_BY = ("deltarule", "contextlib")  # decorators made by contextlib call deltarule's functions


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line outside of deltarule that led here."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _package(frame.f_globals) in _PASSED_BY:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _package(names: dict[str, object]) -> str:
    return str(names.get("__name__", "")).partition(".")[0]
