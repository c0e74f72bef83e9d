"""Cards of the forward and backward pass of samples."""

from __future__ import annotations

import numpy as np

from deltarule._common.formatting import format_number
from deltarule.data import Column
from deltarule.drawing import network_layout, network_svg
from deltarule.insight import LayerActivations, LayerTrace, Trace
from deltarule.notebook.card import NATURAL, Card, Picture
from deltarule.notebook.dispatch import card_of
from deltarule.notebook.histograms import histogram
from deltarule.notebook.network_cards import MAX_DRAWN_BLOCKS
from deltarule.parameters import Parameters
from deltarule.report.content import DataTable

MAX_DRAWN = 6
_HEADER = ["Layer", "Unit", "z", "x = g(z)", "g′(z)", "δ", "Formula of δ"]


@card_of.register
def trace_card(trace: Trace) -> Card:
    """Return the card of one sample: the drawing with its values, and a row for each unit."""
    pictures = []
    if len(trace.layers) <= MAX_DRAWN_BLOCKS:
        parameters = Parameters(
            tuple(layer.weights for layer in trace.layers),
            tuple(layer.biases for layer in trace.layers),
        )
        values = [trace.sample, *(layer.x for layer in trace.layers)]
        layout = network_layout(
            trace.network, parameters, values=values, max_at_edges=MAX_DRAWN, max_hidden=MAX_DRAWN
        )
        pictures = [Picture(network_svg(layout), NATURAL)]
    rows = [row for layer in trace.layers for row in _units(layer)]
    return Card(
        "Trace",
        f"x⁽⁰⁾ = {_numbers(trace.sample)}, y = {_numbers(trace.target)}, "
        f"ŷ = {_numbers(trace.prediction)}, {trace.loss_name} J = {trace.loss:.6g}.",
        pictures,
        [DataTable("Forward and backward pass", _HEADER, rows)],
        "print(trace) shows every number with its formula.",
    )


@card_of.register
def layer_trace_card(layer: LayerTrace) -> Card:
    """Return the card of one layer of a sample."""
    table = DataTable("Units", _HEADER, _units(layer))
    return Card("LayerTrace", f"{layer._sentence()}.", tables=[table])


@card_of.register
def layer_activations_card(layer: LayerActivations) -> Card:
    """Return the card of the outputs of one layer for several rows."""
    shapes = {
        "inputs": layer.inputs.shape,
        "weights": layer.weights.shape,
        "pre-activations": layer.pre_activations.shape,
        "outputs": layer.outputs.shape,
    }
    rows = [[name, " × ".join(f"{n:,}" for n in shape)] for name, shape in shapes.items()]
    outputs = np.asarray(layer.outputs.ravel(), np.float64)
    pictures = histogram(Column("outputs", "number", outputs), 0)
    table = DataTable("Arrays", ["Array", "Shape"], rows)
    note = "The histogram shows the outputs."
    return Card("LayerActivations", f"{layer._sentence()}.", pictures, [table], note)


def _units(layer: LayerTrace) -> list[list[str]]:
    rows = []
    for j in range(min(len(layer.z), 50)):
        slope = "" if layer.slope is None else _number(layer.slope[j])
        rows.append(
            [
                layer.name if j == 0 else "", f"{j + 1}", _number(layer.z[j]), _number(layer.x[j]),
                slope, _number(layer.delta[j]), layer.delta_formula if j == 0 else "",
            ]
        )  # fmt: skip
    return rows


def _number(value: float) -> str:
    return format_number(float(value), 5)


def _numbers(values: np.ndarray) -> str:
    shown = ", ".join(_number(value) for value in values[:6].tolist())
    return f"({shown}{', …' if len(values) > 6 else ''})"
