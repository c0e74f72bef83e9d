"""The kinds of files that hold a finished model, and how each is read."""

from __future__ import annotations

from importlib import import_module
from os import PathLike, fspath
from typing import Any

from deltarule.errors import ModelFileError
from deltarule.formats.model_file import ModelFile, hint_of, read_model

_READERS = {
    "table model": "deltarule.table_model:load_model",
    "grouped model": "deltarule.table_model:load",
    "network": "deltarule.training:load_network",
    "keras model": "deltarule.keras.models:load_model",
}
_ESTIMATORS = ("MLPClassifier", "MLPRegressor")


def load_any_model(path: str | PathLike[str]) -> Any:
    """Return the model of a file of any kind that holds one.

    Raises `ModelFileError` for a checkpoint and other files without a finished model.
    """
    file = read_model(path, kind=None)
    if file.kind == "estimator":
        return _estimator_class(file).load(path)
    if file.kind not in _READERS:
        raise ModelFileError(
            f"{fspath(path)!r} is a deltarule {file.kind[:40]!r} file, which holds no finished model. "
            f"{hint_of(file.kind)}"
        )
    module, _, function = _READERS[file.kind].partition(":")
    return getattr(import_module(module), function)(path)


def _estimator_class(file: ModelFile) -> Any:
    from deltarule import estimators

    name = file.description.get("estimator")
    return getattr(estimators, name if name in _ESTIMATORS else _ESTIMATORS[-1])
