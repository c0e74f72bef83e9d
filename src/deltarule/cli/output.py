"""Where text goes: standard output that may be a terminal, a file, a full disk or a closed pipe."""

from __future__ import annotations

import os
import sys
from typing import Any, Protocol, TextIO

from deltarule.cli.messages import Line, plain_text
from deltarule.errors import FileError

LINE_EVERY_S = 1.0
"""How often progress is told where it cannot be drawn over."""


class Output:
    """A text stream that a failure ends quietly: training must not die of a closed pipe.

    `failure` is the first error, for whoever wants to know in the end.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text, or nothing after a failure."""
        if self.failure is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self.failure = error
        return len(text)

    def flush(self) -> None:
        """Flush, or nothing after a failure."""
        if self.failure is None:
            try:
                self._stream.flush()
            except OSError as error:
                self.failure = error

    def end(self) -> None:
        """Flush; raise `FileError` where something was not written. A closed pipe is no error."""
        self.flush()
        if self.failure is None:
            return
        forget_standard_output()
        if not isinstance(self.failure, BrokenPipeError):
            raise output_error(self.failure)


def output_error(error: OSError) -> FileError:
    """Return what to say when standard output takes no more."""
    return FileError(f"Cannot write to standard output: {(error.strerror or str(error)).lower()}.")


def forget_standard_output() -> None:
    """Let what is still buffered go nowhere, so that Python does not complain while it ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass


class Printer(Protocol):
    """Prints lines for people."""

    def lines(self, lines: list[Line]) -> None:
        """Print these lines."""

    def progress(self, text: str, share: float) -> None:
        """Tell how far it is: `share` from 0 to 1."""

    def progress_ended(self) -> None:
        """Leave the last progress line standing."""


class PlainPrinter:
    """Lines without any escape codes; progress at most once a second."""

    def __init__(self, stream: Output) -> None:
        self._stream = stream
        self._told_at: float | None = None
        self._untold = ""

    def lines(self, lines: list[Line]) -> None:
        """Print these lines."""
        for line in lines:
            self._stream.write(f"{plain_text(line)}\n")
        self._stream.flush()

    def progress(self, text: str, share: float) -> None:
        """Print a line if the last one is a second old."""
        from time import monotonic

        now = monotonic()
        if self._told_at is None:
            self._told_at = now
        self._untold = text
        if now - self._told_at >= LINE_EVERY_S:
            self._told_at = now
            self.progress_ended()

    def progress_ended(self) -> None:
        """Print the last state if nobody has seen it."""
        if self._untold:
            self.lines([Line(self._untold, "Epoch")])
        self._untold = ""


def make_printer(stream: Output) -> Printer:
    """Return a printer for the terminal or file that `stream` is."""
    if stream.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", ""):
        from deltarule.cli.terminal import TerminalPrinter

        return TerminalPrinter(stream)
    return PlainPrinter(stream)
