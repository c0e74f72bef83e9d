"""Runs the tests of `tests/contract` in Node.js, on the reference and the WebAssembly engine.

Left out are the files about what Pyodide does not have: threads, instruction levels, and the faces that
offer engines. Two processes share the rest.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from pyodide_packages import packages, run_in_node

FILES = (
    (
        "test_wasm_engine.py",
        "contract/test_engines_agree.py",
        "contract/test_session_interrupts.py",
        "contract/test_gradient_norm_rule.py",
    ),
    (
        "contract/test_gradients.py",
        "contract/test_known_solutions.py",
        "contract/test_learned_agree.py",
        "contract/test_learned_gradients.py",
        "contract/test_normalization.py",
        "contract/test_sessions.py",
        "contract/test_single_rows.py",
    ),
)
MIN_PASSED = 1400  # fewer mean that tests were not found

PROGRAM = """
import os
import pytest

os.chdir("/packages")
exit_code = int(pytest.main([
    "-q", "-c", os.devnull, "--rootdir", "/packages", "--import-mode=importlib", "-W", "error",
    "-o", "pythonpath=/packages", "-p", "no:cacheprovider", "-p", "no:faulthandler",
    "--disable-plugin-autoload", *arguments,
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
