r"""
Mini-batches
============

The gradient over all samples is exact but expensive, the gradient of one sample cheap but noisy. The
gradient of a random batch of :math:`B` samples is correct on average, with an error proportional to
:math:`1 / \sqrt{B}`: a hundred times the work for a tenth of the noise.
"""

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import insight, plots

# %%
# Gradient noise
# --------------

X, y = insight.make_moons(n_samples=512, noise=0.2, seed=1)
network = dr.Network([dr.Dense(16, "tanh"), dr.Dense(1, "sigmoid")])
trained = dr.fit(network, X, y, epochs=2).network
plots.gradient_noise(
    insight.gradient_noise(trained, X, y, (1, 2, 4, 8, 16, 32, 64, 128), n_draws=60)
)

# %%
# Three trajectories
# ------------------
# The loss over one weight and one bias, and the trajectories of three batch sizes from the same
# initial point: all samples, 16 and 1.

unit = dr.Network([dr.Dense(1, "sigmoid")])
points, passed = insight.make_two_clusters(n_samples=128, distance=1.4, seed=3)
points = points[:, :1]
start = insight.perceptron(3.0, [-1.5])
directions = insight.parameter_directions(start, 0, 1)
paths = {}
for name, batch, rate, steps in (
    ("batch size 128 (all)", 128, 1.2, 60),
    ("batch size 16", 16, 1.2, 60),
    ("batch size 1", 1, 0.3, 300),
):
    path = insight.textbook_sgd(
        unit,
        points,
        passed,
        batch_size=batch,
        learning_rate=rate,
        max_iterations=steps,
        initial_parameters=start,
    )
    paths[name] = directions.coordinates(path.points)
surface = insight.loss_surface(
    start,
    points,
    passed,
    directions=directions,
    a_range=(-2.2, 4.5),
    b_range=(-1.6, 3.6),
    grid_resolution=61,
)
plots.loss_contours(surface, paths)

# %%
# Loss over time, and throughput
# ------------------------------
# Large batches have the highest throughput, small ones make more updates per epoch. What counts is
# the loss after a given time. (Each time is the median of five runs and depends on the machine that built
# this page.)

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.7), layout="constrained")
comparison = insight.compare_batch_sizes(
    network,
    X,
    y,
    (1, 16, 512),
    repeats=5,
    epochs=60,
    optimizer=dr.optimizers.GradientDescent(0.1),
)
histories = {
    f"batch size {size}": history for size, history in comparison.histories.items()
}
plots.histories(histories, over_seconds=True, ax=left)
speed = insight.compare_batch_sizes(
    network, X, y, (1, 2, 4, 8, 16, 32, 64, 128, 256, 512), repeats=5, epochs=20
)
plots.batch_throughput(speed, ax=right)
plt.show()
