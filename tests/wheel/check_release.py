"""Build what a release consists of, as far as this machine can: python check_release.py FOLDER

The sdist; out of it the pure wheel, the wheel for CPython 3.12 and later (abi3), which is audited,
repaired for manylinux and used by each CPython of this machine from 3.12 on, and the wheel for the
newest free-threaded CPython, if this machine has one. All are checked.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from commands import run

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet", "--quiet")
# Optimized less: what is checked here does not depend on it.
SETTINGS = ("DELTARULE_OPTIMIZATION=-O1", "DELTARULE_REQUIRE_NATIVE=ON")


def pythons(first_minor: int, free_threaded: bool = False) -> list[str]:
    """Return the CPythons from a version on that are on the path or in pyenv, with Python's headers."""
    probe = (
        "import os, sys, sysconfig, venv, ensurepip;"
        "assert os.path.isfile(sysconfig.get_path('include') + '/Python.h');"
        f"assert bool(sysconfig.get_config_var('Py_GIL_DISABLED')) is {free_threaded};"
        "print(sys.executable)"
    )
    kind = "t" * free_threaded
    found = []
    for minor in range(first_minor, 30):
        name = f"python3.{minor}{kind}"
        in_pyenv = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/{name}"))
        for file in (shutil.which(name), *reversed(in_pyenv)):
            if file is None:
                continue
            done = subprocess.run([file, "-c", probe], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                found.append(done.stdout.strip())
                break
    return found


def build_wheel(
    python: str, sdist: Path, folder: Path, settings: tuple[str, ...] = (), **variables: str
) -> Path:
    """Build a wheel out of the sdist in an isolated environment, and check its content."""
    folder.mkdir()
    options = [f"--config-settings=cmake.define.{setting}" for setting in settings]
    constraints = CHECKOUT / "constraints.txt"
    run(
        python, *PIP, "wheel", "--no-deps", "--wheel-dir", folder, *options, sdist,
        environment={**os.environ, "PIP_CONSTRAINT": str(constraints), **variables},
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    print(run(sys.executable, HERE / "check_content.py", wheel), end="", flush=True)
    return wheel


def repaired(wheel: Path, folder: Path) -> Path:
    """Return the wheel with its manylinux tag, and check its content again."""
    run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", folder, wheel)
    (found,) = folder.glob("*.whl")
    assert "manylinux" in found.name, found.name
    print(run(sys.executable, HERE / "check_content.py", found), end="", flush=True)
    return found


def use(python: str, wheel: Path, folder: Path, *dependencies: str) -> None:
    """Install the wheel into an empty environment of this Python and use it.

    `dependencies`: those that are installed; none for all that the wheel asks for.
    """
    run(python, "-m", "venv", folder)
    inside = folder / "bin" / "python"
    install = (inside, *PIP, "install", "--constraint", CHECKOUT / "constraints.txt")
    if dependencies:
        run(*install, *dependencies)
        run(*install, "--no-deps", wheel)
    else:
        run(*install, wheel)
    print(f"{wheel.name}: {run(inside, HERE / 'smoke_test.py')}", end="", flush=True)


def check_abi3(sdist: Path, folder: Path) -> None:
    """Check the wheel for the stable ABI in each CPython of this machine that it is for."""
    found = pythons(first_minor=12)
    if not found:
        print(
            "Left out: the wheel for the stable ABI (it needs CPython 3.12 or newer, and its headers)"
        )
        return
    wheel = build_wheel(found[0], sdist, folder / "abi3", SETTINGS)
    assert "-cp312-abi3-" in wheel.name, wheel.name
    print(run(sys.executable, "-m", "abi3audit", "--strict", wheel), end="", flush=True)
    wheel = repaired(wheel, folder / "repaired")
    for number, python in enumerate(found):
        use(python, wheel, folder / f"environment-{number}")


def check_free_threaded(sdist: Path, folder: Path) -> None:
    """Check the wheel for the newest free-threaded CPython of this machine."""
    found = pythons(first_minor=13, free_threaded=True)
    if not found:
        print("Left out: the wheel for free-threaded Python (it needs python3.13t or newer)")
        return
    wheel = build_wheel(found[-1], sdist, folder / "free-threaded", SETTINGS)
    assert re.search(r"-(cp3\d+)-\1t-", wheel.name), wheel.name
    wheel = repaired(wheel, folder / "free-threaded-repaired")
    # As in pyproject.toml: DuckDB has no wheel for it.
    use(found[-1], wheel, folder / "environment-free-threaded", "numpy", "threadpoolctl")


def main(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", folder, CHECKOUT)
    (sdist,) = folder.glob("*.tar.gz")
    print(run(sys.executable, HERE / "check_content.py", sdist), end="", flush=True)
    pure = build_wheel(sys.executable, sdist, folder / "pure", DELTARULE_NATIVE="0")
    assert pure.name.endswith("-py3-none-any.whl"), pure.name
    print(run(sys.executable, HERE / "check_wheel.py", pure), end="", flush=True)
    check_abi3(sdist, folder)
    check_free_threaded(sdist, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
