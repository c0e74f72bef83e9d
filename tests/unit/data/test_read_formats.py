"""Workbooks, databases, ARFF, archives, folders with partitions, and addresses."""

from __future__ import annotations

import bz2
import gzip
import http.server
import io
import lzma
import sqlite3
import subprocess
import sys
import threading
import zipfile
from datetime import datetime

import duckdb
import pytest
from workbooks import workbook

from deltarule.data import Table, arff, read_table
from deltarule.errors import FileError, MissingPackageError, SettingError, TableFileError

CSV = b"a,b\n1,x\n3,y\n5,z\n"


def cells(table: Table) -> dict[str, list[object]]:
    return {
        c.name: c.texts().tolist() if c.kind == "text" else c.values.tolist() for c in table.columns
    }


AB = {"a": [1.0, 3.0, 5.0], "b": ["x", "y", "z"]}


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def zstd(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.compress(data)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_compressed_files(write, pack):
    path = write(pack(CSV), "table.csv.packed")
    assert cells(read_table(path)) == AB
    assert cells(read_table(io.BytesIO(pack(CSV)))) == AB
    assert cells(read_table(path, query="SELECT * FROM source")) == AB
    with pytest.raises(TableFileError, match="holds more than 0 MB, the most that is allowed here"):
        read_table(path, max_bytes=10)
    with pytest.raises(TableFileError, match="is a damaged"):
        read_table(write(pack(CSV * 99)[:-9], "cut"))


@pytest.mark.parametrize(("module", "pack"), [("bz2", bz2.compress), ("lzma", lzma.compress)])
def test_a_python_that_was_built_without_a_compression(write, monkeypatch, module, pack):
    path = write(pack(CSV), "table.csv.packed")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingPackageError, match=f"module {module}, which this Python does not"):
        read_table(path)
    script = f"import sys; sys.modules[{module!r}] = None; import deltarule.data"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_zip_archives(write):
    path = write(zipped({"__MACOSX/._a.csv": b"\0", "data/a.csv": CSV}), "t.zip")
    assert cells(read_table(path)) == AB
    assert read_table(path).source.startswith(f"{path}/data/a.csv (header line")
    assert cells(read_table(write(zipped({"a.csv.gz": gzip.compress(CSV)}), "t2.zip"))) == AB
    path = write(zipped({"a.csv": CSV, "d/b.csv": b"c\n1\n"}), "two.zip")
    with pytest.raises(SettingError, match=r"`table` must name one of the files in .*: a.csv, d/b"):
        read_table(path)
    assert cells(read_table(path, table="a.csv")) == AB
    assert read_table(path, table="b.csv").names == ("c",)
    with pytest.raises(SettingError, match="`table` must name a file in"):
        read_table(path, table="c.csv")
    word = zipped({"[Content_Types].xml": b"", "word/document.xml": b""})
    with pytest.raises(TableFileError, match="is a Word document, not a table"):
        read_table(write(word, "w.docx"))
    with pytest.raises(TableFileError, match="zip archive without files"):
        read_table(write(zipped({"d/": b""})))


def test_a_bomb_does_not_fill_the_disk(write, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 2_000_000}))
    path = write(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000), "bomb.csv.gz")
    with pytest.raises(TableFileError, match=r"more than 1 MB, half of the free space .* TMPDIR"):
        read_table(path)


SHEET = [
    ["A title"],
    [],
    ["n", "s", "d", "t", "dt", "b", "e", "dur", "mixed"],
    [1, " x ", (45000, "date"), (0.5625, "time"), (45000.5, "datetime"), True, 1.5,
     (1.25, "duration"), 12],
    [None, "y", (45001, "date"), (0.25, "time"), None, False, "#DIV/0!", (0.5, "duration"), "n/a x"],
    [],
    [3, "12", None, None, None, None, 2, None, 2.5],
    [],
    ["Source: us"],
]  # fmt: skip


def test_a_worksheet_keeps_what_excel_knows(write):
    table = read_table(write(workbook({"One": SHEET, "Two": [["q"], [1]], "None": []}), "t.xlsx"))
    assert table.rows == 3
    kinds = {c.name: c.kind for c in table.columns}
    assert kinds == {
        "n": "number", "s": "text", "d": "datetime", "t": "number", "dt": "datetime",
        "b": "boolean", "e": "number", "dur": "number", "mixed": "text",
    }  # fmt: skip
    found = cells(table)
    assert str(found["n"]) == "[1.0, nan, 3.0]"
    assert found["s"] == ["x", "y", "12"]
    assert found["d"] == [datetime(2023, 3, 15), datetime(2023, 3, 16), None]
    assert str(found["t"]) == "[13.5, 6.0, nan]"
    assert found["dt"] == [datetime(2023, 3, 15, 12), None, None]
    assert str(found["b"]) == "[1.0, 0.0, nan]"
    assert str(found["e"]) == "[1.5, nan, 2.0]"
    assert str(found["dur"]) == "[30.0, 12.0, nan]"
    assert found["mixed"] == ["12", "n/a x", "2.5"]
    notes = " ".join(table.notes)
    assert "The first sheet, 'One', is read; the file also has 'Two'." in notes
    assert "1 line before the table ('A title') is not part of it" in notes
    assert "1 line after the table ('Source: us') is not part of it" in notes
    assert "(sheet 'One', the first of several, header line)" in table.source


def test_sheets_are_chosen_by_name_or_position(write):
    path = write(
        workbook({"One": [["a"], [1]], "2024": [["b", "c"], [1, "x"], [2, "y"]]}), "t.xlsx"
    )
    assert read_table(path, sheet="2024").names == ("b", "c")
    assert read_table(path, sheet=2).names == read_table(path, sheet="2").names == ("b", "c")
    assert read_table(path, sheet=2, header=False).rows == 3
    assert read_table(path, sheet=2, names=["u", "v"]).names == ("u", "v")
    assert read_table(path, sheet=2, skip_rows=1).names == ("column1", "column2")
    assert read_table(path, sheet=2, query="SELECT b FROM source WHERE c = 'y'").rows == 1
    with pytest.raises(SettingError, match="`sheet` must be one of One, 2024; got 'x'"):
        read_table(path, sheet="x")
    with pytest.raises(SettingError, match="`separator` does not apply to a workbook"):
        read_table(path, separator=";")
    with pytest.raises(SettingError, match="`sheet` does not apply to a CSV file"):
        read_table(write(CSV), sheet=1)


def test_a_workbook_without_the_package_or_damaged(write, monkeypatch):
    path = write(workbook({"One": [["a"], [1]]}), "t.xlsx")
    with pytest.raises(TableFileError, match="cannot be read as an Excel or OpenDocument file"):
        read_table(write(b"\xd0\xcf\x11\xe0" + b"0" * 600, "old.xls"))
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'deltarule\[excel\]'"):
        read_table(path)


def test_sqlite(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as opened:
        opened.execute("CREATE TABLE items (a REAL, b TEXT, big INTEGER, odd, data BLOB)")
        rows = [
            (1.5, "x", 2**60, 1, b"\0"),
            (None, " y", 2**60 + 1, "z", b"\1"),
            (2, None, 3, 2.5, None),
        ]
        opened.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?)", rows)
    opened.close()
    table = read_table(path)
    assert table.names == ("a", "b", "big", "odd")
    assert str(table["a"].values.tolist()) == "[1.5, nan, 2.0]"
    assert table["odd"].texts().tolist() == ["1", "z", "2.5"]
    assert table.left_out[0][0] == "data"
    assert "(table 'items')" in table.source
    assert read_table(path, query="SELECT a FROM source WHERE a > 1.6").rows == 1
    with sqlite3.connect(path) as opened:
        opened.execute('CREATE VIEW "my view" AS SELECT a FROM items')
    opened.close()
    with pytest.raises(
        SettingError, match=r"`table` must name one of the tables of .*: items, my view"
    ):
        read_table(path)
    assert read_table(path, table="MY VIEW").names == ("a",)
    with pytest.raises(SettingError, match="`table` must name a table of"):
        read_table(path, table="x")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(TableFileError, match="cannot be read as an SQLite database"):
        read_table(path, table="items")


def test_duckdb_files(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as opened:
        opened.execute(
            "CREATE TABLE t AS SELECT * FROM (VALUES (1, 'x'), (3, 'y'), (5, 'z')) AS v(a, b)"
        )
    assert cells(read_table(path)) == AB
    assert read_table(path, query="SELECT a FROM source WHERE b > 'x'").rows == 2
    with duckdb.connect(str(path)) as opened:
        opened.execute("CREATE SCHEMA s; CREATE TABLE s.u AS SELECT 1 AS c")
    with pytest.raises(SettingError, match=r"`table` must name one of the tables of .*: t, s.u"):
        read_table(path)
    assert read_table(path, table="s.u").names == ("c",)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(TableFileError, match="cannot be read as a table"):
        read_table(path)


def test_arff(write):
    text = (
        "% a comment\n@RELATION iris\n\n@attribute 'sepal length' NUMERIC\n@attribute b {x,'y z'}\n"
        "@ATTRIBUTE s string\n@attribute d date 'yyyy-MM-dd'\n@data\n"
        "1.5, x, 'it\\'s, so', 2024-01-01\n% inside\n?,'y z',\"q\",2024-01-02\n2,x,?,?\n"
    )
    table = read_table(write(text, "iris.arff"))
    assert table.names == ("sepal length", "b", "s", "d")
    assert str(table["sepal length"].values.tolist()) == "[1.5, nan, 2.0]"
    assert table["b"].texts().tolist() == ["x", "y z", "x"]
    assert table["s"].texts().tolist() == ["it's, so", "q", None]
    assert table["d"].kind == "datetime"
    declared = read_table(
        write("@relation r\n@attribute a {1,2}\n@attribute b real\n@data\n1,2\n2,1\n")
    )
    assert [column.kind for column in declared.columns] == ["text", "number"]
    with pytest.raises(SettingError, match="`separator` does not apply to an ARFF file"):
        read_table(write("@relation r\n@attribute a real\n@data\n1\n"), separator=";")
    with pytest.raises(TableFileError, match="line 4: deltarule does not read sparse ARFF rows"):
        read_table(write("@relation r\n@attribute a real\n@data\n{0 1}\n"))
    with pytest.raises(TableFileError, match="line 4: the row has 2 columns, but the table has 1"):
        read_table(write("@relation r\n@attribute a real\n@data\n1,2\n"))
    with pytest.raises(TableFileError, match="has no line @data"):
        read_table(write("@relation r\n@attribute a real\n"))


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_folders_and_patterns_keep_partitions(tmp_path, kind):
    root = tmp_path / "sales"
    for a, year, month, dept in [
        (1, 2023, "01", "r%26d"),
        (2, 2024, "01", "it"),
        (3, 2024, "02", "it"),
    ]:
        folder = root / f"year={year}" / f"month={month}" / f"dept={dept}"
        folder.mkdir(parents=True)
        target = folder / f"part-0.{kind}"
        option = ", ARRAY true" if kind == "json" else ""
        duckdb.sql(f"COPY (SELECT {a} AS a, 'x' AS b) TO '{target}' (FORMAT {kind}{option})")
    (root / "_SUCCESS").write_bytes(b"")
    expected = {
        "a": [1.0, 2.0, 3.0],
        "b": ["x"] * 3,
        "year": [2023.0, 2024.0, 2024.0],
        "month": [1.0, 1.0, 2.0],
        "dept": ["r&d", "it", "it"],
    }
    assert cells(read_table(root)) == expected
    assert cells(read_table(f"{root}/year=*/month=*/*/*.{kind}")) == expected
    assert cells(read_table(root, query="SELECT a FROM source WHERE dept = 'it'")) == {
        "a": [2.0, 3.0]
    }
    one = next((root / "year=2023").rglob(f"*.{kind}"))
    assert read_table(one)["year"].values.tolist() == [2023.0]


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"ARROW1\0\0", "an Arrow or Feather file"),
        (b"Obj\x01", "an Avro file"),
        (b"RDX3\n", "an R file"),
    ],
)
def test_other_formats_are_named(write, start, kind):
    with pytest.raises(TableFileError, match=f"is {kind}, not a table. .* give the data frame"):
        read_table(write(gzip.compress(start + b"\x00\x01"), "other"))


def test_blocks_of_arff_rows_are_read_as_single_rows(write, monkeypatch):
    head = "@relation r\n@attribute a numeric\n@attribute b string\n@data\n"
    body = "1,x\n\n2,y\n%3,z\n 4 , 'a b' \n5,?\n6,\"q\"\n7,u v\n8,w"
    expected = [
        (1.0, "x"),
        (2.0, "y"),
        (4.0, "a b"),
        (5.0, None),
        (6.0, "q"),
        (7.0, "u v"),
        (8.0, "w"),
    ]
    for size in (1, 8, 1 << 20):
        monkeypatch.setattr(arff, "_BLOCK", size)
        table = read_table(write(head + body, "blocks.arff"))
        assert (
            list(zip(table["a"].values.tolist(), table["b"].texts().tolist(), strict=True))
            == expected
        )
    with pytest.raises(TableFileError, match="more than 10 cells"):
        read_table(write(head + "1,x\n" * 6, "many.arff"), max_cells=10)


def test_a_folder_of_files(tmp_path):
    for name, content in {
        "2.csv": "a\n2\n",
        "1.csv": "a\n1\n",
        "note.md": "x",
        ".h.csv": "q",
    }.items():
        (tmp_path / name).write_text(content)
    assert read_table(tmp_path)["a"].values.tolist() == [1.0, 2.0]


@pytest.fixture
def server(tmp_path):
    (tmp_path / "t.csv").write_bytes(CSV)
    (tmp_path / "t.xlsx").write_bytes(workbook({"One": [["a"], [1]]}))

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(tmp_path))

        def do_GET(self):
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "/t.csv")
                self.end_headers()
            elif self.path == "/local":
                self.send_response(302)
                self.send_header("Location", f"file://{tmp_path}/t.csv")
                self.end_headers()
            else:
                super().do_GET()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()
        thread.join()


def test_addresses_are_downloaded(server):
    table = read_table(f"{server}/t.csv?x=1")
    assert cells(table) == AB
    assert table.source.startswith(f"{server}/t.csv?x=1 (header line")
    assert cells(read_table(f"{server}/away")) == AB
    assert read_table(f"{server}/t.xlsx").names == ("a",)
    assert read_table([f"{server}/t.csv"] * 2).rows == 6
    with pytest.raises(FileError, match=r"the server answers 404 .*Check the address"):
        read_table(f"{server}/none.csv")
    with pytest.raises(FileError, match="cannot be downloaded"):
        read_table(f"{server}/local")  # a redirection to a file is not followed
    with pytest.raises(TableFileError, match="the most that is allowed here"):
        read_table(f"{server}/t.csv", max_bytes=5)
    with pytest.raises(SettingError, match="`allow_urls` must be True to download http://127"):
        read_table(f"{server}/t.csv", allow_urls=False)
    secret = server.replace("//", "//user:secret@")
    with pytest.raises(FileError) as error:
        read_table(f"{secret}/none.csv")
    assert "secret" not in str(error.value)


def test_one_bad_byte_does_not_change_the_encoding(write):
    text = "name,n\n" + "".join(f"Zoë {i},{i}\n" for i in range(50))
    data = (
        text.encode().replace("Zoë 7".encode(), b"Zo\xeb 7").replace("Zoë 9".encode(), b"Zo\xeb 9")
    )
    table = read_table(write(data))
    assert table["name"].texts()[0] == "Zoë 0"
    assert table["name"].texts()[7] == "Zo\N{REPLACEMENT CHARACTER} 7"
    assert "2 bytes, the first in line 9, are not UTF-8 like the rest" in table.notes[0]
    assert read_table(write(text.encode("cp1252")))["name"].texts()[7] == "Zoë 7"
    assert read_table(write(b'{"a": "Zo\xc3\xab \xeb \xc3\xab"}\n', "t.jsonl")).notes
