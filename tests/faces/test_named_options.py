"""Each option that messages, reports and pages name is one that a command takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from deltarule.cli.help_texts import SUMMARIES
from deltarule.cli.parser import command_parser

ROOT = Path(__file__).resolve().parents[2]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*[a-z0-9]")
PAGES = (
    "README.md",
    *(
        f"docs/{page}.md"
        for page in (
            "explanation/tables",
            "explanation/how-tables-are-read",
            "how-to/evaluate",
            "how-to/groups-and-time",
            "how-to/larger-than-memory",
            "how-to/model-per-group",
            "how-to/predict",
            "how-to/read-files",
            "how-to/thresholds",
        )
    ),
)
OTHER_PROGRAMS = {"src/deltarule/cluster/addresses.py", "src/deltarule/cluster/connection.py"}
"""Files that name options of Dask."""
SHORT_FORMS = {"--units", "--data"}
"""Options that cli/parser.py knows in order to suggest the right ones."""


def all_options() -> set[str]:
    """Return the options of all commands."""
    parsers = [command_parser(command) for command in SUMMARIES]
    return {
        word for parser in parsers for action in parser._actions for word in action.option_strings
    } | {"--version"}


def test_options_named_in_messages_exist():
    known = all_options() | SHORT_FORMS
    files = list((ROOT / "src").rglob("*.py"))
    assert files
    unknown = {
        (path.relative_to(ROOT).as_posix(), option)
        for path in files
        if path.relative_to(ROOT).as_posix() not in OTHER_PROGRAMS
        for option in OPTION.findall(path.read_text(encoding="utf-8"))
        if option not in known
    }
    assert unknown - {("src/deltarule/cli/options.py", "--no")} == set()


@pytest.mark.parametrize("page", PAGES)
def test_options_named_on_pages_exist(page):
    named = set(OPTION.findall((ROOT / page).read_text(encoding="utf-8")))
    assert named
    assert named - all_options() == set()


def test_the_commands_of_the_readme_parse():
    from deltarule.cli.parser import parse

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [
        shlex.split(line.split("#")[0])[1:]
        for line in re.findall(r"^ {4}(deltarule .*)$", text, re.MULTILINE)
    ]
    assert len(commands) > 7
    for words in commands:
        assert parse(words).command == words[0]
