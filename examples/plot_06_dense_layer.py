r"""
Three views of dense layers
===========================

A dense layer computes :math:`f(x, W) = W x + b` (algebra). Each row of :math:`W` is a template that
is compared with the input (templates), and defines a hyperplane (geometry). Programs store samples
in rows and compute :math:`x W + b` with the transposed matrix; the results are the same.
"""

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import deltarule as dr
from deltarule import insight, plots

# %%
# Algebra
# -------
# Four pixels and three classes. The class with the largest score is predicted.

W = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0.0, 0.25, 0.2, -0.3]])
x = np.array([56.0, 231.0, 24.0, 2.0])
b = np.array([1.1, 3.2, -1.2])
plots.dense_layer(W, x, b, class_names=["cat", "dog", "ship"])

# %%
# Templates
# ---------
# One layer trained on the 1,797 digits of Alpaydın and Kaynak (8 by 8 pixels, from scikit-learn).
# Blue pixels are evidence for the class, orange pixels against it.

digits = load_digits()
X, y = digits.data / 16, digits.target
layer = dr.Network([dr.Dense(10, "softmax", l2=1e-3)])
result = dr.fit(
    layer,
    X,
    y,
    epochs=30,
    optimizer=dr.optimizers.Adam(0.01),
    validation_fraction=0.2,
)
print(f"validation accuracy {result.history.validation_score[-1]:.1%}")
templates = insight.weight_images(result.network, (8, 8))
plots.images(templates, [f"class {i}" for i in range(10)])

# %%
# Geometry
# --------
# With two inputs, the score of a class is 0 on a line; the arrow points to the positive side.

source = np.random.default_rng(0)
centers = np.array([[-2.0, -1.0], [2.0, -1.0], [0.0, 2.0]])
kind = np.arange(150) % 3
points = centers[kind] + 0.7 * source.normal(size=(150, 2))
plane = dr.fit(
    dr.Network([dr.Dense(3, "softmax")]),
    points,
    kind,
    epochs=150,
    optimizer=dr.optimizers.Adam(0.05),
)
plots.hyperplanes(plane.network, points, kind)
plt.show()
