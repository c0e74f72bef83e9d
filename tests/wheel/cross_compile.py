"""Compile and link the core and its C++ tests for other platforms: python cross_compile.py [TARGET ...]

Clang, the C libraries and the linkers for all of them come with the package ziglang. Programs for
64-bit ARM run in an emulator, and those for musl as they are, where qemu-user and musl are installed.
Nothing here runs on macOS or Windows.
"""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from commands import run

CHECKOUT = Path(__file__).resolve().parents[2]
BUILD = CHECKOUT / "build" / "cross"


@dataclass(frozen=True)
class Target:
    """A platform: its names for Zig and for CMake, and how its programs are run here."""

    zig: str
    system: str
    processor: str
    emulator: tuple[str, ...] | None = None  # None: they cannot be run here


ARM_EMULATOR = ("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu")
# glibc 2.17 is that of manylinux2014.
TARGETS = {
    "linux-x86_64": Target("x86_64-linux-gnu.2.17", "Linux", "x86_64", ()),
    "linux-aarch64": Target("aarch64-linux-gnu.2.17", "Linux", "aarch64", ARM_EMULATOR),
    "musl-x86_64": Target("x86_64-linux-musl", "Linux", "x86_64", ()),
    "musl-aarch64": Target("aarch64-linux-musl", "Linux", "aarch64", ("qemu-aarch64",)),
    "macos-x86_64": Target("x86_64-macos.11.0", "Darwin", "x86_64"),
    "macos-arm64": Target("aarch64-macos.11.0", "Darwin", "arm64"),
    "windows-x86_64": Target("x86_64-windows-gnu", "Windows", "AMD64"),
}


def write_tool(path: Path, *command: str) -> None:
    """Write a program that calls Zig: CMake wants one program for each tool.

    Zig writes the names of processors with underscores.
    """
    path.write_text(
        f"#!{sys.executable}\n"
        "import os, re, sys\n"
        "words = [re.sub('(?<!^)-', '_', w) if w.startswith('-march=') else w for w in sys.argv[1:]]\n"
        f'os.execv(sys.executable, [sys.executable, "-m", "ziglang", *{command!r}, *words])\n'
    )
    path.chmod(0o755)


def compile_for(name: str) -> str:
    """Compile, link and, if possible, run; return what was done."""
    target, folder = TARGETS[name], BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    write_tool(folder / "c++", "c++", "-target", target.zig)
    write_tool(folder / "ar", "ar")
    write_tool(folder / "ranlib", "ranlib")
    emulator = target.emulator
    if emulator and shutil.which(emulator[0]) is None:
        emulator = None
    if emulator == () and platform.machine() != target.processor:
        emulator = None
    run(
        "cmake", "-S", CHECKOUT, "-B", folder / "cmake", "-DCMAKE_BUILD_TYPE=Debug",
        f"-DCMAKE_SYSTEM_NAME={target.system}", f"-DCMAKE_SYSTEM_PROCESSOR={target.processor}",
        f"-DDELTARULE_OPTIMIZATION={'-O0' if emulator is None else '-O1'}",
        f"-DCMAKE_CXX_COMPILER={folder / 'c++'}", f"-DCMAKE_AR={folder / 'ar'}",
        f"-DCMAKE_RANLIB={folder / 'ranlib'}",
        f"-DCMAKE_INSTALL_NAME_TOOL={shutil.which('true')}",  # Apple's: used where something is installed
        f"-DCMAKE_CROSSCOMPILING_EMULATOR={';'.join(emulator or ())}",
        "-DDELTARULE_PYTHON=OFF", "-DDELTARULE_TESTS=ON",
    )  # fmt: skip
    run("cmake", "--build", folder / "cmake")
    if emulator is None:
        return "compiled and linked, not run"
    run("ctest", "--output-on-failure", "--no-tests=error", folder=folder / "cmake")
    return "compiled, linked, C++ tests run"


if __name__ == "__main__":
    for name in sys.argv[1:] or TARGETS:
        print(f"{name}: {compile_for(name)}", flush=True)
