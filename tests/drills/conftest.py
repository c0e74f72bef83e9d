"""Drills: promises tried many times under hard conditions, each with the number of its cases.

`make test-drills` runs the short form of every drill, `make drills` the full form.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COUNTED = "cases of a drill"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the full form of every drill")


class Drill:
    """How many cases a drill tries, and how many it has tried.

    Parameters
    ----------
    full : bool
        Whether the full form runs.
    """

    def __init__(self, full: bool) -> None:
        self.full = full
        self.counts: dict[str, int] = {}

    def cases(self, *, short: int, full: int) -> int:
        """Return the number of cases to try."""
        return full if self.full else short

    def count(self, cases: int, of: str) -> None:
        """Add to the number of cases tried, for example `drill.count(100, "damaged model files")`."""
        self.counts[of] = self.counts.get(of, 0) + cases


@pytest.fixture
def drill(request: pytest.FixtureRequest) -> Iterator[Drill]:
    """The form of the drill that runs; what it counts is listed when pytest ends."""
    drill = Drill(request.config.getoption("--full", default=False))
    yield drill
    for of, cases in drill.counts.items():
        request.node.user_properties.append((COUNTED, (of, cases)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.drills)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    totals: dict[str, int] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) != "teardown":
                continue
            for name, value in report.user_properties:
                if name == COUNTED:
                    totals[value[0]] = totals.get(value[0], 0) + value[1]
    if totals:
        terminalreporter.section("cases tried")
        for of, cases in sorted(totals.items()):
            terminalreporter.write_line(f"{cases:>12,} {of}")
