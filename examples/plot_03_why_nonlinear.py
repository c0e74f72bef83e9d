r"""
Why networks need non-linear activations
========================================

Stacking layers without an activation function gains nothing: :math:`(x W_1 + b_1) W_2 + b_2 = x (W_1
W_2) + (b_1 W_2 + b_2)` is a single layer. The decision boundary of such a network is one straight
line, however deep it is.
"""

import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import insight, plots

# %%
# Two classes that no straight line separates, and the same network with :math:`g(z) = z` and with
# tanh.

X, y = insight.make_moons(n_samples=200, noise=0.15, seed=1)
figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for ax, activation in zip(axes, ("identity", "tanh"), strict=True):
    hidden = [
        dr.Dense(8, activation),
        dr.Dense(8, activation),
        dr.Dense(8, activation),
    ]
    network = dr.Network([*hidden, dr.Dense(1, "sigmoid")])
    result = dr.fit(network, X, y, epochs=150, optimizer=dr.optimizers.Adam(0.01))
    plane = insight.output_surface(result.network, (-2, 2), (-1.6, 1.6))
    plots.decision_regions(plane, X, y, ax=ax)
    accuracy = result.history.training_score[-1]
    ax.set_title(f"three hidden layers, {activation}: accuracy {accuracy:.0%}")

# %%
# The linear network is equivalent to one layer, whose weights are the product of its weight matrices: a
# single line.

chain = dr.fit(
    dr.Network([dr.Dense(8), dr.Dense(8), dr.Dense(1, "sigmoid")]), X, y, epochs=50
).network
line = insight.boundary_line(insight.collapse_layers(chain))
print("boundary of two hidden layers and an output:", line)
plt.show()
