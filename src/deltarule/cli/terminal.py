"""Lines with colour and a live bar, on a terminal. The one file that imports rich."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from deltarule.cli.words import LABEL_WIDTH, Line, clean, plain_text

STYLES = {"label": "bold cyan", "strong": "bold", "note": "yellow", "command": "green", "": ""}
BAR_WIDTH = 24


class TerminalPrinter:
    """Wraps words at the terminal's width; NO_COLOR and the like are rich's to respect."""

    def __init__(self, stream: Any) -> None:
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._live: Live | None = None

    def lines(self, lines: list[Line]) -> None:
        """Print these lines."""
        for line in lines:
            if not line.label:
                # A command or a path must stay one line, or it cannot be copied.
                text = Text(plain_text(line), STYLES[line.style])
                self._console.print(text, soft_wrap=True)
                continue
            self._console.print(self._row(line.label, Text(clean(line.text), STYLES[line.style])))

    def progress(self, text: str, share: float) -> None:
        """Draw the bar over the last one."""
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False)
            self._live.start()
        bar = Table.grid(padding=(0, 2))
        bar.add_row(ProgressBar(total=1.0, completed=share, width=BAR_WIDTH), Text(clean(text)))
        self._live.update(self._row("Train", bar), refresh=True)

    def progress_ended(self) -> None:
        """Leave the last bar standing."""
        if self._live is not None:
            self._live.stop()
        self._live = None

    def _row(self, label: str, content: Any) -> Table:
        row = Table.grid()
        row.add_column(width=LABEL_WIDTH)
        row.add_column(overflow="fold")
        row.add_row(Text(label, STYLES["label"]), content)
        return row
