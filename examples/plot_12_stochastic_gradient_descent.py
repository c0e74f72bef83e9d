r"""
Stochastic gradient descent
===========================

The algorithm (Robbins and Monro 1951):

1. Start with random weights.
2. Draw one sample at random.
3. Forward pass.
4. Backward pass.
5. Update :math:`w \leftarrow w - \eta\, x\, \delta`.
6. Repeat from step 2 until the loss is small, stops decreasing, or the maximum number of iterations
   is reached.
"""

import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import insight, plots
from deltarule.plots import style

# %%
# The loss of one unit with two weights and no bias can be drawn over both weights. Full-batch
# gradient descent follows the slope. With single samples the path is noisy, but reaches the same
# minimum.

X, y = insight.make_two_clusters(n_samples=60, distance=1.6, seed=5)
unit = dr.Network([dr.Dense(1, "sigmoid", bias=False)])
start = insight.perceptron(None, [-1.6, 2.6])

single = insight.textbook_sgd(
    unit, X, y, learning_rate=0.6, max_iterations=180, initial_parameters=start
)
full = insight.training_trajectory(
    unit, X, y, sampling=dr.sampling.FullBatch(),
    optimizer=dr.optimizers.GradientDescent(2.0),
    epochs=60, initial_parameters=start, dtype="float64",
)  # fmt: skip

directions = insight.parameter_directions(start, 0, 1)
surface = insight.loss_surface(
    start,
    X,
    y,
    directions=directions,
    a_range=(-2.4, 4.2),
    b_range=(-1.2, 4.4),
    grid_resolution=61,
)
plots.loss_contours(
    surface,
    {
        "one sample at a time": directions.coordinates(single.points),
        "all samples at once": directions.coordinates(full.points),
    },
)

# %%
# Stopping criteria
# -----------------

network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")])
X, y = insight.make_moons(n_samples=80, noise=0.1)
for rule in (
    {"target_loss": 0.25},
    {"min_improvement": 1e-3},
    {"max_iterations": 400},
):
    path = insight.textbook_sgd(
        network, X, y, learning_rate=0.2, **{"max_iterations": 2000, **rule}
    )
    print(f"{rule}: {path.explanation}")

# %%
# The loss of a longer run after every step: it decreases on average, but not in every step.

figure, ax = plt.subplots(figsize=(5.6, 3.4), layout="constrained")
path = insight.textbook_sgd(network, X, y, learning_rate=0.2, max_iterations=1600)
ax.plot(path.losses, color=style.series(0), linewidth=0.8)
ax.set(xlabel="iteration", ylabel="loss over all samples", ylim=(0, None))
plt.show()
