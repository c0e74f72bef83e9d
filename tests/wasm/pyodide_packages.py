"""What Python finds in Pyodide: deltarule as it is in `src`, the contract's tests, and pytest.

pytest comes from the environment that this runs in, since it is pure Python. Hypothesis is not, so that
`tests/conftest.py`, which imports it, is left out.
"""

from __future__ import annotations

import io
import re
import subprocess
import sysconfig
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PURE = re.compile(
    r"(_pytest|iniconfig|packaging|pluggy|pygments|pytest)(-[\d.]+\.dist-info)?|py\.py"
)


def packages() -> bytes:
    """Return all of it as a zip file."""
    content = io.BytesIO()
    installed = Path(sysconfig.get_paths()["purelib"])
    folders = [
        (ROOT / "src", [ROOT / "src/deltarule"]),
        (ROOT / "tests", [ROOT / "tests/contract"]),
        (HERE / "in_pyodide", list((HERE / "in_pyodide").glob("*.py"))),
        (installed, [path for path in installed.iterdir() if PURE.fullmatch(path.name)]),
    ]
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for base, paths in folders:
            for path in paths:
                for file in [path] if path.is_file() else sorted(path.rglob("*")):
                    if file.is_file() and not {"__pycache__", "static"} & set(file.parts):
                        archive.write(file, file.relative_to(base).as_posix())
    return content.getvalue()


def run_in_node(archive: Path, program: str, *options: str) -> subprocess.Popen[str]:
    """Start a Python program in Node.js, with what `packages` returned."""
    return subprocess.Popen(
        ["node", str(HERE / "python_in_node.mjs"), str(archive), program, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
