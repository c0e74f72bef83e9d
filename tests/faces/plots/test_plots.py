"""Plots show the right numbers, in colors that color-blind viewers can distinguish."""

import io
from itertools import combinations

import numpy as np
import pytest

from deltarule import (
    BatchNormalization,
    Dense,
    Dropout,
    Network,
    compile_formula,
    fit,
    insight,
    trace,
    train,
)
from deltarule._common import palette
from deltarule.errors import DeltaruleError, SettingError, ShapeError
from deltarule.optimizers import GradientDescent
from deltarule.stopping import NoProgress

matplotlib = pytest.importorskip("matplotlib")
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.colors import to_rgb  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from deltarule import plots  # noqa: E402
from deltarule.plots import style  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::deltarule.engines.SlowEngineWarning")


def drawn(ax):
    """Render for real, so that missing glyphs and broken layouts raise warnings."""
    figure = ax if isinstance(ax, Figure) else ax.get_figure()
    figure.savefig(io.BytesIO(), dpi=40)
    return figure


# Machado, Oliveira and Fernandes (2009), table 1, severity 1: linear RGB as color-blind eyes see it.
BLINDNESS = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def lab(rgb):
    """Return CIE L*a*b* (D65) of a linear RGB color."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    t = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def linear(color):
    c = np.array(to_rgb(color))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("kind", BLINDNESS)
def test_colors_of_signs_and_classes_differ_for_color_blind_eyes(kind):
    seen = [lab(np.array(BLINDNESS[kind]) @ linear(c)) for c in palette.CLASS_COLORS[:4]]
    apart = [np.linalg.norm(a - b) for a, b in combinations(seen, 2)]
    assert min(apart) > 15  # a difference of 2.3 is just noticeable
    signs = [lab(np.array(BLINDNESS[kind]) @ linear(c)) for c in (style.POSITIVE, style.NEGATIVE)]
    assert np.linalg.norm(signs[0] - signs[1]) > 40


def test_the_boundary_of_a_step_is_drawn_as_the_exact_line():
    unit = insight.perceptron(0.37, [1.0, -2.3], "sign")
    ax = plots.decision_regions(
        insight.output_surface(unit, (-2, 2), (-1, 1), grid_resolution=40, engine="reference")
    )
    paths = [p for c in ax.collections for p in c.get_paths() if not c.get_fill()]
    points = np.concatenate([c.get_paths()[0].vertices for c in ax.collections[-1:]])
    assert len(paths) or len(points)
    assert insight.boundary_line(unit).distances(points) == pytest.approx(0, abs=1e-9)


def test_negative_weights_are_orange_and_positive_ones_blue():
    xor = compile_formula("a ^ b")
    ax = plots.network(xor.trained)
    drawn(ax)
    colors = [line.get_color() for line in ax.lines]
    assert colors.count(style.NEGATIVE) == 2
    assert colors.count(style.POSITIVE) == 4


def test_a_sample_fills_units_by_their_activation():
    unit = insight.perceptron(0.0, [4.0, 0.0], "sigmoid")
    ax = plots.network(unit, [1.0, 0.0], feature_names=["length", "width"], output_names=["yes"])
    drawn(ax)
    fills = [matplotlib.colors.to_hex(p.get_facecolor()).upper() for p in ax.patches]
    assert fills == ["#22495F", "#FFFFFF", "#22495F"]  # 1 of 1, 0 of 1, σ(4) = 0.98
    texts = {text.get_text() for text in ax.texts}
    assert {"length", "width", "yes", "0.98"} <= texts


def test_a_normalization_is_named_below_the_layer_before_it():
    layers = [Dense(3, bias=False), BatchNormalization(activation="relu"), Dense(1)]
    ax = plots.network(insight.initialize(Network(layers), inputs=2), [1.0, 2.0])
    drawn(ax)
    assert "→ batch normalization, relu" in [text.get_text() for text in ax.texts]


def test_a_masked_network_crosses_units_out():
    network = Network([Dense(4, "relu"), Dropout(0.5), Dense(1)])
    trained = insight.initialize(network, 2)
    kept = insight.dropout_masks(trained)
    ax = plots.network(trained, dropout_masks=kept)
    drawn(ax)
    crosses = [line for line in ax.lines if line.get_color() == style.SOFT]
    assert len(crosses) == 2 * int((~kept[1]).sum())


def test_large_layers_show_the_number_of_hidden_units():
    ax = plots.network(insight.initialize(Network([Dense(30), Dense(2)]), 40))
    drawn(ax)
    assert any("26 more" in text.get_text() for text in ax.texts)  # 40 inputs, 14 drawn


def test_a_wrong_number_of_names_raises_an_error():
    with pytest.raises(ShapeError, match="feature_names must have 2 names"):
        plots.network(insight.perceptron(0, [1, 2]), feature_names=["one"])


def test_a_plot_gives_a_class_the_color_of_the_report() -> None:
    unit = insight.perceptron(0.0, [1.0, 0.0])
    plane = insight.output_surface(unit, (-1, 1), (-1, 1), engine="reference")
    for classes in (2, 3):
        points = np.linspace(-1, 1, 2 * classes).reshape(classes, 2)
        ax = plots.decision_regions(plane, points, np.arange(classes))
        dots = [c for c in ax.collections if len(c.get_offsets()) == 1 and c.get_label()[0] != "_"]
        assert [matplotlib.colors.to_hex(dot.get_facecolor()[0]) for dot in dots] == [
            *palette.LIGHT.classes[:classes]
        ]


def test_a_model_of_a_table_is_drawn_as_it_is():
    """Its columns are boxes, links of several features have no sign, the ensemble is named."""
    table = {"age": np.arange(40.0), "kind": np.where(np.arange(40) % 3 == 0, "cat", "dog")}
    model = train(table, "kind", hidden=(3,), epochs=2, folds=2, engine="reference").model
    ax = plots.network(model, {"age": 3.0})
    drawn(ax)
    assert ax.get_title() == "Network 1 of 2, whose outputs are averaged"
    texts = {text.get_text() for text in ax.texts}
    features = model.network.network.blocks[0].inputs
    assert {"age", "cat", "dog", f"{features} features"} <= texts
    colors = [line.get_color() for line in ax.lines]
    assert colors.count(style.SOFT) == 1 + 3  # the column and its three sizes
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "size of several weights, no sign" in labels
    assert "number: input or activation" in labels


def test_the_legend_says_what_a_number_in_a_circle_is():
    unit = insight.perceptron(0.5, [4.0, 1.0])
    for arguments, label in (
        ({}, "number: bias"),
        ({"sample": [1, 0]}, "number: input or activation"),
    ):
        legend = plots.network(unit, **arguments).get_legend()
        assert label in [text.get_text() for text in legend.get_texts()]


def test_history_marks_the_best_epoch():
    X, y = insight.make_moons(60, noise=0.4)
    result = fit(
        Network([Dense(16, "tanh"), Dense(1, "sigmoid")]), X, y, epochs=60, seed=1,
        validation_fraction=0.3, stopping=NoProgress(5), optimizer="adam",
    )  # fmt: skip
    ax = plots.history(result)
    drawn(ax)
    if result.kept_epoch < len(result.history):
        assert any(f"epoch {result.kept_epoch}" in text.get_text() for text in ax.texts)
    drawn_losses = ax.lines[1].get_ydata()
    assert drawn_losses == pytest.approx(result.history.validation_loss)


def test_dense_layer_shows_the_product():
    ax = plots.dense_layer([[1, 2], [3, 4]], [5, 6], [0.5, -40], class_names=["a", "b"])
    drawn(ax)
    texts = [text.get_text() for text in ax.texts]
    assert "17.5" in texts  # 5 + 12 + 0.5
    assert "−1" in texts  # 15 + 24 − 40
    with pytest.raises(ShapeError, match="do not fit"):
        plots.dense_layer([[1, 2]], [1, 2, 3], [0])


def test_a_trace_shows_every_delta():
    trained = insight.initialize(Network([Dense(3, "tanh"), Dense(2, "softmax")]), 2)
    t = trace(trained, [0.5, -1.0], 1)
    ax = plots.trace(t)
    drawn(ax)
    texts = [text.get_text() for text in ax.texts]
    for layer in t.layers:
        for delta in layer.delta:
            assert f"δ = {style.signed_text(delta)}" in texts
    with pytest.raises(ShapeError, match="print it"):
        plots.trace(trace(insight.initialize(Network([Dense(9), Dense(1)]), 1), [1.0], [0.0]))


def surface():
    X, y = insight.make_two_clusters(20)
    network = Network([Dense(2, "tanh"), Dense(1, "sigmoid")])
    path = insight.training_trajectory(network, X, y, epochs=6, engine="reference")
    return insight.loss_surface(
        path.trained, X, y, trajectory=path, grid_resolution=7, engine="reference"
    )


@pytest.mark.parametrize("draw", [plots.loss_contours, plots.loss_surface])
def test_surfaces(draw):
    found = surface()
    ax = draw(found)
    drawn(ax)
    assert ax.get_xlabel() == found.directions.names[0]


def test_a_loss_with_jumps_is_not_interpolated():
    ax = plots.loss_contours(surface(), smooth=False)
    drawn(ax)
    assert type(ax.collections[0]).__name__ == "QuadMesh"


def test_optimizer_paths_list_the_best_first():
    from deltarule.optimizers import Adam

    run = insight.compare_optimizers(
        insight.ravine(), {"far": GradientDescent(1e-4), "near": Adam(0.3)}, steps=50
    )
    ax = plots.optimizer_paths(run)
    drawn(ax)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[0].startswith("1. near")


def test_tuned_optimizers_show_their_learning_rates():
    from deltarule.optimizers import Adam

    race = insight.compare_optimizers(
        insight.ravine(100), {"plain": GradientDescent(), "Adam": Adam()}, steps=60,
        learning_rates=[0.001, 0.01, 0.3],
    )  # fmt: skip
    ax = plots.optimizer_values(race)
    drawn(ax)
    assert ax.get_yscale() == "log"
    labels = [text.get_text().split(":")[0] for text in ax.get_legend().get_texts()]
    assert labels == ["1. Adam, η = 0.3", "2. plain, η = 0.01"]


def test_a_loss_that_explodes_leaves_the_axes_at_an_arrow():
    x = np.linspace(-1, 1, 8)[:, None]
    runs = {
        name: fit(
            Network([Dense(1)]),
            x,
            x[:, 0],
            optimizer=GradientDescent(rate),
            epochs=40,
            batch_size=8,
        ).history
        for name, rate in (("stable", 0.1), ("too large", 40.0))
    }
    ax = plots.histories(runs)
    drawn(ax)
    first = max(past.training_loss[0] for past in runs.values())
    assert ax.get_ylim()[1] == pytest.approx(100 * first)
    (arrow,) = [line for line in ax.lines if line.get_marker() == "^"]
    assert arrow.get_color() == ax.lines[1].get_color()
    assert [f" in epoch {len(runs['too large'])}" in text.get_text() for text in ax.texts] == [True]
    assert len(ax.lines[0].get_ydata()) == 40  # the other curve is whole


X, Y = insight.make_two_clusters(24)
RUN = fit(Network([Dense(1, "sigmoid")]), X, Y, epochs=3, engine="reference")


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.activation_functions(),
        lambda: plots.activation_functions(["relu"]),
        lambda: plots.perceptron(insight.perceptron(1, [3, -2]), [[-1, 2]]),
        lambda: plots.perceptron(insight.perceptron(1, [0, 2], "tanh")),
        lambda: plots.hyperplanes(insight.initialize(Network([Dense(3)]), 2), X, Y),
        lambda: plots.region(insight.disc_region(5)),
        lambda: plots.region(insight.disc_region(5), insight.disc_region(5).smoothed(9)),
        lambda: plots.images(np.arange(12.0).reshape(3, 2, 2) - 5, ["a", "b", "c"], columns=2),
        lambda: plots.images(np.ones((1, 2, 2)), signed=False),
        lambda: plots.unit_activations(np.linspace(-1, 1, 48).reshape(24, 2), Y, class_names=["a", "b"]),
        lambda: plots.loss_functions(),
        lambda: plots.predicted_vs_actual(Y, RUN.network.predict(X, engine="reference")),
        lambda: plots.sample_losses([0.1, 0.5, 2.0]),
        lambda: plots.histories({"one": RUN.history}, over_seconds=True),
        lambda: plots.history(RUN.history, score=True),
        lambda: plots.gradient_timings(
            insight.time_gradients((2, 3), rows=4, repeats=1, engine="reference")
        ),
        lambda: plots.gradient_noise(
            insight.gradient_noise(RUN.network, X, Y, n_draws=3, engine="reference")
        ),
        lambda: plots.batch_throughput(
            insight.compare_batch_sizes(RUN.network.network, X, Y, (4, 24), epochs=2, engine="reference")
        ),
        lambda: plots.learning_rate_sweep(
            insight.learning_rate_sweep(
                RUN.network.network, X, Y, learning_rates=(0.01, 1.0), epochs=5, engine="reference"
            )
        ),
    ],
)  # fmt: skip
def test_every_plot_renders(draw):
    made = draw()
    assert isinstance(made, Axes | Figure)
    drawn(made)


def test_matplotlib_settings_are_unchanged():
    before = dict(matplotlib.rcParams)
    plots.network(compile_formula("a & b").trained)
    assert dict(matplotlib.rcParams) == before


def test_hyperplanes_do_not_support_members() -> None:
    network = Network([Dense(2, "tanh", sharing="separate"), Dense(1)], 2, 3)
    with pytest.raises(SettingError, match=r"hyperplanes supports .* 3 members"):
        plots.hyperplanes(insight.initialize(network), [[0.0, 1.0], [1.0, 0.0]], [0, 1])


def test_invalid_arguments_raise_errors() -> None:
    xor = compile_formula("a ^ b")
    drawn(plots.network(xor))  # the network of a formula
    X, y = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 2])
    network = Network([Dense(3, "softmax")])
    result = fit(network, X, y, epochs=1)
    drawn(plots.network(result))
    plane = insight.output_surface(result.network, (0, 1), (0, 1))
    for wrong, texts in (
        (lambda: plots.network(network), "`plots.network` must be a trained network"),
        (lambda: plots.history(network), "`history.result` must be what fit returns"),
        (lambda: trace(network, X[0], 0), "`trace` must be a trained network"),
        (lambda: plots.activation_functions(["softmax"]), "softmax needs a whole row"),
        (
            lambda: plots.decision_regions(plane, X, y, class_names=["a", "b"]),
            "There are 2 class names",
        ),
        (lambda: plots.decision_regions(plane, X, ["a", "b", "c"]), "y must hold class numbers"),
        (lambda: plots.decision_regions(plane, X, y[:2]), "X has 3 rows and y has 2"),
        (lambda: fit([Dense(3)], X, y), "`network` must be a deltarule.Network"),
    ):
        with pytest.raises(DeltaruleError, match=texts):
            wrong()


def test_one_epoch_is_drawn_as_a_dot() -> None:
    X = np.arange(6.0)[:, None]
    (line,) = plots.history(fit(Network([Dense(1)]), X, X[:, 0], epochs=1)).lines
    assert line.get_marker() == "o"


def test_eleven_classes_have_distinct_markers_and_colors() -> None:
    assert (
        len({(palette.class_color(i), style.MARKERS[i % len(style.MARKERS)]) for i in range(11)})
        == 11
    )
    assert len(set(palette.CLASS_COLORS)) == len(palette.CLASS_COLORS) == 11


def test_written_weights_do_not_overlap() -> None:
    """A network of 4-4-1 has 20 weights to write: no two numbers share a place."""
    X = np.random.default_rng(0).normal(size=(20, 4))
    ax = plots.network(fit(Network([Dense(4), Dense(1)]), X, X[:, 0], epochs=1), numbers=True)
    figure = drawn(ax)
    renderer = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in ax.texts if "." in text.get_text()]
    assert len(boxes) >= 20
    shared = [one.overlaps(other) for one, other in combinations(boxes, 2)]
    assert sum(shared) <= 2
