"""Cards of what `deltarule.insight` computes about training: sweeps, comparisons, trajectories."""

from __future__ import annotations

import numpy as np

from deltarule._common.formatting import format_duration, format_number, format_percent
from deltarule.insight import (
    BatchSizeComparison,
    Directions,
    GradientComparison,
    GradientNoise,
    GradientTimings,
    LearningRateSweep,
    LogicNetwork,
    OptimizerComparison,
    PerceptronTraining,
    PrincipalComponents,
    Region,
    Trajectory,
    TruthTable,
)
from deltarule.notebook import surface_cards as surface_cards
from deltarule.notebook import trace_cards as trace_cards
from deltarule.notebook.card import Card, Picture
from deltarule.notebook.dispatch import card_of
from deltarule.notebook.line_chart import MAX_LINES, Line, line_chart
from deltarule.notebook.network_cards import network_picture
from deltarule.report.content import DataTable

MAX_COMPARED = 2000


@card_of.register
def learning_rate_sweep_card(sweep: LearningRateSweep) -> Card:
    """Return the card of a sweep of learning rates."""
    losses = sweep.final_losses
    chart = line_chart(
        [Line("", sweep.learning_rates, losses)],
        "learning rate", "final loss", logarithmic_x=True, dots=True, mark=sweep.recommended,
    )  # fmt: skip
    rows = [
        [format_number(rate, 3), format_number(loss) if np.isfinite(loss) else "diverged",
         f"{verdict} (recommended)" if rate == sweep.recommended else verdict]
        for rate, loss, verdict in zip(
            sweep.learning_rates.tolist(), losses.tolist(), sweep.verdicts, strict=True
        )
    ]  # fmt: skip
    table = DataTable("Learning rates", ["Learning rate", "Final loss", "Verdict"], rows)
    note = "The line marks the recommended learning rate."
    return Card("LearningRateSweep", f"{sweep._sentence()}.", [Picture(chart)], [table], note)


@card_of.register
def batch_size_card(compared: BatchSizeComparison) -> Card:
    """Return the card of the training with several batch sizes."""
    seconds = compared.seconds_per_epoch
    lines = [Line(f"{n:,}", one.epoch, one.training_loss) for n, one in compared.histories.items()]
    rows = [
        [f"{n:,}", f"{-(-compared.n_samples // n):,}", format_duration(seconds[n]),
         format_number(float(one.training_loss[-1]))]
        for n, one in compared.histories.items()
    ]  # fmt: skip
    header = ["Batch size", "Updates per epoch", "Time per epoch", "Final loss"]
    chart = line_chart(lines, "epoch", "training loss", whole_x=True)
    return Card(
        "BatchSizeComparison", f"{compared._sentence()}.", [Picture(chart)],
        [DataTable("Batch sizes", header, rows)], _first_lines(len(lines)),
    )  # fmt: skip


@card_of.register
def gradient_noise_card(noise: GradientNoise) -> Card:
    """Return the card of the noise of mini-batch gradients."""
    chart = line_chart(
        [Line("", noise.batch_sizes, noise.relative_errors)],
        "batch size", "relative error of the gradient", logarithmic_x=True, dots=True,
    )  # fmt: skip
    rows = [
        [f"{size:,}", format_number(error, 3), f"{format_number(float(np.median(angles)), 3)}°"]
        for size, error, angles in zip(
            noise.batch_sizes.tolist(), noise.relative_errors.tolist(), noise.angles, strict=True
        )
    ]
    table = DataTable("Batch sizes", ["Batch size", "Relative error", "Median angle"], rows)
    return Card("GradientNoise", f"{noise._sentence()}.", [Picture(chart)], [table])


@card_of.register
def gradient_comparison_card(compared: GradientComparison) -> Card:
    """Return the card of the gradient computed in three ways."""
    chosen = slice(MAX_COMPARED)
    difference = np.abs(compared.numerical - compared.backpropagation)[chosen]
    engine = np.abs(compared.engine - compared.backpropagation)[chosen]
    place = np.arange(1, len(difference) + 1)
    chart = line_chart(
        [Line("numerical", place, difference), Line("engine", place, engine)],
        "number of the parameter", "difference from backpropagation", whole_x=True,
    )  # fmt: skip
    ways = {
        "numerical": compared.numerical,
        "backpropagation": compared.backpropagation,
        "engine": compared.engine,
    }
    rows = [
        [name, format_number(float(np.linalg.norm(way)), 6),
         format_number(float(np.abs(way - compared.backpropagation).max()), 2),
         format_duration(compared.seconds[name]) if name in compared.seconds else "–"]
        for name, way in ways.items()
    ]  # fmt: skip
    header = ["Way", "Norm", "Largest difference", "Time"]
    return Card(
        "GradientComparison", f"{compared._sentence()}.", [Picture(chart)],
        [DataTable("Gradients", header, rows)],
    )  # fmt: skip


@card_of.register
def gradient_timings_card(timings: GradientTimings) -> Card:
    """Return the card of the time of a gradient by the size of the network."""
    lines = [Line(name, timings.parameters, 1000 * s) for name, s in timings.seconds.items()]
    chart = line_chart(lines, "parameters", "milliseconds", logarithmic_x=True, dots=True)
    rows = [
        [f"{count:,}", *(format_duration(float(s[i])) for s in timings.seconds.values())]
        for i, count in enumerate(timings.parameters.tolist())
    ]
    table = DataTable("Time of one gradient", ["Parameters", *timings.seconds], rows)
    return Card("GradientTimings", f"{timings._sentence()}.", [Picture(chart)], [table])


@card_of.register
def optimizer_comparison_card(compared: OptimizerComparison) -> Card:
    """Return the card of several optimizers on one function."""
    order = compared.ranking
    lines = [Line(n, np.arange(len(compared.values[n])), compared.values[n]) for n in order]
    chart = line_chart(lines, "step", "value of the function", whole_x=True)
    rows = [
        [name, format_number(float(compared.values[name][-1])),
         ", ".join(format_number(v, 3) for v in compared.paths[name][-1].tolist())]
        for name in order
    ]  # fmt: skip
    table = DataTable(
        "Optimizers, the lowest first", ["Optimizer", "Last value", "Last point"], rows
    )
    note = f"{_first_lines(len(lines))}deltarule.plots.optimizer_paths draws the paths."
    return Card("OptimizerComparison", f"{compared._sentence()}.", [Picture(chart)], [table], note)


@card_of.register
def trajectory_card(path: Trajectory) -> Card:
    """Return the card of the parameters during training."""
    measured = np.flatnonzero(np.isfinite(path.losses))
    pictures = []
    if len(measured):
        curve = Line("", measured, path.losses[measured])
        pictures = [Picture(line_chart([curve], "point", "loss", whole_x=True))]
    steps = np.linalg.norm(np.diff(path.points, axis=0), axis=1)
    away = float(np.linalg.norm(path.points[-1] - path.points[0]))
    rows = [
        ["Points", f"{len(path):,}"],
        ["Parameters", f"{path.points.shape[1]:,}"],
        ["Length of the path", format_number(float(steps.sum()))],
        ["Distance from the start", format_number(away)],
    ]
    return Card("Trajectory", f"{path._sentence()}", pictures, [DataTable("", ["", ""], rows)])


@card_of.register
def perceptron_training_card(training: PerceptronTraining) -> Card:
    """Return the card of Rosenblatt's learning rule."""
    mistakes = np.asarray(training.mistakes, np.float64)
    line = Line("", np.arange(1, len(mistakes) + 1), mistakes)
    chart = line_chart([line], "epoch", "misclassified rows", whole_x=True, dots=len(mistakes) < 40)
    rows = [["bias", format_number(float(training.biases[-1]))]]
    rows += [[f"w{i}", format_number(w)] for i, w in enumerate(training.weights[-1].tolist(), 1)]
    table = DataTable("After the last correction", ["", ""], rows)
    return Card("PerceptronTraining", f"{training._sentence()}.", [Picture(chart)], [table])


@card_of.register
def logic_network_card(logic: LogicNetwork) -> Card:
    """Return the card of a formula as a network."""
    tables = []
    if len(logic.names) <= 4:
        tables = [_truth_table(logic.truth_table())]
    return Card(
        "LogicNetwork",
        f"{logic._sentence()}.",
        [network_picture(logic.trained, logic.names, ("answer",))],
        tables,
        "All values are −1 or 1. Circles are units with their biases, lines are weights: solid above "
        "0, dashed below 0.",
    )


@card_of.register
def truth_table_card(table: TruthTable) -> Card:
    """Return the card of a truth table."""
    return Card("TruthTable", f"{table._sentence()}.", tables=[_truth_table(table)])


@card_of.register
def region_card(region: Region) -> Card:
    """Return the card of a polygon as a network."""
    closed = np.vstack([region.vertices, region.vertices[:1]])
    chart = line_chart([Line("", closed[:, 0], closed[:, 1])], "x", "y", dots=True)
    rows = [[str(line), f"{i}"] for i, line in enumerate(region.lines, 1)]
    table = DataTable("Half-planes, positive inside", ["Line", "Unit"], rows)
    return Card("Region", f"{region._sentence()}.", [Picture(chart)], [table])


@card_of.register
def principal_components_card(found: PrincipalComponents) -> Card:
    """Return the card of the principal components of a dataset."""
    shares = found.explained_variance_ratio
    place = np.arange(1, len(shares) + 1)
    chart = line_chart(
        [Line("share", place, shares), Line("sum", place, np.cumsum(shares))],
        "component", "share of the variance", whole_x=True, dots=True,
    )  # fmt: skip
    rows = [
        [f"{i}", format_percent(float(share)), format_percent(float(shares[:i].sum()))]
        for i, share in enumerate(shares, 1)
    ]
    table = DataTable("Components", ["Component", "Share", "Sum"], rows)
    return Card("PrincipalComponents", f"{found._sentence()}.", [Picture(chart)], [table])


@card_of.register
def directions_card(directions: Directions) -> Card:
    """Return the card of two directions in parameter space."""
    shares = directions.explained_variance_ratio
    shown = ["–", "–"] if shares is None else [format_percent(share) for share in shares]
    vectors = (directions.first, directions.second)
    rows = [
        [name, format_number(float(np.linalg.norm(vector))), share]
        for name, vector, share in zip(directions.names, vectors, shown, strict=True)
    ]
    table = DataTable("Directions", ["Name", "Length", "Share of the variance"], rows)
    return Card("Directions", f"{directions._sentence()}.", tables=[table])


def _first_lines(count: int) -> str:
    """Return the note on a chart without all lines, which ends with a space."""
    return f"The chart shows the first {MAX_LINES} of {count}. " if count > MAX_LINES else ""


def _truth_table(table: TruthTable) -> DataTable:
    rows = [
        [*(f"{int(v)}".replace("-", "−") for v in row), f"{int(answer)}".replace("-", "−")]
        for row, answer in zip(table.inputs[:64], table.outputs[:64], strict=True)
    ]
    return DataTable("Truth table", [*table.names, "answer"], rows)
