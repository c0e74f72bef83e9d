"""Networks as Matplotlib figures: units as circles, weights as lines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch
from numpy.typing import ArrayLike, NDArray

from deltarule._common.formatting import true_minus
from deltarule._common.palette import ACTIVATION_LEVELS
from deltarule.drawing import (
    Column,
    NetworkLayout,
    activation_level,
    network_layout,
    number_meaning,
    unsigned_meaning,
)
from deltarule.drawing.svg import truncate
from deltarule.insight import LogicNetwork, layer_outputs
from deltarule.plots import style
from deltarule.table_model import TableModel, TableResult
from deltarule.training import TrainedNetwork, TrainingResult
from deltarule.training.trained_network import as_trained

Array = NDArray[Any]
STEP, RADIUS, BLOCK_WIDTH = 3.2, 0.36, 1.9  # in rows
ROW_INCHES, MIN_INCHES = 0.7, 4.6
MAX_NAME = 24  # characters of a name
MAX_NUMBERS = 24  # weights that are written by default


def network(
    trained: TrainedNetwork | TrainingResult | LogicNetwork | TableModel | TableResult,
    sample: ArrayLike | Mapping[str, object] | None = None,
    *,
    feature_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    unit_names: Sequence[Sequence[str]] | None = None,
    dropout_masks: Sequence[Array] | None = None,
    numbers: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a trained network with Matplotlib.

    Positive weights are blue, negative weights dashed orange. A gray line stands for several weights:
    those of all features that a column is embedded as, or of members that differ in sign. Large layers
    show only the units with the largest weights. A normalization is named below the layer before it,
    whose numbers are those before the normalization.

    Parameters
    ----------
    trained : TrainedNetwork, TrainingResult, LogicNetwork, TableModel or TableResult
        The network. Of a model of a table the first network is drawn.
    sample : array-like of shape (n_inputs,) or mapping, optional
        Inputs of one sample; for a model of a table also its raw values by the names of the columns. If
        given, units show their activations and are filled by their level (high, medium, none).
    feature_names : sequence of str, optional
        Names of the inputs. By default x₁, x₂, …, or the columns of the table.
    output_names : sequence of str, optional
        Names of the outputs. By default y₁, y₂, …, or the classes or the target of the table.
    unit_names : sequence of sequence of str, optional
        For each layer, the labels below its units, such as `LogicNetwork.unit_formulas`.
    dropout_masks : sequence of ndarray of shape (n_inputs,), optional
        For each layer, which of its inputs dropout keeps; the others are crossed out.
    numbers : bool, optional
        Write weights and biases. By default if there are at most 24 weights.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    Raises
    ------
    ShapeError
        If the sample or the names do not match the network.

    See Also
    --------
    deltarule.insight.draw_network : Draw a network as SVG.
    deltarule.insight.dropout_masks : Compute dropout masks.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import plots
    >>> xor = dr.compile_formula("a ^ b")
    >>> ax = plots.network(xor, feature_names=xor.names, unit_names=xor.unit_formulas)
    >>> len(ax.patches)  # two inputs, two hidden units, one output
    5
    """
    model = trained.model if isinstance(trained, TableResult) else trained
    networks = 1
    if isinstance(model, TableModel):
        networks = len(model.networks)
        feature_names = feature_names or model.encoder.feature_names
        output_names = output_names or model.target.output_names
        if isinstance(sample, Mapping):
            sample = model.encoder.transform(model.read(dict(sample)))[0]
        model = model.network
    drawn = as_trained(model, "plots.network")
    values = None
    if sample is not None:
        row = np.asarray(sample, np.float64)[None]
        values = [row[0], *(outputs[0] for outputs in layer_outputs(drawn, row))]
    layout = network_layout(
        drawn.network, drawn.parameters, feature_names, output_names, values, networks=networks
    )
    if numbers is None:
        count = sum(int(np.count_nonzero(links.weights)) for links in layout.links)
        numbers = count <= MAX_NUMBERS and dropout_masks is None
    width = STEP * (len(layout.columns) - 1)
    spread = 1.0 if unit_names is None else 1.35  # more space for the labels
    half = spread * layout.rows / 2
    sides = (_room(layout.columns[0]), _room(layout.columns[-1]))
    if ax is None:
        ax = style.axes(
            None,
            max(ROW_INCHES * (width + sum(sides)), MIN_INCHES),
            ROW_INCHES * (2 * half + 0.85)
            + (0.6 if sample is not None else 0.35)
            + (0.35 if layout.title else 0),
        )
    masks = _masks(layout, dropout_masks)
    for i in range(len(layout.links)):
        _links(ax, layout, i, masks, numbers, spread)
    for i, column in enumerate(layout.columns):
        _units(ax, column, i, len(layout.columns), masks[i], numbers, unit_names, spread)
    ax.set(xlim=(-sides[0], width + sides[1]), ylim=(half + 0.1, -half - 0.75), aspect="equal")
    style.bare(ax)
    if layout.title:
        ax.set_title(layout.title, fontsize=11, color=style.INK)
    _legend(ax, layout, numbers)
    return ax


def _masks(layout: NetworkLayout, kept: Sequence[Array] | None) -> list[Array]:
    masks = [np.ones(column.units, bool) for column in layout.columns]
    embeds = any(column.blocks for column in layout.columns)
    for i, keep in enumerate(kept or ()):
        if not embeds:
            masks[i] = np.asarray(keep, bool)
        elif i > 0:  # dropout of embedded features is not that of a whole column
            masks[i + 1] = np.asarray(keep, bool)
    return masks


def _links(
    ax: Axes,
    layout: NetworkLayout,
    i: int,
    masks: list[Array],
    numbers: bool,
    spread: float,
) -> None:
    """Draw the weights between two columns, small ones first, so that large ones are on top."""
    before, after = layout.columns[i], layout.columns[i + 1]
    chosen = np.ix_(before.shown, after.shown)
    part, signed = (
        layout.links[i].weights[chosen].astype(np.float64),
        layout.links[i].signed[chosen],
    )
    largest = float(np.abs(part).max()) or 1.0
    written: list[tuple[Array, float, str]] = []
    for place in np.argsort(np.abs(part), axis=None, kind="stable").tolist():
        j, k = divmod(place, part.shape[1])
        value, share = part[j, k], abs(float(part[j, k])) / largest
        if value == 0:
            continue
        if after.blocks:
            share = 0.25
        color = _color(float(value), bool(signed[j, k]))
        whole = masks[i][before.shown[j]] and masks[i + 1][after.shown[k]]
        start = i * STEP + (BLOCK_WIDTH / 2 if before.blocks else 0)
        ends = np.array([[start, before.positions[j]], [(i + 1) * STEP, after.positions[k]]])
        ends[:, 1] *= spread
        ax.plot(
            ends[:, 0], ends[:, 1], color=color, zorder=1,
            linewidth=0.5 + 2.8 * share, alpha=(0.25 + 0.7 * share) if whole else 0.05,
            linestyle=(0, (5, 1.2)) if color == style.NEGATIVE else "-",
        )  # fmt: skip
        if numbers and not after.blocks:
            written.append((ends, float(value), color))
    taken: list[tuple[float, float]] = []
    for ends, value, color in reversed(written):  # large weights are placed first
        _number(ax, ends, value, color, taken)


def _color(value: float, signed: bool) -> str:
    if not signed:
        return style.SOFT
    return style.POSITIVE if value > 0 else style.NEGATIVE


_SHARES = (
    0.34,
    0.27,
    0.42,
    0.58,
    0.66,
    0.5,
    0.73,
    0.2,
    0.8,
)  # positions along a line
_WIDE, _HIGH = 0.8, 0.32  # size of a number, in rows


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the area that the boxes of two numbers share."""
    across = _WIDE - abs(one[0] - other[0])
    down = _HIGH - abs(one[1] - other[1])
    return across * down if across > 0 and down > 0 else 0.0


def _number(
    ax: Axes, ends: Array, value: float, color: str, taken: list[tuple[float, float]]
) -> None:
    """Write a weight on its line, where it overlaps least with the numbers at `taken`."""
    places = [tuple(ends[0] + share * (ends[1] - ends[0])) for share in _SHARES]
    x, y = min(places, key=lambda at: sum(_overlap(at, other) for other in taken))
    taken.append((x, y))
    ax.text(
        x, y, style.signed_text(value), fontsize=8.5, ha="center", va="center", zorder=4,
        color=color,
        bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none"},
    )  # fmt: skip


def _units(
    ax: Axes,
    column: Column,
    place: int,
    columns: int,
    kept: Array,
    numbers: bool,
    unit_names: Sequence[Sequence[str]] | None,
    spread: float,
) -> None:
    x, last = place * STEP, place == columns - 1
    top = spread * column.positions[0] - (0.67 if column.after else 0.55)
    ax.text(x, top - 0.28, column.name, ha="center", va="bottom", fontsize=10.5, color=style.INK)
    ax.text(
        x, top, column.subtitle, ha="center", va="bottom", fontsize=8.5, color=style.SOFT, zorder=6,
        bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"},
    )  # fmt: skip
    if column.after:
        ax.text(
            x,
            top + 0.02,
            column.after,
            ha="center",
            va="top",
            fontsize=8.5,
            color=style.SOFT,
            zorder=6,
        )
    for unit, y in zip(column.shown.tolist(), (spread * column.positions).tolist(), strict=False):
        if column.blocks:
            _block(ax, column.blocks[unit], x, y)
            continue
        _circle(ax, column, unit, x, y, bool(kept[unit]))
        name, side = column.names[unit], -1 if place == 0 else 1
        if place == 0 or last:
            ax.text(
                x + side * (RADIUS + 0.14), y, truncate(name, MAX_NAME),
                ha="right" if place == 0 else "left", va="center", fontsize=10, color=style.INK,
            )  # fmt: skip
        if unit_names is not None and place > 0:
            ax.text(
                x, y + RADIUS + 0.08, truncate(unit_names[place - 1][unit], 30), ha="center", va="top",
                fontsize=8.5, color=style.INK, zorder=6,
                bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"},
            )  # fmt: skip
        if numbers and column.biases is not None and column.values is None:
            bias = _brief(float(column.biases[unit]))
            ax.text(x, y, bias, ha="center", va="center", fontsize=8.5, zorder=5)
    if column.is_cut:
        more = f"⋮  {column.units - len(column.shown):,} more"
        ax.text(x, spread * column.positions[-1], more, ha="center", va="center", color=style.SOFT)


def _block(ax: Axes, text: str, x: float, y: float) -> None:
    """Draw a column that the network embeds as several features."""
    width, height = BLOCK_WIDTH, 2 * RADIUS
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.1",
            facecolor="white", edgecolor=style.INK, linewidth=1.3, zorder=2,
        )
    )  # fmt: skip
    ax.text(x, y, text, ha="center", va="center", fontsize=8.5, zorder=5, color=style.INK)


def _circle(ax: Axes, column: Column, unit: int, x: float, y: float, kept: bool) -> None:
    fill = ACTIVATION_LEVELS["none"]
    if column.levels is not None:
        fill = ACTIVATION_LEVELS[activation_level(float(column.levels[unit]))]
    edge = style.INK if kept else style.RULE
    ax.add_patch(Circle((x, y), RADIUS, facecolor=fill, edgecolor=edge, linewidth=1.3, zorder=2))
    if not kept:
        reach = 0.7 * RADIUS
        for slope in (1, -1):
            ax.plot(
                [x - reach, x + reach], [y - slope * reach, y + slope * reach], zorder=3,
                color=style.SOFT, linewidth=1.6,
            )  # fmt: skip
    if column.values is not None:
        dark = fill == ACTIVATION_LEVELS["high"]
        ax.text(
            x, y, _brief(float(column.values[unit])), ha="center", va="center", fontsize=8,
            zorder=5, color="white" if dark else style.INK,
        )  # fmt: skip


def _legend(ax: Axes, layout: NetworkLayout, numbers: bool) -> None:
    drawn = [(links.weights != 0, links.signed) for links in layout.links]
    handles = []
    if any(signed[shown].any() for shown, signed in drawn):
        handles += [
            Line2D([], [], color=style.POSITIVE, linewidth=2.2, label="weight > 0"),
            Line2D([], [], color=style.NEGATIVE, linewidth=2.2, linestyle="--", label="weight < 0"),
        ]
    if any((~signed[shown]).any() for shown, signed in drawn):
        name = unsigned_meaning(layout)
        handles.append(Line2D([], [], color=style.SOFT, linewidth=2.2, label=name))
    has_sample = layout.columns[-1].values is not None
    if has_sample or numbers:
        handles.append(_dot(ACTIVATION_LEVELS["none"], number_meaning(layout)))
    if has_sample:
        levels = [(name, ACTIVATION_LEVELS[name]) for name in ("medium", "high")]
        handles += [_dot(fill, f"{name} activation") for name, fill in levels]
    handles = [handle for handle in handles if handle.get_label()]
    inches = sum(0.55 + 0.075 * len(str(handle.get_label())) for handle in handles)
    rows = max(1, math.ceil(inches / float(style.owner(ax).get_size_inches()[0])))
    columns = math.ceil(len(handles) / rows)
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=columns,
        frameon=False, fontsize=9, handlelength=1.8, columnspacing=1.4,
    )  # fmt: skip


def _dot(fill: str, label: str) -> Line2D:
    return Line2D(
        [], [], marker="o", linestyle="", markersize=9, markerfacecolor=fill,
        markeredgecolor=style.INK, label=label,
    )  # fmt: skip


def _room(column: Column) -> float:
    """Return the width of the names of an outer column, in rows."""
    longest = max(len(truncate(column.names[unit], MAX_NAME)) for unit in column.shown.tolist())
    return max(1.5, 0.75 + 0.125 * longest)


def _brief(value: float) -> str:
    """Return a number that fits into a circle: at most two decimals, without trailing zeros."""
    text = f"{value:.2f}" if abs(value) < 99.5 else f"{value:.0f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else true_minus(text)
