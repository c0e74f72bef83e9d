"""The container that is written here, compared with the one of the safetensors package."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load, save

from deltarule.formats.safetensors_container import LENGTH_BYTES, METADATA, pack

DTYPES = ("float32", "float64", "int32", "int64", "uint32", "uint64", "uint8", "bool")


def described(body: bytes) -> tuple[list[tuple[str, object]], bytes]:
    length = int.from_bytes(body[:LENGTH_BYTES], "little")
    fields = json.loads(body[LENGTH_BYTES : LENGTH_BYTES + length])
    fields.pop(METADATA, None)
    return list(fields.items()), body[LENGTH_BYTES + length :]


@pytest.mark.parametrize("seed", range(20))
def test_the_order_and_the_bytes_are_those_of_the_package(seed):
    random = np.random.default_rng(seed)
    arrays = {}
    for number in range(int(random.integers(0, 12))):
        shape = tuple(random.integers(0, 4, size=random.integers(0, 4)).tolist())
        name = "".join(random.choice(list('aZ"\n/é9. ')) for _ in range(random.integers(1, 5)))
        values = random.integers(0, 2, size=shape).astype(DTYPES[random.integers(len(DTYPES))])
        arrays[f"{name}{number}"] = np.asarray(values)
    head, data = pack({"format": "4", "größe": '"'}, arrays)
    body = head + bytes(data)
    assert described(body) == described(save(arrays))
    read = load(body)
    assert {name: (a.dtype, a.shape) for name, a in read.items()} == {
        name: (a.dtype, a.shape) for name, a in arrays.items()
    }
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)
