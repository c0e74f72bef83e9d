"""Texts of a table as C: identifiers, strings and comments; numbers as literals that round-trip."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_IDENTIFIER = 50
MAX_STRING = 4000
"""Bytes of a string literal; C99 guarantees 4095."""
_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """
alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl complex
concept const const_cast consteval constexpr constinit continue co_await co_return co_yield
decltype default delete do double dynamic_cast else enum explicit export extern false float for
friend goto if imaginary import inline int long module mutable namespace new noexcept not not_eq
nullptr operator or or_eq override private protected public register reinterpret_cast requires
restrict return short signed sizeof static static_assert static_cast struct switch template this
thread_local throw true try typedef typeid typename typeof union unsigned using virtual void
volatile wchar_t while xor xor_eq arm assert cdecl environ errno far fortran huge i386 interface
linux m68k main max min mips near pascal powerpc setjmp signbit small sparc stderr stdin stdout
sun unix vax int64_t size_t int32_t
""",
    )
)
"""Keywords of C and C++, and macros and types of compilers and of the standard library, in lowercase."""


def identifier(text: str, otherwise: str) -> str:
    """Return a lowercase identifier like a text; `otherwise` begins it where no letter can."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    word = re.sub(r"[^0-9a-z]+", "_", plain.lower()).strip("_")[:MAX_IDENTIFIER].rstrip("_")
    if not word or word[0].isdigit():
        word = f"{otherwise}_{word}".rstrip("_")
    return f"{word}_" if word in _RESERVED else word


def identifiers(texts: Iterable[str], otherwise: str) -> list[str]:
    """Return a distinct identifier for each text; later ones that are equal get a number."""
    found: dict[str, None] = {}
    for text in texts:
        first = name = identifier(text, otherwise)
        number = 1
        while name in found:
            number += 1
            name = f"{first.rstrip('_')}_{number}"
        found[name] = None
    return list(found)


def comment(text: str, most: int = 200) -> str:
    """Return a text for a comment: it cannot end it, and holds no trigraph or invisible character."""
    shown = text if len(text) <= most else f"{text[: most - 3]}..."
    shown = "".join(ch if ch.isprintable() and ch != "\\" else " " for ch in shown)
    for pair in ("*/", "/*", "//", "??"):
        while pair in shown:
            shown = shown.replace(pair, f"{pair[0]} {pair[1]}")
    return shown


def string(data: bytes) -> str:
    """Return bytes without 0 as an expression of type const char *, or the list of an array."""
    if len(data) > MAX_STRING:
        return "{" + ", ".join(f"'{_character(byte)}'" for byte in data) + ", 0}"
    return '"' + "".join(map(_character, data)) + '"'


def utf8(text: str) -> bytes:
    """Return a text in UTF-8, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def _character(byte: int) -> str:
    # Octal escapes end after three digits, hexadecimal ones do not. A "?" may be part of a trigraph.
    is_plain = 32 <= byte < 127 and byte not in b"\"'\\?"
    return chr(byte) if is_plain else f"\\{byte:03o}"


def double(value: float) -> str:
    """Return a float64 as a literal with all its digits."""
    return repr(float(value))


def single(value: float) -> str:
    """Return a float32 as a literal with all its digits."""
    return f"{np.float32(value)!s}f"


def literals(values: NDArray[Any]) -> list[str]:
    """Return the literals of an array of float32, float64 or integers."""
    texts: list[str] = values.astype(str).tolist()
    return [f"{text}f" for text in texts] if values.dtype == np.float32 else texts


def wrapped(items: Iterable[str], indent: str = "  ", width: int = 100) -> str:
    """Return items, separated by commas, in lines of at most `width` characters where possible."""
    lines: list[str] = []
    line = indent
    for item in items:
        if len(line) + len(item) + 1 > width and line != indent:
            lines.append(line.rstrip())
            line = indent
        line += f"{item}, "
    return "\n".join([*lines, line.rstrip(", ")])
