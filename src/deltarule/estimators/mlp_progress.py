"""What `verbose` shows: a bar that rewrites its line, or a line for each epoch as scikit-learn prints."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TextIO

from deltarule.estimators.mlp_loss_units import Scale
from deltarule.training import Progress

BAR_CELLS = 24


def listener_for(verbose: Any, epochs: int, scale: Scale) -> Callable[[Progress], None] | None:
    """Return what shows progress, or None.

    verbose=1 (or True) is a bar where standard output is a terminal or a notebook, and lines where it is
    a file or a pipe; above 1 it is always lines.
    """
    if not verbose:
        return None
    if verbose == 1 and _is_live(sys.stdout):
        return Bar(sys.stdout, epochs, scale).show
    return EpochLines(sys.stdout, scale).show


class EpochLines:
    """Prints `Iteration 3, loss = 0.41` for each epoch."""

    def __init__(self, stream: TextIO, scale: Scale) -> None:
        self._stream, self._scale, self._epochs = stream, scale, 0

    def show(self, progress: Progress) -> None:
        """Print the epochs of one event."""
        losses = self._scale.report(progress.records["training_loss"])
        for loss, score in zip(losses, progress.records["validation_score"], strict=True):
            self._epochs += 1
            print(f"Iteration {self._epochs}, loss = {loss:.8f}", file=self._stream)
            if score == score:
                print(f"Validation score: {score:f}", file=self._stream)


class Bar:
    """Rewrites one line: ` 60/200 ━━━━━━━         loss 0.4123  validation score 0.9400  1.2 s`."""

    def __init__(self, stream: TextIO, epochs: int, scale: Scale) -> None:
        self._stream, self._epochs, self._scale, self._done = stream, epochs, scale, 0

    def show(self, progress: Progress) -> None:
        """Show the last epoch of one event."""
        last = progress.records[-1]
        self._done += len(progress.records)
        cells = round(BAR_CELLS * min(self._done / self._epochs, 1))
        bar = "━" * cells + " " * (BAR_CELLS - cells)
        text = f"{self._done:>{len(str(self._epochs))}}/{self._epochs} {bar}"
        text += f"  loss {self._scale.report_one(float(last['training_loss'])):.4g}"
        if last["validation_score"] == last["validation_score"]:
            text += f"  validation score {float(last['validation_score']):.4f}"
        self._stream.write(f"\r{text}  {float(last['elapsed_s']):.1f} s  ")
        self._stream.flush()


def close(verbose: Any, explanation: str) -> None:
    """Print why training stopped, below whatever was shown."""
    if verbose:
        start = "\n" if verbose == 1 and _is_live(sys.stdout) else ""
        print(f"{start}{explanation}", file=sys.stdout)


def _is_live(stream: TextIO) -> bool:
    return "ipykernel" in sys.modules or bool(getattr(stream, "isatty", lambda: False)())
