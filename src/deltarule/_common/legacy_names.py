"""Renamed keys, kinds and arrays in model files of earlier versions: the only place that knows old names.

`formats.model_file.read_model` converts files with an older format version before any other module reads
them. To rename a key, add it here and raise `formats.model_file.FORMAT`;
tests/unit/formats/test_legacy_files.py reads files of every version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")

RENAMED_SETTINGS: dict[str, dict[str, str]] = {
    "dense": {"parametrisation": "parameterization", "factor_start": "factor_initializer"},
    "flat_cosine": {"start": "initial"},
    "one_cycle": {"start_factor": "initial_factor"},
    "he_plus": {"neighbours": "neighbors"},
}
"""Renamed keys of JSON objects, by the object's `kind`."""

RENAMED_KEYS: dict[str, str] = {"checked_scores": "out_of_fold_scores"}
"""Renamed keys of JSON objects without a `kind`."""

RENAMED_KINDS: dict[str, str] = {
    "moment": "robust_datetime",
    "rank_and_size": "quantile_and_robust",
}
"""Renamed values of `kind`."""

RENAMED_ARRAYS: dict[str, str] = {"errors.centres": "errors.centers"}
"""Renamed arrays."""


def current_names(description: Any) -> Any:
    """Return a file's description, strict JSON, with every renamed key under its current name."""
    if isinstance(description, list):
        return [current_names(item) for item in description]
    if not isinstance(description, dict):
        return description
    kind = description.get("kind")
    renamed = RENAMED_SETTINGS.get(kind, {}) if isinstance(kind, str) else RENAMED_KEYS
    current = {renamed.get(key, key): current_names(value) for key, value in description.items()}
    if isinstance(kind, str):
        current["kind"] = RENAMED_KINDS.get(kind, kind)
    return current


def current_array_names(arrays: Mapping[str, T]) -> dict[str, T]:
    """Return a file's arrays under their current names."""
    return {RENAMED_ARRAYS.get(name, name): array for name, array in arrays.items()}
