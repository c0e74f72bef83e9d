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
# Three learning rates with the same initial weights; the third diverges in its second epoch.

X, y = insight.make_noisy_sine(n_samples=200, noise=0.1, seed=1)
network = dr.Network([dr.Dense(16, "tanh"), dr.Dense(1)])
runs = {
    f"η = {rate:g}: {verdict}": dr.fit(
        network, X, y, optimizer=dr.optimizers.GradientDescent(rate), epochs=60, seed=3
    ).history
    for rate, verdict in ((0.003, "too small"), (0.2, "stable"), (0.7, "too large"))
}
plots.histories(runs, log_scale=True).set_ylim(0.02, 3)

# %%
# Learning rate sweep
# -------------------
# One short training run for each learning rate; the best stable one is recommended.

rates = np.geomspace(1e-3, 10, 13)
sweep = insight.learning_rate_sweep(network, X, y, learning_rates=rates, epochs=60, seed=3)
print(sweep)
plots.learning_rate_sweep(sweep)

# %%
# Adaptive learning rates
# -----------------------
# In a ravine, gradient descent oscillates across the valley and moves slowly along it. Momentum
# (Polyak 1964) accumulates velocity; AdaGrad (Duchi et al. 2011), Adadelta (Zeiler 2012), RMSprop
# (Tieleman and Hinton 2012) and Adam (Kingma and Ba 2015) adapt the learning rate of each weight.

optimizers = {
    "SGD": dr.optimizers.GradientDescent(0.09),
    "momentum": dr.optimizers.Momentum(0.02, momentum=0.9),
    "AdaGrad": dr.optimizers.AdaGrad(0.6),
    "Adadelta": dr.optimizers.Adadelta(6.0),
    "RMSprop": dr.optimizers.RMSprop(0.06),
    "Adam": dr.optimizers.Adam(0.2),
}
plots.optimizer_paths(insight.compare_optimizers(insight.ravine(20), optimizers, steps=80))

# %%
# Near a saddle point the gradient vanishes along one direction; optimizers with a learning rate
# for each weight escape first.

plots.optimizer_paths(insight.compare_optimizers(insight.saddle(), optimizers, steps=40))
plt.show()
