r"""
The perceptron
==============

One unit weighs its inputs, adds a bias and bends the sum:

.. math:: \hat y = g(w_0 + x^\mathsf{T} w)

McCulloch and Pitts (1943) built it, Rosenblatt (1958) let it learn.
"""

import matplotlib.pyplot as plt

from deltarule import insight, plots

# %%
# A unit by hand
# --------------
# With :math:`w_0 = 1`, :math:`w = (3, -2)` and a sigmoid, the sample :math:`x = (-1, 2)` gives
# :math:`z = 1 - 3 - 4 = -6` and :math:`\sigma(-6) = 1 / (1 + e^6) = 0.00247`. Some slides print
# 0.0002 here: see :doc:`/common-slide-errors`.

unit = insight.perceptron(bias=1, weights=[3, -2], activation="sigmoid")
print(f"ŷ = {unit.predict([[-1, 2]])[0, 0]:.5f}")

# %%
# The line :math:`1 + 3 x_1 - 2 x_2 = 0` cuts the plane into two half-planes; the arrow is
# :math:`w`, which stands upright on the line and points to where :math:`z > 0`. The further from
# the line, the surer the unit.

plots.perceptron(unit, samples=[[-1, 2]])

# %%
# Rosenblatt's rule
# -----------------
# With sign for :math:`g` there is no slope to follow. Rosenblatt's rule needs none: where a
# sample of class :math:`y = \pm 1` is wrong, :math:`w \leftarrow w + \eta\, y\, x`. If a line
# separates the classes, the rule finds one after finitely many corrections (Novikoff 1962).

X, y = insight.make_two_clusters(n_samples=60, distance=3.2, seed=2)
run = insight.train_perceptron(X, 2 * y - 1)
print(
    f"{len(run.weights) - 1} corrections in {len(run.mistakes)} epochs, converged: {run.converged}"
)
print("the line:", insight.boundary_line(run.trained))

plane = insight.output_surface(run.trained, (-3, 3), (-3, 3))
plots.decision_regions(plane, X, y)
plt.show()
