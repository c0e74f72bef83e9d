r"""
Loss landscapes
===============

A network of :math:`P` parameters has its loss over :math:`P` dimensions. A slice along two
directions can be drawn:

.. math:: f(a, b) = J(\theta + a\, \delta + b\, \eta)

Random directions must be scaled filter by filter, :math:`\delta_i \leftarrow \delta_i \lVert
\theta_i \rVert / \lVert \delta_i \rVert`, or the picture shows the scale of the weights instead
of the shape of the loss (Li et al. 2017).
"""

# sphinx_gallery_thumbnail_number = 2
from pathlib import Path

import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import insight, plots

# %%
# A network that has learned two rings, and its path.

X, y = insight.make_circles(n_samples=200)
network = dr.Network([dr.Dense(8, "tanh"), dr.Dense(8, "tanh"), dr.Dense(1, "sigmoid")])
path = insight.training_trajectory(
    network, X, y, epochs=60, optimizer=dr.optimizers.Adam(0.02), seed=2
)
print(f"{path.network.parameter_count} parameters, {path.explanation}")

# %%
# Random directions
# -----------------
# Contours and surface around the trained network. The grid's rows are measured on several
# threads; `progress` hears how far it is.

told = []
surface = insight.loss_surface(
    path.trained, X, y, grid_resolution=37, progress=lambda done, total: told.append(done / total)
)
print(
    f"{len(told)} messages, the last at {told[-1]:.0%}; lowest loss seen {surface.losses.min():.3f}"
)
plots.loss_contours(surface)

# %%

plots.loss_surface(surface)

# %%
# The path of training
# --------------------
# Seen in random directions a path hardly moves. On its own two principal directions it does; the
# percentages say how much of it the plane holds.

plots.loss_contours(insight.loss_surface(path.trained, X, y, trajectory=path, grid_resolution=37))

# %%
# Of a table
# ----------
# The model of a table turns its rows into what the network takes; the surface is that of the loss
# over them. Iris, with two hidden layers:

folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()
result = dr.train(folder / "iris.csv", target="species", hidden=(8, 8), dropout=0.0, seed=1)
model, table = result.model, result.table
rows, answers = model.encoder.transform(table), model.target.encode(table["species"])
plots.loss_contours(insight.loss_surface(model.network, rows, answers, grid_resolution=37, seed=5))
plt.show()
