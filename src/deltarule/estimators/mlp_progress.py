"""The output of `verbose`: a progress bar, or one line per epoch as scikit-learn prints."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TextIO

from deltarule.estimators.mlp_loss_scale import LossScale
from deltarule.training import Progress

BAR_CELLS = 24


def progress_printer(
    verbose: Any, epochs: int, scale: LossScale
) -> Callable[[Progress], None] | None:
    """Return the function that prints progress, or None.

    verbose=1 (or True) is a bar in a terminal or a notebook, and lines in a file or a pipe; above 1, it
    is always lines.
    """
    if not verbose or sys.stdout is None:  # as under pythonw
        return None
    if verbose == 1 and _is_live(sys.stdout):
        return ProgressBar(sys.stdout, epochs, scale).show
    return EpochLines(sys.stdout, scale).show


class EpochLines:
    """Prints `Iteration 3, loss = 0.41` for each epoch."""

    def __init__(self, stream: TextIO, scale: LossScale) -> None:
        self._stream, self._scale, self._epochs = stream, scale, 0

    def show(self, progress: Progress) -> None:
        """Print the epochs of one event."""
        losses = self._scale.to_sklearn(progress.records["training_loss"])
        for loss, score in zip(losses, progress.records["validation_score"], strict=True):
            self._epochs += 1
            print(f"Iteration {self._epochs}, loss = {loss:.8f}", file=self._stream)
            if score == score:
                print(f"Validation score: {score:f}", file=self._stream)


class ProgressBar:
    """Rewrites one line: ` 60/200 ━━━━━━━         loss 0.4123  validation score 0.9400  1.2 s`."""

    def __init__(self, stream: TextIO, epochs: int, scale: LossScale) -> None:
        self._stream, self._epochs, self._scale, self._done = stream, epochs, scale, 0

    def show(self, progress: Progress) -> None:
        """Show the last epoch of one event."""
        last = progress.records[-1]
        self._done += len(progress.records)
        cells = round(BAR_CELLS * min(self._done / self._epochs, 1))
        bar = "━" * cells + " " * (BAR_CELLS - cells)
        text = f"{self._done:>{len(str(self._epochs))}}/{self._epochs} {bar}"
        text += f"  loss {self._scale.to_sklearn(float(last['training_loss'])):.4g}"
        if last["validation_score"] == last["validation_score"]:
            text += f"  validation score {float(last['validation_score']):.4f}"
        self._stream.write(f"\r{text}  {float(last['elapsed_s']):.1f} s  ")
        self._stream.flush()


def no_progress(settings: Any, consequence: str) -> str:
    """Return scikit-learn's sentence that training stalled, and what follows from it."""
    measure = "Validation score" if settings.early_stopping else "Training loss"
    return (
        f"{measure} did not improve more than tol={settings.tol:f} for {settings.n_iter_no_change} "
        f"consecutive epochs. {consequence}"
    )


def print_lower_rate(settings: Any, rate: float) -> None:
    """Print scikit-learn's line of a learning rate that "adaptive" lowers, among lines of epochs."""
    is_bar = settings.verbose == 1 and sys.stdout is not None and _is_live(sys.stdout)
    if settings.verbose and sys.stdout is not None and not is_bar:
        print(no_progress(settings, f"Setting learning rate to {rate:f}"), file=sys.stdout)


def print_explanation(verbose: Any, explanation: str) -> None:
    """Print why training stopped, below the progress."""
    if verbose and sys.stdout is not None:
        start = "\n" if verbose == 1 and _is_live(sys.stdout) else ""
        print(f"{start}{explanation}", file=sys.stdout)


def _is_live(stream: TextIO) -> bool:
    return "ipykernel" in sys.modules or bool(getattr(stream, "isatty", lambda: False)())
