"""Cards of Keras models and of the history that `fit` returns."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule._common.formatting import counted, format_number
from deltarule.keras.callbacks import History
from deltarule.keras.models import Model
from deltarule.notebook.card import Card, Picture
from deltarule.notebook.dispatch import card_of
from deltarule.notebook.network_cards import chain_picture, history_of, network_picture
from deltarule.report.content import DataTable
from deltarule.report.learning_curves import loss_chart, score_chart

MAX_CHARTS = 3
MAX_EPOCHS = 9
_DRAWN_PARAMETERS = 200_000


@card_of.register
def keras_model_card(model: Model) -> Card:
    """Return the card of a model: its layers, and its curves once it is trained."""
    layers = model.all_layers
    rows = [
        [
            layer.name,
            type(layer).__name__,
            "?" if layer.output_shape is None else str(layer.output_shape),
            f"{layer.count_params():,}" if layer.built else "0 (unbuilt)",
        ]
        for layer in layers
    ]
    pictures = _charts(model.history) if isinstance(model.history, History) else []
    is_small = model.built and model.count_params() <= _DRAWN_PARAMETERS
    if (
        not pictures
        and is_small
        and not any(layer.arrays and type(layer).__name__ == "Normalization" for layer in layers)
    ):
        pictures = [network_picture(model.to_trained_network())]
    elif not pictures:
        pictures = [chain_picture([(row[0], row[1], _size(row)) for row in rows])]
    return Card(
        type(model).__name__,
        f"Model {model.name!r}: {counted(len(model.layers), 'layer')}, {_parameters(model)}.",
        pictures,
        [DataTable("Layers", ["Layer", "Type", "Output shape", "Parameters"], rows)],
        "model.summary() prints the layers.",
    )


@card_of.register
def keras_history_card(history: History) -> Card:
    """Return the card of the losses and metrics by epoch."""
    names = [*history.history]
    last = len(history.epoch) - 1
    picks = np.unique(np.linspace(0, max(last, 0), min(last + 1, MAX_EPOCHS)).astype(int)).tolist()
    rows = [
        [f"{history.epoch[i]}", *(_value(history.history[name], i) for name in names)]
        for i in picks
    ]
    caption = "Some of the epochs" if last >= MAX_EPOCHS else "Epochs"
    tables = [DataTable(caption, ["Epoch", *names], rows)] if rows else []
    note = "history.history holds every epoch; epochs count from 0."
    return Card("History", f"{history._sentence()}.", _charts(history), tables, note)


def _charts(history: History) -> list[Picture]:
    """Return a chart of the loss and of each metric with its validation values, at most three."""
    charts = []
    for name in sorted(history.history, key=lambda name: name != "loss"):
        values = _numbers(history.history[name])
        if name.startswith("val_") or name == "learning_rate" or values is None:
            continue
        others = _numbers(history.history.get(f"val_{name}", []))
        kind = "loss" if name == "loss" else "score"
        known = {f"training_{kind}": values}
        if others is not None and len(others) == len(values):
            known[f"validation_{kind}"] = others
        curves = history_of(known)
        label = name.replace("_", " ").capitalize()
        charts.append(loss_chart(curves, 0) if name == "loss" else score_chart(curves, 0, label))
    return [Picture(chart) for chart in charts[:MAX_CHARTS] if chart is not None]


def _numbers(values: Any) -> Any:
    """Return one number per epoch, or None for a metric with several values."""
    numbers = np.asarray(values, np.float64) if len(values) else np.empty(0)
    return numbers if numbers.ndim == 1 and len(numbers) else None


def _value(values: Any, epoch: int) -> str:
    if epoch >= len(values):
        return "–"
    value = np.asarray(values[epoch], np.float64)
    return format_number(float(value), 4) if value.ndim == 0 else f"{value.size} values"


def _parameters(model: Model) -> str:
    if not model.built:
        return "not built yet: its input shape is that of the data"
    return counted(model.count_params(), "parameter")


def _size(row: list[str]) -> str:
    return "" if row[3].startswith("0") else f"{row[3]} parameters"
