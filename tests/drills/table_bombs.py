"""Small files that grow without measure when they are read as tables, as a page may upload them.

    PYTHONPATH=tests python -m drills.table_bombs build FOLDER NAME...
    PYTHONPATH=tests python -m drills.table_bombs upload FOLDER NAME...

The first builds some; the second reads them as the playground does, and prints a line of JSON for each.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import resource
import sqlite3
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from deltarule.errors import DeltaruleError
from deltarule.playground.table_sources import uploaded_table

MIB = 2**20
CELLS = "<row r='{0}'><c r='{1}{0}'><v>1</v></c></row>"
SHEET = "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>"


def _lines(mib: int) -> bytes:
    """Return the start of a table of one column that is mostly ones."""
    return b"1\n" * (mib * MIB // 2)


def _repeated(pack: Callable[[bytes], bytes], times: int) -> bytes:
    """Return a packed table: 16 MiB of it, packed once and repeated."""
    return pack(_lines(16)) * times


def _zstd(data: bytes) -> bytes:
    from backports import zstd

    return zstd.compress(data)


def _zip(entries: dict[str, bytes], level: int = 6) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _lying_zip() -> bytes:
    """Return a zip archive whose table is larger than the archive says."""
    content = bytearray(_zip({"t.csv": _lines(300)}))
    size = (300 * MIB).to_bytes(4, "little")
    while (place := content.find(size)) >= 0:
        content[place : place + 4] = (1000).to_bytes(4, "little")
    return bytes(content)


def _nested_zip() -> bytes:
    content = _lines(250)
    for depth in range(3):
        content = _zip({f"{depth}.csv": content})
    return content


def _xlsx(sheets: list[str], strings: str = "") -> bytes:
    """Return a workbook of worksheets in XML."""
    office = "http://schemas.openxmlformats.org"
    relation = f"{office}/officeDocument/2006/relationships"
    parts = "".join(
        f"<sheet name='s{i}' sheetId='{i}' r:id='r{i}'/>" for i in range(1, len(sheets) + 1)
    )
    targets = "".join(
        f"<Relationship Id='r{i}' Type='{relation}/worksheet' Target='worksheets/sheet{i}.xml'/>"
        for i in range(1, len(sheets) + 1)
    )
    if strings:
        targets += (
            f"<Relationship Id='s' Type='{relation}/sharedStrings' Target='sharedStrings.xml'/>"
        )
    entries = {
        "[Content_Types].xml": b"<Types/>",
        "_rels/.rels": (
            f"<Relationships xmlns='{office}/package/2006/relationships'><Relationship Id='r1' "
            f"Type='{relation}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
        ).encode(),
        "xl/workbook.xml": (
            f"<workbook xmlns='{office}/spreadsheetml/2006/main' xmlns:r='{relation}'>"
            f"<sheets>{parts}</sheets></workbook>"
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f"<Relationships xmlns='{office}/package/2006/relationships'>{targets}</Relationships>"
        ).encode(),
    }
    for i, sheet in enumerate(sheets, start=1):
        entries[f"xl/worksheets/sheet{i}.xml"] = f"{SHEET}{sheet}</sheetData></worksheet>".encode()
    if strings:
        entries["xl/sharedStrings.xml"] = (
            f"<sst xmlns='{office}/spreadsheetml/2006/main'>{strings}</sst>".encode()
        )
    return _zip(entries)


def _corners() -> str:
    return CELLS.format(1, "A") + CELLS.format(1_048_576, "XFD")


def _long_strings() -> bytes:
    cells = "".join(f"<row r='{i}'><c r='A{i}' t='s'><v>0</v></c></row>" for i in range(1, 20_001))
    return _xlsx([cells], f"<si><t>{'a' * 500_000}</t></si>")


def _ods() -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    row = (
        '<table:table-row table:number-rows-repeated="1000000">'
        '<table:table-cell table:number-columns-repeated="16000" office:value-type="float" '
        'office:value="1"><text:p>1</text:p></table:table-cell></table:table-row>'
    )
    content = (
        f'<office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="s">{row}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return _zip({"mimetype": kind, "content.xml": content.encode()})


def _sqlite(*statements: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.db"
        opened = sqlite3.connect(path)
        for statement in statements:
            opened.execute(statement)
        opened.commit()
        opened.close()
        return path.read_bytes()


def _duckdb(*statements: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.duckdb"
        with duckdb.connect(str(path)) as opened:
            for statement in statements:
                opened.execute(statement)
        return path.read_bytes()


def _parquet(query: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.parquet"
        duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
        return path.read_bytes()


def _many_keys() -> bytes:
    rows = ("{" + ",".join(f'"k{row}_{key}":1' for key in range(300)) + "}" for row in range(2_000))
    return gzip.compress("\n".join(rows).encode(), 1)


def _recursive(rows: str) -> str:
    return f"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) {rows}"


BOMBS: dict[str, Callable[[], bytes]] = {
    "gz.csv of 5 GiB": lambda: _repeated(lambda d: gzip.compress(d, 6), 320),
    "gz.csv of 240 MiB": lambda: _repeated(lambda d: gzip.compress(d, 6), 15),
    "bz2.csv of 5 GiB": lambda: _repeated(bz2.compress, 320),
    "xz.csv of 5 GiB": lambda: _repeated(lambda d: lzma.compress(d, preset=1), 320),
    "zst.csv of 5 GiB": lambda: _repeated(_zstd, 320),
    "zip of 300 MiB": lambda: _zip({"t.csv": _lines(300)}),
    "zip in zip in zip": _nested_zip,
    "zip with a wrong size": _lying_zip,
    "zip of 60,000 files": lambda: _zip({f"{i}.csv": b"" for i in range(60_000)}),
    "zip with a mimetype of 250 MiB": lambda: _zip({"mimetype": b"a" * (250 * MIB)}),
    "xlsx with the last cell": lambda: _xlsx([_corners()]),
    "xlsx with the last cell in another sheet": lambda: _xlsx(
        ["".join(CELLS.format(i, "A") for i in range(1, 20)), _corners()]
    ),
    "xlsx of 40 sparse sheets": lambda: _xlsx(
        [CELLS.format(1, "A") + CELLS.format(200_000, "CV")] * 40
    ),
    "xlsx with a string of 500 kB in 20,000 cells": _long_strings,
    "xlsx with strings of 250 MiB": lambda: _xlsx(
        [CELLS.format(1, "A")], "<si><t>a</t></si>" * (250 * MIB // 17)
    ),
    "ods with repeated cells": _ods,
    "sqlite view without end": lambda: _sqlite(f"CREATE VIEW v AS {_recursive('SELECT x FROM n')}"),
    "sqlite view without rows": lambda: _sqlite(
        f"CREATE VIEW v AS {_recursive('SELECT x FROM n WHERE x < 0')}"
    ),
    "sqlite with generated texts": lambda: _sqlite(
        "CREATE TABLE t (x, y AS (hex(zeroblob(100000000))))",
        "INSERT INTO t SELECT value FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]')",
    ),
    "duckdb view of 10¹² rows": lambda: _duckdb(
        "CREATE VIEW v AS SELECT range AS x FROM range(1000000000000)"
    ),
    "duckdb view that counts": lambda: _duckdb(
        "CREATE VIEW v AS SELECT count(*) AS x FROM range(10000000) a, range(1000000) b "
        "WHERE a.range * b.range % 7 = 8"
    ),
    "duckdb view of another file": lambda: _duckdb(
        "CREATE VIEW v AS SELECT * FROM read_text('/etc/hostname')"
    ),
    "duckdb with generated texts": lambda: _duckdb(
        "CREATE TABLE t (x BIGINT, y VARCHAR AS (repeat('a', 100000000)))",
        "INSERT INTO t SELECT * FROM range(20)",
    ),
    "duckdb table of 2·10⁸ rows": lambda: _duckdb(
        "CREATE TABLE t AS SELECT 1 AS x, 2 AS y FROM range(100000000)"
    ),
    "parquet of 3·10⁸ equal cells": lambda: _parquet("SELECT 1 AS x FROM range(300000000)"),
    "parquet with a text of 1 MB in 5,000 rows": lambda: _parquet(
        "SELECT repeat('a', 1000000) AS x, 1 AS y FROM range(5000)"
    ),
    "parquet with a text of 1 kB in 10⁷ rows": lambda: _parquet(
        "SELECT repeat('a', 1000) AS x, 1 AS y FROM range(10000000)"
    ),
    "json of 600,000 columns": _many_keys,
    "json of one line": lambda: gzip.compress(
        b'{"a": "' + b"a" * (200 * MIB) + b'"}\n{"a": "b"}\n', 1
    ),
    "json of lists in lists": lambda: b'{"a": ' + b"[" * 5_000_000 + b"]" * 5_000_000 + b"}",
    "csv of one line of 200 MB": lambda: gzip.compress(b"a" * (200 * MIB), 1),
    "csv of 10⁶ columns": lambda: gzip.compress(
        (",".join(f"c{i}" for i in range(10**6)) + "\n" + ",".join("1" * 10**6) + "\n").encode(), 1
    ),
    "csv of empty lines": lambda: gzip.compress(b"a,b\n1,2\n" + b"\n" * (250 * MIB), 1),
    "csv of commas": lambda: gzip.compress(b"a,b\n" + b",\n" * (120 * MIB), 1),
    "utf-16 of 250 MiB": lambda: gzip.compress(
        b"\xff\xfe" + "a,b\n1,2\n".encode("utf-16-le") * (15 * MIB), 1
    ),
    "arff of 250 MiB": lambda: gzip.compress(
        b"@relation r\n@attribute x numeric\n@data\n" + b"1\n" * (125 * MIB), 1
    ),
}


def path_of(folder: Path, name: str) -> Path:
    return folder / f"{list(BOMBS).index(name)}"


def upload(name: str, content: bytes) -> dict[str, object]:
    """Return what comes of uploading a file: a sentence or a table, the time and the memory so far."""
    started = time.process_time()
    try:
        found = uploaded_table(name, content).table
        outcome = f"a table of {found.rows:,} rows and {len(found.columns):,} columns"
    except DeltaruleError as error:
        outcome = str(error)
    return {
        "name": name,
        "bytes": len(content),
        "outcome": outcome,
        "seconds": round(time.process_time() - started, 1),
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    FOLDER = Path(sys.argv[2])
    for NAME in sys.argv[3:]:
        if sys.argv[1] == "build":
            path_of(FOLDER, NAME).write_bytes(BOMBS[NAME]())
        else:
            report = upload(NAME, path_of(FOLDER, NAME).read_bytes())
            print(json.dumps(report, ensure_ascii=False), flush=True)
