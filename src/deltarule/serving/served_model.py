"""A model under its name: what it needs to answer, and the version that its file has."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deltarule._common.checks import did_you_mean, sentences
from deltarule.errors import DeltaruleError, ModelFileError, SettingError
from deltarule.formats.model_folder import MODEL_FILE, model_file_at
from deltarule.formats.system_errors import file_error
from deltarule.serving.json_answers import RequestError
from deltarule.serving.row_reading import Row, RowCounts, RowReader
from deltarule.table_model import (
    GroupedModel,
    Prediction,
    TableModel,
    TablePredictor,
)
from deltarule.table_model import load as load_model
from deltarule.table_model.input_columns import InputColumn, input_columns

VERSION_DIGITS = 12
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class ModelPlace:
    """The name under which a model answers, and its file."""

    name: str
    path: str


@dataclass(frozen=True, eq=False)
class ServedModel:
    """A loaded model; `digest` is the SHA-256 of its file."""

    place: ModelPlace
    model: TableModel | GroupedModel
    digest: str

    @property
    def name(self) -> str:
        """The name in addresses."""
        return self.place.name

    @property
    def version(self) -> str:
        """The beginning of the digest of the file."""
        return self.digest[:VERSION_DIGITS]

    @cached_property
    def columns(self) -> tuple[InputColumn, ...]:
        """The columns of its rows."""
        return input_columns(self.model)

    @cached_property
    def reader(self) -> RowReader:
        """Reads its rows; other columns of the training table are ignored, as by `predict`."""
        model = self.model.all_rows if isinstance(self.model, GroupedModel) else self.model
        others = {encoder.column for encoder in model.encoder.column_encoders}
        return RowReader(self.columns, others | set(model.schema.names))

    def counts_of_usual(self, rows: list[Any]) -> RowCounts | None:
        """Return the counts of rows that have nothing unusual but missing cells, else None.

        The compiled core finds that in a fraction of the time of `reader`.
        """
        if isinstance(self.predictor, GroupedModel):
            return None
        if self.predictor.usual_rows.features(rows) is None:
            return None
        return self.reader.counts_of_usual(rows)

    def levels_of(self, quantiles: Any) -> tuple[float, ...]:
        """Return the levels of requested quantiles; raise `RequestError` if they are not possible."""
        if quantiles is None:
            return ()
        numbers = quantiles if isinstance(quantiles, list) else [quantiles]
        if not all(type(level) in (int, float) for level in numbers):
            raise RequestError(422, '"quantiles" must be a list of numbers, such as [0.05, 0.95].')
        try:
            return self.model.checked_levels(numbers)
        except DeltaruleError as error:
            raise RequestError(422, error.render(lambda setting: f'"{setting}"')) from None

    def predict(self, rows: list[Row], levels: Sequence[float]) -> Prediction:
        """Predict for rows that were checked."""
        return self.predictor.predict(rows, quantiles=levels)

    @property
    def predicts_together(self) -> bool:
        """Whether rows of several requests may be predicted in one call, which notes depend on."""
        return not isinstance(self.model, GroupedModel)

    @cached_property
    def predictor(self) -> TablePredictor | GroupedModel:
        """What the model predicts with."""
        return self.model if isinstance(self.model, GroupedModel) else self.model.predictor()

    def warm_up(self) -> None:
        """Prepare what the first request would wait for."""
        self.reader.columns_of([{column.name: column.example for column in self.columns}], 1)
        self.predict([{column.name: None for column in self.columns}], ())


def model_places(words: Sequence[str]) -> tuple[ModelPlace, ...]:
    """Return names and files of models as they are typed: a file, a folder of train, or NAME=PATH.

    A model is called like its folder if the file has the name that train gives it, else like its file.
    Raises `SettingError` if a name occurs twice.
    """
    places: dict[str, ModelPlace] = {}
    for word in words:
        place = _place(word)
        if place.name in places:
            raise SettingError.message(
                f"Two models are called {place.name!r} ({places[place.name].path} and {place.path}): "
                f"write NAME={place.path} for one of them."
            )
        places[place.name] = place
    return tuple(places.values())


def load(place: ModelPlace) -> ServedModel:
    """Read a model from its file."""
    before = file_state(place.path)
    model = load_model(place.path)  # refuses what is no file
    if isinstance(model, GroupedModel):
        model.read_all()  # what is damaged is refused now, not when a row of the group comes
    digest = digest_of(place.path)
    if file_state(place.path) != before:
        raise ModelFileError(f"{place.path} changed while it was read: try again.")
    return ServedModel(place, model, digest)


def digest_of(path: str) -> str:
    """Return the SHA-256 of a file."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise file_error("read", path, error) from error


def file_state(path: str) -> tuple[int, ...] | None:
    """Return what changes when a file is written or replaced; None without a file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def find(models: dict[str, ServedModel], name: str) -> ServedModel:
    """Return the model with a name; raise `RequestError` if there is none."""
    if name in models:
        return models[name]
    known = f"The models are {', '.join(models)}."
    raise RequestError(
        404, sentences(f"There is no model {name[:60]!r}.", did_you_mean(name, models) or known)
    )


def _place(word: str) -> ModelPlace:
    name, equals, path = word.partition("=")
    if not equals or os.path.exists(word) or not _NAME.fullmatch(name):
        name, path = "", word
    path = model_file_at(path)
    if not name:
        found = Path(path).absolute()
        name = found.parent.name if found.name == MODEL_FILE else found.stem
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._") or "model"
    return ModelPlace(name, path)
