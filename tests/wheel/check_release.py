"""Build what a release consists of, as far as this machine can: python check_release.py FOLDER

The sdist; out of it the pure wheel and the wheel for CPython 3.12 and later (abi3), which is audited,
repaired for manylinux and used by each CPython of this machine from 3.12 on. All are checked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from commands import run

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet", "--quiet")


def abi3_pythons() -> list[str]:
    """Return the CPythons from 3.12 on that are on the path or in pyenv, with Python's headers."""
    probe = (
        "import os, sys, sysconfig, venv, ensurepip;"
        "assert os.path.isfile(sysconfig.get_path('include') + '/Python.h');"
        "print(sys.executable)"
    )
    found = []
    for minor in range(12, 30):
        name = f"python3.{minor}"
        in_pyenv = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/{name}"))
        for file in (shutil.which(name), *in_pyenv[-1:]):
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


def check_abi3(python: str, sdist: Path, folder: Path) -> Path:
    """Build the wheel for the stable ABI, audit it, and return it with its manylinux tag."""
    wheel = build_wheel(
        python,
        sdist,
        folder / "abi3",
        # Optimized less: what is checked here does not depend on it.
        ("DELTARULE_OPTIMIZATION=-O1", "DELTARULE_REQUIRE_NATIVE=ON"),
    )
    assert "-cp312-abi3-" in wheel.name, wheel.name
    print(run(sys.executable, "-m", "abi3audit", "--strict", wheel), end="", flush=True)
    run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", folder / "repaired", wheel)
    (repaired,) = (folder / "repaired").glob("*.whl")
    assert "manylinux" in repaired.name, repaired.name
    print(run(sys.executable, HERE / "check_content.py", repaired), end="", flush=True)
    return repaired


def use(python: str, wheel: Path, folder: Path) -> None:
    """Install the wheel into an empty environment of this Python and use it."""
    run(python, "-m", "venv", folder)
    inside = folder / "bin" / "python"
    run(inside, *PIP, "install", "--constraint", CHECKOUT / "constraints.txt", wheel)
    print(f"{wheel.name}: {run(inside, HERE / 'smoke_test.py')}", end="", flush=True)


def main(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", folder, CHECKOUT)
    (sdist,) = folder.glob("*.tar.gz")
    print(run(sys.executable, HERE / "check_content.py", sdist), end="", flush=True)
    pure = build_wheel(sys.executable, sdist, folder / "pure", DELTARULE_NATIVE="0")
    assert pure.name.endswith("-py3-none-any.whl"), pure.name
    print(run(sys.executable, HERE / "check_wheel.py", pure), end="", flush=True)
    pythons = abi3_pythons()
    if not pythons:
        print(
            "Left out: the wheel for the stable ABI (it needs CPython 3.12 or newer, and its headers)"
        )
        return
    wheel = check_abi3(pythons[0], sdist, folder)
    for number, python in enumerate(pythons):
        use(python, wheel, folder / f"environment-{number}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
