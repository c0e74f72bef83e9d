"""Build the website: python web/site/build.py [--numpy official|tests] [--out build/site] [--docs FOLDER]

It needs web/dist and web/dist-site (npm run build, npm run build-site), build/wasm/deltarule.wasm (make
wasm), the documentation with its course as Sphinx builds it for the website, and an installed deltarule,
which records the opening. `make site` does all of that.
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
"""Largest size of the playground as a browser downloads it."""
MAX_DOCS_BYTES = 20_000_000
"""Largest size of the documentation with the course; a visitor downloads the pages that they open."""
OF_DOCS = ("docs/", "python/course.zip", "course_worker.js", "service_worker_pages.js")
"""What the playground does without: kept for use without a network once it was opened."""
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm")
STANDARD_LIBRARY = "python_stdlib.zip"
# Tools at a terminal, and protocols of mail, files and servers, which a page cannot speak.
LEFT_OUT_OF_STANDARD_LIBRARY = (
    "_pyrepl/", "antigravity.py", "bdb.py", "cProfile.py", "doctest.py", "ftplib.py", "imaplib.py",
    "mailbox.py", "modulefinder.py", "pdb.py", "poplib.py", "profile.py", "pstats.py", "pty.py",
    "pyclbr.py", "pydoc.py", "smtplib.py", "this.py", "trace.py", "unittest/", "wsgiref/", "xmlrpc/",
)  # fmt: skip
# Faces and exports that the page does not have.
LEFT_OUT = (
    "cli/", "cluster/", "course/", "estimators/", "keras/", "mlflow/", "notebook/", "plots/", "report/",
    "serving/", "tuning/", "web_server/",
    "table_model/by_group/", "table_model/distillation", "table_model/student_",
    "playground/server/", "playground/widget.py", "playground/static/",
    "export/c_", "export/hub_", "export/markdown_text", "export/onnx_", "export/torch_",
    "formats/model_folder", "formats/second_place", "playground/exporting/opening_recording",
    "table_model/known_limits", "training/remote_training",
)  # fmt: skip
COURSE = ("course/", "report/")
"""What the course's pages need beside the playground's Python."""
OF_COURSE = (".py", ".css", ".npz", ".txt")
EXPORTED_PAGE = ("frozen.js", "widget.css")
"""The built files that a page to share contains."""


def build(out: Path, docs: Path, official_numpy: bool | None) -> None:
    """Write the website into a folder, which is emptied."""
    shutil.rmtree(out, ignore_errors=True)
    for folder in ("pyodide", "python"):
        (out / folder).mkdir(parents=True)
    shutil.copytree(HERE / "public", out, dirs_exist_ok=True)
    shutil.copy(HERE / "index.html", out)
    for name in ("widget.js", "widget.css"):
        shutil.copy(WEB / "dist" / name, out)
    for name in ("site.js", "worker.js", "course_worker.js"):
        shutil.copy(WEB / "dist-site" / name, out)
    for name in PYODIDE_FILES:
        shutil.copyfile(PYODIDE / name, out / "pyodide" / name)
    _write_zip(out / "pyodide" / STANDARD_LIBRARY, dict(_standard_library_files()))
    (out / "pyodide" / "pyodide-lock.json").write_text(json.dumps(_lock_without_packages()))
    shutil.copyfile(CORE, out / "deltarule.wasm")
    wheel = numpy_wheel(PYODIDE, official=official_numpy)
    archives = [out / "python" / f"{name}.zip" for name in ("numpy", "deltarule", "course")]
    _write_zip(archives[0], reduced(wheel))
    _write_zip(archives[1], dict(_python_files()))
    _write_zip(archives[2], dict(_course_files()))
    subprocess.run(["node", HERE / "compile_python.mjs", *archives], cwd=WEB, check=True)
    (out / "recording.json").write_text(opening_recording("wasm"), encoding="utf-8")
    (out / "licenses.txt").write_text(
        _licenses(wheel.origin, license_text(wheel)), encoding="utf-8"
    )
    shutil.copytree(
        docs, out / "docs", ignore=shutil.ignore_patterns(".buildinfo", "_sources", "*.map")
    )
    _write_service_worker(out)
    print(f"NumPy: {wheel.origin}")
    for what, of_docs, most in (
        ("playground", False, MAX_COMPRESSED_BYTES),
        ("documentation and course", True, MAX_DOCS_BYTES),
    ):
        chosen = [path for path in files_of(out) if _is_of_docs(path, out) == of_docs]
        total = sum(map(compressed_size, chosen))
        print(f"{out}: {what}: {total / 1e6:.2f} MB compressed (gzip -9)")
        if total > most:
            raise SystemExit(f"That is more than the {most / 1e6:.0f} MB that it may have.")


def _is_of_docs(path: Path, out: Path) -> bool:
    return path.relative_to(out).as_posix().startswith(OF_DOCS)


def _lock_without_packages() -> dict[str, object]:
    """Return Pyodide's lock file without packages, which would all have to be offered."""
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text())
    return {**lock, "packages": {}}


def _standard_library_files() -> Iterator[tuple[str, bytes]]:
    """Return Python's standard library without what no page uses, by the names of its files."""
    with zipfile.ZipFile(PYODIDE / STANDARD_LIBRARY) as archive:
        for name in archive.namelist():
            if not name.startswith(LEFT_OUT_OF_STANDARD_LIBRARY) and not name.endswith("/"):
                yield name, archive.read(name)


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


def _course_files() -> Iterator[tuple[str, bytes]]:
    """Return the Python of the course's figures, and its digits with their license, by their names."""
    source = ROOT / "src" / "deltarule"
    for path in files_of(source):
        name = path.relative_to(source).as_posix()
        if name.startswith(COURSE) and path.suffix in OF_COURSE:
            yield f"deltarule/{name}", path.read_bytes()


def _write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            # A fixed time, so that the same files give the same archive.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)


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
    scripts: dict[str, str] = {}
    for name, of_docs in (("service_worker.js", False), ("service_worker_pages.js", True)):
        digests = {
            path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files_of(out)
            if _is_of_docs(path, out) == of_docs
        }
        script = (HERE / name).read_text(encoding="utf-8")
        if script.count(" = {};") != 1:
            raise SystemExit(f"web/site/{name} has no place for the list of files.")
        listed = script.replace(" = {};", f" = {json.dumps(digests, indent=1)};")
        scripts[name] = listed
    for name, listed in scripts.items():
        (out / name).write_text(listed, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the website.")
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "build" / "site",
        help="the folder, which is emptied first",
    )
    parser.add_argument(
        "--docs",
        type=Path,
        default=ROOT / "build" / "docs-of-site",
        help="the documentation, as Sphinx built it for the website",
    )
    parser.add_argument("--numpy", choices=("official", "tests"), help="the build of NumPy to take")
    options = parser.parse_args()
    build(
        options.out.resolve(),
        options.docs,
        {"official": True, "tests": False, None: None}[options.numpy],
    )
