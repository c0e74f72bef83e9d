r"""
Overfitting
===========

A model with room to spare learns the noise too: the training loss goes on falling while the loss
on other data rises. Remedies: fewer degrees of freedom, dropout, and stopping in time.
"""

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np

import deltarule as dr
from deltarule import insight, plots

# %%
# The degree of the fit
# ---------------------
# Twelve noisy points of a sine (made up), and one linear unit over polynomials of degree 1, 4 and
# 11.

x, t = insight.make_noisy_sine(n_samples=12, noise=0.25, seed=8)
test_x, test_t = insight.make_noisy_sine(n_samples=200, noise=0.25, seed=9)
fine = np.linspace(x.min(), x.max(), 300)
figure, axes = plt.subplots(1, 3, figsize=(10, 3.3), sharey=True, layout="constrained")
for ax, degree in zip(axes, (1, 4, 11), strict=True):
    features = insight.legendre_features(x, degree)
    result = dr.fit(
        dr.Network([dr.Dense(1)]), features, t, epochs=6000, optimizer=dr.optimizers.Adam(0.02)
    )
    inside = (test_x[:, 0] > x.min()) & (test_x[:, 0] < x.max())
    error = (
        result.network.predict(insight.legendre_features(test_x, degree))[inside, 0]
        - test_t[inside]
    )
    training = result.history.training_loss[-1]
    ax.plot(fine, np.sin(np.pi * fine), color="#BBBBBB", linewidth=2.5, label="truth")
    ax.plot(
        fine,
        result.network.predict(insight.legendre_features(fine, degree)),
        color="#0077BB",
        label="fit",
    )
    ax.plot(x, t, "o", color="#EE7733", label="training points")
    ax.set(
        title=f"degree {degree}\ntraining loss {training:.3f}, test loss {np.mean(error**2):.3f}",
        xlabel="x",
    )
    ax.set_ylim(-1.8, 1.8)
axes[0].legend(frameon=False, loc="upper left")

# %%
# Stopping in time
# ----------------
# Too large a network on too few, noisy points. Validation rows tell when to stop; the weights of
# the best epoch are kept.

X, y = insight.make_moons(n_samples=120, noise=0.35, seed=4)
more, answers = insight.make_moons(n_samples=300, noise=0.35, seed=5)
large = dr.Network([dr.Dense(64, "tanh"), dr.Dense(64, "tanh"), dr.Dense(1, "sigmoid")])
adam = dr.optimizers.Adam(0.01)
overfitted = dr.fit(large, X, y, validation_data=(more, answers), epochs=150, optimizer=adam)
plots.history(overfitted)

# %%
# With a rule it stops by itself:

stopped = dr.fit(
    large, X, y, validation_data=(more, answers), epochs=150, optimizer=adam,
    stopping=dr.stopping.NoProgress(patience_epochs=15),
)  # fmt: skip
print(stopped.explanation)

# %%
# Dropout
# -------
# In every update of training half of the hidden units are switched off at random, so that none
# can rely on another (Srivastava et al. 2014). Each update trains another thinned network; two of
# them:

small = dr.Network(
    [
        dr.Dense(6, "relu"),
        dr.Dropout(0.5),
        dr.Dense(6, "relu"),
        dr.Dropout(0.5),
        dr.Dense(1, "sigmoid"),
    ]
)
thin = dr.fit(small, X, y, epochs=20).network
figure, axes = plt.subplots(2, 1, figsize=(8.5, 9.5), layout="constrained")
for step, ax in zip((0, 3), axes, strict=True):
    plots.network(thin, dropout_masks=insight.dropout_masks(thin, step=step), ax=ax)

# %%
# The large network again, with dropout and without. With it the validation loss no longer climbs;
# here it does not get as low as stopping in time does either: dropout pays for itself in networks
# much larger than these.

dropped = dr.Network(
    [
        dr.Dense(64, "tanh"),
        dr.Dropout(0.5),
        dr.Dense(64, "tanh"),
        dr.Dropout(0.5),
        dr.Dense(1, "sigmoid"),
    ]
)
with_dropout = dr.fit(dropped, X, y, validation_data=(more, answers), epochs=150, optimizer=adam)
plots.histories(
    {"without dropout": overfitted.history, "with dropout, 50 %": with_dropout.history},
    field="validation_loss",
)
plt.show()
