r"""
Logic
=====

With 1 for true and −1 for false, units with sign are gates:

.. math::

   \mathrm{OR}  = \operatorname{sign}(x_1 + x_2 + 1.5) \qquad
   \mathrm{AND} = \operatorname{sign}(x_1 + x_2 - 1.5)

Negation is a weight of −1. Exclusive or is beyond any single unit (Minsky and Papert 1969), but
not beyond two layers.
"""

import matplotlib.pyplot as plt
import numpy as np

import deltarule as dr
from deltarule import insight, plots

# %%
# A compiler
# ----------
# :func:`deltarule.compile_formula` turns any Boolean formula into the network that realizes it
# exactly.

xor = dr.compile_formula("z1 & ~z2 | ~z1 & z2")
print(xor.truth_table())
plots.network(
    xor.trained, feature_names=xor.names, output_names=["xor"], unit_names=xor.unit_formulas
)

# %%
# Each hidden unit cuts off one corner of the square; the output unit joins both.

figure, ax = plt.subplots(figsize=(4.6, 4), layout="constrained")
table = xor.truth_table()
plane = insight.output_surface(xor.trained, (-1.8, 1.8), (-1.8, 1.8))
plots.decision_regions(plane, table.inputs, table.outputs > 0, class_names=["false", "true"], ax=ax)

# %%
# Longer formulas become deeper networks; a value that is needed later is carried on by a unit of
# its own.

majority = dr.compile_formula("(a & b | a & c | b & c) & ~d")
plots.network(majority.trained, feature_names=majority.names, unit_names=majority.unit_formulas)

# %%
# A mistake is pointed at.

try:
    dr.compile_formula("z1 & | z2")
except dr.errors.SettingError as error:
    print(error)

# %%
# Learned instead of compiled
# ---------------------------
# One unit can learn OR. With sign, Rosenblatt's rule corrects it; with tanh, the gradient does.

X, target = dr.compile_formula("x1 | x2").truth_table().inputs, np.array([-1.0, 1.0, 1.0, 1.0])
rule = insight.train_perceptron(X, target)
print(
    "Rosenblatt:", insight.boundary_line(rule.trained), f"after {len(rule.weights) - 1} corrections"
)

smooth = dr.Network([dr.Dense(1, "tanh")])
steps = insight.training_trajectory(
    smooth, X, target, epochs=60, optimizer=dr.optimizers.GradientDescent(0.3), dtype="float64"
)
line = insight.boundary_line(steps.trained)
print(f"gradient:   {line.bias:.2f} + {line.weights[0]:.2f} x₁ + {line.weights[1]:.2f} x₂ = 0")

# %%
# Why the smooth one learns by gradient and the hard one does not: the loss of sign is a
# staircase. Its slope is 0 wherever it has one, so the gradient says nothing; tanh has a slope
# everywhere.

figure, axes = plt.subplots(1, 2, figsize=(9.4, 3.8), layout="constrained")
for ax, activation in zip(axes, ("sign", "tanh"), strict=True):
    unit = insight.perceptron(1.0, [0.0, 0.0], activation)
    surface = insight.loss_surface(
        unit, X, target, directions=insight.parameter_directions(unit, 0, 1),
        a_range=(-2.5, 2.5), b_range=(-2.5, 2.5), grid_resolution=61, loss="mean_squared_error",
    )  # fmt: skip
    plots.loss_contours(surface, smooth=activation == "tanh", ax=ax)
    ax.set_title(f"loss of one unit with {activation}, bias 1")
plt.show()
