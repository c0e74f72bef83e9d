r"""
Deep networks
=============

Layer by layer :math:`z^{(l)} = x^{(l-1)} W^{(l)} + b^{(l)}` and :math:`x^{(l)} = g(z^{(l)})`.
What do the units in the middle look for? Nobody tells them; "1" against "5" on real digits shows
what they find.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import deltarule as dr
from deltarule import insight, plots

# %%
# Ones and fives, 8 by 8 pixels each, four hidden units.

digits = load_digits()
chosen = np.isin(digits.target, (1, 5))
X, y = digits.data[chosen] / 16, (digits.target[chosen] == 5).astype(int)
network = dr.Network(
    [dr.Dense(4, "tanh", l2=2e-3, name="hidden"), dr.Dense(1, "sigmoid", name="five")]
)
result = dr.fit(
    network, X, y, epochs=80, optimizer=dr.optimizers.Adam(0.02), validation_fraction=0.25, seed=3
)
print(f"{result.history.validation_score[-1]:.1%} of the digits not trained on are right")

# %%
# One sample, every number
# ------------------------

for layer in insight.forward_pass(result.network, X[:1]):
    print(layer)

# %%
# What the hidden units look for
# ------------------------------
# The incoming weights of a unit have a value for each pixel: an image.

plots.images(
    insight.weight_images(result.network, (8, 8)),
    [f"hidden unit {i + 1}" for i in range(4)],
    columns=4,
)

# %%
# Two samples of each class, and what each unit says to sixty. A unit that is blue for one class
# and red for the other has become a feature; several have found the same one, or its opposite:
# four units are more than this problem needs.

order = np.argsort(y, kind="stable")
plots.images(
    X[order][[0, 1, -2, -1]].reshape(-1, 8, 8), ["1", "1", "5", "5"], signed=False, columns=4
)

# %%

some = np.concatenate([np.flatnonzero(y == 0)[:30], np.flatnonzero(y == 1)[:30]])
hidden = insight.forward_pass(result.network, X[some])[0].outputs
plots.unit_activations(hidden, y[some], class_names=['"1"', '"5"'])
plt.show()
