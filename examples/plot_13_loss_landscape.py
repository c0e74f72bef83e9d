r"""
Loss landscapes
===============

The loss of a network is a function of all its parameters. It can be drawn along two directions:

.. math:: f(a, b) = J(\theta + a\, \delta + b\, \eta)

Random directions must be normalized filter by filter, :math:`\delta_i \leftarrow \delta_i \lVert
\theta_i \rVert / \lVert \delta_i \rVert`; otherwise the plot reflects the scale of the weights
rather than the shape of the loss (Li et al. 2017).
"""

# sphinx_gallery_thumbnail_number = 2
from pathlib import Path

import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import insight, plots

# %%
# A trained network and the trajectory of its parameters.

X, y = insight.make_circles(n_samples=200)
network = dr.Network(
    [dr.Dense(8, "tanh"), dr.Dense(8, "tanh"), dr.Dense(1, "sigmoid")]
)
path = insight.training_trajectory(
    network, X, y, epochs=60, optimizer=dr.optimizers.Adam(0.02), seed=2
)
print(f"{path.network.parameter_count} parameters, {path.explanation}")

# %%
# Random directions
# -----------------
# The loss around the trained network as contours and as a surface. The grid is computed in several
# threads; `progress` receives the number of points done.

fractions = []
surface = insight.loss_surface(
    path.trained,
    X,
    y,
    grid_resolution=37,
    progress=lambda done, total: fractions.append(done / total),
)
print(
    f"{len(fractions)} progress calls, "
    f"minimum of the loss {surface.losses.min():.3f}"
)
plots.loss_contours(surface)

# %%

plots.loss_surface(surface)

# %%
# The training trajectory
# -----------------------
# In random directions a trajectory hardly moves. Its two principal directions show it best; the
# percentages are the explained variance.

plots.loss_contours(
    insight.loss_surface(path.trained, X, y, trajectory=path, grid_resolution=37)
)

# %%
# A model of a table
# ------------------
# The encoder of the model converts rows to network inputs. This is the loss surface of the first of the
# networks of a model of iris, with two hidden layers:

folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()
result = dr.train(
    folder / "iris.csv", target="species", hidden=(8, 8), dropout=0.0, seed=1
)
model, table = result.model, result.table
rows, answers = (
    model.encoder.transform(table),
    model.target.encode(table["species"]),
)
plots.loss_contours(
    insight.loss_surface(model.network, rows, answers, grid_resolution=37, seed=5)
)
plt.show()
