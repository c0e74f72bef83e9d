r"""
Iris with a plain network and with the default ensemble
=======================================================

The network of the lecture has four inputs, a few hidden units and three outputs. :func:`deltarule.train`
builds something larger: it embeds each column, trains one network per fold and averages them. This page
shows both on the same rows, what they cost, and when each of them is the right choice.
"""

# sphinx_gallery_thumbnail_number = 1
from pathlib import Path
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

import deltarule as dr
from deltarule import insight, plots
from deltarule.data import read_table

# %%
# The plain network
# -----------------
# 90 flowers to train, 60 to test. The measurements are standardized, because a network trains best if its
# inputs have the same scale. This is all there is to it:

folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()
table = read_table(folder / "iris.csv")
measurements = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
flowers = np.column_stack([table[name].values for name in measurements]).astype(
    float
)
species, y = np.unique(table["species"].texts().astype(str), return_inverse=True)

ensemble = dr.train(
    folder / "iris.csv", target="species", test_fraction=0.4, seed=0
)
test = ensemble.split.test  # the same rows for both
training = np.setdiff1d(np.arange(len(y)), test)
mean, spread = flowers[training].mean(axis=0), flowers[training].std(axis=0)
X = (flowers - mean) / spread

network = dr.Network(
    [dr.Dense(4, "sigmoid", name="hidden"), dr.Dense(3, "softmax", name="output")]
)
seconds = []
for _ in range(5):  # five times the same, for the time
    began = perf_counter()
    plain = dr.fit(
        network,
        X[training],
        y[training],
        epochs=100,
        optimizer=dr.optimizers.Adam(0.02),
        seed=1,
    )
    seconds.append(perf_counter() - began)
plots.network(plain, numbers=True, feature_names=measurements, output_names=species)

# %%
# It has 35 parameters, and all of them are in the picture.

print(plain.network.network)

# %%
# The ensemble
# ------------
# One call reads the file, encodes the columns, chooses the network, trains it once per fold and scores
# the average. The picture shows the first of the networks, and only the units with the largest weights.

print(ensemble.model.network.network)
plots.network(ensemble)

# %%
# Both on the same test rows
# --------------------------
# Accuracy is the share of correct predictions. The log loss also counts how probable the true species
# was. A model is well calibrated if its confidence, the mean probability of the predicted class, is about
# its accuracy.


def row(name, probabilities, parameters, seconds):
    """Return one line of the comparison."""
    right = (probabilities.argmax(axis=1) == y[test]).mean()
    log_loss = -np.log(probabilities[np.arange(len(test)), y[test]]).mean()
    confidence = probabilities.max(axis=1).mean()
    return (
        f"{name:<10}{right:>9.1%}{log_loss:>10.3f}{confidence:>12.1%}"
        f"{parameters:>12,}"
        f"{seconds:>12.3f} s"
    )


print(
    f"{'':<10}{'accuracy':>9}{'log loss':>10}{'confidence':>12}"
    f"{'parameters':>12}{'training':>14}"
)
print(row("plain", plain.network.predict(X[test]),
          network.with_inputs(4).parameter_count,
          float(np.median(seconds))))  # fmt: skip
model = ensemble.model
size = len(model.networks) * model.network.network.parameter_count
print(
    row("ensemble", ensemble.test_prediction.probabilities, size, ensemble.seconds)
)

# %%
# The plain network is as good: the difference in accuracy is two flowers, and another split may turn it
# around. It is too cautious after 100 epochs; the confidence of the ensemble is about its accuracy, so
# that its log loss is lower. For that it needs 13,000 times the parameters and about 100 times the time.
#
# A table that needs more
# -----------------------
# 600 points on a checkerboard, with the same two models; the test rows are drawn.

source = np.random.default_rng(0)
points = source.uniform(0, 3, (600, 2))
white = (np.floor(points).sum(axis=1) % 2).astype(int)
names = ("black", "white")
columns = {"x1": points[:, 0], "x2": points[:, 1], "color": np.array(names)[white]}
board = dr.train(columns, target="color", seed=0)
test = board.split.test
training = np.setdiff1d(np.arange(600), test)
center, width = points[training].mean(axis=0), points[training].std(axis=0)
small = dr.fit(
    dr.Network([dr.Dense(4, "sigmoid"), dr.Dense(2, "softmax")]),
    (points[training] - center) / width, white[training],
    epochs=100, optimizer=dr.optimizers.Adam(0.02), seed=1,
).network  # fmt: skip

axis = np.linspace(0, 3, 121)
grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
found = {
    "plain": small.predict((grid - center) / width),
    "ensemble": board.model.predict(
        {"x1": grid[:, 0], "x2": grid[:, 1]}
    ).probabilities,
}
correct = {
    "plain": (
        small.predict((points[test] - center) / width).argmax(axis=1) == white[test]
    ).mean(),
    "ensemble": board.scores.accuracy,
}
figure, axes = plt.subplots(1, 2, figsize=(9.4, 4.4), layout="constrained")
for ax, (name, probabilities) in zip(axes, found.items(), strict=True):
    over_grid = probabilities.reshape(121, 121, 2).astype(float)
    plane = insight.OutputSurface(
        axis, axis, over_grid, np.log(over_grid + 1e-9), (0, 1)
    )
    plots.decision_regions(
        plane,
        points[test],
        white[test],
        class_names=names,
        legend=name == "plain",
        ax=ax,
    )
    ax.set_title(f"{name}: {correct[name]:.1%} of the test rows are correct")
plt.show()

# %%
# Why both exist
# --------------
# * **The plain network** is what a course is about: every number can be seen, computed by hand and
#   changed. Use :func:`deltarule.fit` to learn how networks work, and for data of which you know that a
#   small network suffices.
# * **The ensemble** is for tables about which nothing is known: skewed, with categories and missing
#   values, with patterns that four hidden units cannot represent. It costs seconds and some megabytes,
#   and needs no settings.
