"""Compile exported C files, and call them by ctypes."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from unit.export.random_tables import random_model, random_rows

from deltarule.export import to_c
from deltarule.export.c_columns import FIELDS
from deltarule.export.c_text import identifiers
from deltarule.table_model import TableModel

GCC = shutil.which("gcc")
WARNINGS = [
    "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Wshadow",
    "-Werror",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A compiler with its options, and what runs its programs."""

    compiler: str
    options: tuple[str, ...] = ()
    runner: tuple[str, ...] = ()
    package: str = "gcc"

    @property
    def missing(self) -> str:
        """A sentence about what is not installed; empty if all is there."""
        tools = (self.compiler, *self.runner[:1])
        if all(map(shutil.which, tools)):
            return ""
        return f"needs {' and '.join(tools)} (on Debian: apt-get install {self.package})"


ARMHF_PACKAGES = "gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user"
CORTEX_M4_OPTIONS = (
    "-mcpu=cortex-m4",
    "-mthumb",
    "-mfloat-abi=hard",
    "-mfpu=fpv4-sp-d16",
    "--specs=rdimon.specs",
    str(Path(__file__).with_name("cortex_m4_start.c")),
    "-Wl,--section-start=.vectors=0",
    "-Wl,--section-start=.init=0x8000",
    "-Wl,-Tdata=0x20000000",
)
TARGETS = {
    "gcc": Target("gcc", ("-O2",)),
    "clang": Target("clang", ("-O2",), package="clang"),
    "32-bit ARM by gcc": Target(
        "arm-linux-gnueabihf-gcc",
        ("-Os", "-mthumb", "-static"),
        ("qemu-arm",),
        ARMHF_PACKAGES,
    ),
    "32-bit ARM by clang": Target(
        "clang",
        ("--target=arm-linux-gnueabihf", "-Os", "-mthumb", "-static"),
        ("qemu-arm",),
        f"clang {ARMHF_PACKAGES}",
    ),
    "Cortex-M4 by gcc": Target(
        "arm-none-eabi-gcc",
        ("-Os", *CORTEX_M4_OPTIONS),
        ("qemu-system-arm", "-M", "mps2-an386", "-nographic", "-semihosting-config",
         "enable=on,target=native", "-kernel"),
        "gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm",
    ),
}  # fmt: skip
"""Where the self-tests of written files are run. The last one is a board without an operating system."""
needs_gcc = pytest.mark.skipif(GCC is None, reason="needs gcc (on Debian: apt-get install gcc)")
C_TYPES = {"d": ctypes.c_double, "c": ctypes.c_char_p, "i": ctypes.c_int64}
QUANTILES = (0.05, 0.5, 0.9)
ROWS = 300
EPOCH = np.datetime64(0, "us")


def compile_c(*arguments: str | Path, compiler: str = "gcc") -> None:
    """Compile without a warning."""
    libraries = [] if "-c" in arguments else ["-lm"]  # clang warns of those that it does not need
    command = [compiler, *WARNINGS, *map(str, arguments), *libraries]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:4000]


def library(folder: Path, sources: Sequence[Path], *options: str) -> ctypes.CDLL:
    """Compile files into one shared library, as one file, because starting the compiler takes longest."""
    path, together = folder / "models.so", folder / "together.c"
    together.write_text("".join(map(_included, sources)))
    compile_c(*options, "-shared", "-fPIC", together, "-o", path)
    return ctypes.CDLL(str(path))


def self_tests(
    folder: Path, sources: Sequence[Path], *options: str, target: Target = TARGETS["gcc"]
) -> int:
    """Compile the self-tests of files into one program, and return its exit status, 0 if all pass."""
    names = [source.stem for source in sources]
    lines = [f"#define {name.upper()}_SELF_TEST_FUNCTION 1\n" for name in names]
    calls = [
        f"  if ({name}_self_test() != 0) {{ return {i + 1}; }}\n" for i, name in enumerate(names)
    ]
    main = ["int main(void) {\n", *calls, "  return 0;\n}\n"]
    together, program = folder / "self_tests.c", folder / "self_tests"
    together.write_text("".join([*lines, *map(_included, sources), *main]))
    compile_c(*target.options, *options, together, "-o", program, compiler=target.compiler)
    environment = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}
    return subprocess.run([*target.runner, program], env=environment, timeout=300).returncode


def _included(source: Path) -> str:
    """Return lines that include a file, with names of its own for what is static in it."""
    static = set(re.findall(r"^static [^=;{(\[]*?(\w+)[(\[]", source.read_text(), re.MULTILINE))
    lines = [f"#define {name} {source.stem}_{name}" for name in sorted(static)]
    lines += [f'#include "{source.name}"', *(f"#undef {name}" for name in sorted(static))]
    return "\n".join(lines) + "\n"


def predict_table(
    lib: ctypes.CDLL, prefix: str, model: TableModel, table: dict[str, Any], outputs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the function returns for each row, and what it writes."""
    used = model.encoder.used
    names = identifiers([own.column for own in used], "column")
    kinds = [FIELDS[own.values][0][0] for own in used]
    fields = [(name, C_TYPES[kind]) for name, kind in zip(names, kinds, strict=True)]
    row_type = type("Row", (ctypes.Structure,), {"_fields_": fields})
    function = getattr(lib, f"{prefix}_predict")
    function.restype = ctypes.c_double if model.task == "regression" else ctypes.c_int
    cells = [_cells(kind, table[own.column]) for kind, own in zip(kinds, used, strict=True)]
    returned, written = [], []
    buffer = (ctypes.c_double * outputs)()
    for values in zip(*cells, strict=True):
        returned.append(function(ctypes.byref(row_type(*values)), buffer))
        written.append(list(buffer))
    return np.array(returned), np.array(written)


def _cells(kind: str, values: Any) -> list[Any]:
    if kind == "c":
        return [None if text is None else text.encode() for text in values]
    if kind == "i":
        missing = -(2**63)
        return [missing if np.isnat(v) else int((v - EPOCH).astype(int)) for v in values]
    return [np.nan if value is None else float(value) for value in values]


def predict_array(lib: ctypes.CDLL, prefix: str, x: np.ndarray, outputs: int) -> np.ndarray:
    """Return what the function writes for each row."""
    function = getattr(lib, f"{prefix}_predict")
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    x = np.ascontiguousarray(x, np.float32)
    out = np.empty((len(x), outputs), np.float32)
    for i in range(len(x)):
        function(x[i].ctypes.data, out[i].ctypes.data)
    return out


def compare(lib: ctypes.CDLL, prefix: str, model: TableModel, rows: int = ROWS) -> float:
    """Return the largest difference from `predict`; of numbers, in units of the target's scale.

    Columns of the first version are not clipped: where they give features above 100, which float rounds
    more coarsely, differences are divided by as much.
    """
    table = random_rows(model, rows)
    features = model.encoder.transform(model.read(table))
    coarse = np.maximum(1, np.abs(features).max(axis=1, keepdims=True) / 100)
    quantiles = QUANTILES if model.task == "regression" else ()
    expected = model.predict(table, quantiles=quantiles)
    outputs = len(QUANTILES) if quantiles else len(expected.classes)
    returned, written = predict_table(lib, prefix, model, table, outputs)
    if quantiles:
        differences = np.column_stack([returned, written]) - np.column_stack(
            [expected.values, expected.quantiles]
        )
        return float((np.abs(differences) / coarse).max()) / model.target.scale
    ordered = np.sort(expected.probabilities, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > 1e-5 * coarse[:, 0]
    if model.calibration.threshold is not None:
        share = expected.probabilities[:, model.calibration.positive_class]
        clear = np.abs(share - model.calibration.threshold) > 1e-5 * coarse[:, 0]
    assert (returned == expected.class_numbers)[clear].all()
    return float((np.abs(written - expected.probabilities) / coarse).max())


def export_tables(folder: Path, seeds: Sequence[int]) -> dict[str, TableModel]:
    """Write the C files of random models, and return the models by prefix."""
    models = {f"t{seed}": random_model(seed) for seed in seeds}
    for prefix, model in models.items():
        quantiles = QUANTILES if model.task == "regression" else ()
        to_c(model, folder / f"{prefix}.c", quantiles=quantiles)
    return models
