"""deltarule play: serves the playground on this computer."""

from __future__ import annotations

import sys
import webbrowser
from argparse import Namespace
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from deltarule.cli.output import Output
from deltarule.cli.reading import given_fields, read_source, source_of
from deltarule.errors import SettingError

if TYPE_CHECKING:
    from deltarule.playground.table_sources import TableSource


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

    def announce(address: str) -> None:
        output.write(f"The playground is open at {address}\nPress Ctrl-C to stop.\n")
        output.flush()
        if not options.no_browser:
            with suppress(webbrowser.Error):
                webbrowser.open(address)

    with suppress(KeyboardInterrupt):
        serve(make, options.port, announce)
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
