"""Where an experiment lies: its data, its run, its plane; and what is done to it on request.

Everything is made before anything is replaced: a request that cannot be granted changes nothing.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule.engines.contract import Engine
from deltarule.errors import DataError, DeltaruleError, SettingError
from deltarule.playground import frame_messages, point_messages
from deltarule.playground.catalog import catalog
from deltarule.playground.control_state import state_message
from deltarule.playground.experiment import Experiment
from deltarule.playground.exporting import exported
from deltarule.playground.input_plane import InputPlane, plane_for
from deltarule.playground.loss_landscape import LandscapeJob
from deltarule.playground.messages import Message, message
from deltarule.playground.prepared_data import PreparedData, prepare_data
from deltarule.playground.table_sources import (
    MAX_UPLOAD_BYTES,
    TableSource,
    column_list,
    uploaded_table,
)
from deltarule.playground.training_run import TrainingRun
from deltarule.playground.url_fragment import from_fragment

Array = NDArray[Any]
PROTOCOL = 1
MAX_EXPERIMENT_BYTES = 1 << 20  # bytes of an experiment file


class Workspace:
    """One experiment and the tables it may be about; one thread at a time may use it.

    `source`: the table to begin with. `on_progress` is called from other threads too, by what takes
    longer.
    """

    def __init__(
        self,
        engine: Engine,
        source: TableSource | None = None,
        experiment: Experiment | None = None,
    ) -> None:
        self._engine = engine
        self._sources = {} if source is None else {source.name: source}
        self._home = source
        self.on_progress: Callable[[Message], None] = lambda _: None
        self._landscape: LandscapeJob | None = None
        self._edit: dict[str, Any] | None = None
        self._generation = 0
        self._sample: int | None = None  # a row of the data
        self.changed = False
        self.points_are_new = False
        chosen = experiment or (Experiment() if source is None else source.experiment)
        prepared = self._prepared(chosen)
        self._put(prepared, self._run(chosen, prepared), plane_for(prepared, chosen.view, None))

    def close(self) -> None:
        """Stop what still works in the background."""
        if self._landscape is not None:
            self._landscape.cancel()

    def hello(self, session: object) -> Message:
        """Return the greeting: what there is to choose from."""
        from deltarule._common.version import __version__

        return message(
            "hello", protocol=PROTOCOL, session=session, version=__version__,
            engine=self._engine.name, frozen=False, recording=0, upload_limit=MAX_UPLOAD_BYTES,
            catalog=catalog(),
        )  # fmt: skip

    def state(self, **content: Any) -> Message:
        """Return the state."""
        return state_message(
            self.run, self.plane, self._sample, self._index(),
            generation=self._generation, edit=self._edit, **content,
        )  # fmt: skip

    def points(self) -> Message:
        """Return the points and the pictures of the inputs."""
        self.points_are_new = False
        return point_messages.points_message(
            self.run.prepared, self.plane, self.shown, self._generation
        )

    def frame(self, **content: Any) -> Message:
        """Return the frame of this moment."""
        return frame_messages.frame(
            self.run.now, self._engine, self.plane, self.shown, self._sample,
            generation=self._generation, **content,
        )  # fmt: skip

    def past_frame(self, epoch: int, point: Array, **content: Any) -> Message:
        """Return the frame of an earlier epoch, of which the flat parameters are known."""
        return frame_messages.frame(
            self.run.past(epoch, point), self._engine, self.plane, self.shown, self._sample,
            generation=self._generation, **content,
        )  # fmt: skip

    def advance(self, what: str) -> None:
        """Make one "step" or one "epoch"; the rest of one that was begun counts as an epoch."""
        if what == "step":
            self.run.one_update()
        else:
            self.run.train(1)

    def open_fragment(self, fragment: object) -> str | None:
        """Show the experiment of an address; return a sentence if that is not possible."""
        if not isinstance(fragment, str) or not fragment.strip("#"):
            return None
        try:
            self._set(from_fragment(fragment))
        except DeltaruleError as error:
            return str(error)
        return None

    @staticmethod
    def checked_speed(value: object) -> float | None:
        """Return epochs a second, None for as fast as it goes."""
        if value is None:
            return None
        return checks.number("epochs_per_second", value, above=0, at_most=1e6)

    def answer(self, request: Message) -> list[Message]:
        """Do what a page requests; `changed` tells whether the state is another one. Returns answers."""
        self.changed = True
        content = request.content
        match request.type:
            case "set":
                self._set(Experiment.from_json(content.get("experiment")))
                self._edit = {"client": content.get("client"), "number": content.get("edit")}
            case "learning_rate":
                rate = checks.number("learning_rate", content.get("value"), above=0)
                training = dataclasses.replace(self.run.experiment.training, learning_rate=rate)
                self._set(dataclasses.replace(self.run.experiment, training=training))
            case "weight":
                self._set_weight(content)
            case "sample":
                self._choose(content.get("index"))
            case "landscape":
                self.changed = False
                self._begin_landscape(content)
            case "landscape_cancel":
                self.changed = False
                self.close()
            case "export":
                self.changed = False
                return [exported(str(content.get("what")), self)]
            case "open":
                self._set(_experiment_of(request.body))
            case "upload":
                return [self._take(uploaded_table(content.get("name"), request.body))]
            case _:
                raise SettingError(
                    f"The page asks for the unknown {request.type[:40]!r}: reload it."
                )
        return []

    @property
    def source(self) -> TableSource | None:
        """The table that the experiment is on; None for toys."""
        data = self.run.experiment.data
        return self._sources.get(data.name) if data.source == "table" else None

    def _take(self, source: TableSource) -> Message:
        prepared = prepare_data(source.experiment.data, source.table)
        self._sources = {
            **({} if self._home is None else {self._home.name: self._home}),
            source.name: source,
        }
        self._set(source.experiment)
        return message(
            "table", name=source.name, rows=source.table.rows, columns=column_list(source.table),
            target=source.experiment.data.target, notes=list(prepared.notes),
        )  # fmt: skip

    def _prepared(self, experiment: Experiment) -> PreparedData:
        data = experiment.data
        source = self._sources.get(data.name) if data.source == "table" else None
        if source is None:
            return prepare_data(data)
        return prepare_data(data, source.table, plain=source.plain)

    def _run(self, experiment: Experiment, prepared: PreparedData) -> TrainingRun:
        source = self._sources.get(experiment.data.name)
        start = None
        if source is not None and experiment.data.source == "table":
            same = (experiment.network, experiment.data.features, experiment.data.target) == (
                source.experiment.network,
                source.experiment.data.features,
                source.experiment.data.target,
            )
            start = source.start if same else None
        return TrainingRun(experiment, prepared, self._engine, start)

    def _set(self, new: Experiment) -> None:
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
        self.points_are_new = True

    def _index(self) -> int | None:
        if self._sample is None:
            return None
        place = int(np.searchsorted(self.shown, self._sample))
        return place if place < len(self.shown) and self.shown[place] == self._sample else None

    def _choose(self, index: object) -> None:
        if index is None:
            self._sample = None
        else:
            place = checks.integer("sample", index, at_least=0, at_most=len(self.shown) - 1)
            self._sample = int(self.shown[place])
        experiment = self.run.experiment
        if experiment.view.others == "sample":
            plane = plane_for(self.run.prepared, experiment.view, self._sample)
            self._put(self.run.prepared, self.run, plane, self._sample)

    def _set_weight(self, content: dict[str, Any]) -> None:
        source = content.get("from")
        value = content.get("value")
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise SettingError("A weight must be a number: type one like 0.5.")
        self.run.set_weight(
            checks.integer("layer", content.get("layer")),
            None if source is None else checks.integer("from", source, at_least=0),
            checks.integer("to", content.get("to"), at_least=0),
            float(value),
        )

    def _begin_landscape(self, content: dict[str, Any]) -> None:
        steps = checks.integer("steps", content.get("steps", 31), at_least=11, at_most=61)
        with_path = checks.flag("path", content.get("path", True))
        self.close()
        self._landscape = LandscapeJob(self.run, steps, with_path, self._generation, self._progress)

    def _progress(self, told: Message) -> None:
        self.on_progress(told)


def _same_run(old: Experiment, new: Experiment) -> bool:
    """Whether only what can change while it runs differs in how they are trained."""
    live = dataclasses.replace(
        new.training, learning_rate=old.training.learning_rate, epochs=old.training.epochs
    )
    return live == old.training


def _experiment_of(body: bytes | None) -> Experiment:
    try:
        if not body or len(body) > MAX_EXPERIMENT_BYTES:
            raise ValueError
        return Experiment.from_json(json.loads(body))
    except (ValueError, RecursionError) as error:
        if isinstance(error, SettingError):
            raise
        raise DataError(
            "The file is not an experiment of the playground: choose one that it saved (.json)."
        ) from None
