"""The same bits in Node.js, in Chromium, and (in float32) from the native engine without AVX.

`in_pyodide/bits.py` has the runs. In float64 the engines differ in the last bits, as the exponential and
its relatives are those of the C library there; so do schedules, which Python computes by it.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from wasm.pyodide_packages import HERE, ROOT, packages, run_in_node

from deltarule.engines import native_module

CHROMIUM = os.environ.get("DELTARULE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
NUMPY = "/tests/wasm/" + json.loads((HERE / "numpy_wheel.json").read_text())["path"]
IN_CHROMIUM = """
async (numpy) => {
  const { loadPyodide } = await import("/tests/wasm/node_modules/pyodide/pyodide.mjs");
  const { startPython } = await import("/tests/wasm/python.mjs");
  const bytesOf = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  const python = await startPython(loadPyodide, "/tests/wasm/node_modules/pyodide/", {
    numpy: await bytesOf(numpy),
    core: await fetch("/build/wasm/deltarule.wasm"),
    archives: [await bytesOf("/packages.zip")],
  });
  return python.runPython("import bits; bits.digests()");
}
"""

Digests = dict[str, str]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wasm") / "packages.zip"
    path.write_bytes(packages())
    return path


@pytest.fixture(scope="module")
def in_node(archive: Path) -> Digests:
    process = run_in_node(archive, "import bits; print(bits.digests())")
    output = process.communicate()[0]
    assert process.returncode == 0, output
    digests: Digests = json.loads(output.splitlines()[-1])
    return digests


@pytest.fixture
def address(archive: Path) -> Iterator[str]:
    """Serve the checkout and the packages, each request in a thread."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(archive) if path == "/packages.zip" else super().translate_path(path)

        def log_message(self, *message: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_node_and_chromium_have_the_same_bits(in_node: Digests, address: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.goto(f"{address}/native/wasm/")
        in_chromium = json.loads(page.evaluate(IN_CHROMIUM, NUMPY))
        browser.close()
    assert len(in_chromium) > 400
    assert in_chromium == in_node


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not native_module.is_available(),
    reason="needs the native engine, with vectors of 128 bits and without fused multiply-add",
)
def test_float32_has_the_bits_of_the_native_engine_without_avx(in_node: Digests) -> None:
    inherited = os.environ.get("PYTHONPATH", "")
    native = subprocess.run(
        [sys.executable, str(HERE / "in_pyodide" / "bits.py")],
        env={
            **os.environ,
            "DELTARULE_INSTRUCTION_LEVEL": "baseline",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT / "tests"), inherited])),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    expected = json.loads(native.stdout)
    assert expected.keys() == in_node.keys()
    compared = [
        name for name in expected if name.endswith(", float32") and not name.startswith("schedule")
    ]
    assert len(compared) > 200
    assert [name for name in compared if in_node[name] != expected[name]] == []
