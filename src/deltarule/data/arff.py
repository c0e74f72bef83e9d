"""Rewrite an ARFF file, Weka's format, as CSV."""

from __future__ import annotations

import csv
import io
import re
from contextlib import ExitStack

from deltarule.data.files import TableFile, head_of
from deltarule.data.read_limits import ReadLimits
from deltarule.data.temporary_files import temporary_copy
from deltarule.errors import TableFileError

_NAME = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s{]+"""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_NAME})\s*(\{{.*|\S+)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)")
_CELL = re.compile(
    r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,'"]*?))\s*(?:,|$)""", re.DOTALL
)
_NOT_PLAIN = re.compile(r"[^\S\n]|['\"{%]")
"""What makes lines of ARFF differ from CSV: space around cells, quotes, sparse rows, comments."""
_BLOCK = 1 << 20


def arff_as_csv(
    file: TableFile, stack: ExitStack, limits: ReadLimits
) -> tuple[TableFile, tuple[str, ...]]:
    """Return a copy of an ARFF file as CSV, and the names of its nominal attributes.

    The attributes become the header, and the rows keep their line numbers. Raises `TableFileError` for
    sparse rows, relational attributes, lines that are not ARFF and too many cells.
    """
    path, copy = temporary_copy(stack)
    names: list[str] = []
    nominal: list[str] = []
    in_data = False
    number = 0
    with file.path.open(encoding="utf-8", errors="replace") as text:
        for number, line in enumerate(text, start=1):
            stripped = line.strip()
            written = ""
            if not stripped or stripped.startswith("%"):
                pass
            elif stripped.lower().startswith("@attribute"):
                name, is_nominal = _attribute(stripped, file.name, number)
                names.append(name)
                nominal += [name] * is_nominal
            elif stripped.lower().startswith("@data"):
                in_data = True
                written = _as_csv(names)
            elif not stripped.lower().startswith("@relation"):
                raise TableFileError(
                    f"{file.name}, line {number}: an ARFF file has only lines that start with @ or % "
                    "before @data."
                )
            copy.write(f"{written}\n".encode())
            if in_data:
                break
        if not in_data or not names:
            raise TableFileError(f"{file.name} is an ARFF file without rows: it has no line @data.")
        rows = 0
        while lines := text.readlines(_BLOCK):
            copy.write(_block_as_csv(lines, file.name, number + 1).encode())
            number += len(lines)
            rows += len(lines)
            limits.check_cells(file.name, rows, len(names))
    copy.flush()
    return head_of(file, path), tuple(nominal)


def _block_as_csv(lines: list[str], name: str, first: int) -> str:
    """Return lines after @data as CSV; `first`: the number of the first one."""
    block = "".join(lines)
    if _NOT_PLAIN.search(block) is None:
        return block if block.endswith("\n") else f"{block}\n"
    written = [_row_as_csv(line.strip(), name, first + i) for i, line in enumerate(lines)]
    return "\n".join([*written, ""])


def _row_as_csv(line: str, name: str, number: int) -> str:
    if not line or line.startswith("%"):
        return ""
    if "'" in line or '"' in line or line.startswith("{"):
        return _as_csv(_cells(line, name, number))
    return ",".join([cell.strip() for cell in line.split(",")])


def _attribute(line: str, name: str, number: int) -> tuple[str, bool]:
    """Return the name of an attribute, and whether it is nominal: {low, high}."""
    match = _ATTRIBUTE.match(line)
    if match is None:
        raise TableFileError(f"{name}, line {number}: @attribute needs a name and a type.")
    if match.group(2).lower() == "relational":
        raise TableFileError(
            f"{name}, line {number}: deltarule does not read relational attributes of ARFF files."
        )
    found = match.group(1)
    plain = _ESCAPE.sub(r"\1", found[1:-1]) if found[0] in "'\"" else found
    return plain, match.group(2).startswith("{")


def _cells(line: str, name: str, number: int) -> list[str]:
    if line.startswith("{"):
        raise TableFileError(
            f"{name}, line {number}: deltarule does not read sparse ARFF rows, such as {{0 1.5, 3 2}}. "
            "Convert the file with Weka's filter SparseToNonSparse."
        )
    cells: list[str] = []
    place = 0
    while place < len(line):
        match = _CELL.match(line, place)
        if match is None:
            raise TableFileError(
                f"{name}, line {number}: a cell is not ARFF: a text with quotes or commas needs quotes."
            )
        single, double, plain = match.groups()
        quoted = single if single is not None else double
        cells.append(plain if quoted is None else _ESCAPE.sub(r"\1", quoted))
        place = match.end()
    if line.endswith(","):
        cells.append("")
    return cells


def _as_csv(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
