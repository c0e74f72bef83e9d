r"""
The perceptron
==============

One unit computes a weighted sum of its inputs plus a bias and applies an activation function:

.. math:: \hat y = g(w_0 + x^\mathsf{T} w)

McCulloch and Pitts (1943) defined the unit, Rosenblatt (1958) a learning rule for it.
"""

import matplotlib.pyplot as plt

from deltarule import insight, plots

# %%
# A unit with given weights
# -------------------------
# With :math:`w_0 = 1`, :math:`w = (3, -2)` and a sigmoid, the sample :math:`x = (-1, 2)` gives
# :math:`z = 1 - 3 - 4 = -6` and :math:`\sigma(-6) = 1 / (1 + e^6) = 0.00247`. Some slides say
# 0.0002: see :doc:`/explanation/common-slide-errors`.

unit = insight.perceptron(bias=1, weights=[3, -2], activation="sigmoid")
print(f"ŷ = {unit.predict([[-1, 2]])[0, 0]:.5f}")

# %%
# The line :math:`1 + 3 x_1 - 2 x_2 = 0` divides the plane into two half-planes. The arrow is
# :math:`w`, which is perpendicular to the line and points to the side where :math:`z > 0`. The
# farther a point is from the line, the closer the output is to 0 or 1.

plots.perceptron(unit, samples=[[-1, 2]])

# %%
# Rosenblatt's rule
# -----------------
# The sign function has no useful gradient. Rosenblatt's rule does not need one: for a
# misclassified sample of class :math:`y = \pm 1` it sets :math:`w \leftarrow w + \eta\, y\, x`. If
# a line separates the classes, the rule finds one after finitely many corrections (Novikoff 1962).

X, y = insight.make_two_clusters(n_samples=60, distance=3.2, seed=2)
run = insight.train_perceptron(X, 2 * y - 1)
print(
    f"{run.n_corrections} corrections in {len(run.mistakes)} epochs, "
    f"converged: {run.converged}"
)
print("boundary:", insight.boundary_line(run.trained))

plane = insight.output_surface(run.trained, (-3, 3), (-3, 3))
plots.decision_regions(plane, X, y)
plt.show()
