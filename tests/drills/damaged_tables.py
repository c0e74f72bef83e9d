"""Try damaged tables: each is read, or refused in one short sentence.

    PYTHONPATH=tests python -m drills.damaged_tables csv,json 0 100000

tries the cases 0 to 99,999 of each kind and prints each failure as a line of JSON, then the number of
cases. The same numbers give the same files. A case that crashes the process is the last line on stderr.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import sqlite3
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import duckdb
import numpy as np
import pandas as pd
from drills.damaged_files import interrupt
from workbooks import workbook

from deltarule.data import read_table
from deltarule.errors import DeltaruleError

MAX_SENTENCE = 600
HANG_SECONDS = 20.0
WORDS = (
    b"", b"\n", b"\r", b"\r\n\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b'"', b'""', b"'", b",",
    b";", b"\t", b"|", b"NaN", b"inf", b"1e999", b"-0", b"9" * 400, b"a" * 3000, b"2024-13-45",
    b"0000-00-00", b"[", b"]", b"{", b"}", b"null", b"true", b"\\u0000", b"\\ud800", b"[[[[[[[[",
    b'{"a":{"a":', b"<", b"&#0;", b"%", b"#", b"@data", b"\xe2\x80\xae", b"1,5", b"1.000.000,00",
    b"\x1f\x8b", b"PK\x03\x04", b"=1+1", b"\x1f",
)  # fmt: skip


def frame(rows: int = 40) -> pd.DataFrame:
    """Return a table with a column of every kind."""
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": random.normal(size=rows),
            "count": np.arange(rows),
            "color": np.array(["red", "green", "blue", None], object)[np.arange(rows) % 4],
            "flag": np.arange(rows) % 2 == 0,
            "day": pd.date_range("2024-01-01", periods=rows, freq="7h"),
        }
    )


def _csv() -> list[bytes]:
    text = frame().to_csv(index=False)
    return [
        text.encode(),
        text.replace(",", ";").encode("utf-16"),
        b'name,note\n"a, b","line\nbreak"\nc,"d ""e"""\n' * 9,
        b"# comment\n\nTitle of it\na  b   c\n1  2   3\n4  5   6\n7  8   9\nTotal 1\n",
        b"size\n1,5 kg\n2,25 kg\n1.000,5 kg\n",
        "größe\tname\n1\tä\n2\tö\n".encode("cp1252") * 5,
        b"@relation r\n@attribute x numeric\n@attribute y {a,b}\n@data\n1,a\n2,b\n?,a\n",
        (",".join(f"c{i}" for i in range(300)) + "\n" + (",".join("1" * 300) + "\n") * 3).encode(),
    ]


def _json() -> list[bytes]:
    lines = frame().to_json(orient="records", lines=True, date_format="iso")
    return [
        lines.encode(),
        frame().to_json(orient="records", date_format="iso").encode(),
        b'{"a": [1, 2], "b": {"c": 1}, "d": "x"}\n{"a": null, "d": 1.5}\n{"d": true}\n',
    ]


def _parquet() -> list[bytes]:
    found = []
    for compression in ("snappy", None, "zstd"):
        buffer = io.BytesIO()
        frame().to_parquet(buffer, compression=compression)
        found.append(buffer.getvalue())
    return found


def _workbooks() -> list[bytes]:
    rows = [["name", "size", "day"], *([f"n{i}", i / 2, (45000 + i, "date")] for i in range(9))]
    found = [workbook({"first": rows, "second": rows[:3]})]
    found.append(_rezipped(found[0], zipfile.ZIP_DEFLATED))
    return found


def _sqlite() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.db"
        opened = sqlite3.connect(path)
        frame().to_sql("t", opened, index=False)
        opened.execute("CREATE VIEW v AS SELECT * FROM t")
        opened.execute("CREATE INDEX i ON t (x)")
        opened.commit()
        opened.close()
        return [path.read_bytes()]


def _duckdb() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.duckdb"
        with duckdb.connect(str(path)) as opened:
            opened.register("given", frame())
            opened.execute("CREATE TABLE t AS SELECT * FROM given")
        return [path.read_bytes()]


def _rezipped(content: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", method) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    return buffer.getvalue()


def _zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.csv", content)
    return buffer.getvalue()


def damaged_bytes(rng: Random, content: bytes, other: bytes) -> bytes:
    """Return the content with a few places changed, cut, repeated or taken from another file."""
    changed = content
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        start = rng.randrange(len(changed) + 1)
        stop = min(len(changed), start + rng.choice((0, 1, 1, 2, 4, 8, 64, 1000)))
        choice = rng.randrange(8)
        piece = changed[start:stop]
        if choice == 0:
            changed = changed[:start] or b"a"
        elif choice == 1:
            changed = changed[:start] + changed[stop:] or b"a"
        elif choice == 2:
            changed = changed[:stop] + piece * rng.choice((1, 2, 50)) + changed[stop:]
        elif choice == 3:
            place = rng.randrange(len(other))
            changed = changed[:start] + other[place : place + stop - start] + changed[stop:]
        elif choice == 4:
            changed = changed[:start] + rng.choice(WORDS) + changed[stop:]
        elif choice == 5:
            changed = changed[:start] + bytes(rng.randrange(256) for _ in piece) + changed[stop:]
        else:
            flipped = bytes(byte ^ rng.choice((1, 2, 8, 64, 128, 255)) for byte in piece[:2])
            changed = changed[:start] + flipped + changed[start + len(flipped) :]
    return changed


def _in_zip(rng: Random, content: bytes, other: bytes) -> bytes:
    """Return the archive with one of its files damaged."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        names = source.namelist()
        chosen = rng.choice(names)
        for name in names:
            inner = source.read(name)
            target.writestr(name, damaged_bytes(rng, inner, other) if name == chosen else inner)
    return buffer.getvalue()


def _in_gzip(rng: Random, content: bytes, other: bytes) -> bytes:
    return gzip.compress(damaged_bytes(rng, gzip.decompress(content), other), 1)


Damage = Callable[[Random, bytes, bytes], bytes]
KINDS: dict[str, tuple[Callable[[], list[bytes]], tuple[Damage, ...]]] = {
    "csv": (_csv, (damaged_bytes,)),
    "json": (_json, (damaged_bytes,)),
    "parquet": (_parquet, (damaged_bytes,)),
    "xlsx": (_workbooks, (_in_zip, _in_zip, damaged_bytes)),
    "sqlite": (_sqlite, (damaged_bytes,)),
    "duckdb": (_duckdb, (damaged_bytes,)),
    "gz": (lambda: [gzip.compress(c) for c in _csv() + _json()], (_in_gzip, damaged_bytes)),
    "zip": (lambda: [_zipped(c) for c in _csv() + _json()], (_in_zip, damaged_bytes)),
}


def refusal_of(path: Path) -> str | None:
    """Return why an undamaged file is refused, or None."""
    try:
        read_table(path)
    except DeltaruleError as error:
        return str(error)
    return None


def problem_of(path: Path, case: int) -> str | None:
    """Return what is wrong with how a damaged table is treated, or None."""
    # Every other case is read as one from outside.
    limits = {"max_bytes": 2**26, "max_cells": 10**6} if case % 2 else {}
    try:
        table = read_table(path, **limits)
        assert table.rows > 0
    except DeltaruleError as error:
        message = str(error).replace(str(path), "FILE")
        if len(message) >= MAX_SENTENCE:
            return f"a message of {len(message)} characters: {message[:200]}"
        return f"a message of several lines: {message!r}" if "\n" in message else None
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno} {place.name}"
        return f"{type(error).__name__} at {where}: {str(error)[:300]}"
    return None


def try_cases(kind: str, first: int, last: int) -> int:
    """Try the cases and print the failures; return their number."""
    warnings.simplefilter("error")
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    make, ways = KINDS[kind]
    samples = make()
    others = [content for name, (make, _) in KINDS.items() if name != kind for content in make()]
    signal.signal(signal.SIGVTALRM, interrupt)
    failures = 0
    path = folder / "t"
    for sample in samples:
        path.write_bytes(sample)
        refusal = refusal_of(path)
        assert refusal is None or "table" in refusal, refusal  # an SQLite file with two tables
    for case in range(first, last):
        rng = Random(case)
        content = rng.choice(ways)(rng, rng.choice(samples), rng.choice(others))
        path.write_bytes(content)
        print(kind, case, file=sys.stderr, flush=True)
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG_SECONDS)
        problem = problem_of(path, case)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if problem is not None:
            failures += 1
            print(json.dumps({"kind": kind, "case": case, "problem": problem}), flush=True)
    path.unlink()
    folder.rmdir()
    return failures


if __name__ == "__main__":
    EVERY, FIRST, LAST = sys.argv[1].split(","), int(sys.argv[2]), int(sys.argv[3])
    os.chdir(tempfile.mkdtemp())
    FAILURES = sum(try_cases(kind, FIRST, LAST) for kind in EVERY)
    print(json.dumps({"cases": len(EVERY) * (LAST - FIRST), "failures": FAILURES}))
    sys.exit(1 if FAILURES else 0)
