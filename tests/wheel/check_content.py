"""Check what wheels and sdists hold: python check_content.py FILE ...

Each holds the playground's page with the list of its components, and the digits of the course with their
license; a wheel with the native engine also holds the list and the licenses of what was compiled into it.
"""

from __future__ import annotations

import json
import sys
import tarfile
import zipfile
from pathlib import Path

PAGE = (
    "index.html",
    "page.js",
    "widget.js",
    "widget.css",
    "frozen.js",
    "figure.js",
    "licenses.txt",
    "sbom.cdx.json",
)
PAGE_FOLDER = "deltarule/playground/static/"
DIGITS = ("deltarule/course/mnist_ones_and_fives.npz", "deltarule/course/mnist_ones_and_fives.txt")
"""The digits of the course, and their license."""


def components(document: bytes) -> dict[str, str]:
    """Return the name and the license of each component of a CycloneDX document."""
    found = json.loads(document)
    assert found["bomFormat"] == "CycloneDX", found
    return {part["name"]: part["licenses"][0]["license"]["id"] for part in found["components"]}


def check_wheel(file: Path) -> None:
    """Check the content of a wheel against its tags."""
    archive = zipfile.ZipFile(file)
    names = set(archive.namelist())
    _, _, python, abi, platform = file.stem.split("-")
    metadata = f"{'-'.join(file.stem.split('-')[:2])}.dist-info/"
    engine = "deltarule/engines/_native."
    native = {name for name in names if name.startswith(engine) and not name.endswith(".pyi")}
    if (python, abi, platform) == ("py3", "none", "any"):
        assert not native, f"{file.name} is for every machine and holds {native}"
        assert b"Root-Is-Purelib: true" in archive.read(f"{metadata}WHEEL")
    else:
        assert len(native) == 1, f"{file.name} has no native engine, or several: {native}"
        assert (".abi3." in native.pop()) == (abi == "abi3" and "win" not in platform), names
        assert f"{metadata}licenses/nanobind.txt" in names, "the license of nanobind"
        assert f"{metadata}licenses/robin-map.txt" in names, "the license of robin-map"
        compiled = components(archive.read(f"{metadata}sboms/native.cdx.json"))
        assert compiled == {"nanobind": "BSD-3-Clause", "robin-map": "MIT"}, compiled
    for name in (f"{PAGE_FOLDER}{name}" for name in PAGE):
        assert name in names, f"{file.name} has no {name}"
    for name in DIGITS:
        assert name in names, f"{file.name} has no {name}"
    page = components(archive.read(f"{metadata}sboms/page.cdx.json"))
    assert {"preact", "uplot", "d3-contour"} < page.keys(), page
    assert set(page.values()) <= {"MIT", "ISC", "BSD-3-Clause"}, page
    assert "deltarule/py.typed" in names
    assert f"{metadata}licenses/LICENSE" in names, "no license"
    top = {name.split("/")[0] for name in names}
    allowed = {"deltarule", metadata.rstrip("/"), "deltarule.libs"}  # auditwheel may add the last
    assert top <= allowed, f"{file.name} holds more than the package: {sorted(top - allowed)}"
    stray = [name for name in names if name.endswith((".cpp", ".hpp", ".pyc", ".a"))]
    assert not stray, f"{file.name} holds {stray}"


def check_sdist(file: Path) -> None:
    """Check that an sdist can be built without git and Node.js."""
    with tarfile.open(file) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {f"src/{PAGE_FOLDER}{name}" for name in PAGE}
    wanted |= {f"src/{name}" for name in DIGITS}
    wanted |= {
        "pyproject.toml",
        "CMakeLists.txt",
        "LICENSE",
        "README.md",
        "packaging/build_backend.py",
    }
    wanted |= {"tests/wheel/smoke_test.py", "examples/iris.csv"}
    assert wanted <= names, f"{file.name} has no {sorted(wanted - names)}"
    stray = [name for name in names if name.startswith(("web/", ".ci/", ".github/"))]
    assert not stray, f"{file.name} holds {stray[:5]}"


def main(files: list[str]) -> None:
    for file in map(Path, files):
        (check_wheel if file.suffix == ".whl" else check_sdist)(file)
        print(f"{file.name}: complete, {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
