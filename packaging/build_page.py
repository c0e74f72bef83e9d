"""Build the playground's page into the package with Node.js: python packaging/build_page.py"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
WEB = CHECKOUT / "web"
PAGE = CHECKOUT / "src" / "deltarule" / "playground" / "static"
SBOM = "sbom.cdx.json"
"""The components of the page with their versions and licenses, as CycloneDX."""
MIN_NODE = 20


class PageNotBuilt(Exception):
    """Says in one sentence why there is no page."""


def build_page() -> None:
    """Build the page; raise `PageNotBuilt` if something is missing or fails."""
    npm = _npm()
    if not (WEB / "node_modules").exists():
        _run(npm, "ci", "--no-audit", "--no-fund", "--silent", "--fetch-retries=1")
    _run(npm, "run", "--silent", "build")
    components = _run(npm, "sbom", "--sbom-format=cyclonedx", "--omit=dev", "--package-lock-only")
    shutil.rmtree(PAGE, ignore_errors=True)
    shutil.copytree(WEB / "dist", PAGE)
    (PAGE / SBOM).write_text(_reproducible(components), encoding="utf-8")


def _npm() -> str:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise PageNotBuilt(f"Node.js {MIN_NODE} or newer with npm was not found")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < MIN_NODE:
        raise PageNotBuilt(f"Node.js {MIN_NODE} or newer is needed, and node is {version.strip()}")
    return npm


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PageNotBuilt(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _reproducible(components: str) -> str:
    """Return npm's document without what differs from run to run."""
    document = json.loads(components)
    del document["serialNumber"], document["metadata"]["timestamp"]
    document["metadata"]["component"]["name"] = "deltarule-playground"
    return json.dumps(document, indent=1) + "\n"


if __name__ == "__main__":
    try:
        build_page()
    except PageNotBuilt as problem:
        sys.exit(f"The playground's page was not built: {problem}")
