"""What is written reads back; whatever else is in a file is refused in one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors import safe_open
from safetensors.numpy import load_file

from deltarule.errors import FileError, ModelFileError
from deltarule.formats.model_file import read_model, write_model

DTYPES = ["f4", "f8", "i4", "i8", "u4", "u8", "u1", "?"]
DESCRIPTION = {"layers": [{"units": 4, "rate": 0.1}], "target": 'a "näme"', "none": None}
ARRAYS = {
    "0.weights": np.array([[1.5, -2.0], [0.25, 3.0]], dtype=np.float32),
    "0.bias": np.array([0.1, 0.2]),
    "mask": np.array([True, False, True]),
}
a_file_in_tmp_path = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    write_model(path, DESCRIPTION, ARRAYS)
    return path


def test_description_and_arrays_round_trip(path: Path) -> None:
    model = read_model(path)
    assert model.description == DESCRIPTION
    assert model.kind == "model"
    assert model.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(model.arrays[name], array, strict=True)


def test_the_safetensors_package_reads_the_same_arrays(path: Path) -> None:
    peer = load_file(path)
    assert peer.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(peer[name], array, strict=True)
    with safe_open(path, framework="np") as file:
        assert set(file.metadata()) == {"deltarule", "kind", "sha256", "description"}


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1, 2, 3, 4)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_and_shape(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    array = np.ones(shape, dtype)
    write_model(tmp_path / "m", {}, {"before": np.ones(3, np.uint8), "array": array})
    np.testing.assert_array_equal(read_model(tmp_path / "m").arrays["array"], array, strict=True)


def test_no_arrays_and_no_description(tmp_path: Path) -> None:
    write_model(tmp_path / "m", {}, {})
    model = read_model(tmp_path / "m")
    assert (model.description, dict(model.arrays)) == ({}, {})
    assert load_file(tmp_path / "m") == {}


@a_file_in_tmp_path
@given(
    array=hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=0, min_side=0, max_side=4)),
    text=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_any_bits_round_trip(tmp_path: Path, array: np.ndarray, text: str) -> None:
    write_model(tmp_path / "m", {text: text}, {"array": array})
    model = read_model(tmp_path / "m")
    assert model.description == {text: text}
    assert model.arrays["array"].tobytes() == array.tobytes()  # NaN payloads included


@pytest.mark.parametrize(
    "array", [np.arange(6.0).reshape(2, 3).T, np.arange(12.0)[::2], np.arange(3, dtype=">f4")]
)
def test_order_in_memory_does_not_matter(tmp_path: Path, array: np.ndarray) -> None:
    write_model(tmp_path / "m", {}, {"array": array})
    np.testing.assert_array_equal(read_model(tmp_path / "m").arrays["array"], array)


def test_the_same_content_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "again", DESCRIPTION, ARRAYS)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_arrays_are_writable_and_disjoint(path: Path) -> None:
    before = path.read_bytes()
    model = read_model(path)
    for array in model.arrays.values():
        assert array.flags.writeable
        assert array.flags.aligned
        assert array.flags.c_contiguous
    model.arrays["0.weights"][...] = 0
    np.testing.assert_array_equal(model.arrays["0.bias"], ARRAYS["0.bias"])
    assert path.read_bytes() == before


def test_truncated_at_any_byte(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    part = tmp_path / "part.safetensors"
    for count in range(len(whole)):
        part.write_bytes(whole[:count])
        with pytest.raises(ModelFileError, match=r"part\.safetensors'.*\. "):
            read_model(part)


@pytest.mark.parametrize("pattern", [0x01, 0x20, 0x80, 0xFF])
def test_any_flipped_byte_is_refused(path: Path, tmp_path: Path, pattern: int) -> None:
    whole = path.read_bytes()
    flipped = tmp_path / "flipped.safetensors"
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= pattern
        flipped.write_bytes(damaged)
        with pytest.raises(ModelFileError, match=r"flipped\.safetensors'"):
            read_model(flipped)


@pytest.mark.parametrize("extra", [b"\0", b" ", b"x" * 1000])
def test_bytes_added_at_the_end(path: Path, extra: bytes) -> None:
    path.write_bytes(path.read_bytes() + extra)
    with pytest.raises(ModelFileError, match="damaged"):
        read_model(path)


@a_file_in_tmp_path
@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(ModelFileError):
        read_model(tmp_path / "m")


@a_file_in_tmp_path
@given(data=st.data())
def test_any_replaced_bytes_are_refused(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    other = whole[:start] + data.draw(st.binary(max_size=20)) + whole[stop:]
    if other == whole:
        return
    changed = path.with_name("changed")
    changed.write_bytes(other)
    with pytest.raises(ModelFileError):
        read_model(changed)


def test_another_kind_is_named(tmp_path: Path) -> None:
    write_model(tmp_path / "c", {}, {}, kind="checkpoint")
    assert read_model(tmp_path / "c", kind="checkpoint").kind == "checkpoint"
    with pytest.raises(ModelFileError, match=r"is a deltarule 'checkpoint' file.*'model'"):
        read_model(tmp_path / "c")


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.safetensors': it does not exist"):
        read_model(tmp_path / "none.safetensors")
    with pytest.raises(FileError, match="is a folder, not a model file"):
        read_model(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="pipe"):
        read_model(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("description", "arrays", "words"),
    [
        ({"a": float("nan")}, {}, "nan"),
        ({"a": object()}, {}, "object"),
        ({}, {"a": np.zeros(1, np.complex128)}, "complex128"),
        ({}, {"a": np.array(["text"])}, "dtype <U4"),
        ({"a": "x" * 17_000_000}, {}, "more than"),
    ],
)
def test_unsupported_content_is_not_written(
    path: Path, description: dict[str, object], arrays: dict[str, np.ndarray], words: str
) -> None:
    before = path.read_bytes()
    with pytest.raises(ModelFileError, match=words):
        write_model(path, description, arrays)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("estimator", "MLPClassifier.load or MLPRegressor.load reads it."),
        ("keras model", "deltarule.keras.models.load_model reads it."),
        ("something new", "upgrade with pip install -U deltarule"),
    ],
)
def test_the_error_for_another_kind_says_what_reads_it(tmp_path, kind, words):
    path = tmp_path / "m.safetensors"
    write_model(path, {}, {"a": np.zeros(1)}, kind=kind)
    with pytest.raises(ModelFileError, match=words):
        read_model(path, kind="network")
