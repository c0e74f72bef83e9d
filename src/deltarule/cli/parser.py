"""The parsers of the commands. Imports nothing heavy, because --help must be instant."""

from __future__ import annotations

import sys
from argparse import (
    SUPPRESS,
    Action,
    ArgumentError,
    ArgumentParser,
    Namespace,
    RawDescriptionHelpFormatter,
    _ArgumentGroup,
)
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from deltarule._common.checks import did_you_mean, sentences
from deltarule.cli.help_texts import DESCRIPTIONS, NOTES, PROGRAM, PROGRAM_NOTES, SUMMARIES, USAGES
from deltarule.cli.options import SETTING_OPTIONS, AddAction, integer, number, numbers, or_auto
from deltarule.cli.reading import CELL_FLAGS, add_reading_options
from deltarule.engines import engine_names
from deltarule.errors import DeltaruleError
from deltarule.export.formats import EXPORT_FORMATS

ENGINE_HELP = (
    f"{', '.join(engine_names())}, or auto: native if it was built, else reference (NumPy, slow) "
    "(default: auto)"
)

REQUIRED = {
    "train": {"target": "--target"},
    "predict": {"model": "a MODEL"},
    "evaluate": {"model": "a MODEL"},
    "inspect": {"model": "a MODEL"},
    "export": {"model": "a MODEL", "to": "--to", "out": "--out"},
    "serve": {"models": "a MODEL"},
    "play": {},
}
"""Required arguments of each command, by field, and what errors call them."""


class UsageError(DeltaruleError):
    """The command line cannot be understood."""


class Parser(ArgumentParser):
    """An `ArgumentParser` that raises `UsageError` instead of printing and exiting."""

    def parse(self, words: Sequence[str]) -> Namespace:
        """Return the parsed words; options and positional arguments may alternate."""
        try:
            options, unknown = self.parse_known_intermixed_args(words)
        except ArgumentError as error:
            problem = error.message.replace("not allowed with argument", "cannot be given with")
            raise self.usage_error(f"{error.argument_name} {problem}.") from None
        if unknown:
            known = [flag for action in self._actions for flag in action.option_strings]
            flag = unknown[0].partition("=")[0]
            hint = did_you_mean(flag, known) if flag.startswith("-") else ""
            if flag in CELL_FLAGS:  # of train alone
                hint = "The model stores how cells are read: give it to deltarule train."
            raise self.usage_error(f"{self.prog} does not know {unknown[0]!r}.", hint)
        self._refuse_empty(options)
        return options

    def _refuse_empty(self, options: Namespace) -> None:
        """Raise `UsageError` for an empty word, which is often an unset variable of the shell."""
        query = getattr(options, "query", None)
        if query is not None and not query.strip():
            raise self.usage_error("--query is empty: give a SELECT statement, or omit it.")
        for action in self._actions:
            name = action.option_strings[0] if action.option_strings else action.metavar
            value = getattr(options, action.dest, None)
            if action.dest == "source" and any(not path.strip() for path in value or ()):
                omit = ", or omit it: the query then reads no table" if query is not None else ""
                raise self.usage_error(
                    f"SOURCE is empty: give a file, or - for standard input{omit}."
                )
            if value == "":
                raise self.usage_error(f"{name} is empty: give a value, or omit it.")

    def usage_error(self, sentence: str, hint: str = "") -> UsageError:
        """Return the error for a command line that cannot be understood."""
        return UsageError(sentences(sentence, hint, f"See {self.prog} --help."))

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`."""
        raise self.usage_error(f"{message[:1].upper()}{message[1:]}.")


class VersionAction(Action):
    """Print the version and exit."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: ArgumentParser, *_: Any) -> NoReturn:
        """Print the version and exit."""
        from deltarule._common.version import __version__

        parser._print_message(f"deltarule {__version__}\n", sys.stdout)
        parser.exit()


class OnceAction(Action):
    """Store a value, and refuse a second one."""

    def __call__(self, parser: ArgumentParser, found: Namespace, value: Any, *_: Any) -> None:
        """Store the value."""
        before = getattr(found, self.dest)
        if before not in (None, value):
            raise ArgumentError(self, f"must be given once, got {before!r} and {value!r}")
        setattr(found, self.dest, value)


def command_parser(command: str) -> Parser:
    """Return the parser of the words after `deltarule COMMAND`."""
    parser = _parser(f"deltarule {command}", DESCRIPTIONS[command], NOTES[command])
    _ADD_ARGUMENTS[command](parser)
    parser.usage = USAGES[command]
    return parser


def main_parser() -> Parser:
    """Return the parser of the words before a command: --help and --version."""
    parser = _parser("deltarule", PROGRAM, PROGRAM_NOTES)
    parser.add_argument("--version", action=VersionAction, help="print the version and exit")
    group = parser.add_argument_group("commands")
    for name, words in SUMMARIES.items():
        group.add_argument(name, nargs="?", metavar=name, help=words)
    parser.usage = "deltarule [--help] [--version] COMMAND ..."
    return parser


def parse(arguments: Sequence[str]) -> Namespace:
    """Return the parsed arguments; exit with 0 after --help and --version."""
    command = arguments[0]
    if command.startswith("-"):
        main_parser().parse(arguments[:1])
        raise UsageError("deltarule needs a command before its options. See deltarule --help.")
    if command not in SUMMARIES:
        raise UsageError(
            sentences(
                f"There is no command {command!r}: the commands are {', '.join(SUMMARIES)}.",
                did_you_mean(command, SUMMARIES),
            )
        )
    parser = command_parser(command)
    options = parser.parse(arguments[1:])
    options.command = command
    for field, name in REQUIRED[command].items():
        if getattr(options, field) in (None, []):
            raise parser.usage_error(f"{parser.prog} needs {name}.")
    if command in ("train", "predict", "evaluate") and not (
        options.source or options.query is not None
    ):
        raise parser.usage_error(
            f"{parser.prog} needs a SOURCE (a file, or - for standard input) or --query."
        )
    return options


class _Formatter(RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=100)


def _parser(program: str, description: str, notes: str) -> Parser:
    return Parser(
        prog=program,
        description=description,
        epilog=notes,
        formatter_class=_Formatter,
        allow_abbrev=False,
        exit_on_error=False,
    )


def _source(parser: Parser) -> None:
    parser.add_argument(
        "source", nargs="*", metavar="SOURCE", help="the table; - for standard input"
    )


def _running(parser: Parser) -> _ArgumentGroup:
    group = parser.add_argument_group("execution")
    group.add_argument(
        "--engine",
        metavar="NAME",
        default="auto",
        help=ENGINE_HELP,
    )
    group.add_argument(
        "--threads",
        type=or_auto(integer),
        metavar="N",
        help="upper bound on threads, or auto: one per processor (default: auto); changes no result",
    )
    return group


def _train(parser: Parser) -> None:
    _source(parser)
    parser.add_argument(
        "--target", metavar="COLUMN", action=OnceAction, help="the column to predict (required)"
    )
    parser.add_argument(
        "--out", metavar="FOLDER", help="output folder (default: ./<name of SOURCE>-model)"
    )
    parser.add_argument(
        "--test",
        metavar="FILE",
        help="rows for the test scores; without it, a share of SOURCE (--test-fraction)",
    )
    parser.add_argument("--no-report", action="store_true", help="do not write report.html")
    parser.add_argument(
        "--no-rows", action="store_true", help="leave rows of the data out of the report"
    )
    parser.add_argument(
        "--card", metavar="FILE", help="Markdown file whose sections fill the report's model card"
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue from the checkpoint in the output folder"
    )
    parser.add_argument("--checkpoint-every-s", type=number, default=30.0, help=SUPPRESS)
    for title, options in SETTING_OPTIONS.items():
        group = parser.add_argument_group(title)
        for option in options:
            group.add_argument(
                option.flag,
                action=AddAction if option.repeatable else "store",
                dest=option.field,
                type=option.read,
                metavar=option.metavar,
                help=option.help + (f" (default: {option.default})" if option.default else ""),
            )
    add_reading_options(parser, cells=True)
    group = _running(parser)
    group.add_argument("--json", action="store_true", help="print JSON lines")
    group.add_argument("--quiet", action="store_true", help="print only warnings and errors")


def _predict(parser: Parser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model file, or the output folder of train"
    )
    _source(parser)
    parser.add_argument("--out", metavar="FILE", help="a .csv or .parquet file")
    parser.add_argument(
        "--quantiles",
        type=numbers,
        default=(),
        metavar="Q,...",
        help="quantiles to predict in regression, such as 0.05,0.5,0.95",
    )
    add_reading_options(parser)
    group = _running(parser)
    group.add_argument("--json", action="store_true", help="print JSON lines")


def _evaluate(parser: Parser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model file, or the output folder of train"
    )
    _source(parser)
    add_reading_options(parser)
    group = _running(parser)
    group.add_argument("--json", action="store_true", help="print one JSON object")


def _inspect(parser: Parser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model file, or the output folder of train"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _export(parser: Parser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model file, or the output folder of train"
    )
    formats = "; ".join(f"{name}: {known.label}" for name, known in EXPORT_FORMATS.items())
    parser.add_argument("--to", metavar="FORMAT", help=f"the format (required): {formats}")
    suffixes = ", ".join(known.suffix or "a folder" for known in EXPORT_FORMATS.values())
    parser.add_argument("--out", metavar="FILE", help=f"the file (required): {suffixes}")
    parser.add_argument(
        "--quantiles",
        type=numbers,
        default=(),
        metavar="Q,...",
        help="quantiles to predict in regression, such as 0.05,0.5,0.95",
    )
    parser.add_argument("--license", metavar="NAME", help="license of the model, for huggingface")
    parser.add_argument(
        "--card", metavar="FILE", help="Markdown file with sections of the card, for huggingface"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _serve(parser: Parser) -> None:
    parser.add_argument(
        "models",
        nargs="*",
        metavar="MODEL",
        help="a model file, an output folder of train, or NAME=PATH",
    )
    group = parser.add_argument_group("address")
    group.add_argument(
        "--host",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="address of this computer; 0.0.0.0 for all of them (default: 127.0.0.1)",
    )
    group.add_argument(
        "--port",
        type=integer,
        default=8000,
        metavar="N",
        help="port; 0 for a free one (default: 8000)",
    )
    token = group.add_mutually_exclusive_group()
    token.add_argument(
        "--token",
        metavar="TEXT",
        help="what requests must send (default: $DELTARULE_TOKEN; else none on 127.0.0.1, and a new "
        "one elsewhere)",
    )
    token.add_argument(
        "--no-token", action="store_true", help="answer everybody who can reach the address"
    )
    group = parser.add_argument_group("limits")
    for flag, read, default, what in (
        ("--max-bytes", integer, "10e6", "longest body of a request"),
        ("--max-rows", integer, "10000", "most rows of a request"),
        ("--max-concurrent", integer, "64", "requests of one worker in progress"),
        ("--timeout-s", number, "30", "longest time of a prediction, in seconds"),
    ):
        group.add_argument(
            flag, type=read, default=read(default), metavar="N", help=f"{what} (default: {default})"
        )
    group = parser.add_argument_group("execution")
    group.add_argument(
        "--workers",
        type=integer,
        default=1,
        metavar="N",
        help="processes that answer (default: 1)",
    )


def _play(parser: Parser) -> None:
    _source(parser)
    parser.add_argument(
        "--target",
        metavar="COLUMN",
        help="the column to predict; without it, the last suitable one",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address without opening a browser"
    )
    parser.add_argument(
        "--port",
        type=integer,
        default=0,
        metavar="N",
        help="port of 127.0.0.1 (default: 0, a free one)",
    )
    parser.add_argument(
        "--engine",
        metavar="NAME",
        default="auto",
        help=ENGINE_HELP,
    )
    add_reading_options(parser, cells=True)


_ADD_ARGUMENTS: dict[str, Callable[[Parser], None]] = {
    "train": _train,
    "predict": _predict,
    "evaluate": _evaluate,
    "inspect": _inspect,
    "export": _export,
    "serve": _serve,
    "play": _play,
}


def print_help() -> None:
    """Print the help of the program on standard error."""
    main_parser().print_help(sys.stderr)
