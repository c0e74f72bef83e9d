r"""
The learning rate
=================

Too small, and training crawls; too large, and it leaps over the valley. In a parabola :math:`J =
\frac{1}{2} c\, w^2` descent is stable for :math:`\eta < 2 / c`. Networks are no parabolas, so:
try lots.
"""

# sphinx_gallery_thumbnail_number = 3
import matplotlib.pyplot as plt
import numpy as np

import deltarule as dr
from deltarule import insight, plots

# %%
# Three rates from the same start; the third leaves the picture in its second epoch.

X, y = insight.make_noisy_sine(n_samples=200, noise=0.1, seed=1)
network = dr.Network([dr.Dense(16, "tanh"), dr.Dense(1)])
runs = {
    f"η = {rate:g}: {words}": dr.fit(
        network, X, y, optimizer=dr.optimizers.GradientDescent(rate), epochs=60, seed=3
    ).history
    for rate, words in ((0.003, "too small"), (0.2, "stable"), (0.7, "too large"))
}
plots.histories(runs, log_scale=True).set_ylim(0.02, 3)

# %%
# Try lots
# --------
# A short training for each rate; the best stable one is recommended.

rates = np.geomspace(1e-3, 10, 13)
sweep = insight.learning_rate_sweep(network, X, y, learning_rates=rates, epochs=60, seed=3)
print(sweep)
plots.learning_rate_sweep(sweep)

# %%
# Or let it adapt: a race
# -----------------------
# Plain descent swings across a ravine and crawls along it. Momentum (Polyak 1964) builds up
# speed; AdaGrad (Duchi et al. 2011), Adadelta (Zeiler 2012), RMSprop (Tieleman and Hinton 2012)
# and Adam (Kingma and Ba 2015) give each weight a rate of its own.

runners = {
    "SGD": dr.optimizers.GradientDescent(0.09),
    "momentum": dr.optimizers.Momentum(0.02, momentum=0.9),
    "AdaGrad": dr.optimizers.AdaGrad(0.6),
    "Adadelta": dr.optimizers.Adadelta(6.0),
    "RMSprop": dr.optimizers.RMSprop(0.06),
    "Adam": dr.optimizers.Adam(0.2),
}
plots.optimizer_paths(insight.compare_optimizers(insight.ravine(20), runners, steps=80))

# %%
# At a saddle the slope vanishes along one direction; those with a rate for each weight leave
# first.

plots.optimizer_paths(insight.compare_optimizers(insight.saddle(), runners, steps=40))
plt.show()
