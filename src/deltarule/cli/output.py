"""Standard output, which may be a terminal, a file, a full disk or a closed pipe."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, TextIO

from deltarule.cli.messages import Line, Pieces, plain_text
from deltarule.errors import FileError

PROGRESS_INTERVAL_S = 1.0
"""Interval between progress lines where they cannot be overwritten."""


class Output:
    """A text stream that ignores writes after a failure, so that a closed pipe does not end training.

    `failure` is the first error.
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
        """Flush; raise `FileError` if something was not written, except to a closed pipe."""
        self.flush()
        if self.failure is None:
            return
        discard_output(self._stream)
        if not isinstance(self.failure, BrokenPipeError):
            raise output_error(self.failure)


def output_error(error: OSError) -> FileError:
    """Return the error for a failed write to standard output."""
    return FileError(f"Cannot write to standard output: {(error.strerror or str(error)).lower()}.")


def discard_output(stream: TextIO) -> None:
    """Discard buffered text of a standard stream, so that Python does not report an error at exit."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (AttributeError, OSError, ValueError):  # not every stream has a file
        pass


class ClosedStream(io.TextIOWrapper):
    """The null device in place of a standard stream that is closed."""


@contextmanager
def open_closed_streams() -> Iterator[None]:
    """Open the null device for each standard stream that is closed, as under pythonw or after `>&-`.

    Otherwise `sys.stdout` is None, and the next file that is opened gets the number of the stream.
    """
    with ExitStack() as stack:
        if sys.stdin is None:  # it stays None, so that reading "-" is refused
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                file = io.FileIO(os.open(os.devnull, os.O_WRONLY), "w")
                setattr(sys, name, stack.enter_context(ClosedStream(file, encoding="utf-8")))
                stack.callback(setattr, sys, name, None)
        yield


def require_standard_output(hint: str) -> None:
    """Raise `FileError` if standard output, which would hold the result, is closed."""
    if isinstance(sys.stdout, ClosedStream):
        raise FileError(f"Standard output is closed, so that nobody would see the result: {hint}.")


class Printer(Protocol):
    """Prints lines and progress."""

    def lines(self, lines: list[Line]) -> None:
        """Print these lines."""

    def progress(
        self, text: Pieces, share: float, label: str = "Epoch", below: Sequence[str] = ()
    ) -> None:
        """Show progress; `share` is the fraction done, from 0 to 1.

        Lines `below` it are shown where they can be overwritten.
        """

    def progress_ended(self) -> None:
        """Keep the last progress line."""


class PlainPrinter:
    """Prints lines without escape codes, and progress at most once a second."""

    def __init__(self, stream: Output) -> None:
        self._stream = stream
        self._printed_at: float | None = None
        self._unprinted, self._label = "", ""

    def lines(self, lines: list[Line]) -> None:
        """Print these lines."""
        for line in lines:
            self._stream.write(f"{plain_text(line)}\n")
        self._stream.flush()

    def progress(
        self, text: Pieces, share: float, label: str = "Epoch", below: Sequence[str] = ()
    ) -> None:
        """Print a line if the last one is at least a second old."""
        from time import monotonic

        now = monotonic()
        if self._printed_at is None:
            self._printed_at = now
        self._unprinted, self._label = str(text), label
        if now - self._printed_at >= PROGRESS_INTERVAL_S:
            self._printed_at = now
            self.progress_ended()

    def progress_ended(self) -> None:
        """Print the last progress if it was not printed yet."""
        if self._unprinted:
            self.lines([Line(self._unprinted, self._label)])
        self._unprinted = ""


def make_printer(stream: Output) -> Printer:
    """Return a printer for the terminal or file that `stream` is."""
    if stream.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", ""):
        from deltarule.cli.terminal import TerminalPrinter

        return TerminalPrinter(stream)
    return PlainPrinter(stream)
