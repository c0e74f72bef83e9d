r"""
Logic
=====

With 1 for true and −1 for false, units with the sign activation are logic gates:

.. math::

   \mathrm{OR}  = \operatorname{sign}(x_1 + x_2 + 1.5) \qquad
   \mathrm{AND} = \operatorname{sign}(x_1 + x_2 - 1.5)

Negation is a weight of −1. No single unit can compute exclusive or (Minsky and Papert 1969), but two
layers can.
"""

import matplotlib.pyplot as plt
import numpy as np

import deltarule as dr
from deltarule import insight, plots

# %%
# A compiler
# ----------
# :func:`deltarule.compile_formula` turns any Boolean formula into a network that computes it
# exactly.

xor = dr.compile_formula("z1 & ~z2 | ~z1 & z2")
print(xor.truth_table())
plots.network(
    xor.trained,
    feature_names=xor.names,
    output_names=["xor"],
    unit_names=xor.unit_formulas,
)

# %%
# Each hidden unit separates one corner of the square; the output unit combines both.

figure, ax = plt.subplots(figsize=(4.6, 4), layout="constrained")
table = xor.truth_table()
plane = insight.output_surface(xor.trained, (-1.8, 1.8), (-1.8, 1.8))
plots.decision_regions(
    plane, table.inputs, table.outputs > 0, class_names=["false", "true"], ax=ax
)

# %%
# Longer formulas become deeper networks. A value that a later layer needs is passed on by an
# additional unit.

majority = dr.compile_formula("(a & b | a & c | b & c) & ~d")
plots.network(
    majority.trained,
    feature_names=majority.names,
    unit_names=majority.unit_formulas,
)

# %%
# Errors mark the faulty character.

try:
    dr.compile_formula("z1 & | z2")
except dr.errors.SettingError as error:
    print(error)

# %%
# Learned instead of compiled
# ---------------------------
# A single unit can learn OR: with sign by Rosenblatt's rule, with tanh by gradient descent.

X, target = (
    dr.compile_formula("x1 | x2").truth_table().inputs,
    np.array([-1.0, 1.0, 1.0, 1.0]),
)
rule = insight.train_perceptron(X, target)
print(
    "Rosenblatt:",
    insight.boundary_line(rule.trained),
    f"after {rule.n_corrections} corrections",
)

smooth = dr.Network([dr.Dense(1, "tanh")])
steps = insight.training_trajectory(
    smooth,
    X,
    target,
    epochs=60,
    optimizer=dr.optimizers.GradientDescent(0.3),
    dtype="float64",
)
line = insight.boundary_line(steps.trained)
print(
    f"gradient:   {line.bias:.2f} + {line.weights[0]:.2f} x₁ + "
    f"{line.weights[1]:.2f} x₂ = 0"
)

# %%
# Gradient descent works with tanh but not with sign: the loss of the sign unit is piecewise
# constant, so that its gradient is 0 almost everywhere. The loss of the tanh unit is smooth.

figure, axes = plt.subplots(1, 2, figsize=(9.4, 3.8), layout="constrained")
for ax, activation in zip(axes, ("sign", "tanh"), strict=True):
    unit = insight.perceptron(1.0, [0.0, 0.0], activation)
    surface = insight.loss_surface(
        unit, X, target, directions=insight.parameter_directions(unit, 0, 1),
        a_range=(-2.5, 2.5), b_range=(-2.5, 2.5), grid_resolution=61,
        loss="mean_squared_error",
    )  # fmt: skip
    plots.loss_contours(surface, smooth=activation == "tanh", ax=ax)
    ax.set_title(f"loss of one {activation} unit, bias 1")
plt.show()
