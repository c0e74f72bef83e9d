"""Programs that tests start use the same deltarule as the tests, in whatever folder they run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import deltarule

ROOT = Path(__file__).parents[1]


def test_a_program_in_another_folder_imports_the_same_deltarule(tmp_path):
    program = "import deltarule; print(deltarule.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()) == Path(deltarule.__file__)


def test_so_does_it_with_a_relative_python_path():
    """Run the test above with PYTHONPATH=src, which means another folder wherever the test goes."""
    test = f"{__file__}::{test_a_program_in_another_folder_imports_the_same_deltarule.__name__}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", test],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": "src"}, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == pytest.ExitCode.OK, done.stdout
