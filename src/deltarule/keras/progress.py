"""Keras's progress line, printed after each epoch."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from deltarule.errors import SettingError

WIDTH = 20


def epoch_line(steps: int, seconds: float, logs: Mapping[str, Any], verbose: int) -> str:
    """Return the line of a finished epoch, evaluation or prediction."""
    each = _duration(seconds / max(steps, 1))
    values = "".join(f" - {name}: {_number(value)}" for name, value in logs.items())
    if verbose == 2:
        return f"{steps}/{steps} - {seconds:.0f}s - {each}{values}"
    bold, green, plain = ("\x1b[1m", "\x1b[32m", "\x1b[0m") if supports_color() else ("", "", "")
    count = f"{bold}{steps}/{steps}{plain}"
    return f"{count} {green}{'━' * WIDTH}{plain} {bold}{seconds:.0f}s{plain} {each}{values}"


def print_line(text: str) -> None:
    """Print, as Keras does; without standard output (pythonw) print nothing."""
    print(text, flush=True)


def as_verbose(verbose: object) -> int:
    """Return 0, 1 or 2; "auto" is 1, as in Keras."""
    if verbose == "auto":
        return 1
    if verbose not in (0, 1, 2):
        raise SettingError("verbose", 'must be "auto", 0, 1 or 2', verbose)
    return int(verbose)


def supports_color() -> bool:
    """Return whether the output is a terminal or a notebook."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return is_terminal or "ipykernel" in sys.modules


def _number(value: Any) -> str:
    value = float(np.mean(value))  # as in Keras: of several values, the mean
    return f"{value:.4f}" if abs(value) >= 1e-3 else f"{value:.4e}"


def _duration(seconds: float) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/step"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/step"
    return f"{seconds * 1e6:.0f}us/step"
