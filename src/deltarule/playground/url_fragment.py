"""The short form of an experiment, after the # of an address.

    data=spirals&layers=8tanh,8relu:dropout=0.2&rate=0.03

Only what differs from the defaults of its dataset is written: an empty fragment is the default
experiment, `data=spirals` the one that spirals start with, and `lesson=xor` that of the lesson.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from deltarule._common.checks import did_you_mean
from deltarule.errors import SettingError
from deltarule.playground.default_experiments import STARTING_POINTS, default_experiment
from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    OutputChoice,
    ViewChoice,
)
from deltarule.playground.presets import PRESETS_BY_NAME

MAX_FRAGMENT_LENGTH = 8000
_LAYER = re.compile(r"(\d{1,4})([a-z_]+)((?::[a-z0-9]+=[-+.e0-9]+)*)")
_NO_LAYERS = "none"


def _optional_number(text: str) -> float | None:
    return None if text == "none" else float(text)


def _optional_integer(text: str) -> int | None:
    return None if text == "none" else int(text)


def _flag(text: str) -> bool:
    return {"yes": True, "no": False}[text]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


# key → (part of the experiment, field, how its text is read)
_KEYS: dict[str, tuple[str, str, Callable[[str], Any]]] = {
    "source": ("data", "source", str),
    "data": ("data", "name", str),
    "rows": ("data", "rows", int),
    "noise": ("data", "noise", float),
    "target": ("data", "target", str),
    "task": ("data", "task", str),
    "share": ("data", "validation_share", float),
    "dataseed": ("data", "seed", int),
    "points": ("data", "points", str),
    "output": ("output", "activation", str),
    "outputl1": ("output", "l1", float),
    "outputl2": ("output", "l2", float),
    "initializer": ("network", "initializer", str),
    "loss": ("training", "loss", str),
    "optimizer": ("training", "optimizer", str),
    "rate": ("training", "learning_rate", float),
    "schedule": ("training", "schedule", str),
    "batch": ("training", "batch_size", int),
    "clip": ("training", "clip_norm", _optional_number),
    "epochs": ("training", "epochs", int),
    "patience": ("training", "patience_epochs", _optional_integer),
    "seed": ("training", "seed", int),
    "view": ("view", "kind", str),
    "x": ("view", "x", str),
    "y": ("view", "y", str),
    "others": ("view", "others", str),
    "discrete": ("view", "discrete", _flag),
    "validation": ("view", "validation", _flag),
    "deltas": ("view", "deltas", _flag),
    "gradients": ("view", "gradients", _flag),
    "hiddenlayer": ("view", "hidden_layer", _flag),
    "unitx": ("view", "unit_x", _optional_integer),
    "unity": ("view", "unit_y", _optional_integer),
    "lesson": ("view", "lesson", str),
    "lecture": ("view", "lecture", _flag),
    "locked": ("view", "locked", _flag),
    "hide": ("view", "hidden", _names),
}


def to_fragment(experiment: Experiment) -> str:
    """Return the short form, without the #."""
    lesson = PRESETS_BY_NAME.get(experiment.view.lesson or "")
    if lesson is not None and experiment == replace(lesson.experiment, view=experiment.view):
        changes = _changes(experiment, lesson.experiment)
        return _joined([("lesson", lesson.name), *changes])
    base = _base(experiment.data.source, experiment.data.name)
    pairs = _changes(experiment, base)
    pairs += [("feature", name) for name in experiment.data.features]
    if experiment.network.layers != base.network.layers:
        layers = ",".join(_layer_text(layer) for layer in experiment.network.layers)
        pairs.append(("layers", layers or _NO_LAYERS))
    if lesson is not None and {_KEYS[key][0] for key, _ in pairs if key in _KEYS} == {"view"}:
        pairs.insert(0, ("data", experiment.data.name))  # the lesson alone is its own experiment
    return _joined(pairs)


def _changes(experiment: Experiment, base: Experiment) -> list[tuple[str, str]]:
    """Return the key and the text of each setting that differs, without features and layers."""
    default, parts = _parts(base), _parts(experiment)
    return [
        (key, _written(getattr(parts[part], name)))
        for key, (part, name, _) in _KEYS.items()
        if getattr(parts[part], name) != getattr(default[part], name)
    ]


def _joined(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, safe=":,=")


def from_fragment(text: str) -> Experiment:
    """Return the experiment of a short form; raise `SettingError` for anything that cannot be read.

    With the name of a lesson, and nothing else but what is shown, it is the experiment of the lesson.
    """
    if len(text) > MAX_FRAGMENT_LENGTH:
        raise SettingError.message(
            "The address is longer than any experiment: open it without the part after #."
        )
    found: dict[str, dict[str, Any]] = {part: {} for part in _parts(Experiment())}
    features: list[str] = []
    layers: tuple[LayerChoice, ...] | None = None
    for key, value in parse_qsl(text.removeprefix("#"), keep_blank_values=True):
        if key == "feature":
            features.append(value)
        elif key == "layers":
            layers = _layers(value)
        elif key in _KEYS:
            part, name, read = _KEYS[key]
            try:
                found[part][name] = read(value)
            except (ValueError, KeyError):
                raise SettingError.message(
                    f"The address has {key}={value[:40]!r}, which cannot be read: correct or remove it."
                ) from None
        else:
            known = (*_KEYS, "feature", "layers")
            raise SettingError.message(
                f"The address has the unknown setting {key[:40]!r}: remove it.",
                did_you_mean(key, known),
            )
    lesson = PRESETS_BY_NAME.get(found["view"].get("lesson", ""))
    changed = {part for part, values in found.items() if values}
    if lesson is not None and layers is None and not features and changed == {"view"}:
        start = lesson.experiment
        return replace(start, view=replace(start.view, **found["view"]))
    data = DataChoice(features=tuple(features), **found["data"])
    base = _base(data.source, data.name)
    return Experiment(
        data,
        NetworkChoice(
            base.network.layers if layers is None else layers,
            OutputChoice(**found["output"]),
            **found["network"],
        ),
        replace(base.training, **found["training"]),
        ViewChoice(**found["view"]),
    )


def _base(source: str, name: str) -> Experiment:
    """Return the experiment whose settings are not written, with the data of an empty fragment."""
    if source == "toy" and name in STARTING_POINTS:
        return replace(default_experiment(name), data=DataChoice())
    return Experiment()


def _parts(experiment: Experiment) -> dict[str, Any]:
    return {
        "data": experiment.data,
        "network": experiment.network,
        "output": experiment.network.output,
        "training": experiment.training,
        "view": experiment.view,
    }


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(value)
    return "none" if value is None else str(value)


def _layer_text(layer: LayerChoice) -> str:
    extras = "".join(
        f":{name}={getattr(layer, name)!r}"
        for name in ("dropout", "l1", "l2")
        if getattr(layer, name)
    )
    return f"{layer.units}{layer.activation}{extras}"


def _layers(text: str) -> tuple[LayerChoice, ...]:
    if text == _NO_LAYERS:
        return ()
    layers = []
    for piece in text.split(","):
        match = _LAYER.fullmatch(piece)
        if match is None:
            raise SettingError.message(
                f"The address has the layer {piece[:40]!r}, which cannot be read: write "
                "units and activation, as in layers=8tanh,4relu:dropout=0.2."
            )
        units, activation, extras = match.groups()
        settings = dict(pair.split("=") for pair in extras.split(":") if pair)
        unknown = next((name for name in settings if name not in ("dropout", "l1", "l2")), None)
        if unknown is not None:
            raise SettingError.message(
                f"The address has a layer with {unknown!r}: a layer can have dropout, l1 and l2."
            )
        try:
            numbers = {name: float(value) for name, value in settings.items()}
        except ValueError:
            raise SettingError.message(
                f"The address has the layer {piece[:40]!r} with a number that cannot be read."
            ) from None
        layers.append(LayerChoice(int(units), activation, **numbers))
    return tuple(layers)
