"""to_huggingface: a folder for the Hugging Face Hub with the model, its card and an example."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deltarule._common.version import __version__
from deltarule.errors import FileError, SettingError, shortened
from deltarule.export.exportable import ArrayModel, exportable
from deltarule.export.formats import ExportSummary
from deltarule.export.hub_card import CardOptions, array_card, table_card
from deltarule.formats.atomic_write import write_atomically
from deltarule.formats.system_errors import file_error
from deltarule.table_model import TableModel
from deltarule.table_model.input_columns import InputColumn, input_columns

MODEL_FILE, CARD_FILE, CONFIG_FILE, EXAMPLE_FILE = FILES = (
    "model.safetensors",
    "README.md",
    "config.json",
    "example_rows.json",
)
_ARRAY_LOADERS = {
    "TrainedNetwork": "dr.load_network",
    "MLPClassifier": "dr.MLPClassifier.load",
    "MLPRegressor": "dr.MLPRegressor.load",
    "Sequential": "dr.keras.models.load_model",
    "Model": "dr.keras.models.load_model",
}


def to_huggingface(
    model: Any,
    path: str | PathLike[str],
    *,
    title: str | None = None,
    license: str | None = None,
    sections: Mapping[str, str] | None = None,
) -> ExportSummary:
    """Write a folder for the Hugging Face Hub.

    The folder has deltarule's model file ``model.safetensors``, the model card ``README.md`` with the
    metadata that the Hub reads, the columns as ``config.json``, and ``example_rows.json``. All files are
    written or none; nothing is sent anywhere.

    Parameters
    ----------
    model : TableModel, TableResult, TrainedNetwork, TrainingResult, Keras model or fitted estimator
        The model, or the result that holds it.
    path : path
        The folder, which is made if it does not exist. It may be the clone of a repository, but has none
        of these files yet.
    title : str, optional
        Title of the card, by default the name of the folder.
    license : str, optional
        License of the model as the Hub names it, such as "apache-2.0"; by default none is stated.
    sections : dict of str to str, optional
        Sections of your own for the card by heading, such as ``{"Intended use": "..."}``, in Markdown.

    Returns
    -------
    ExportSummary
        The files, and the columns that the model needs.

    Raises
    ------
    SettingError
        If `model` is not a finished model.
    FileError
        If one of the files exists already, or cannot be written.

    See Also
    --------
    deltarule.report.write_report : Write the report of a training run, with charts.

    Examples
    --------
    >>> from pathlib import Path
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
    >>> summary = dr.export.to_huggingface(model, "size-model", license="mit")
    >>> sorted(file.name for file in Path("size-model").iterdir())
    ['README.md', 'config.json', 'example_rows.json', 'model.safetensors']
    """
    found, folder = exportable(model), Path(path)
    if license is not None and not license.strip():
        raise SettingError("license", 'must be a name such as "apache-2.0"', license)
    _refuse_existing(folder)
    options = CardOptions(title or folder.absolute().name or "model", license, sections)
    saved = _saved_object(model)
    if isinstance(found, TableModel):
        contents, inputs, outputs = _table_contents(found, options)
    else:
        contents, inputs, outputs = _array_contents(found, saved, options)
    with TemporaryDirectory(prefix="deltarule-") as temporary:
        file = Path(temporary) / MODEL_FILE
        saved.save(str(file))
        contents[MODEL_FILE] = file.read_bytes()
    _write(folder, contents)
    sizes = {"bytes": sum(len(content) for content in contents.values())}
    notes = ("Read README.md before you publish it; people need to know what the model is for.",)
    files = tuple(str(folder / name) for name in FILES)
    return ExportSummary(files, inputs, outputs, sizes, notes)


def _table_contents(
    model: TableModel, options: CardOptions
) -> tuple[dict[str, bytes], dict[str, str], dict[str, str]]:
    columns, target = input_columns(model), model.target
    row = {column.name: column.example for column in columns}
    program = _program("dr.load", "records()")
    config = {
        "library_name": "deltarule",
        "deltarule": {
            "version": __version__,
            "model": {"file": MODEL_FILE, "class": "TableModel"},
            "task": f"tabular-{model.task}",
            "target": target.name,
            **({"classes": list(target.classes)} if target.classes else {}),
            "columns": [_column(column) for column in columns],
            "example_input": row,
        },
    }
    contents = {
        CARD_FILE: _bytes(table_card(model, options, program)),
        CONFIG_FILE: _json(config),
        EXAMPLE_FILE: _json([row]),
    }
    inputs = {column.name: column.schema.summary for column in columns}
    kind = "label and probabilities" if target.classes else "number"
    return contents, inputs, {target.name: kind}


def _array_contents(
    found: ArrayModel, saved: Any, options: CardOptions
) -> tuple[dict[str, bytes], dict[str, str], dict[str, str]]:
    network, name = found.trained.network, _class_name(saved)
    shape = _row_shape(saved, found)
    task = None
    if found.classes is not None or found.is_regressor:
        task = "tabular-classification" if found.classes is not None else "tabular-regression"
    rows = [_zeros(shape)]
    config = {
        "library_name": "deltarule",
        "deltarule": {
            "version": __version__,
            "model": {"file": MODEL_FILE, "class": name},
            **({"task": task} if task else {}),
            "input_shape": list(shape),
            "outputs": network.outputs,
            **({} if found.classes is None else {"classes": found.classes.tolist()}),
        },
    }
    summary = (
        f"A dense neural network of {network.parameter_count:,} parameters ({name}): "
        f"{network.inputs:,} numbers in, {network.outputs:,} out."
    )
    program = _program(_ARRAY_LOADERS[name], "")
    contents = {
        CARD_FILE: _bytes(array_card(options, task, summary, program)),
        CONFIG_FILE: _json(config),
        EXAMPLE_FILE: _json(rows),
    }
    return contents, {"X": f"array of shape (n_rows, {', '.join(map(str, shape))})"}, {
        "outputs": f"array of {network.outputs:,} columns"
    }  # fmt: skip


def _program(load: str, method: str) -> str:
    """Return a short program that predicts the example rows."""
    predicted = f"model.predict(json.load(file)){'.' if method else ''}{method}"
    return (
        f'import json\nimport deltarule as dr\nmodel = {load}("{MODEL_FILE}")\n'
        f'with open("{EXAMPLE_FILE}", encoding="utf-8") as file:\n    print({predicted})'
    )


def _saved_object(model: Any) -> Any:
    """Return what has `save`: the model of a result, else the model or the estimator itself."""
    if hasattr(model, "save"):
        return model
    return model.model if hasattr(model, "model") else model.network


def _class_name(saved: Any) -> str:
    for kind in type(saved).__mro__:
        if kind.__name__ in _ARRAY_LOADERS:
            return kind.__name__
    raise SettingError("model", f"must be a model of deltarule, got {type(saved).__name__}")


def _row_shape(saved: Any, found: ArrayModel) -> tuple[int, ...]:
    shape = getattr(saved, "input_shape", None)  # of a Keras model
    if shape is None or None in shape[1:]:
        return (found.trained.network.known_inputs,)
    return tuple(shape[1:])


def _zeros(shape: tuple[int, ...]) -> Any:
    return [_zeros(shape[1:]) for _ in range(shape[0])] if shape else 0.0


def _column(column: InputColumn) -> dict[str, Any]:
    about: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "reading": column.schema.summary,
    }
    if column.shown_levels:
        about["values"] = list(column.shown_levels)
    if column.shown_words:
        about["words"] = list(column.shown_words)
    return about


def _refuse_existing(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise FileError(f"{folder} is a file: name a folder for the Hub.")
    existing = [name for name in FILES if (folder / name).exists()]
    if existing:
        raise FileError(
            f"{folder} has {shortened(existing[0])} already: choose another folder, or remove its "
            f"{', '.join(existing)}."
        )


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write all files, or none and no folder that was not there."""
    is_new = not folder.exists()
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise file_error("write", folder, error) from error
    try:
        for name, content in contents.items():
            write_atomically(folder / name, content)
    except BaseException:
        with suppress(OSError):
            for name in contents:
                (folder / name).unlink(missing_ok=True)
            if is_new:
                os.rmdir(folder)
        raise


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="replace")


def _json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    return _bytes(f"{text}\n")
