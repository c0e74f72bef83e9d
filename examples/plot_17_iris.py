r"""
Iris from file to model
=======================

150 flowers, four measurements, three species (Anderson 1935, Fisher 1936): from the file to a network,
its scores on test rows, and its decision regions for each pair of measurements. The next page compares
the model with the plain network of a lecture.
"""

# sphinx_gallery_thumbnail_number = 3
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import deltarule as dr
from deltarule import insight, plots
from deltarule.data import read_table

# %%
# The table
# ---------
# The model averages the networks of eight folds. The scores are those of the average; the curves are
# those of the first network, whose validation rows are one fold.

folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()
result = dr.train(
    folder / "iris.csv",
    target="species",
    hidden=(8, 8),
    activation="tanh",
    epochs=300,
    seed=1,
)
print(result.model.network.network)
print(result.training.explanation)
scores = result.scores
print(
    f"{scores.rows} test rows: accuracy {scores.accuracy:.1%}, "
    f"log loss {scores.log_loss:.3f}"
)
print(scores.confusion)
plots.history(result.training)

# %%
# Several activation functions
# ----------------------------
# The same data and split with four activation functions of the hidden layers, one network for each. With
# so few validation rows the curves are noisy: their order says little.

histories = {}
for activation in ("sigmoid", "tanh", "relu", "gelu"):
    one = dr.train(
        folder / "iris.csv",
        target="species",
        hidden=(8, 8),
        activation=activation,
        folds=1,
        epochs=100,
        patience_epochs=100,
        seed=1,
    )
    histories[activation] = one.training.history
plots.histories(histories, field="validation_loss")

# %%
# Pairs of measurements
# ---------------------
# One network for each pair of measurements and its decision regions.

table = read_table(folder / "iris.csv")
measurements = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
X = np.column_stack([table[name].values for name in measurements]).astype(float)
species, y = np.unique(table["species"].texts().astype(str), return_inverse=True)
figure, axes = plt.subplots(2, 3, figsize=(11, 7), layout="constrained")
network = dr.Network(
    [dr.Dense(8, "tanh"), dr.Dense(8, "sigmoid"), dr.Dense(3, "softmax")]
)
for ax, (i, j) in zip(axes.ravel(), combinations(range(4), 2), strict=True):
    pair = X[:, [i, j]]
    mean, spread = pair.mean(axis=0), pair.std(axis=0)
    result = dr.fit(
        network,
        (pair - mean) / spread,
        y,
        epochs=150,
        optimizer=dr.optimizers.Adam(0.02),
        seed=1,
    )
    low, high = (
        (pair.min(axis=0) - 0.3 - mean) / spread,
        (pair.max(axis=0) + 0.3 - mean) / spread,
    )
    surface = insight.output_surface(
        result.network, (low[0], high[0]), (low[1], high[1])
    ).unscaled(mean, spread)
    names = (
        measurements[i].replace("_", " ") + " (cm)",
        measurements[j].replace("_", " ") + " (cm)",
    )
    plots.decision_regions(
        surface,
        pair,
        y,
        class_names=list(species),
        column_names=names,
        legend=i == 0 and j == 1,
        ax=ax,
    )
    ax.set_title(f"accuracy {result.history.training_score[-1]:.1%}", fontsize=10)
plt.show()
