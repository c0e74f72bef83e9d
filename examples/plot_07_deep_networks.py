r"""
Deep networks
=============

Each layer computes :math:`z^{(l)} = x^{(l-1)} W^{(l)} + b^{(l)}` and :math:`x^{(l)} = g(z^{(l)})`.
Hidden units learn their own features. This example shows them for the digits "1" and "5".
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import deltarule as dr
from deltarule import insight, plots

# %%
# Ones and fives of 8 by 8 pixels, and four hidden units.

digits = load_digits()
chosen = np.isin(digits.target, (1, 5))
X, y = digits.data[chosen] / 16, (digits.target[chosen] == 5).astype(int)
network = dr.Network(
    [
        dr.Dense(4, "tanh", l2=2e-3, name="hidden"),
        dr.Dense(1, "sigmoid", name="five"),
    ]
)
result = dr.fit(
    network,
    X,
    y,
    epochs=80,
    optimizer=dr.optimizers.Adam(0.02),
    validation_fraction=0.25,
    seed=3,
)
print(f"validation accuracy {result.history.validation_score[-1]:.1%}")

# %%
# The numbers of one sample
# -------------------------

for layer in insight.forward_pass(result.network, X[:1]):
    print(layer)

# %%
# Weights of the hidden units
# ---------------------------
# A hidden unit has one weight per pixel, so its weights can be shown as an image.

plots.images(
    insight.weight_images(result.network, (8, 8)),
    [f"hidden unit {i + 1}" for i in range(4)],
    columns=4,
)

# %%
# Two samples of each class, and the activations of each unit for sixty samples. A unit that is blue
# for one class and orange for the other separates them. Several units learned the same feature or its
# opposite: four units are more than this problem needs.

order = np.argsort(y, kind="stable")
plots.images(
    X[order][[0, 1, -2, -1]].reshape(-1, 8, 8),
    ["1", "1", "5", "5"],
    signed=False,
    columns=4,
)

# %%

some = np.concatenate([np.flatnonzero(y == 0)[:30], np.flatnonzero(y == 1)[:30]])
hidden = insight.forward_pass(result.network, X[some])[0].outputs
plots.unit_activations(hidden, y[some], class_names=['"1"', '"5"'])
plt.show()
