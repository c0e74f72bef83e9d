"""main: runs one command line and reports errors on one line."""

from __future__ import annotations

import os
import sys
import warnings
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from deltarule._common.checks import sentences
from deltarule.cli.options import option_name
from deltarule.cli.output import discard_output, open_closed_streams, output_error
from deltarule.cli.parser import parse, print_help
from deltarule.cli.signals import Aborted, termination_is_interrupt
from deltarule.errors import DeltaruleError

TRACEBACK = "DELTARULE_TRACEBACK"
BROKEN_PIPE_STATUS = 141  # 128 + SIGPIPE, as in shells


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (`sys.argv[1:]` by default) and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with open_closed_streams():
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # a name may not fit the terminal's encoding
        return _status(arguments)


def _status(arguments: list[str]) -> int:
    """Run a command line, print the error it ends with, and return its exit status."""
    as_json = "--json" in arguments
    try:
        with termination_is_interrupt(), warnings.catch_warnings():
            _print_warnings(as_json)
            return _run(arguments)
    except SystemExit as leaving:  # after --help and --version
        try:
            sys.stdout.flush()
        except OSError as error:
            discard_output(sys.stdout)
            closed = isinstance(error, BrokenPipeError)
            return _failed(error if closed else output_error(error), as_json=as_json)
        return leaving.code if isinstance(leaving.code, int) else 0
    except BaseException as error:
        if os.environ.get(TRACEBACK):
            raise
        return _failed(error, as_json=as_json)


def _run(arguments: list[str]) -> int:
    if not arguments:
        print_help()
        return 2
    return _command(parse(arguments))


def _command(options: Namespace) -> int:
    if options.command == "train":
        from deltarule.cli.train import train

        return train(options)
    if options.command == "tune":
        from deltarule.cli.tune import tune

        return tune(options)
    if options.command == "predict":
        from deltarule.cli.predict import predict

        return predict(options)
    if options.command == "evaluate":
        from deltarule.cli.evaluate import evaluate

        return evaluate(options)
    if options.command == "serve":
        from deltarule.cli.serve import serve

        return serve(options)
    if options.command == "distill":
        from deltarule.cli.distill import distill

        return distill(options)
    if options.command == "export":
        from deltarule.cli.export import export

        return export(options)
    if options.command == "play":
        from deltarule.cli.play import play

        return play(options)
    from deltarule.cli.inspect import inspect

    return inspect(options)


def _print_warnings(as_json: bool) -> None:
    """Print warnings of deltarule on one line and ignore those of its libraries."""

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        from deltarule.cli.screens import print_warning

        print_warning(str(message), as_json=as_json)

    warnings.simplefilter("ignore")
    warnings.filterwarnings("default", category=UserWarning)  # each text once
    warnings.showwarning = show


def _failed(error: BaseException, *, as_json: bool) -> int:
    """Print the error and return the exit status."""
    from deltarule.cli.screens import print_error

    if isinstance(error, BrokenPipeError):
        discard_output(sys.stdout)
        return BROKEN_PIPE_STATUS
    text, status = _sentence(error)
    text = " ".join([text, *getattr(error, "__notes__", ())])
    print_error(text, status, as_json=as_json)
    return status


def _sentence(error: BaseException) -> tuple[str, int]:
    if isinstance(error, DeltaruleError):
        return error.render(option_name), 2
    if isinstance(error, KeyboardInterrupt):
        status = error.args[0] if error.args and isinstance(error.args[0], int) else 130
        unwritten = "" if hasattr(error, "__notes__") else "Nothing was written."
        return sentences("Interrupted.", unwritten), status
    if isinstance(error, Aborted):  # it came while the first signal ended the command
        return "Interrupted.", error.args[0]
    if isinstance(error, MemoryError):
        return (
            "Not enough memory for this table: use fewer rows or columns (--query, --drop), "
            "a smaller --hidden, or a larger machine.",
            2,
        )
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("deltarule"):
        return (
            f"deltarule needs the Python package {error.name!r}: install it with "
            f"{sys.executable} -m pip install {error.name}.",
            2,
        )
    return (
        f"This is a bug in deltarule: {type(error).__name__}: {error}. Please report it with the "
        f"command you typed; {TRACEBACK}=1 before the command shows where it happened.",
        1,
    )
