"""Draw the pictures of the front page's doors, for light and dark pages alike.

python docs/images/front_page.py
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import deltarule as dr
from deltarule import insight, plots
from deltarule.activations import ACTIVATIONS
from deltarule.optimizers import Adam, GradientDescent, Momentum

FOLDER = Path(__file__).parent / "doors"
BLUE, ORANGE, GRAY = "#4477aa", "#ee8833", "#888888"


def play(ax: Axes) -> None:
    """Two spirals and the boundary of a network that has learned them."""
    X, y = insight.make_spirals(n_samples=300)
    network = dr.Network([dr.Dense(24, "relu"), dr.Dense(24, "relu"), dr.Dense(1, "sigmoid")])
    trained = dr.fit(network, X, y, optimizer=Adam(0.01), epochs=1500).network
    reach = 1.05 * np.abs(X).max()
    surface = insight.output_surface(trained, (-reach, reach), (-reach, reach))
    plots.decision_regions(surface, X, y, legend=False, ax=ax)
    ax.set(xlabel="", ylabel="", title="", xticks=[], yticks=[])


def course(ax: Axes) -> None:
    """Two optimizers on their way through a valley."""
    valley = insight.ravine()
    comparison = insight.compare_optimizers(
        valley, {"gradient descent": GradientDescent(0.04), "momentum": Momentum(0.02)}, steps=60
    )
    plots.optimizer_paths(comparison, ax=ax)
    if (legend := ax.get_legend()) is not None:
        legend.remove()
    for text in list(ax.texts):
        text.remove()
    ax.set_aspect("auto")
    ax.set(xlabel="", ylabel="", xticks=[], yticks=[])


def table(ax: Axes) -> None:
    """Points of a noisy curve, the prediction of a table model and its interval."""
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(0, 10, 240))
    y = np.sin(x) * (1 + 0.15 * x) + 0.35 * x + rng.normal(0, 0.15 + 0.08 * x)
    model = dr.TabularRegressor(random_state=0).fit(x[:, None], y)
    grid = np.linspace(0, 10, 200)[:, None]
    low, high = np.asarray(model.predict_interval(grid, coverage=0.9)).T
    ax.fill_between(grid[:, 0], low, high, color=BLUE, alpha=0.3, lw=0)
    ax.plot(grid, model.predict(grid), color=BLUE, lw=3)
    ax.plot(x, y, ".", color=ORANGE, ms=6, alpha=0.8)
    ax.set(xticks=[], yticks=[], xlim=(0, 10))


def reference(ax: Axes) -> None:
    """Activation functions."""
    z = np.linspace(-4, 4, 400)
    for name, color in zip(
        ("relu", "tanh", "sigmoid", "mish"), (BLUE, ORANGE, "#228833", "#aa3377"), strict=True
    ):
        ax.plot(z, ACTIVATIONS.resolve(name, "activation")(z), color=color, lw=3)
    ax.axhline(0, color=GRAY, lw=0.8)
    ax.axvline(0, color=GRAY, lw=0.8)
    ax.set(xticks=[], yticks=[], xlim=(-4, 4), ylim=(-1.3, 2.6))


def draw(name: str, picture: Callable[[Axes], None]) -> None:
    """Write a picture without a background."""
    FOLDER.mkdir(exist_ok=True)
    figure, ax = plt.subplots(figsize=(4.8, 2.7), layout="constrained")
    picture(ax)
    ax.set_title("")
    for spine in ax.spines.values():
        spine.set_visible(False)
    figure.savefig(FOLDER / f"{name}.png", dpi=150, transparent=True)
    plt.close(figure)


if __name__ == "__main__":
    for picture in (play, course, table, reference):
        draw(picture.__name__, picture)
