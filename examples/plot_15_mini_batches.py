r"""
Mini-batches
============

The gradient over all samples is exact and dear, over one sample cheap and noisy. A batch of
:math:`B` samples, drawn at random, has the right gradient on average, with an error that falls as
:math:`1 / \sqrt{B}`: a hundred times the work for a tenth of the noise.
"""

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt

import deltarule as dr
from deltarule import insight, plots

# %%
# Noise
# -----

X, y = insight.make_moons(n_samples=512, noise=0.2, seed=1)
network = dr.Network([dr.Dense(16, "tanh"), dr.Dense(1, "sigmoid")])
trained = dr.fit(network, X, y, epochs=2).network
plots.gradient_noise(
    insight.gradient_noise(trained, X, y, (1, 2, 4, 8, 16, 32, 64, 128), n_draws=60)
)

# %%
# Three paths
# -----------
# One weight and one bias, the loss over both, and three ways down from one start: all samples, 16
# at a time, one at a time.

unit = dr.Network([dr.Dense(1, "sigmoid")])
points, passed = insight.make_two_clusters(n_samples=128, distance=1.4, seed=3)
points = points[:, :1]
start = insight.perceptron(3.0, [-1.5])
directions = insight.parameter_directions(start, 0, 1)
paths = {}
for name, batch, rate, steps in (
    ("all 128", 128, 1.2, 60),
    ("16 at a time", 16, 1.2, 60),
    ("1 at a time", 1, 0.3, 300),
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
# Loss against time, and speed
# ----------------------------
# Large batches use the machine best, small ones the data: what counts is the loss for the time
# spent. (Times are of the machine that built this page.)

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.7), layout="constrained")
comparison = insight.compare_batch_sizes(
    network, X, y, (1, 16, 512), epochs=60, optimizer=dr.optimizers.GradientDescent(0.1)
)
histories = {f"{size} at a time": history for size, history in comparison.histories.items()}
plots.histories(histories, over_seconds=True, ax=left)
speed = insight.compare_batch_sizes(
    network, X, y, (1, 2, 4, 8, 16, 32, 64, 128, 256, 512), epochs=20
)
plots.batch_throughput(speed, ax=right)
plt.show()
