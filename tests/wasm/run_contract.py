"""Runs the tests of `tests/contract` in Node.js, on the reference and the WebAssembly engine.

Left out are the files about what Pyodide does not have: the compiled module, its threads and instruction
levels, and the faces that offer engines. Two processes share the rest.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from pyodide_packages import ROOT, packages, run_in_node

LEFT_OUT = {
    "test_native_levels.py", "test_native_stub.py", "test_registry.py", "test_threads.py",
    "test_toy_engine.py",
}  # fmt: skip
FIRST = {"test_engines_agree.py", "test_session_interrupts.py", "test_gradient_norm_rule.py"}
FOUND = {path.name for path in (ROOT / "tests/contract").glob("test_*.py")} - LEFT_OUT
FILES = (
    ["test_wasm_engine.py", *(f"contract/{name}" for name in sorted(FIRST))],
    [f"contract/{name}" for name in sorted(FOUND - FIRST)],
)
MIN_PASSED = 1600  # fewer mean that tests were not found

PROGRAM = """
import os
import pytest

os.chdir("/packages")
exit_code = int(pytest.main([
    "-q", "-c", os.devnull, "--rootdir", "/packages", "--import-mode=importlib", "-W", "error",
    "-o", "pythonpath=/packages", "-p", "no:cacheprovider", "-p", "no:faulthandler",
    "--disable-plugin-autoload", "-rs", *arguments,
]))
"""


def main(options: list[str]) -> int:
    """Run all tests, or those that pytest's options choose; return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "packages.zip")
        archive.write_bytes(packages())
        running = [run_in_node(archive, PROGRAM, *files, *options) for files in FILES]
        outputs = [process.communicate()[0] for process in running]
    print("\n".join(outputs))
    passed = sum(int(count) for text in outputs for count in re.findall(r"(\d+) passed", text))
    print(f"{passed} tests of the contract passed in Node.js.")
    if any(process.returncode for process in running):
        return 1
    if not options and passed < MIN_PASSED:
        print(f"There should be at least {MIN_PASSED}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
