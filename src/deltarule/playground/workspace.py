"""One experiment: its data, its training run, its input plane, and how requests change them.

Everything is made before anything is replaced: a request that fails changes nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.version import __version__
from deltarule.errors import DataError, DeltaruleError, SettingError
from deltarule.formats.strict_json import read_json
from deltarule.playground import frame_messages, point_messages, state_messages
from deltarule.playground.catalog import catalog
from deltarule.playground.digits import PixelEncoder, digits_table, pixels_of_drawing
from deltarule.playground.experiment import Experiment
from deltarule.playground.input_plane import InputPlane, plane_for
from deltarule.playground.loss_landscape import LandscapeJob
from deltarule.playground.page_labels import page_message
from deltarule.playground.prepared_data import PreparedData, prepare_data
from deltarule.playground.presets import PRESETS_BY_NAME
from deltarule.playground.protocol import requests
from deltarule.playground.protocol.responses import DigitResponse, HelloResponse, TableResponse
from deltarule.playground.protocol.state import Edit
from deltarule.playground.protocol.wire import Message, encode
from deltarule.playground.table_sources import (
    MAX_UPLOAD_BYTES,
    TableSource,
    column_list,
    uploaded_table,
)
from deltarule.playground.training_run import TrainingRun
from deltarule.playground.url_fragment import from_fragment

Array = NDArray[Any]
MAX_EXPERIMENT_BYTES = 1 << 20


class Workspace:
    """One experiment and the tables it may use; one thread at a time may call it.

    `engine`: the name of an engine, or "auto", which chooses one for each run. `source`: the table to
    start with.
    """

    def __init__(
        self,
        engine: str = "auto",
        source: TableSource | None = None,
        experiment: Experiment | None = None,
    ) -> None:
        self._engine = engine
        self._sources = {} if source is None else {source.name: source}
        self._home = source
        self._awaiting: Experiment | None = None  # opened without its table, which may come yet
        self._landscape: LandscapeJob | None = None
        self._edit: Edit | None = None
        self._generation = 0
        self._sample: int | None = None  # a row of the data
        self.points_changed = False
        chosen = experiment or (Experiment() if source is None else source.experiment)
        prepared = self._prepared(chosen)
        self._put(prepared, self._run(chosen, prepared), plane_for(prepared, chosen.view, None))

    def close(self) -> None:
        """Stop what `work` continues."""
        self._landscape = None

    @property
    def has_work(self) -> bool:
        """Whether `work` has something to continue."""
        return self._landscape is not None

    def work(self, seconds: float) -> Iterator[Message]:
        """Continue what takes longer than a request may, for about so long; return its messages."""
        if self._landscape is not None:
            yield from self._landscape.work(seconds)
            if self._landscape is not None and self._landscape.is_finished:
                self._landscape = None

    def hello(self, session: str | None, recording: int | None = None) -> Message:
        """Return the greeting; `recording`: the number of frames of an exported page."""
        return encode(
            HelloResponse(
                session=session, version=__version__, engine=self.run.engine.name,
                frozen=recording is not None, recording=recording or 0,
                upload_limit=MAX_UPLOAD_BYTES, catalog=catalog(),
            )
        )  # fmt: skip

    def state(self, *, playing: bool, epochs_per_second: float | None) -> Message:
        """Return the state."""
        sample = None
        if self._sample is not None:
            sample = state_messages.chosen_sample(self.run.prepared, self._sample, self._index())
        return state_messages.state_message(
            self.run, self.plane, sample, generation=self._generation, edit=self._edit,
            playing=playing, epochs_per_second=epochs_per_second,
        )  # fmt: skip

    def points(self) -> Message:
        """Return the points and the grids of the inputs."""
        self.points_changed = False
        return point_messages.points_message(
            self.run.prepared, self.plane, self.shown, self._generation
        )

    def frame(self, **progress: Any) -> Message:
        """Return the frame of the present parameters; `progress`: `sequence`, `playing`, the speed."""
        return frame_messages.frame(
            self.run.now, self.run.engine, self.plane, self.shown, self._sample,
            generation=self._generation, view=self.run.experiment.view, **progress,
        )  # fmt: skip

    def past_frame(self, epoch: int, parameters: Array, **progress: Any) -> Message:
        """Return the frame of an earlier epoch with these flat parameters."""
        return frame_messages.frame(
            self.run.past(epoch, parameters), self.run.engine, self.plane, self.shown,
            self._sample, generation=self._generation, view=self.run.experiment.view, **progress,
        )  # fmt: skip

    def open_fragment(self, fragment: str) -> str | None:
        """Show the experiment of an address; return a sentence when that fails."""
        if not fragment.strip("#"):
            return None
        try:
            self._open(from_fragment(fragment))
        except DeltaruleError as error:
            return page_message(error)
        return None

    def set_experiment(self, request: requests.SetRequest) -> None:
        """Replace the experiment."""
        self._set(Experiment.from_json(request.experiment))
        self._edit = Edit(request.client, request.edit)

    def set_learning_rate(self, request: requests.LearningRateRequest) -> None:
        """Continue with another learning rate."""
        experiment = self.run.experiment
        training = dataclasses.replace(experiment.training, learning_rate=request.value)
        self._set(dataclasses.replace(experiment, training=training))

    def set_weight(self, request: requests.WeightRequest) -> None:
        """Set one weight or bias by hand."""
        self.run.set_weight(request.layer, request.source, request.to, request.value)

    def choose_sample(self, request: requests.SampleRequest) -> None:
        """Follow one of the shown rows, or none."""
        if request.index is None:
            self._sample = None
        else:
            last = len(self.shown) - 1
            place = checks.integer("sample", request.index, at_least=0, at_most=last)
            self._sample = int(self.shown[place])
        experiment = self.run.experiment
        if experiment.view.others == "sample":
            plane = plane_for(self.run.prepared, experiment.view, self._sample)
            self._put(self.run.prepared, self.run, plane, self._sample)

    def read_digit(self, request: requests.DigitRequest) -> Message:
        """Return what the network sees and predicts of a drawn digit."""
        if not isinstance(self.run.prepared.encoder, PixelEncoder):
            raise SettingError.message("Drawn digits need the dataset Digits: choose it first.")
        pixels = pixels_of_drawing(request.body)
        found: list[float] = []
        if pixels.any():
            inputs = self.run.prepared.encoder.transform(digits_table(pixels[None]))
            network, now = self.run.setup.plan.network, self.run.now
            outputs = self.run.engine.predict(network, now.parameters, inputs).astype(float)
            found = frame_messages.probabilities(now, outputs)[0].tolist()
        return encode(DigitResponse(pixels.tolist(), found))

    def start_landscape(self, request: requests.LandscapeRequest) -> None:
        """Compute the loss landscape as it is now, by `work`."""
        self._landscape = LandscapeJob(
            self.run, request.steps, request.trajectory, self._generation
        )

    def open_experiment(self, request: requests.OpenRequest) -> None:
        """Show the experiment of a file."""
        self._open(_experiment_of(request.body))

    def upload(self, request: requests.UploadRequest) -> Message:
        """Show a table, with the settings that were opened for it before; return what was read."""
        source = uploaded_table(request.name, request.body)
        awaiting = self._awaiting
        if awaiting is None or awaiting.data.name != source.name:
            return self._show(source, source.experiment)
        self._awaiting = None
        try:
            return self._show(source, awaiting)
        except DeltaruleError as error:
            raise DataError(
                f"The settings that were opened for {source.name} do not fit it: "
                f"{page_message(error)} Drop the file again to start without them."
            ) from None

    def _show(self, source: TableSource, experiment: Experiment) -> Message:
        """Show a table with these settings; return what was read."""
        prepared = prepare_data(experiment.data, source.table)
        run = TrainingRun(experiment, prepared, self._engine)
        plane = plane_for(prepared, experiment.view, None)
        self._sources = {
            **({} if self._home is None else {self._home.name: self._home}),
            source.name: source,
        }
        # Not by _set, which keeps the rows of a table that has the same name and settings.
        self._put(prepared, run, plane)
        return encode(
            TableResponse(
                source.name, source.table.rows, column_list(source.table),
                experiment.data.target, list(prepared.notes), experiment,
            )
        )  # fmt: skip

    @property
    def source(self) -> TableSource | None:
        """The table of the experiment; None for toy datasets."""
        data = self.run.experiment.data
        return self._sources.get(data.name) if data.source == "table" else None

    def _prepared(self, experiment: Experiment) -> PreparedData:
        data = experiment.data
        source = self._sources.get(data.name) if data.source == "table" else None
        if source is None:
            return prepare_data(data)
        return prepare_data(data, source.table, plain=source.plain)

    def _run(self, experiment: Experiment, prepared: PreparedData) -> TrainingRun:
        source = self._sources.get(experiment.data.name)
        initial = None
        if source is not None and experiment.data.source == "table":
            same = (experiment.network, experiment.data.features, experiment.data.target) == (
                source.experiment.network,
                source.experiment.data.features,
                source.experiment.data.target,
            )
            initial = source.initial_parameters if same else None
        return TrainingRun(experiment, prepared, self._engine, initial)

    def _open(self, new: Experiment) -> None:
        """Show an experiment; one whose table is not open is refused, and waits for it."""
        _check_lesson(new)
        has_data = new.data.source != "table" or new.data.name in self._sources
        self._awaiting = None if has_data else new
        self._set(new)

    def _set(self, new: Experiment) -> None:
        _check_lesson(new)
        old, run = self.run.experiment, self.run
        if new == old and run.prepared.toy is not None:
            return
        prepared = run.prepared if new.data == old.data else self._prepared(new)
        if new.data != old.data or new.network != old.network or not _same_run(old, new):
            fresh = self._run(new, prepared)
            view_sample = None if new.data != old.data else self._sample
            self._put(prepared, fresh, plane_for(prepared, new.view, view_sample), view_sample)
            return
        plane = self.plane if new.view == old.view else plane_for(prepared, new.view, self._sample)
        if new.training.learning_rate != old.training.learning_rate:
            run.set_learning_rate(new.training.learning_rate)
        if new.training.epochs != old.training.epochs:
            run.set_epochs(new.training.epochs)
        run.experiment = new
        if plane is not self.plane:
            self._put(prepared, run, plane, self._sample)

    def _put(
        self, prepared: PreparedData, run: TrainingRun, plane: InputPlane, sample: int | None = None
    ) -> None:
        self.close()
        self.run, self.plane, self._sample = run, plane, sample
        self.shown = point_messages.shown_rows(len(prepared.truth))
        self._generation += 1
        self.points_changed = True

    def _index(self) -> int | None:
        if self._sample is None:
            return None
        place = int(np.searchsorted(self.shown, self._sample))
        return place if place < len(self.shown) and self.shown[place] == self._sample else None


def _check_lesson(experiment: Experiment) -> None:
    if experiment.view.lesson is not None:
        checks.one_of("view.lesson", experiment.view.lesson, PRESETS_BY_NAME)


def _same_run(old: Experiment, new: Experiment) -> bool:
    """Whether two trainings differ only in settings that may change during a run."""
    live = dataclasses.replace(
        new.training, learning_rate=old.training.learning_rate, epochs=old.training.epochs
    )
    return live == old.training


def _experiment_of(body: bytes | None) -> Experiment:
    try:
        if not body or len(body) > MAX_EXPERIMENT_BYTES:
            raise ValueError
        written = read_json(body.decode("utf-8-sig"))
    except ValueError:
        raise DataError(
            "The file is not an experiment of the playground: choose one that it saved (.json)."
        ) from None
    return Experiment.from_json(written)
