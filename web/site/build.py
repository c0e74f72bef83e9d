"""Build the page without a server: python web/site/build.py [--numpy official|tests] [--out build/site]

It needs web/dist and web/dist-site (npm run build, npm run build-site), build/wasm/deltarule.wasm (make
wasm) and an installed deltarule, which records the opening. `make site` does all of that.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from numpy_wheel import license_text, numpy_wheel, reduced
from page_files import compressed_size, files_of

from deltarule.playground.exporting.opening_recording import opening_recording

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
WEB = ROOT / "web"
PYODIDE = WEB / "node_modules" / "pyodide"
CORE = ROOT / "build" / "wasm" / "deltarule.wasm"
MAX_COMPRESSED_BYTES = 11_000_000
"""Largest size of the page as a browser downloads it."""
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
# Faces and exports that the page does not have.
LEFT_OUT = (
    "cli/", "estimators/", "keras/", "mlflow/", "notebook/", "plots/", "report/", "serving/",
    "tuning/", "web_server/",
    "playground/server/", "playground/widget.py", "playground/static/",
    "export/c_", "export/hub_", "export/onnx_", "export/torch_",
)  # fmt: skip
EXPORTED_PAGE = ("frozen.js", "widget.css")
"""The built files that a page to share contains."""


def build(out: Path, official_numpy: bool | None) -> None:
    """Write the page into a folder, which is emptied."""
    shutil.rmtree(out, ignore_errors=True)
    for folder in ("pyodide", "python"):
        (out / folder).mkdir(parents=True)
    shutil.copytree(HERE / "public", out, dirs_exist_ok=True)
    shutil.copy(HERE / "index.html", out)
    for name in ("widget.js", "widget.css"):
        shutil.copy(WEB / "dist" / name, out)
    for name in ("site.js", "worker.js"):
        shutil.copy(WEB / "dist-site" / name, out)
    for name in PYODIDE_FILES:
        shutil.copyfile(PYODIDE / name, out / "pyodide" / name)
    (out / "pyodide" / "pyodide-lock.json").write_text(json.dumps(_lock_without_packages()))
    shutil.copyfile(CORE, out / "deltarule.wasm")
    wheel = numpy_wheel(PYODIDE, official=official_numpy)
    archives = out / "python" / "numpy.zip", out / "python" / "deltarule.zip"
    _write_zip(archives[0], reduced(wheel))
    _write_zip(archives[1], dict(_python_files()))
    subprocess.run(["node", HERE / "compile_python.mjs", *archives], cwd=WEB, check=True)
    (out / "recording.json").write_text(opening_recording("wasm"), encoding="utf-8")
    (out / "licenses.txt").write_text(
        _licenses(wheel.origin, license_text(wheel)), encoding="utf-8"
    )
    _write_service_worker(out)
    total = sum(compressed_size(path) for path in files_of(out))
    print(f"NumPy: {wheel.origin}")
    print(f"{out}: {total / 1e6:.2f} MB compressed (gzip -9)")
    if total > MAX_COMPRESSED_BYTES:
        raise SystemExit(
            f"That is more than the {MAX_COMPRESSED_BYTES / 1e6:.0f} MB that a page may have."
        )


def _lock_without_packages() -> dict[str, object]:
    """Return Pyodide's lock file without packages, which would all have to be offered."""
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text())
    return {**lock, "packages": {}}


def _python_files() -> Iterator[tuple[str, bytes]]:
    """Return the page's Python by its name: deltarule without other faces, and msgspec's stand-in."""
    source = ROOT / "src" / "deltarule"
    for path in files_of(source):
        name = path.relative_to(source).as_posix()
        if path.suffix in (".py", ".csv", ".txt") and not name.startswith(LEFT_OUT):
            yield f"deltarule/{name}", path.read_bytes()
    for name in EXPORTED_PAGE:
        yield f"deltarule/playground/static/{name}", (WEB / "dist" / name).read_bytes()
    for path in files_of(HERE / "python"):
        if path.suffix == ".py":
            yield path.relative_to(HERE / "python").as_posix(), path.read_bytes()


def _write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)


def _licenses(numpy_origin: str, numpy_license: str) -> str:
    """Return the licenses of everything on the page."""
    version = json.loads((PYODIDE / "package.json").read_text())["version"]
    parts = {
        "deltarule": (ROOT / "LICENSE").read_text(encoding="utf-8"),
        "The page's packages": (WEB / "dist" / "licenses.txt").read_text(encoding="utf-8"),
        "The worker's packages": (WEB / "dist-site" / "licenses.txt").read_text(encoding="utf-8"),
        f"Pyodide {version}": "Mozilla Public License 2.0, https://www.mozilla.org/MPL/2.0/; source: "
        "https://github.com/pyodide/pyodide. It contains CPython (Python Software Foundation License, "
        "https://docs.python.org/3/license.html) and libraries under licenses that its documentation "
        "lists.",
        f"NumPy: {numpy_origin}": "Tests, headers and type stubs of the wheel are left out.\n\n"
        + numpy_license,
    }
    return (
        "\n\n".join(
            f"{title}\n{'=' * len(title)}\n\n{text.strip()}" for title, text in parts.items()
        )
        + "\n"
    )


def _write_service_worker(out: Path) -> None:
    """Write the service worker with the digest of every other file."""
    digests = {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files_of(out)
    }
    script = (HERE / "service_worker.js").read_text(encoding="utf-8")
    listed = f"const FILES = {json.dumps(digests, indent=1)};"
    if script.count("const FILES = {};") != 1:
        raise SystemExit("web/site/service_worker.js has no place for the list of files.")
    (out / "service_worker.js").write_text(
        script.replace("const FILES = {};", listed), encoding="utf-8"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the page without a server.")
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "build" / "site",
        help="the folder, which is emptied first",
    )
    parser.add_argument("--numpy", choices=("official", "tests"), help="the build of NumPy to take")
    options = parser.parse_args()
    build(options.out.resolve(), {"official": True, "tests": False, None: None}[options.numpy])
