"""deltarule play: serves the playground on this computer."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from deltarule.cli.browser import BrowserPage, exit_cleanly
from deltarule.cli.output import Output
from deltarule.cli.reading import given_fields, read_source, source_of
from deltarule.errors import SettingError

if TYPE_CHECKING:
    from deltarule.playground.table_sources import TableSource

NOT_OPENED = """\
If the browser shows no playground, open the address above in it. (A browser in a sandbox, or of Windows
under WSL, may not find the temporary file that leads it there.)
"""


def play(options: Namespace) -> int:
    """Serve the playground until Ctrl-C and return the exit status."""
    from deltarule.playground.playground import Playground, Publish
    from deltarule.playground.server import serve
    from deltarule.playground.workspace import Workspace

    source = _source(options)
    Workspace(
        options.engine, source
    )  # raises here, not in the browser, if the table cannot be shown

    def make(publish: Publish) -> Playground:
        return Playground(Workspace(options.engine, source), publish)

    output = Output(sys.stdout)

    opening: list[BrowserPage] = []

    def say(text: str) -> None:
        output.write(text)
        output.flush()

    def started(address: str) -> None:
        say(f"The playground is open at {address}\nPress Ctrl-C to stop.\n")
        if options.no_browser:
            return
        with suppress(OSError, RuntimeError):  # no folder for it: the address is printed
            page = BrowserPage(address)
            leaving.callback(page.remove)
            opening.append(page)
            page.open(lambda: say(NOT_OPENED))

    def opened() -> None:
        for page in opening:
            page.opened()

    with suppress(KeyboardInterrupt), exit_cleanly(), ExitStack() as leaving:
        serve(make, options.port, started, opened)
    output.end()
    return 0


def _source(options: Namespace) -> TableSource | None:
    typed = source_of(options)
    if typed is None and options.query is None:
        if options.target is not None:
            raise SettingError(
                "target",
                "must be a column of a table",
                hint="Write deltarule play TABLE --target COLUMN.",
            )
        return None
    from deltarule.playground.table_sources import readable_name
    from deltarule.playground.table_sources import source_of as source_of_table

    table = read_source(options)
    name = typed if isinstance(typed, str) and typed != "-" else table.source
    source = source_of_table(table, readable_name(name), options.target)
    given = given_fields(options)
    if not given or typed == "-":
        return source
    words = [] if typed is None else [repr(typed)]
    words += [f"{field}={value!r}" for field, value in given.items()]
    return replace(source, code=f"read_table({', '.join(words)})")
