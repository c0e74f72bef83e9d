"""What can be typed, and the help that says so. Imports nothing heavy: help must come at once."""

from __future__ import annotations

import sys
from argparse import (
    SUPPRESS,
    Action,
    ArgumentParser,
    BooleanOptionalAction,
    Namespace,
    RawDescriptionHelpFormatter,
    _ArgumentGroup,
)
from collections.abc import Sequence
from typing import Any, NoReturn

from deltarule._common.checks import did_you_mean, sentences
from deltarule.cli.options import SETTING_OPTIONS, decimal_number, shares, whole_number
from deltarule.errors import DeltaruleError

COMMANDS = {
    "train": "train a network on a table",
    "predict": "predict for the rows of a table",
    "inspect": "tell what is in a model file",
    "play": "watch a network learn, in the browser",
}

MAIN = """\
Dense neural networks for tables: a table in, a trained network, its report and one safe file out.

examples:
  deltarule train iris.csv --target species
  deltarule predict iris-model new_flowers.csv --out predictions.csv
  deltarule inspect iris-model
  deltarule play iris.csv

`deltarule COMMAND --help` tells all options of a command.
"""

TRAIN = """\
Train a network on a table and measure it on rows that it never saw.

SOURCE is CSV, TSV, JSON lines or Parquet (a path, several, or a quoted pattern), or - for standard
input. Numbers, categories, dates and missing values are taken as they come.

examples:
  deltarule train iris.csv --target species
  deltarule train houses.parquet --target price --hidden 128,64 --dropout 0.1 --out runs/houses
  deltarule train 'logs/2024-*.csv' --target failed --drop id,comment --time-limit-s 60
  deltarule train --query "SELECT * FROM 'trips.parquet' WHERE fare > 0" --target tip
  zcat big.csv.gz | deltarule train - --target y --json

what is written:
  The output folder gets model.safetensors, report.html and history.csv, each whole or not at all.
  It is made if need be. Files of an earlier run in it stay until the new ones are complete, and are
  then replaced (with --no-report an old report.html is removed: it would tell of another model).
  While training, checkpoint.safetensors is saved there every 30 seconds; it goes when the model is
  written. After a crash the same command with --resume goes on from it, to the same bits. Under a time
  limit there is none: what there is time for differs from run to run.

Ctrl-C (or SIGTERM) ends training in good order: the best weights so far become the model, the report
is written, a checkpoint is kept for --resume. A second Ctrl-C gives up at once.

exit status:
  0  the model is written (also when training diverged later on: the last good weights are kept)
  2  an error, told in one sentence; no file was changed (also when the very first epoch diverged)
  130, 143  ended by Ctrl-C or SIGTERM, with the model written if training had begun
  1  a bug in deltarule

--json prints one JSON object per line on standard output: {"event": "read" | "warning" | "epoch" |
"result" | "error", ...}. An error's line has "message" and "exit_status", and is the last one.
"""

PREDICT = """\
Predict for the rows of a table. Columns are found by their names: further ones and another order do
not matter. A classification gets one column of probabilities for each class, a regression one column
for each of --quantiles.

examples:
  deltarule predict iris-model new_flowers.csv
  deltarule predict iris-model new_flowers.csv --out predictions.parquet
  cat new_flowers.csv | deltarule predict iris-model/model.safetensors - --json
  deltarule predict houses-model new_houses.csv --quantiles 0.05,0.5,0.95

Without --out the predictions go to standard output, as CSV, or with --json as one object per row. In
CSV numbers have 9 digits, in Parquet all. exit status: 0; 2 for an error, told in one sentence.
"""

INSPECT = """\
Tell what is in a model file: what it predicts, from which columns and what is done to each, its
network, how it was trained and how good it was. Nothing in the file is run.

examples:
  deltarule inspect iris-model
  deltarule inspect iris-model/model.safetensors --json
"""

PLAY = """\
Watch a network learn, in the browser: its decision boundary, its units, its curves, while you change it.

Without SOURCE there are the classic sets of points; any table can be dropped on the page too. The page
is served on this machine alone, at an address with a key that is new each time, until Ctrl-C.

examples:
  deltarule play
  deltarule play iris.csv --target species
  deltarule play houses.parquet --no-browser --port 8642

exit status: 0 after Ctrl-C; 2 for an error, told in one sentence.
"""


class UsageError(DeltaruleError):
    """What was typed is no command of deltarule."""


class Parser(ArgumentParser):
    """An `ArgumentParser` that raises instead of printing and leaving."""

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` with argparse's message as a sentence."""
        sentence = message.removeprefix("argument ")
        if "unrecognized arguments: " in sentence:
            word = sentence.partition("arguments: ")[2].split()[0]
            known = [flag for action in self._actions for flag in action.option_strings]
            hint = did_you_mean(word, known) if word.startswith("-") else ""
            sentence = sentences(f"{self.prog} does not know {word!r}.", hint)
        elif "arguments are required: " in sentence:
            sentence = f"{self.prog} needs {sentence.partition('required: ')[2]}."
        else:
            sentence = sentence.replace(": must be", " must be").replace(": expected", " expected")
            sentence = f"{sentence}."
        raise UsageError(f"{sentence} See {self.prog} --help.")


class VersionAction(Action):
    """Print the version, read only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: ArgumentParser, *_: Any) -> NoReturn:
        """Print and leave."""
        from deltarule._common.version import __version__

        print(f"deltarule {__version__}")
        parser.exit()


def command_parser(command: str) -> Parser:
    """Return the parser of what stands behind `deltarule COMMAND`."""
    text, fill = {
        "train": (TRAIN, _train),
        "predict": (PREDICT, _predict),
        "inspect": (INSPECT, _inspect),
        "play": (PLAY, _play),
    }[command]
    parser = _parser(f"deltarule {command}", text)
    fill(parser)
    return parser


def main_parser() -> Parser:
    """Return the parser of what stands before a command: there is help only."""
    parser = _parser("deltarule", MAIN)
    parser.add_argument("--version", action=VersionAction, help="print the version and leave")
    group = parser.add_argument_group("commands")
    for name, words in COMMANDS.items():
        group.add_argument(name, nargs="?", metavar=name, help=words)
    parser.usage = "deltarule [--help] [--version] COMMAND ..."
    return parser


def parse(arguments: Sequence[str]) -> Namespace:
    """Return what was typed; raises `UsageError`, leaves with 0 after --help and --version."""
    command = arguments[0]
    if command.startswith("-"):
        main_parser().parse_args(arguments[:1])
        raise UsageError("deltarule needs a command before its options. See deltarule --help.")
    if command not in COMMANDS:
        raise UsageError(
            sentences(
                f"There is no command {command!r}: deltarule knows {', '.join(COMMANDS)}.",
                did_you_mean(command, COMMANDS),
            )
        )
    options = command_parser(command).parse_intermixed_args(arguments[1:])
    options.command = command
    if command in ("train", "predict") and not (options.source or options.query):
        raise UsageError(
            f"deltarule {command} needs a SOURCE (a file, or - for standard input) or "
            f"--query. See deltarule {command} --help."
        )
    return options


class _Formatter(RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=100)


def _parser(program: str, text: str) -> Parser:
    """What a command is stands above its options, the examples below, where a terminal ends."""
    description, _, rest = text.partition("\nexamples:")
    return Parser(
        prog=program,
        description=description,
        epilog=f"examples:{rest}",
        formatter_class=_Formatter,
        allow_abbrev=False,
    )


def _source(parser: Parser) -> None:
    parser.add_argument(
        "source", nargs="*", metavar="SOURCE", help="the table; - is standard input"
    )


def _reading(parser: Parser) -> _ArgumentGroup:
    group = parser.add_argument_group("reading the table")
    group.add_argument(
        "--query",
        metavar="SQL",
        help="a SELECT; SOURCE, if there is one, is the table "
        "'source', read as without a query; FROM 'x.csv' reads a file by DuckDB's own rules",
    )
    group.add_argument(
        "--header",
        action=BooleanOptionalAction,
        default=None,
        help="whether CSV starts with column names (default: found out)",
    )
    group.add_argument(
        "--encoding", metavar="NAME", help="of text, such as utf-16 or cp1252 (default: found out)"
    )
    return group


def _running(parser: Parser) -> _ArgumentGroup:
    group = parser.add_argument_group("running")
    group.add_argument(
        "--engine",
        metavar="NAME",
        default="auto",
        help="native, reference (NumPy, slow), or auto: native where it is built (default: auto)",
    )
    group.add_argument(
        "--threads",
        type=whole_number,
        metavar="N",
        help="at most so many (default: all processors); changes no result",
    )
    return group


def _train(parser: Parser) -> None:
    _source(parser)
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    parser.add_argument(
        "--out", metavar="FOLDER", help="where to write (default: ./<name of SOURCE>-model)"
    )
    parser.add_argument("--no-report", action="store_true", help="write no report.html")
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint in the output folder"
    )
    parser.add_argument("--checkpoint-every-s", type=decimal_number, default=30.0, help=SUPPRESS)
    for title, options in SETTING_OPTIONS.items():
        group = parser.add_argument_group(title)
        for option in options:
            group.add_argument(
                option.flag,
                dest=option.field,
                type=option.read,
                metavar=option.metavar,
                help=f"{option.words} (default: {option.default})",
            )
    _reading(parser)
    group = _running(parser)
    group.add_argument("--json", action="store_true", help="print JSON lines for programs")
    group.add_argument("--quiet", action="store_true", help="print nothing but warnings and errors")


def _predict(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a model file, or the folder train wrote")
    _source(parser)
    parser.add_argument("--out", metavar="FILE", help="a .csv or .parquet file")
    parser.add_argument(
        "--quantiles",
        type=shares,
        default=(),
        metavar="SHARE,...",
        help="of a number: also what the truth is expected to lie below so often, such as 0.05,0.95",
    )
    _reading(parser)
    group = _running(parser)
    group.add_argument("--json", action="store_true", help="print JSON lines for programs")


def _inspect(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a model file, or the folder train wrote")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _play(parser: Parser) -> None:
    _source(parser)
    parser.add_argument(
        "--target", metavar="COLUMN", help="the column to predict (default: the last that can be)"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    parser.add_argument(
        "--port",
        type=whole_number,
        default=0,
        metavar="N",
        help="of 127.0.0.1 (default: a free one)",
    )
    parser.add_argument(
        "--engine",
        metavar="NAME",
        default="auto",
        help="native, reference, or auto (default: auto)",
    )
    _reading(parser)


def print_help() -> None:
    """Print the help of the whole program on standard error, for who typed no command."""
    main_parser().print_help(sys.stderr)
