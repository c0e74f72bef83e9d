"""Environments of all kinds × all faces: the same bits as in a plain one."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from drills.conftest import Drill
from drills.environment_results import FACES, write_table

TESTS = Path(__file__).parents[1]
SOURCES = Path(sys.modules["deltarule"].__file__ or "").parents[1]
SHORT = 4


@dataclass(frozen=True)
class Environment:
    """What a process is started with.

    Parameters
    ----------
    variables : mapping of str to str or None
        Environment variables; None removes one.
    python : tuple of str
        Options of Python.
    words : tuple of str
        Further words of the command line.
    before : callable, optional
        Called in the new process before Python starts.
    folder : str
        Current folder: "own", or "deleted".
    closed : bool
        Whether standard input is closed.
    """

    variables: Mapping[str, str | None] = field(default_factory=dict)
    python: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    before: Callable[[], object] | None = None
    folder: str = "own"
    closed: bool = False


def variables(**values: str | None) -> Environment:
    return Environment(values)


def limited(limit: int, value: int) -> Environment:
    return Environment(before=partial(resource.setrlimit, limit, (value, value)))


def one_processor() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


ENVIRONMENTS = {
    "one processor": Environment(before=one_processor),
    "a pool by fork": Environment(words=("fork",)),
    "Turkish, other zone, ASCII, other hash seed": variables(
        LC_ALL="tr_TR.UTF-8", TZ="Asia/Kathmandu", PYTHONIOENCODING="ascii", PYTHONHASHSEED="7"
    ),
    "seven threads, warnings are errors": Environment(
        {"DRILL_THREADS": "7"}, python=("-W", "error")
    ),
    "one BLAS thread": variables(OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1"),
    "two BLAS threads": variables(OPENBLAS_NUM_THREADS="2", OMP_NUM_THREADS="2"),
    "many BLAS threads": variables(OPENBLAS_NUM_THREADS="16", OMP_NUM_THREADS="16"),
    "one OpenMP thread": variables(OMP_NUM_THREADS="1"),
    "one thread": variables(DRILL_THREADS="1"),
    "three threads": variables(DRILL_THREADS="3"),
    "any number of threads": variables(DRILL_THREADS="1000000000"),
    "a pool by spawn": Environment(words=("spawn",)),
    "a pool by forkserver": Environment(words=("forkserver",)),
    "the locale C": variables(LC_ALL="C", LANG="C"),
    "the locale POSIX without UTF-8": variables(
        LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"
    ),
    "the locale tr_TR": variables(LC_ALL="tr_TR.UTF-8", LANG="tr_TR.UTF-8"),
    "the locale de_DE": variables(LC_ALL="de_DE.UTF-8", LANG="de_DE.UTF-8"),
    "the time zone of New York": variables(TZ="America/New_York"),
    "a time zone that does not exist": variables(TZ="Nowhere/Land"),
    "a hash seed": variables(PYTHONHASHSEED="1"),
    "another hash seed": variables(PYTHONHASHSEED="4294967295"),
    "without assertions": Environment(python=("-OO",)),
    "little memory": limited(resource.RLIMIT_AS, 2 << 30),
    "the development mode": Environment(python=("-X", "dev", "-W", "ignore")),
    "UTF-8 off": variables(PYTHONUTF8="0"),
    "UTF-16 output": variables(PYTHONIOENCODING="utf-16"),
    "without colors": variables(NO_COLOR="1", TERM="dumb", COLUMNS="20"),
    "with colors": variables(FORCE_COLOR="1", COLUMNS="500", LINES="2"),
    "without HOME": variables(HOME=None, USER=None, XDG_CACHE_HOME=None),
    "HOME and TMPDIR that cannot be written": variables(
        HOME="/proc/nowhere", TMPDIR="/proc/nowhere"
    ),
    "few open files": limited(resource.RLIMIT_NOFILE, 48),
    "closed standard input": Environment(closed=True),
    "umask": Environment(before=partial(os.umask, 0o077)),
    "the current folder is deleted": Environment(folder="deleted"),
}
NAMES = list(ENVIRONMENTS)


def results(environment: Environment, table: Path, folder: Path) -> dict[str, str]:
    """Return the digests of all faces in an environment."""
    shutil.rmtree(folder, ignore_errors=True)
    current = folder / "current"
    current.mkdir(parents=True)
    paths = os.pathsep.join([str(TESTS), str(SOURCES)])
    given = {**os.environ, "PYTHONPATH": paths, **environment.variables}
    command = [
        sys.executable, *environment.python, "-m", "drills.environment_results",
        str(table), str(folder), *environment.words,
    ]  # fmt: skip

    def before() -> None:
        if environment.folder == "deleted":
            current.rmdir()
        if environment.closed:
            os.close(0)
        if environment.before is not None:
            environment.before()

    done = subprocess.run(
        command, capture_output=True, check=False, timeout=600, cwd=current,
        env={name: value for name, value in given.items() if value is not None},
        preexec_fn=before,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    found: dict[str, str] = json.loads((folder / "digests.json").read_text())
    assert set(found) == set(FACES)
    return found


def test_every_environment_gives_the_same_bits(drill: Drill, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    write_table(table)
    expected = results(Environment(), table, tmp_path / "plain")
    problems = []
    for name in NAMES[: drill.cases(short=SHORT, full=len(NAMES))]:
        try:
            found = results(ENVIRONMENTS[name], table, tmp_path / "other")
        except AssertionError as error:
            problems.append(f"{name}: {error}")
            continue
        problems += [f"{name}: {face}" for face in FACES if found[face] != expected[face]]
        drill.count(len(FACES), "faces in other environments")
    assert not problems, "repeat with ENVIRONMENTS[name]:\n" + "\n".join(problems)
