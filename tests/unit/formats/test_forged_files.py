"""Files made by somebody who knows the format: the digest is right, the content is not.

The forger below is written from the description of the format, apart from the code under test.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from deltarule.errors import ModelFileError
from deltarule.formats.model_file import read_model

TERA = 10**12
GOOD = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}


def forge(
    tensors: dict[str, object] | None = None,
    *,
    data: bytes = b"\0" * 8,
    description: str = "{}",
    version: str = "1",
    more: dict[str, str] | None = None,
    header: str | None = None,
) -> bytes:
    """Return a file with a right digest over whatever is asked for."""
    metadata = {"deltarule": version, "kind": "model", "sha256": "0" * 64}
    metadata |= {"description": description, **(more or {})}
    text = header or json.dumps(
        {"__metadata__": metadata, **(GOOD if tensors is None else tensors)},
        separators=(",", ":"),
    )
    head = text.encode()
    blob = struct.pack("<Q", len(head)) + head + data
    return blob.replace(b"0" * 64, hashlib.sha256(blob).hexdigest().encode(), 1)


def tensor(dtype: object = "F32", shape: object = (2,), offsets: object = (0, 8)) -> object:
    return {"a": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


def refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    return str(caught.value)


def test_the_forger_can_write_a_valid_file(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(forge())
    model = read_model(tmp_path / "m")
    np.testing.assert_array_equal(model.arrays["a"], np.zeros(2, np.float32), strict=True)


@pytest.mark.parametrize(
    "tensors",
    [
        tensor(shape=[TERA], offsets=[0, 4 * TERA]),
        tensor(shape=[TERA], offsets=[0, 8]),
        tensor(shape=[2**32, 2**32], offsets=[0, 8]),  # 2**64 elements: 0 in 64 bits
        tensor(shape=[2**31, 2**31, 4], offsets=[0, 8]),
        tensor(shape=[10**19]),
        tensor(shape=[-2], offsets=[0, 8]),
        tensor(shape=[-1, -2], offsets=[0, 8]),
        tensor(shape=[2.0]),
        tensor(shape=[True, 2]),
        tensor(shape="2"),
        tensor(shape=[1] * 9 + [2]),
        tensor(offsets=[8, 0]),
        tensor(offsets=[-8, 0]),
        tensor(offsets=[0]),
        tensor(offsets=[0, 8, 8]),
        tensor(offsets=[0, 16], shape=[4]),
        tensor(dtype="F16", shape=[4]),
        tensor(dtype="O", shape=[1]),
        tensor(dtype=["F32"]),
        tensor(dtype=None),
        {"a": []},
        {"a": {"dtype": "F32", "shape": [2]}},
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], "more": 1}},
        {"a" * 513: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}},
        {},
        {**GOOD, "b": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}},  # overlap
        {"b": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},  # gap at the start
        {"b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}},  # gap at the end
        {
            "b": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]},
            "c": {"dtype": "U8", "shape": [4], "data_offsets": [3, 7]},
        },
        {  # float32 that starts at byte 1
            "b": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
            "c": {"dtype": "F32", "shape": [1], "data_offsets": [1, 5]},
            "d": {"dtype": "U8", "shape": [3], "data_offsets": [5, 8]},
        },
    ],
    ids=str,
)
def test_an_inconsistent_layout_is_refused_without_allocation(
    tmp_path: Path, tensors: dict[str, object]
) -> None:
    content = forge(tensors)
    tracemalloc.start()
    try:
        refused(tmp_path / "m", content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_a_boolean_is_0_or_1(tmp_path: Path) -> None:
    content = forge(tensor("BOOL", [8], [0, 8]), data=b"\0\1\2\0\0\0\0\0")
    assert "booleans" in refused(tmp_path / "m", content)


@pytest.mark.parametrize("length", [0, 1, 2**24 + 1, 2**31, 2**63, 2**64 - 1])
def test_a_header_of_invalid_length(tmp_path: Path, length: int) -> None:
    refused(tmp_path / "m", struct.pack("<Q", length) + b"{}" + b"\0" * 100)


def test_too_many_arrays(tmp_path: Path) -> None:
    empty = {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
    content = forge({str(number): empty for number in range(65_537)}, data=b"")
    assert "65537 arrays" in refused(tmp_path / "m", content)


def test_a_sparse_file_of_a_terabyte_is_not_read(tmp_path: Path) -> None:
    head = forge(tensor("U8", [2**35], [0, 2**35]), data=b"")
    with open(tmp_path / "m", "wb") as file:
        file.write(head)
        try:
            file.truncate(TERA)
        except OSError:
            pytest.skip("this file system has no sparse files of this size")
    with pytest.raises(ModelFileError, match="more than a model file can have"):
        read_model(tmp_path / "m")


@pytest.mark.parametrize(
    "description",
    [
        "",
        "[]",
        "1",
        "{",
        '{"a":1,"a":2}',
        '{"a":NaN}',
        '{"a":1e999}',
        '{"a":' * 40 + "1" + "}" * 40,
        "[" * 100_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_description_that_is_not_strict_json(tmp_path: Path, description: str) -> None:
    assert "description" in refused(tmp_path / "m", forge(description=description))


def test_unknown_metadata(tmp_path: Path) -> None:
    assert "nothing else" in refused(tmp_path / "m", forge(more={"code": "import os"}))


@pytest.mark.parametrize("version", ["", "0", "-1", "1.0", "01", " 1", "one", "1" * 30, "\u0661"])
def test_an_invalid_version(tmp_path: Path, version: str) -> None:
    assert "format version" in refused(tmp_path / "m", forge(version=version))


def test_a_newer_version_says_how_to_upgrade(tmp_path: Path) -> None:
    content = forge({"a": {"new": "layout"}}, version="7", more={"signature": "new"})
    assert refused(tmp_path / "m", content) == (
        f"'{tmp_path / 'm'}' was written by a newer deltarule (format 7, this one reads up to 5): "
        "upgrade with pip install -U deltarule"
    )


def test_a_damaged_version_is_not_reported_as_newer(tmp_path: Path) -> None:
    content = forge().replace(b'"deltarule":"1"', b'"deltarule":"3"')
    assert "damaged" in refused(tmp_path / "m", content)


@pytest.mark.parametrize(
    "header", ["[]", "null", '{"__metadata__":[]}', '{"__metadata__":{"a":1}}']
)
def test_an_invalid_header(tmp_path: Path, header: str) -> None:
    refused(tmp_path / "m", forge(header=header))


def test_two_digests(tmp_path: Path) -> None:
    digest = "0" * 64
    twice = (
        f'{{"__metadata__":{{"deltarule":"1","kind":"model","description":"{{}}",'
        f'"sha256":"{digest}","sha256":"{digest}"}}}}'
    )
    refused(tmp_path / "m", forge(header=twice, data=b""))


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_refused_and_never_run(tmp_path: Path, protocol: int) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "ran",)  # type: ignore[return-value]

    refused(tmp_path / "m", pickle.dumps(Trap(), protocol))
    assert not (tmp_path / "ran").exists()


def a_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.pkl", b"x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (a_zip(), "a zip archive"),
        (pickle.dumps({"a": 1}), "a pickle, which deltarule never opens"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "a PNG image"),
        (b"sepal_length,species\n5.1,setosa\n", "text"),
        ("länge;art\n1;é\n".encode(), "text"),
        (b"{}", "text"),
        (b"\x89HDF\r\n\x1a\n\0\0", "an HDF5 file"),
        (b"SQLite format 3\0\x10\0", "an SQLite database"),
        (b"GGUF of today,1\n", "text"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refused(tmp_path / "m", content)


def test_a_foreign_safetensors_file(tmp_path: Path) -> None:
    save_file({"a": np.zeros(3)}, tmp_path / "m", metadata={"format": "pt"})
    with pytest.raises(ModelFileError, match="not one that deltarule wrote"):
        read_model(tmp_path / "m")
