"""The models of groups as bytes: the file of each, end to end, which is read when it is first needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import ModelFileError
from deltarule.formats.model_file import model_bytes, read_model_bytes
from deltarule.table_model.model import TableModel
from deltarule.table_model.model_loading import model_of_file
from deltarule.table_model.model_saving import FILE_KIND, model_content

Array = NDArray[Any]
ARRAY_NAMES = ("bounds", "models")


@dataclass(frozen=True, eq=False)
class GroupFiles:
    """The files of models, one after the other.

    Parameters
    ----------
    models : ndarray of shape (n_bytes,), dtype uint8
        The files.
    bounds : ndarray of shape (n_models + 1,), dtype int64
        Where each file begins, and where the last one ends.
    """

    models: Array
    bounds: Array

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @classmethod
    def of(cls, files: Iterable[bytes | memoryview]) -> GroupFiles:
        """Join files; a deque is emptied meanwhile, so that all models are in memory once."""
        waiting = files if isinstance(files, deque) else deque(files)
        bounds = np.cumsum([0, *map(len, waiting)], dtype=np.int64)
        models = np.empty(int(bounds[-1]), np.uint8)
        for start, stop in pairwise(bounds):
            models[start:stop] = np.frombuffer(waiting.popleft(), np.uint8)
        return cls(models, bounds)

    @classmethod
    def of_arrays(cls, arrays: dict[str, Array], count: int, path: str) -> GroupFiles:
        """Return the files of `count` models in a file; raise `ModelFileError` for other arrays."""
        if set(arrays) != set(ARRAY_NAMES):
            raise ModelFileError(
                f"{path} must hold the arrays {' and '.join(ARRAY_NAMES)} and no others: train again."
            )
        models, bounds = arrays["models"], arrays["bounds"]
        if models.ndim != 1 or models.dtype != np.uint8 or bounds.shape != (count + 1,):
            raise ModelFileError(f"{path} has arrays of other shapes than its {count:,} models.")
        if (
            bounds.dtype != np.int64
            or bounds[0] != 0
            or bounds[-1] != len(models)
            or (np.diff(bounds) <= 0).any()
        ):
            raise ModelFileError(f"{path} does not say where each of its {count:,} models begins.")
        return cls(models, bounds)

    def arrays(self) -> dict[str, Array]:
        """Return the arrays by name."""
        return {"bounds": self.bounds, "models": self.models}

    def content(self, place: int) -> memoryview:
        """Return the bytes of a file."""
        return self.models[self.bounds[place] : self.bounds[place + 1]].data

    def read(self, place: int, name: str) -> TableModel:
        """Return a model, called `name` in errors; raise `ModelFileError` if its file is damaged."""
        return model_of_file(read_model_bytes(self.content(place), name, FILE_KIND))


def file_of(model: TableModel) -> bytes:
    """Return the bytes of the file of a model."""
    content = model_content(
        model.networks, model.encoder, model.target, model.about, model.calibration, model.schema,
        model.distributions, model.votes,
    )  # fmt: skip
    return model_bytes(*content, kind=FILE_KIND)


def is_fitting(model: TableModel, whole: TableModel, columns: Collection[str]) -> bool:
    """Whether a model predicts the same target as `whole`, from columns that are read for both."""
    target, its = whole.target, model.target
    return (
        (its.name, its.task) == (target.name, target.task)
        and set(its.classes) <= set(target.classes)
        and set(model.encoder.columns) <= set(columns)
        and all(model.schema[n].reads_like(whole.schema[n]) for n in model.encoder.columns)
    )


def require_fitting(
    model: TableModel, whole: TableModel, columns: Collection[str], name: str
) -> None:
    """Raise `ModelFileError` unless a model predicts the same target from columns that are read."""
    if not is_fitting(model, whole, columns):
        raise ModelFileError(
            f"In the file, {name} does not fit the model of all rows: train again."
        )
