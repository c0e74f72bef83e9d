r"""
The learning rate
=================

With a small learning rate training is slow; with a large one it overshoots or diverges. For a
parabola :math:`J = \frac{1}{2} c\, w^2` gradient descent is stable for :math:`\eta < 2 / c`. For
networks the best learning rate is found by trying several.
"""

# sphinx_gallery_thumbnail_number = 3
import matplotlib.pyplot as plt
import numpy as np

import deltarule as dr
from deltarule import insight, plots

# %%
# Three learning rates with the same initial weights and full-batch gradient descent, one update per
# epoch. The first is still far from the minimum after 200 epochs. With the third the loss grows in nearly
# every epoch, until training ends in epoch 9 because it diverged.

X, y = insight.make_noisy_sine(n_samples=200, noise=0.1, seed=1)
network = dr.Network([dr.Dense(16, "tanh"), dr.Dense(1)])
runs = {
    f"η = {rate:g}: {verdict}": dr.fit(
        network, X, y, optimizer=dr.optimizers.GradientDescent(rate), epochs=200,
        seed=3,
        sampling=dr.sampling.FullBatch(),
    ).history
    for rate, verdict in ((0.01, "too small"), (0.3, "stable"), (0.8, "too large"))
}  # fmt: skip
plots.histories(runs, log_scale=True)

# %%
# Learning rate sweep
# -------------------
# One short training run for each learning rate; the best stable one is recommended. Runs that diverged
# are at the upper edge.

rates = np.geomspace(1e-3, 10, 13)
sweep = insight.learning_rate_sweep(
    network, X, y, learning_rates=rates, epochs=60, seed=3
)
print(sweep)
plots.learning_rate_sweep(sweep)

# %%
# Adaptive learning rates
# -----------------------
# In a ravine the steepest direction limits the learning rate. Momentum (Polyak 1964) accumulates
# velocity; AdaGrad (Duchi et al. 2011), Adadelta (Zeiler 2012), RMSprop (Tieleman and Hinton 2012) and
# Adam (Kingma and Ba 2015) adapt the learning rate of each weight. Each optimizer gets the best of the
# same 13 learning rates from 0.001 to 1, so that no optimizer is favored by the choice.

rates = np.geomspace(1e-3, 1, 13)
optimizers = {
    "gradient descent": dr.optimizers.GradientDescent(),
    "momentum": dr.optimizers.Momentum(momentum=0.9),
    "AdaGrad": dr.optimizers.AdaGrad(),
    "Adadelta": dr.optimizers.Adadelta(),
    "RMSprop": dr.optimizers.RMSprop(),
    "Adam": dr.optimizers.Adam(),
}
race = insight.compare_optimizers(
    insight.ravine(100), optimizers, learning_rates=rates
)
plots.optimizer_paths(race)

# %%
# Gradient descent oscillates across the valley, then crawls along it: after 100 steps its value is more
# than 300 times that of momentum, RMSprop and Adam. AdaGrad is the fastest, because this valley runs
# along an axis, so that a learning rate for each weight removes the ravine. Adadelta begins with tiny
# steps by design; the largest learning rate tried, 1, is its usual one and too small here.

plots.optimizer_values(race)

# %%
# Near a saddle point the gradient vanishes along one direction. With the learning rates of the ravine,
# the four optimizers with a learning rate for each weight leave it within 60 steps. Momentum has just
# turned at the saddle point; gradient descent is still on its way to it.

plots.optimizer_paths(
    insight.compare_optimizers(insight.saddle(), race.optimizers, steps=60)
)
plt.show()
