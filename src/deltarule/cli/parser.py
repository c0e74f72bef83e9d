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
)
from collections.abc import Sequence
from typing import Any, NoReturn

from deltarule._common.checks import did_you_mean, sentences
from deltarule.cli.command_options import ADD_ARGUMENTS
from deltarule.cli.help_texts import DESCRIPTIONS, NOTES, PROGRAM, PROGRAM_NOTES, SUMMARIES, USAGES
from deltarule.cli.reading import CELL_FLAGS
from deltarule.errors import DeltaruleError

REQUIRED = {
    "train": {"target": "--target"},
    "tune": {"target": "--target"},
    "predict": {"model": "a MODEL"},
    "evaluate": {"model": "a MODEL"},
    "inspect": {"model": "a MODEL"},
    "distill": {"model": "a MODEL", "out": "--out"},
    "export": {"model": "a MODEL", "to": "--to", "out": "--out"},
    "serve": {"models": "a MODEL"},
    "play": {},
}
"""Required arguments of each command, by field, and what errors call them."""


FLAGS_OF_TRAIN = ("--memory-limit", "--shards")
"""What only `train` can do, not `tune`."""
SIZE_FLAGS = ("--networks", "--hidden", "--units", "--data")
"""What people type who want an export to be smaller."""


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
            if flag in FLAGS_OF_TRAIN and self.prog == "deltarule tune":
                hint = "tune needs all rows in memory: give it a sample by --query."
            if flag == "--by" and self.prog == "deltarule tune":
                hint = (
                    "tune searches for one model: tune that of all rows, and give its settings to "
                    "deltarule train --by."
                )
            if flag in SIZE_FLAGS and self.prog == "deltarule export":
                hint = "Make a smaller model with deltarule distill, then export that one."
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


def command_parser(command: str) -> Parser:
    """Return the parser of the words after `deltarule COMMAND`."""
    parser = _parser(f"deltarule {command}", DESCRIPTIONS[command], NOTES[command])
    ADD_ARGUMENTS[command](parser)
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
    if command in ("train", "tune", "predict", "evaluate", "distill") and not (
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


def print_help() -> None:
    """Print the help of the program on standard error."""
    main_parser().print_help(sys.stderr)
