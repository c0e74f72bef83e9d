r"""
Stochastic gradient descent
===========================

1. Begin with random weights. 2. Draw one sample at random. 3. Forward. 4. Backward. 5. :math:`w
\leftarrow w - \eta\, x\, \delta`. 6. Again from 2, until the error is small, or hardly falls, or
the iterations are used up. (Robbins and Monro 1951)
"""

import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import insight, plots

# %%
# One unit with two weights and no bias: J can be drawn over both of them. Full gradient descent
# walks straight down the slope; single samples pull it to and fro, and get there too.

X, y = insight.make_two_clusters(n_samples=60, distance=1.6, seed=5)
unit = dr.Network([dr.Dense(1, "sigmoid", bias=False)])
start = insight.perceptron(None, [-1.6, 2.6])

single = insight.textbook_sgd(
    unit, X, y, learning_rate=0.6, max_iterations=180, initial_parameters=start
)
full = insight.training_trajectory(
    unit, X, y, sampling=dr.sampling.FullBatch(), optimizer=dr.optimizers.GradientDescent(2.0),
    epochs=60, initial_parameters=start, dtype="float64",
)  # fmt: skip

directions = insight.parameter_directions(start, 0, 1)
surface = insight.loss_surface(
    start, X, y, directions=directions, a_range=(-2.4, 4.2), b_range=(-1.2, 4.4), grid_resolution=61
)
plots.loss_contours(
    surface,
    {
        "one sample at a time": directions.coordinates(single.points),
        "all samples at once": directions.coordinates(full.points),
    },
)

# %%
# Three ways to end
# -----------------

network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")])
X, y = insight.make_moons(n_samples=80, noise=0.1)
for rule in ({"target_loss": 0.25}, {"min_improvement": 1e-3}, {"max_iterations": 400}):
    path = insight.textbook_sgd(
        network, X, y, learning_rate=0.2, **{"max_iterations": 2000, **rule}
    )
    print(f"{rule}: {path.explanation}")

# %%
# The error of a longer run, looked at after every single step: it falls on the whole, not at each
# step.

figure, ax = plt.subplots(figsize=(5.6, 3.4), layout="constrained")
path = insight.textbook_sgd(network, X, y, learning_rate=0.2, max_iterations=1600)
ax.plot(path.losses, color="#0077BB", linewidth=0.8)
ax.set(xlabel="iteration", ylabel="error over all samples", ylim=(0, None))
plt.show()
