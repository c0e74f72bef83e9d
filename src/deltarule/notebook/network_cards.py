"""Cards of networks and of their training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_duration, format_number
from deltarule.data import Column
from deltarule.drawing import network_layout, network_svg
from deltarule.drawing.layer_chain import layer_chain
from deltarule.history import EPOCH_RECORD, History
from deltarule.network import Network
from deltarule.network.chain import layer_rows
from deltarule.notebook.card import NATURAL, Card, Picture
from deltarule.notebook.dispatch import card_of
from deltarule.notebook.histograms import MAX_COUNTED, histogram
from deltarule.parameters import Parameters
from deltarule.report.content import DataTable
from deltarule.report.learning_curves import history_table, loss_chart, score_chart
from deltarule.training import TrainedNetwork, TrainingResult

MAX_DRAWN_BLOCKS = 6
MAX_LINKS = 150
_HISTOGRAMS = 4


@card_of.register
def network_card(network: Network) -> Card:
    """Return the card of a network before training."""
    return Card(
        "Network",
        f"{network._sentence()}.",
        [_chain_picture(network)],
        [layer_table(network)],
        "deltarule.fit(network, X, y) trains it.",
    )


@card_of.register
def trained_network_card(trained: TrainedNetwork) -> Card:
    """Return the card of a trained network."""
    return Card(
        "TrainedNetwork",
        f"{trained._sentence()}.",
        [network_picture(trained)],
        [layer_table(trained.network)],
        _reading(trained.network),
    )


@card_of.register
def training_result_card(result: TrainingResult) -> Card:
    """Return the card of what `fit` returns."""
    history, kept = result.history, result.kept_epoch
    rows = [["Epochs", f"{len(history):,}"]]
    if len(history):
        rows.append(["Kept epoch", f"{kept:,}" if kept else "none: the initial parameters"])
    if kept:
        for name in ("training_loss", "validation_loss", "training_score", "validation_score"):
            value = float(history[name][kept - 1])
            if value == value:
                rows.append([f"{name.replace('_', ' ').capitalize()}", format_number(value)])
    rows += [
        ["Parameters", f"{result.network.network.parameter_count:,}"],
        ["Time", format_duration(result.seconds)],
        ["Engine", result.engine],
    ]
    return Card(
        "TrainingResult",
        result.explanation,
        curves(history, kept),
        [DataTable("", ["", ""], rows)],
        "result.network predicts, result.history holds every epoch.",
    )


@card_of.register
def history_card(history: History) -> Card:
    """Return the card of the epochs of a training run."""
    header, rows = history_table(history, 0, "score", max_rows=9)
    table = DataTable("Some of the epochs" if len(history) > 9 else "Epochs", header, rows)
    return Card("History", f"{history._sentence()}.", curves(history), [table] if rows else [])


@card_of.register
def parameters_card(parameters: Parameters) -> Card:
    """Return the card of the learned arrays."""
    rows: list[list[str]] = []
    pictures: list[Picture] = []
    for i, weights in enumerate(parameters.weights):
        biases = parameters.biases[i]
        arrays = {"weights": weights} | ({} if biases is None else {"biases": biases})
        if parameters.others:
            arrays |= dict(parameters.others[i])
        for name, array in arrays.items():
            if not array.size:
                continue
            sample = array.ravel()[:: max(1, array.size // MAX_COUNTED)].astype(np.float64)
            mean = float(array.mean(dtype=np.float64))
            spread = [format_number(v, 3) for v in (float(array.min()), mean, float(array.max()))]
            shape = " × ".join(f"{n:,}" for n in array.shape)
            rows.append([f"{name} of layer {i + 1}", shape, *spread])
            if name == "weights" and i < _HISTOGRAMS:
                pictures += histogram(Column(rows[-1][0], "number", sample), i)
    table = DataTable("Arrays", ["Array", "Shape", "Lowest", "Mean", "Highest"], rows)
    note = "The histograms show the weights of the first layers." if pictures else ""
    return Card("Parameters", f"{parameters._sentence()}.", pictures, [table], note)


def curves(history: History, kept_epoch: int = 0, score: str = "Score") -> list[Picture]:
    """Return the charts of loss and score that there are."""
    charts = (loss_chart(history, kept_epoch), score_chart(history, kept_epoch, score))
    return [Picture(chart) for chart in charts if chart is not None] if len(history) else []


def of_first_network(networks: int) -> str:
    """Return the note on curves of the first of several networks, which ends with a space."""
    return f"The curves show the first of {networks:,} networks. " if networks > 1 else ""


def network_picture(
    trained: TrainedNetwork,
    features: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    networks: int = 1,
) -> Picture:
    """Return the drawing of units and weights, or of the layers if there are many.

    `networks` is the number of networks of the model, the first of which is drawn.
    """
    blocks = len(trained.network.blocks)
    if blocks > MAX_DRAWN_BLOCKS:
        return _chain_picture(trained.network)
    most = max(3, min(10, int((MAX_LINKS / blocks) ** 0.5)))
    layout = network_layout(
        trained.network, trained.parameters, features, outputs, max_at_edges=most, max_hidden=most,
        networks=networks,
    )  # fmt: skip
    return Picture(network_svg(layout), NATURAL)


def layer_table(network: Network) -> DataTable:
    """Return a row for each layer: name, kind, units and parameters."""
    rows = [
        [
            name,
            kind,
            "as before" if units is None else f"{units:,}",
            "?" if count is None else f"{count:,}",
        ]
        for name, kind, units, count in layer_rows(network)
    ]
    return DataTable("Layers", ["Layer", "Kind", "Units", "Parameters"], rows)


def history_of(measures: Mapping[str, NDArray[np.float64]]) -> History:
    """Return measures by epoch as a history; measures that are not given are NaN."""
    records = np.zeros(max((len(one) for one in measures.values()), default=0), EPOCH_RECORD)
    for name in EPOCH_RECORD.names or ():
        records[name] = measures.get(name, 0 if name == "epoch" else np.nan)
    records["epoch"] = np.arange(1, len(records) + 1)
    return History(records)


def chain_picture(boxes: Sequence[tuple[str, str, str]]) -> Picture:
    """Return the picture of layers as boxes of three lines: name, kind and size."""
    return Picture(layer_chain(boxes), NATURAL)


def _chain_picture(network: Network) -> Picture:
    inputs = "as in the data" if network.inputs is None else f"{network.inputs:,}"
    boxes = [("inputs", inputs, "")]
    for name, kind, units, count in layer_rows(network):
        size = kind if units is None else f"{counted(units, 'unit')}, {kind}"
        boxes.append((name, size, counted(count, "parameter") if count else ""))
    return chain_picture(boxes)


def _reading(network: Network) -> str:
    """Return what the drawing of a trained network shows."""
    if len(network.blocks) > MAX_DRAWN_BLOCKS:
        return ""
    return (
        "Circles are units, lines are weights, thick where large. Of large layers the units with the "
        "largest weights are drawn."
    )
