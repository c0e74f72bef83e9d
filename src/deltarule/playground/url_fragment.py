"""The short form of an experiment, after the # of an address.

    data=spirals&layers=8tanh,8relu:dropout=0.2&rate=0.03

Only what differs from the defaults of its dataset is written: an empty fragment is the default
experiment, and `data=spirals` the one that spirals start with. With a lesson, only what differs from it
is written: `lesson=xor` is its experiment, `lesson=xor&seed=3` the same with another seed.
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
)
from deltarule.playground.presets import PRESETS_BY_NAME

MAX_FRAGMENT_LENGTH = 8000
_LAYER = re.compile(r"(\d{1,4})([a-z_]+)((?::[a-z0-9]+=[-+.e0-9]+)*)")
_NO_LAYERS = "none"
_DEFAULT_FEATURES = [""]
"""Written where a lesson has features and an experiment of it has none."""


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
    lesson, data = experiment.view.lesson, experiment.data
    base = _base(lesson, data.source, data.name)
    pairs = [] if lesson is None else [("lesson", lesson)]
    pairs += _changes(experiment, base)
    if data.features != base.data.features:
        pairs += [("feature", name) for name in data.features or _DEFAULT_FEATURES]
    if experiment.network.layers != base.network.layers:
        layers = ",".join(_layer_text(layer) for layer in experiment.network.layers)
        pairs.append(("layers", layers or _NO_LAYERS))
    return urlencode(pairs, safe=":,=")


def _changes(experiment: Experiment, base: Experiment) -> list[tuple[str, str]]:
    """Return the key and the text of each setting that differs, without features and layers."""
    default, parts = _parts(base), _parts(experiment)
    return [
        (key, _written(getattr(parts[part], name)))
        for key, (part, name, _) in _KEYS.items()
        if getattr(parts[part], name) != getattr(default[part], name)
    ]


def from_fragment(text: str) -> Experiment:
    """Return the experiment of a short form; raise `SettingError` for anything that cannot be read."""
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
    base = _base(
        found["view"].get("lesson"),
        found["data"].get("source", "toy"),
        found["data"].get("name", DataChoice().name),
    )
    if features:
        found["data"]["features"] = () if features == _DEFAULT_FEATURES else tuple(features)
    if layers is not None:
        found["network"]["layers"] = layers
    output = replace(base.network.output, **found["output"])
    return Experiment(
        replace(base.data, **found["data"]),
        replace(base.network, output=output, **found["network"]),
        replace(base.training, **found["training"]),
        replace(base.view, **found["view"]),
    )


def _base(lesson: str | None, source: str, name: str) -> Experiment:
    """Return the experiment whose settings are not written: the lesson's, or that of the dataset.

    The data of a dataset are those of an empty fragment.
    """
    if lesson in PRESETS_BY_NAME:
        return PRESETS_BY_NAME[lesson].experiment
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
