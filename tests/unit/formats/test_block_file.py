"""Block files: what is written is what is read, in random order, and damage is found.

The parser below is written from the description of the format, apart from the code under test.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from deltarule.engines import BlockFileData
from deltarule.engines.data import in_memory, targets_in_memory
from deltarule.errors import DataError, FileError, SettingError, ShapeError, TableFileError
from deltarule.formats.block_file import BlockFile

ROWS = 3000


def table(rows: int = ROWS, *, weighted: bool = False, size: int = 500) -> Iterator[Any]:
    """Yield a table that is sorted: column 0 counts rows, the others and y are functions of it."""
    number = np.arange(rows)
    X = np.stack([number, number % 300, number / 7, number % 5], axis=1).astype(np.float64)
    y = number % 3
    for begin in range(0, rows, size):
        some = slice(begin, begin + size)
        yield (X[some], y[some], 1.0 + y[some]) if weighted else (X[some], y[some])


def written(path: Path, **settings: Any) -> BlockFileData:
    settings = {"codes": [1, 3], "block_rows": 128, **settings}
    return BlockFileData.write(path / "rows.blocks", table(), **settings)


def test_all_rows_are_there_with_their_targets_and_weights(tmp_path: Path) -> None:
    rows = BlockFileData.write(
        tmp_path / "a", table(weighted=True), codes=[1, 3], validation_fraction=0.3
    )
    parts = [in_memory(part) for part in (rows, rows.validation)]
    numbers = np.concatenate([part.inputs[:, 0] for part in parts]).astype(int)
    assert np.array_equal(np.sort(numbers), np.arange(ROWS))
    for part in parts:
        number = part.inputs[:, 0].astype(int)
        assert np.array_equal(part.inputs[:, 1], number % 300)
        assert np.array_equal(part.inputs[:, 2], (number / 7).astype(np.float32))
        assert np.array_equal(part.inputs[:, 3], number % 5)
        assert np.array_equal(part.targets, number % 3)
        weights = 1.0 + number % 3  # divided by their mean, as `fit` does
        assert part.weights is not None
        np.testing.assert_allclose(part.weights, weights / weights.mean(), rtol=1e-6)


def test_the_file_is_as_its_description_says(tmp_path: Path) -> None:
    raw = (written(tmp_path).file.path, Path(tmp_path / "rows.blocks").read_bytes())[1]
    (length,) = struct.unpack("<Q", raw[8:16])
    header = raw[48 : 48 + length]
    assert (raw[:8], raw[16:48]) == (b"drblocks", hashlib.sha256(header).digest())
    description = json.loads(header)
    assert description["columns"] == ["float32", "uint16", "float32", "uint8"]
    assert (description["target_dtype"], description["training"]["rows"]) == ("uint8", ROWS)
    blocks = -(-ROWS // 128)
    digests = raw[48 + length : 48 + length + 32 * blocks]
    assert hashlib.sha256(digests).hexdigest() == description["digests"]
    position = -(-(48 + length + len(digests)) // 4096) * 4096
    # 2 floats, a code of 2 bytes, one of 1 byte, a target of 1 byte: 64-byte borders, 4096 in all
    assert len(raw) == position + blocks * 4096
    block = raw[position : position + 4096]
    assert hashlib.sha256(block).digest() == digests[:32]
    floats = np.frombuffer(block[: 128 * 8], "<f4").reshape(128, 2)
    number = floats[:, 0].astype(int)
    assert np.array_equal(np.frombuffer(block[1024 : 1024 + 256], "<u2"), number % 300)
    assert np.array_equal(np.frombuffer(block[1280 : 1280 + 128], "u1"), number % 5)
    assert np.array_equal(np.frombuffer(block[1408 : 1408 + 128], "u1"), number % 3)


def test_a_sorted_table_comes_in_random_order(tmp_path: Path) -> None:
    rows = BlockFileData.write(tmp_path / "a", table(20_000), block_rows=500)
    number = in_memory(rows).inputs[:, 0]
    correlation = stats.spearmanr(number, np.arange(len(number))).statistic
    assert abs(correlation) < 4 / np.sqrt(len(number))
    for block in number.reshape(-1, 500):  # each is a sample of the whole table
        assert stats.kstest(block, stats.uniform(0, 20_000).cdf).pvalue > 1e-5


def test_the_bytes_depend_on_rows_and_seed_alone(tmp_path: Path) -> None:
    settings: Any = {"codes": [1, 3], "block_rows": 256, "validation_fraction": 0.2}
    rows = 60_000  # 2.4 MB: several runs in 1 MiB
    for name, more in (("a", {}), ("b", {"memory_bytes": 2**20}), ("c", {"seed": 1})):
        size = 7000 if name == "a" else 999
        BlockFileData.write(tmp_path / name, table(rows, size=size), **settings, **more)
    first, second, third = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == second
    assert first != third


def test_a_share_of_the_rows_is_held_out(tmp_path: Path) -> None:
    """A binomial count: within 4 standard deviations."""
    rows = written(tmp_path, validation_fraction=0.2)
    assert abs(rows.validation.n_rows - 600) < 4 * np.sqrt(ROWS * 0.2 * 0.8)
    held_out = np.sort(in_memory(rows.validation).inputs[:, 0])
    again = BlockFileData.write(tmp_path / "b", table(), validation_fraction=0.2, block_rows=7)
    assert np.array_equal(np.sort(in_memory(again.validation).inputs[:, 0]), held_out)


def test_writing_needs_little_memory(tmp_path: Path) -> None:
    def wide() -> Iterator[Any]:
        for _ in range(120):
            yield np.ones((1000, 100), np.float32), np.zeros(1000)

    tracemalloc.start()
    rows = BlockFileData.write(tmp_path / "a", wide(), memory_bytes=4 * 2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert os.path.getsize(rows.file.path) > 48e6
    assert peak < 16e6


def test_rows_in_any_order_are_read(tmp_path: Path) -> None:
    rows = written(tmp_path)
    whole = in_memory(rows)
    for indices in ([5], [2999, 0, 127, 128, 129, 0], range(100, 400), np.arange(3000)[::-7]):
        some = rows.empty(len(indices))
        rows.gather(np.array(indices), some)
        assert np.array_equal(some.inputs, whole.inputs[indices])
        assert np.array_equal(some.targets, whole.targets[indices])
    for indices, words in (([0, 3000], "got 0 to 3000"), ([-1], "got -1 to -1")):
        with pytest.raises(DataError, match=f"rows from 0 to 2999, {words}"):
            rows.gather(np.array(indices), rows.empty(len(indices)))


def test_reading_does_not_depend_on_the_position_of_the_compiled_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows has no preadv, and there the module moves the position of the descriptor it is given."""
    whole = in_memory(written(tmp_path))
    seek = os.lseek

    def seek_and_be_moved(descriptor: int, position: int, how: int) -> int:
        found = seek(descriptor, position, how)
        seek(rows.file.descriptor, 0, os.SEEK_SET)
        return found

    monkeypatch.delattr(os, "preadv", raising=False)
    rows = BlockFileData(tmp_path / "rows.blocks")
    monkeypatch.setattr(os, "lseek", seek_and_be_moved)
    assert np.array_equal(in_memory(rows).inputs, whole.inputs)


def test_targets_are_read_without_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """8 bytes of float, 1 of code and 4 of weight lie beside the 1 byte of each class number."""
    batches = [(np.ones((3000, 3)), np.arange(3000) % 3, np.ones(3000))]
    rows = BlockFileData.write(tmp_path / "rows", batches, codes=[1])
    lengths: list[int] = []
    read = BlockFile._read_into

    def counting(file: BlockFile, view: memoryview, position: int) -> None:
        lengths.append(len(view))
        read(file, view, position)

    monkeypatch.setattr(BlockFile, "_read_into", counting)
    targets, weights = targets_in_memory(rows)
    assert np.array_equal(np.bincount(targets), [1000] * 3)
    assert weights is not None
    assert (weights == 1).all()
    assert sum(lengths) == 3000 * (1 + 4)


def read_all(path: Path) -> None:
    rows = BlockFileData(path)
    held_out = rows.file.layout.validation.rows > 0
    for part in (rows, rows.validation) if held_out else (rows,):
        for _ in part.checked_blocks():
            pass


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    written(tmp_path, validation_fraction=0.2)
    path, raw = tmp_path / "flipped", (tmp_path / "rows.blocks").read_bytes()
    (length,) = struct.unpack("<Q", raw[8:16])
    digests_end = 48 + length + 32 * (-(-2400 // 128) + 5)
    begin = -(-digests_end // 4096) * 4096
    places = [*range(0, digests_end - 200, 3), *range(begin, len(raw), 211), len(raw) - 1]
    for place in places:
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 16]) + raw[place + 1 :])
        with pytest.raises(TableFileError):
            read_all(path)


def test_a_file_of_any_other_length_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    raw, path = (tmp_path / "rows.blocks").read_bytes(), tmp_path / "cut"
    for length in [*range(60), 300, 1000, 4096, len(raw) - 4096, len(raw) - 1]:
        path.write_bytes(raw[:length])
        with pytest.raises(TableFileError, match="is cut short" if length else "not a block file"):
            read_all(path)
    path.write_bytes(raw + b"\0")
    with pytest.raises(TableFileError, match="is too long: it has"):
        read_all(path)


def forged(raw: bytes, **changes: Any) -> bytes:
    """Return a file with other values in its header, and a right digest of it."""
    (length,) = struct.unpack("<Q", raw[8:16])
    header = json.dumps(json.loads(raw[48 : 48 + length]) | changes).encode().ljust(length)
    digest = hashlib.sha256(header).digest()
    return raw[:8] + struct.pack("<Q", len(header)) + digest + header + raw[48 + length :]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"block_file": 2, "news": []}, "newer deltarule .*upgrade with pip"),
        ({"block_file": True}, "has no version"),
        ({"training": {"rows": 2**32, "mean_weight": 1.0}}, "rows must be from"),
        ({"training": {"rows": 10**9, "mean_weight": 1.0}}, "is cut short"),
        ({"training": {"rows": 3000, "mean_weight": 0.0}}, "mean_weight must be"),
        ({"block_rows": 0}, "block_rows must be from 1"),
        ({"columns": []}, "columns must be from 1"),
        ({"columns": ["float64"]}, "must be one of float32"),
        ({"target_dtype": "object"}, "must be one of"),
        ({"targets": 10**9}, "targets must be from 1"),
        ({"more": 1}, "unknown keys"),
        ({"digests": "0" * 64}, "do not match its header"),
    ],
)
def test_a_forged_header_is_refused(tmp_path: Path, changes: Any, words: str) -> None:
    written(tmp_path)
    path = tmp_path / "forged"
    path.write_bytes(forged((tmp_path / "rows.blocks").read_bytes(), **changes))
    with pytest.raises(TableFileError, match=words):
        read_all(path)


def test_other_things_than_block_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    for name, words in (
        ("table.csv", "is not a block file"),
        ("empty", "is not a block file"),
        ("pipe", "a device, pipe or socket"),
        (".", "it is a folder"),
    ):
        with pytest.raises(TableFileError, match=words):
            BlockFileData(tmp_path / name)
    with pytest.raises(FileError, match="does not exist"):
        BlockFileData(tmp_path / "missing")


@pytest.mark.parametrize(
    ("batches", "settings", "error", "words"),
    [
        ([], {}, DataError, "no rows to train on"),
        ([([[1.0]], [1.0, 2.0])], {}, ShapeError, "X has 1 rows"),
        ([([1.0], [1.0])], {}, ShapeError, "two dimensions"),
        ([([[1.0], [np.nan]], [1.0, 2.0])], {}, DataError, "first in row 1"),
        ([([[1.0]], [1.0]), ([[np.inf]], [1.0])], {}, DataError, "first in row 1"),
        ([([[1e39]], [1.0])], {}, DataError, "too large for float32"),
        ([([["a"]], [1.0])], {}, DataError, "X must hold numbers, .* encode text columns"),
        (
            [([[1.0]], ["a"])],
            {},
            DataError,
            "y must hold numbers, .* turn labels into class numbers",
        ),
        ([([[1.0, 0.5]], [1.0])], {"codes": [1]}, DataError, "whole numbers .* got 0.5 in row 0"),
        ([([[1.0, -1]], [1.0])], {"codes": [1]}, DataError, "whole numbers"),
        ([([[2.0**24]], [1.0])], {"codes": [0]}, DataError, "to 16777215"),
        ([([[1.0]], [1.0])], {"codes": [1]}, SettingError, "columns of X from 0 to 0"),
        ([([[1.0]], [1.0])], {"codes": [0, 0]}, SettingError, "different columns"),
        ([([[1.0]], [-1])], {}, DataError, "class numbers of y .* write other targets as floats"),
        ([([[1.0]], [1]), ([[1.0]], [1.0])], {}, ShapeError, "batch from row 1 on"),
        ([([[1.0]], [1.0], [-1.0])], {}, DataError, "weights must be at least 0"),
        ([([[1.0]], [1.0], [0.0])], {}, DataError, "weights of the training rows are all 0"),
        ([[[1.0]]], {}, ShapeError, "must be .X, y."),
        ([], {"validation_fraction": 1.0}, SettingError, "validation_fraction"),
        ([], {"block_rows": 0}, SettingError, "block_rows"),
        ([], {"memory_bytes": 1000}, SettingError, "memory_bytes"),
    ],
)
def test_what_cannot_be_written_leaves_nothing(
    tmp_path: Path, batches: Any, settings: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        BlockFileData.write(tmp_path / "a", batches, **settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("limit", [300_000, 1_500_000, 3_000_000])
def test_a_full_disk_is_one_sentence_and_keeps_the_old_file(tmp_path: Path, limit: int) -> None:
    """The limit of file sizes ends the temporary file, or the block file that follows it."""
    program = f"""
import resource, signal, numpy as np
from deltarule.engines import BlockFileData
from deltarule.errors import FileError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
batches = ((np.ones((1000, 60), np.float32), np.ones(1000)) for _ in range(20))
try:
    BlockFileData.write("a", batches, memory_bytes=2**20)
except FileError as error:
    print(error)
"""
    (tmp_path / "a").write_bytes(b"old")
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("Cannot write 'a': it would be larger than a file may be.")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_an_interrupted_source_leaves_nothing(tmp_path: Path) -> None:
    def batches() -> Iterator[Any]:
        yield next(table())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        BlockFileData.write(tmp_path / "a", batches())
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_source_stays_as_it_is(tmp_path: Path) -> None:
    """It is not the block file that does not exist."""

    def batches() -> Iterator[Any]:
        yield next(table())
        yield np.load(tmp_path / "missing.npy")

    with pytest.raises(FileNotFoundError, match=r"missing\.npy") as caught:
        BlockFileData.write(tmp_path / "a", batches())
    assert not isinstance(caught.value, FileError)
    assert list(tmp_path.iterdir()) == []


def test_several_targets_are_no_class_numbers(tmp_path: Path) -> None:
    rows = BlockFileData.write(tmp_path / "a", [([[1.0]], [[1.0, 2.0]])])
    with pytest.raises(SettingError, match=r"`class_numbers` must be False: .* 2 targets"):
        rows.with_class_numbers(True)


def test_no_validation_rows_are_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"has no such rows.*validation_fraction=0\.1"):
        _ = written(tmp_path).validation


def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    program = f"""
from deltarule.engines import BlockFileData
from deltarule.errors import FileError
try:
    BlockFileData.write({str(path)!r}, [([[1.0]], [1.0])])
except FileError as error:
    print(error)
"""

    def batches() -> Iterator[Any]:
        yield from table()
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert "is in use by another run" in done.stdout, done

    BlockFileData.write(path, batches())
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".a.0123abcd.part").write_bytes(b"half")
    BlockFileData.write(tmp_path / "a", table())
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
