r"""
Loss
====

The loss function measures the error of one prediction; its mean over all samples is minimized.

.. math::

   J(W) = \frac{1}{n} \sum_{i=1}^n \mathcal{L}\big(f(x^{(i)}; W),\, y^{(i)}\big)
   \qquad\text{the empirical loss}

For binary classification it is the binary cross-entropy: :math:`\mathcal{L} = -\big(y \log \hat y +
(1 - y) \log(1 - \hat y)\big)`. The minus sign is necessary, because logarithms of probabilities are
negative; some slides omit it (see :doc:`/explanation/common-slide-errors`). For regression it is the
squared error :math:`(\hat y - y)^2`.
"""

# sphinx_gallery_thumbnail_number = 3
import matplotlib.pyplot as plt
import numpy as np

import deltarule as dr
from deltarule import insight, losses, plots

# %%
# One prediction
# --------------
# The cross-entropy of a confident wrong prediction is unbounded, its squared error is at most 1.

plots.loss_functions(["binary_cross_entropy", "mean_squared_error"], target=1)

# %%
# Will I pass this class?
# -----------------------
# Lectures attended, hours spent on the project, and whether a student passed. The data is
# synthetic: the probability to pass is :math:`\sigma(0.45 \cdot \text{lectures} + 0.18 \cdot
# \text{hours} - 6.5)`.

X, y = insight.make_exam_results(n_samples=150, seed=4)
scale = X.std(axis=0)
network = dr.Network([dr.Dense(3, "tanh"), dr.Dense(1, "sigmoid")])
untrained = insight.initialize(network, inputs=2)
result = dr.fit(
    network,
    (X - X.mean(axis=0)) / scale,
    y,
    epochs=100,
    optimizer=dr.optimizers.Adam(0.02),
)

# %%
# Predictions before and after training for a student with 4 lectures and 5 hours, who failed:

student = (np.array([[4.0, 5.0]]) - X.mean(axis=0)) / scale
loss = losses.BinaryCrossEntropy()
for name, one in (("before", untrained), ("after", result.network)):
    chance = one.predict(student)
    value = loss.values(chance, np.zeros((1, 1)))[0]
    print(
        f"{name} training: probability to pass {chance[0, 0]:.2f}, loss {value:.3f}"
    )

# %%
# All students
# ------------

rows = (X - X.mean(axis=0)) / scale
predicted = result.network.predict(rows)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
plots.predicted_vs_actual(y, predicted, name="result (1: passed)", ax=left)
plots.sample_losses(
    loss.values(predicted, y[:, None].astype(predicted.dtype)),
    name="cross-entropy",
    ax=right,
)

# %%
# The decision regions: points in a region of another color are misclassified.

figure, ax = plt.subplots(figsize=(5.6, 4.2), layout="constrained")
surface = insight.output_surface(
    result.network,
    (rows[:, 0].min() - 0.2, rows[:, 0].max() + 0.2),
    (rows[:, 1].min() - 0.2, rows[:, 1].max() + 0.2),
)
plots.decision_regions(
    surface,
    rows,
    y,
    class_names=["failed", "passed"],
    column_names=("lectures, standardized", "hours, standardized"),
    ax=ax,
)

# %%
# Regression
# ----------
# With the squared error the same kind of network predicts numbers, here a grade from 0 to 100
# generated from the same data.

grade = np.clip(
    25
    + 3.2 * X[:, 0]
    + 0.7 * X[:, 1]
    + np.random.default_rng(1).normal(0, 5, len(X)),
    0,
    100,
)
regression = dr.fit(
    dr.Network([dr.Dense(8, "tanh"), dr.Dense(1)]), rows, (grade - 60) / 20,
    epochs=150,
    optimizer=dr.optimizers.Adam(0.01),
)  # fmt: skip
answer = 60 + 20 * regression.network.predict(rows)
print(f"mean squared error {np.mean((answer[:, 0] - grade) ** 2):.1f} points²")
plots.predicted_vs_actual(grade, answer, name="grade")
plt.show()
