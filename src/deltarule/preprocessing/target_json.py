"""Read targets from model files; every value is checked."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from deltarule._common.strict_reader import StrictReader
from deltarule.errors import ModelFileError
from deltarule.preprocessing.targets import ClassTarget, NumberTarget, Target, Task
from deltarule.schema.column_schema import PLAIN_BOOLEANS

_CLASS_KINDS = ("text", "number", "boolean")


def target_from_json(data: object, where: str = "target") -> Target:
    """Return the target that `to_json` described.

    Parameters
    ----------
    data : object
        The description.
    where : str, default "target"
        Where the description was found, for error messages.

    Returns
    -------
    ClassTarget or NumberTarget
        The target.

    Raises
    ------
    ModelFileError
        If `data` does not describe a target.
    """
    reader = StrictReader(data, where)
    task, name = reader.one_of("task", list(Task)), reader.take("name", str)
    target = _TARGET_READERS[Task(task)](reader, name, where)
    reader.finish()
    return target


def _class_target(reader: StrictReader, name: str, where: str) -> Target:
    classes = tuple(reader.list_of("classes", str))
    if len(classes) < 2 or len(set(classes)) < len(classes):
        raise ModelFileError(f"{where}.classes must be two or more distinct names.")
    kind = reader.one_of("kind", _CLASS_KINDS) if "kind" in reader else "text"
    target = ClassTarget(name, classes, kind)
    try:
        labels = target.decode(np.arange(len(classes)))
    except (ValueError, OverflowError):
        labels = np.zeros(1)
    known = kind != "boolean" or tuple(map(str.lower, classes)) == PLAIN_BOOLEANS
    if not known or len(set(labels.tolist())) < len(classes):
        raise ModelFileError(f"{where}.classes must be distinct {kind}s.")
    return target


def _number_target(reader: StrictReader, name: str, where: str) -> Target:
    mean, scale = reader.take("mean", float), reader.take("scale", float)
    if not (math.isfinite(mean) and math.isfinite(scale) and scale > 0):
        raise ModelFileError(
            f"{where}: mean and scale must be finite numbers and scale > 0, got {mean:g}, {scale:g}."
        )
    return NumberTarget(name, mean, scale)


_TARGET_READERS: dict[Task, Callable[[StrictReader, str, str], Target]] = {
    Task.CLASSIFICATION: _class_target,
    Task.REGRESSION: _number_target,
}
