"""Tutorials and guides: every command and every block of Python runs, and prints what the page shows."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_blocks import assert_printed, blocks_of, commands_of

from deltarule.engines import native_module

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = (
    "tutorial/first-model",
    "tutorial/first-network",
    "course/for-teachers",
    "course/lab",
    "explanation/reproducibility",
    "how-to/common-mistakes",
    "how-to/evaluate",
    "how-to/explain",
    "how-to/groups-and-time",
    "how-to/model-per-group",
    "how-to/notebooks",
    "how-to/predict",
    "how-to/read-files",
    "how-to/thresholds",
)
WITH_MODEL = {"how-to/evaluate", "how-to/predict"}
"""Pages that take the model and the new rows of the first tutorial as given."""
NEW_FLOWERS = """\
sepal_length,sepal_width,petal_length,petal_width
5.0,3.4,1.5,0.2
6.1,2.8,4.5,
6.9,3.1,5.6,2.2
"""
LEVEL_OF_PAGES = "avx512"
"""The instruction level whose bits the pages show; others round differently and train other networks."""
PORT = 8000
"""The port of `deltarule serve` on the pages; tests use a free one."""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Return a working folder like `examples`."""
    for table in ("iris.csv", "penguins.csv"):
        shutil.copy(ROOT / "examples" / table, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Terminal:
    """Runs the commands of a page in one folder; `&` leaves one running until `kill %1`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: subprocess.Popen[str] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]

    def run(self, command: str) -> str:
        """Return what a command prints on both streams."""
        if command.startswith("pip install"):
            return self._check_extras(command)
        if command.startswith(("git clone", "cd ")):
            return ""
        if command == "kill %1":
            return self.close()
        words = shlex.split(command.replace(str(PORT), str(self._port)).replace("\\\n", ""))
        if words[-1] == "&":
            return self._serve(words[:-1])
        if words[0] == "curl":
            return self._post(words)
        done = subprocess.run(
            self._program(words), cwd=self._folder, env=self._environment(), timeout=120,
            text=True, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, f"{command} ends with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def close(self) -> str:
        """End the server, if one runs."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.communicate(timeout=30)
            self._server = None
        return ""

    @staticmethod
    def _program(words: list[str]) -> list[str]:
        assert words[0] == "deltarule", words
        code = "import sys; sys.argv[0] = 'deltarule'; from deltarule.cli import main; sys.exit(main())"
        return [sys.executable, "-c", code, *words[1:]]

    @staticmethod
    def _environment() -> dict[str, str]:
        return os.environ | {"COLUMNS": "84", "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}

    @staticmethod
    def _check_extras(command: str) -> str:
        """Look up the extras of an installation, which `make test-wheel` tries in earnest."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        wanted = command.partition("[")[2].partition("]")[0].split(",")
        assert [extra for extra in wanted if extra not in project["optional-dependencies"]] == []
        return ""

    def _serve(self, words: list[str]) -> str:
        self._server = subprocess.Popen(
            [*self._program(words), "--port", str(self._port)], cwd=self._folder,
            env=self._environment(), text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self._server.stdout is not None
        printed = ""
        deadline = time.monotonic() + 60
        while "Ctrl-C" not in printed and time.monotonic() < deadline:
            line = self._server.stdout.readline()
            assert line, f"The server ended:\n{printed}"
            printed += line
        return printed.replace(str(self._port), str(PORT))

    def _post(self, words: list[str]) -> str:
        """Send what `curl -d` sends: curl itself may be missing."""
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        address = next(word for word in words if word.startswith("http"))
        body = words[words.index("-d") + 1].encode()
        if body.startswith(b"@"):
            body = (self._folder / body[1:].decode()).read_bytes()
        try:
            with urlopen(Request(address, body), timeout=30) as answer:
                return answer.read().decode()
        except HTTPError as refusal:
            with refusal:
                return refusal.read().decode()


@pytest.fixture
def terminal(folder) -> Iterator[Terminal]:
    terminal = Terminal(folder)
    yield terminal
    terminal.close()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_as_it_is_written(page, terminal):
    pytest.importorskip("matplotlib").use("Agg")
    names: dict[str, object] = {"__name__": "__main__"}
    blocks = [
        block for block in blocks_of(DOCS / f"{page}.md") if block.language in ("python", "console")
    ]
    assert blocks
    numbers = native_module.is_available() and native_module.instruction_level() == LEVEL_OF_PAGES
    if page in WITH_MODEL:
        terminal.run("deltarule train iris.csv --target species --no-report")
        Path("new_flowers.csv").write_text(NEW_FLOWERS)
    for block in blocks:
        where = f"docs/{page}.md:{block.line}"
        if block.language == "console":
            for command, promised in commands_of(block):
                printed = terminal.run(command)
                if promised or command.startswith("curl"):
                    assert_printed(printed, promised, f"{where} ({command})", numbers=numbers)
            continue
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream):
            exec(compile(block.text, where, "exec"), names)
        assert bool(block.printed) == bool(stream.getvalue()), (
            f"{where} prints {stream.getvalue()!r}"
        )
        if block.printed:
            assert_printed(stream.getvalue(), block.printed, where, numbers=numbers)
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def test_other_words_and_numbers_are_noticed():
    page = "loss 0.25 of 150 rows in 9 s\n...\nend\n"
    assert_printed("loss 0.25 of 150 rows in 3 ms\nmore\nend\n", page, "here")
    assert_printed("a\nb\nc\n", "a\n...\n", "here")
    for printed in (
        "loss 0.251 of 150 rows in 3 ms\nend\n",
        "loss 0.25 of 151 rows in 3 ms\nend\n",
        "Loss 0.25 of 150 rows in 3 ms\nend\n",
        "loss 0.25 of 150 rows in 3 ms\n",
    ):
        with pytest.raises(AssertionError):
            assert_printed(printed, page, "here")


def test_only_numbers_may_differ_on_other_processors():
    assert_printed("loss −1.5 of 9 rows", "loss 0.25 of 150 rows", "here", numbers=False)
    for printed in ("loss of 150 rows", "loss 0.25 of all rows", "loss 0.25 of 150 lines"):
        with pytest.raises(AssertionError):
            assert_printed(printed, "loss 0.25 of 150 rows", "here", numbers=False)
