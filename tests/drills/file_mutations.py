"""Many ways to change a file in its parts: its description, its arrays, its header, its bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
from drills.file_parts import DTYPES, RAW, Parts, Tensor, put_together, repaired

RAW_TEXTS = (
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000, "-" + "9" * 5000, "1e-999",
    "9" * 19, "9" * 21, '"\\ud800"', '"\\udc00x"', '"\\u0000"', "[" * 5000, '{"a":' * 5000, "tru",
    "01", "1.", "+1", "'x'", "0x10", "[1,]", '"\x01"', "1e400", "-0", "1E5",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, 3, -1, 7, 64, 1000, 65_537, 2**31 - 1, 2**31, 2**32, 2**53 + 1,
    2**63 - 1, 2**63, 2**64, 10**19, -(2**63), 0.0, -0.0, 0.5, 1.0, -0.5, 1.5, 1e-300, 5e-324, 1e30,
    1e38, 1e39, 1e300, -1e300, 1.7e308, "", " ", "a", "relu", "number", "text", "dense", "0", "1",
    "None", "\0", "a\0b", "\n", "ä\u202e\U0001f600", "a" * 3000, "a,b", "../../etc/passwd", "<b>",
    "{0.__class__}", [], {}, [None], [0], [1, 2], [[]], [{}], ["a", "a"], [0.0] * 3, list(range(500)),
    {"kind": "dense"}, {"kind": 1}, {"a": 1}, {"": None}, {"kind": "constant", "value": 1e308},
    {"class_name": "Dense", "config": {}}, {"number": "nan"}, {"weights": [[0, 1.0]]},
    {"description": {"kind": "relu"}}, [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],
)  # fmt: skip

Mutation = Callable[[Random, Parts, Parts], Parts]


# Descriptions


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += _paths(inner, (*path, index))
    return found


_CACHE: dict[int, tuple[Any, list[tuple[Any, ...]]]] = {}


def paths_of(description: Any) -> list[tuple[Any, ...]]:
    """Return the path of every value inside a description, found once for each object."""
    cached = _CACHE.get(id(description))
    if cached is None or cached[0] is not description:
        if len(_CACHE) > 200:
            _CACHE.clear()
        cached = _CACHE[id(description)] = (description, _paths(description))
    return cached[1]


def value_at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def changed_at(value: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """Return a copy in which `change(container, key)` was applied at the path; shares the rest."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1:
        change(copy, path[0])
    else:
        copy[path[0]] = changed_at(value[path[0]], path[1:], change)
    return copy


def _at_a_path(rng: Random, parts: Parts, change: Callable[[Any, Any], None]) -> Parts:
    paths = paths_of(parts.description)
    if not paths:
        return parts
    return replace(parts, description=changed_at(parts.description, rng.choice(paths), change))


def replace_value(rng: Random, parts: Parts, _: Parts) -> Parts:
    value = rng.choice(VALUES)

    def change(container: Any, key: Any) -> None:
        container[key] = value

    return _at_a_path(rng, parts, change)


def nudge_number(rng: Random, parts: Parts, _: Parts) -> Parts:
    """Change a number a little, or a text by a letter: what is nearly right."""
    paths = paths_of(parts.description)
    paths = rng.sample(paths, min(8, len(paths)))
    leaves = [p for p in paths if isinstance(value_at(parts.description, p), str | int | float)]
    if not leaves:
        return parts
    step = rng.choice((1, -1, 0.5, 1e-9, 10, "x2", "-", "type"))

    def change(container: Any, key: Any) -> None:
        old = container[key]
        if isinstance(old, str):
            container[key] = rng.choice((old + "x", old[:-1], old.upper(), old * 2, " " + old))
        elif isinstance(old, bool):
            container[key] = rng.choice((not old, int(old)))
        elif step == "type":
            container[key] = str(old) if isinstance(old, float) else float(old)
        elif step == "x2":
            container[key] = old * 2
        elif step == "-":
            container[key] = -old
        else:
            container[key] = old + step

    path = rng.choice(leaves)
    return replace(parts, description=changed_at(parts.description, path, change))


def remove_value(rng: Random, parts: Parts, _: Parts) -> Parts:
    def change(container: Any, key: Any) -> None:
        del container[key]

    return _at_a_path(rng, parts, change)


def repeat_value(rng: Random, parts: Parts, _: Parts) -> Parts:
    """Repeat the item of a list once or many times, or put the value of a key under a second key."""
    times = rng.choice((1, 1, 2, 300))

    def change(container: Any, key: Any) -> None:
        if isinstance(container, list):
            container[key:key] = [container[key]] * times
        else:
            container[rng.choice(("new", "", key + " ", "kind", "name", "members"))] = container[
                key
            ]

    return _at_a_path(rng, parts, change)


def swap_values(rng: Random, parts: Parts, other: Parts) -> Parts:
    """Put a value from elsewhere in this file, or from another file, in the place of one."""
    source = rng.choice((parts, parts, other)).description
    found = paths_of(source)
    if not found:
        return parts
    value = value_at(source, rng.choice(found))

    def change(container: Any, key: Any) -> None:
        container[key] = value

    return _at_a_path(rng, parts, change)


def raw_value(rng: Random, parts: Parts, _: Parts) -> Parts:
    if parts.raw is not None:
        return parts

    def change(container: Any, key: Any) -> None:
        container[key] = RAW

    return replace(_at_a_path(rng, parts, change), raw=rng.choice(RAW_TEXTS))


def repeat_key(rng: Random, parts: Parts, _: Parts) -> Parts:
    """Write a key of an object twice."""
    keys = [path for path in paths_of(parts.description) if isinstance(path[-1], str)]
    if not keys or parts.raw is not None:
        return parts
    path = rng.choice(keys)
    value = json.dumps(value_at(parts.description, path), ensure_ascii=False)

    def change(container: Any, key: Any) -> None:
        container[key] = RAW

    raw = f"{value},{json.dumps(path[-1])}:{value}"
    return replace(parts, description=changed_at(parts.description, path, change), raw=raw)


def other_description(rng: Random, parts: Parts, other: Parts) -> Parts:
    return replace(parts, description=other.description)


# Arrays

_SPECIAL = {
    "f": (np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-45, 0.0, -1.0, 1e300, 0.5, -0.0, 7.0),
    "i": (0, -1, 1, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 1000),
    "u": (0, 1, 255, 2**32 - 1, 2**63, 2**64 - 1),
    "b": (0, 1),
}


def _with_tensor(parts: Parts, name: str, tensor: Tensor | None) -> Parts:
    tensors = {k: v for k, v in parts.tensors.items() if k != name}
    if tensor is not None:
        tensors[name] = tensor
    return replace(parts, tensors=tensors)


def _of(array: np.ndarray) -> Tensor:
    code = next(k for k, v in DTYPES.items() if np.dtype(v) == array.dtype)
    return Tensor(code, array.shape, np.ascontiguousarray(array).tobytes())


def _any_name(rng: Random, parts: Parts) -> str | None:
    return rng.choice(sorted(parts.tensors)) if parts.tensors else None


def change_numbers(rng: Random, parts: Parts, _: Parts) -> Parts:
    name = _any_name(rng, parts)
    if name is None:
        return parts
    array = parts.tensors[name].array().copy()
    if not array.size:
        return parts
    special = [
        v for v in _SPECIAL[array.dtype.kind]
        if array.dtype.kind == "f" or np.can_cast(np.min_scalar_type(v), array.dtype)
    ]  # fmt: skip
    with np.errstate(over="ignore"):
        value = np.asarray(rng.choice(special or [0])).astype(array.dtype)
    flat = array.reshape(-1)
    if rng.random() < 0.3:
        flat[:] = value
    else:
        flat[rng.randrange(array.size)] = value
    return _with_tensor(parts, name, _of(array))


def reshape_array(rng: Random, parts: Parts, _: Parts) -> Parts:
    name = _any_name(rng, parts)
    if name is None:
        return parts
    array = parts.tensors[name].array()
    choice = rng.randrange(8)
    if choice == 0:
        array = array.reshape(-1)
    elif choice == 1:
        array = array.T
    elif choice == 2:
        array = array[None]
    elif choice == 3:
        array = array[:-1] if array.ndim and len(array) else array[None]
    elif choice == 4:
        array = np.concatenate([array, array]) if array.ndim else np.stack([array, array])
    elif choice == 5:
        array = array.reshape(-1)[:1].reshape(()) if array.size else array[None]
    elif choice == 6:
        array = array.reshape(-1)[:0]
    else:
        array = array[..., None]
    return _with_tensor(parts, name, _of(array))


def retype_array(rng: Random, parts: Parts, _: Parts) -> Parts:
    name = _any_name(rng, parts)
    if name is None:
        return parts
    array = parts.tensors[name].array()
    with np.errstate(all="ignore"):
        return _with_tensor(parts, name, _of(array.astype(DTYPES[rng.choice(sorted(DTYPES))])))


def remove_array(rng: Random, parts: Parts, _: Parts) -> Parts:
    name = _any_name(rng, parts)
    return parts if name is None else _with_tensor(parts, name, None)


def rename_array(rng: Random, parts: Parts, _: Parts) -> Parts:
    name = _any_name(rng, parts)
    if name is None:
        return parts
    names = ("", "x", name + "x", name[:-1], "1." + name, name.replace("1", "9"), "\0", "a" * 513,
             "é" * 200, "training.sizes", "errors.unseen", "__metadata", "\u0661.x",
             "²." + name)  # fmt: skip
    renamed = rng.choice((*names, rng.choice(sorted(parts.tensors))))
    kept = parts if rng.random() < 0.3 else _with_tensor(parts, name, None)
    return _with_tensor(kept, renamed, parts.tensors[name])


def other_array(rng: Random, parts: Parts, other: Parts) -> Parts:
    """Take an array from another file, or from elsewhere in this one."""
    name, source = _any_name(rng, parts), rng.choice((parts, other))
    taken = _any_name(rng, source)
    if taken is None:
        return parts
    return _with_tensor(parts, name or taken, source.tensors[taken])


def other_arrays(rng: Random, parts: Parts, other: Parts) -> Parts:
    return replace(parts, tensors=other.tensors)


# Header

_SIZES = (0, 1, -1, 7, 8, 2**31, 2**40, 2**63, 10**19, 10**25, True, 1.0, None, "8", [8])


def change_entry(rng: Random, parts: Parts, _: Parts) -> Parts:
    """Let the header tell something else of an array than its bytes are."""
    name = _any_name(rng, parts)
    if name is None:
        return parts
    tensor = parts.tensors[name]
    size = len(tensor.data)
    entry: dict[str, Any] = rng.choice(
        (
            {"data_offsets": [rng.choice(_SIZES), rng.choice(_SIZES)]},
            {"data_offsets": [0, size]},
            {"data_offsets": [rng.choice((-8, -4, 4, 8, 16)), size]},
            {"data_offsets": rng.choice(([], [0], [0, 8, 8], None, "0,8", {"a": 1}))},
            {"shape": [rng.choice(_SIZES) for _ in range(rng.randrange(1, 4))]},
            {"shape": [2**32, 2**32]},
            {"shape": [1] * 9 + list(tensor.shape)},
            {"shape": rng.choice((None, "2", 2, {}, [[2]]))},
            {"shape": list(reversed(tensor.shape))},
            {"dtype": rng.choice((*DTYPES, "F16", "BF16", "O", "", None, 4, ["F32"]))},
            {rng.choice(("more", "", "Dtype")): 1},
        )
    )
    return _with_tensor(parts, name, replace(tensor, entry=entry))


def change_metadata(rng: Random, parts: Parts, other: Parts) -> Parts:
    key = rng.choice(("deltarule", "kind", "kind", "more", "", "description2"))
    values = ("1", "2", "3", "4", "5", "999999", "", "0", "x", 4, None, [], "network", "checkpoint",
              "keras model", "a" * 3000, "table model", other.metadata["kind"])  # fmt: skip
    metadata = {**parts.metadata, key: rng.choice(values)}
    if rng.random() < 0.2:
        metadata.pop(rng.choice(sorted(metadata)), None)
    return replace(parts, metadata=metadata)


def older_version(rng: Random, parts: Parts, _: Parts) -> Parts:
    """Call the file one of an earlier version, whose names are translated."""
    return replace(parts, metadata={**parts.metadata, "deltarule": rng.choice("1234")})


IN_DESCRIPTION: tuple[Mutation, ...] = (
    replace_value, replace_value, replace_value, nudge_number, nudge_number, remove_value,
    repeat_value, swap_values, raw_value, repeat_key, other_description,
)  # fmt: skip
IN_ARRAYS: tuple[Mutation, ...] = (
    change_numbers, change_numbers, reshape_array, retype_array, remove_array, rename_array,
    other_array, other_arrays,
)  # fmt: skip
IN_HEADER: tuple[Mutation, ...] = (change_entry, change_entry, change_metadata, older_version)
MUTATIONS: tuple[Mutation, ...] = (
    *IN_DESCRIPTION * 3, *IN_ARRAYS * 2, *IN_HEADER,
)  # fmt: skip


COUNTS, LATER_COUNTS = (1, 1, 1, 1, 2, 3), (1, 2, 2, 3, 3, 4)
FEW_CHANGES = 20_000
"""From this case on, more is changed at once: most files with one change were then tried."""


def damaged_bytes(rng: Random, content: bytes, other: bytes) -> bytes:
    """Return the content with bytes flipped, cut, repeated or taken from another file."""
    start = rng.randrange(len(content))
    stop = min(len(content), start + rng.choice((1, 1, 2, 8, 64, 1000)))
    choice = rng.randrange(7)
    if choice == 0:
        return content[:start]
    if choice == 1:
        return content[:start] + content[stop:]
    if choice == 2:
        return content[:stop] + content[start:]
    if choice == 3:
        place = rng.randrange(len(other))
        return content[:start] + other[place : place + stop - start] + content[stop:]
    if choice == 4:
        return content[:start] + other[start:]
    if choice == 5:
        length = rng.choice((0, 1, 2**24, 2**24 + 1, 2**32, 2**63, 2**64 - 1, start))
        return struct.pack("<Q", length) + content[8:]
    changed = bytearray(content)
    changed[start] ^= rng.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
    return bytes(changed)


def damaged(seed: int, samples: list[tuple[bytes, Parts]], own: int) -> bytes:
    """Return sample `own`, damaged in a way that the seed decides."""
    rng = Random(seed)
    content, parts = samples[own]
    other_content, other = samples[rng.randrange(len(samples))]
    if rng.random() < 0.15:
        changed = damaged_bytes(rng, content, other_content)
        return repaired(changed) if rng.random() < 0.7 else changed
    for _ in range(rng.choice(COUNTS if seed < FEW_CHANGES else LATER_COUNTS)):
        parts = rng.choice(MUTATIONS)(rng, parts, other)
    return put_together(parts)
