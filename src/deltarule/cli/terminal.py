"""Lines with color and a live progress bar on a terminal. The only file that imports rich."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from deltarule.cli.messages import LABEL_WIDTH, Line, Pieces, clean

STYLES = {"label": "bold cyan", "strong": "bold", "note": "yellow", "command": "green", "": ""}
BAR_WIDTH = 24
MIN_BAR_WIDTH = 4
ROOM_TO_GROW = 3  # for numbers that get longer
MARGIN = 3  # for the ^C that a terminal echoes


class TerminalPrinter:
    """Wraps text at the terminal's width; rich respects NO_COLOR."""

    def __init__(self, stream: Any) -> None:
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._live: Live | None = None
        self._bar_width = 0

    def lines(self, lines: list[Line]) -> None:
        """Print these lines."""
        for line in lines:
            text = Text(clean(line.text), STYLES[line.style])
            if line.label and not line.whole:
                self._console.print(self._row(line.label, text))
            else:
                label = Text(f"{line.label:<{LABEL_WIDTH}}" if line.label else "", STYLES["label"])
                self._console.print(Text.assemble(label, text), soft_wrap=True)

    def progress(
        self, text: Pieces, share: float, label: str = "Epoch", below: Sequence[str] = ()
    ) -> None:
        """Redraw the progress bar, with lines below it."""
        shown = text.fitting(self._room - MIN_BAR_WIDTH - ROOM_TO_GROW)
        room = self._room - len(shown) - ROOM_TO_GROW
        self._bar_width = min(max(room, MIN_BAR_WIDTH), self._bar_width)  # it only gets smaller
        if self._live is None:
            self._bar_width = min(room, BAR_WIDTH) if room >= MIN_BAR_WIDTH else 0
            self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False)
            self._live.start()
        caption = Text(clean(shown), no_wrap=True)
        caption.truncate(max(self._room - self._bar_width, 1), overflow="ellipsis")
        bar = Table.grid(padding=(0, 2, 0, 0))
        if self._bar_width:
            progress = ProgressBar(
                total=1.0, completed=share, width=self._bar_width,
                style="bright_black", complete_style="cyan", finished_style="green",
            )  # fmt: skip
            bar.add_row(progress, caption)
        else:
            bar.add_row(caption)
        shown_below = [self._row("", self._cut(line)) for line in below]
        self._live.update(Group(self._row(label, bar), *shown_below), refresh=True)

    def progress_ended(self) -> None:
        """Keep the last progress bar."""
        if self._live is not None:
            self._live.stop()
        self._live = None

    def _cut(self, line: str) -> Text:
        text = Text(clean(line), no_wrap=True)
        text.truncate(max(self._room, 1), overflow="ellipsis")
        return text

    @property
    def _room(self) -> int:
        """Columns for the bar and the text beside it."""
        return self._console.width - LABEL_WIDTH - MARGIN - 2

    def _row(self, label: str, content: Any) -> Table:
        row = Table.grid()
        row.add_column(width=max(LABEL_WIDTH, len(label)), no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(Text(clean(label), "" if label.startswith(" ") else STYLES["label"]), content)
        return row
